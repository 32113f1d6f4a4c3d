//! The wire: bytes in, a request out; a reply in, bytes out.
//!
//! This is HTTP without a bank: the vocabulary that the layers above share.

pub(crate) mod form;
pub(crate) mod header;
pub(crate) mod reply;
pub(crate) mod router;
