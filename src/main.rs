//! The `hamsterbank` program.

fn main() {}
