//! The `hamsterbank` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    hamsterbank::cli::main()
}
