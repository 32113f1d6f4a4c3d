//! What can be wrong with a JWT's seal, on purpose: its claims are as they should be.

/// One thing wrong with a seal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flaw {
    /// `alg` is `none`, and there is no signature (RFC 7519, section 6).
    AlgNone,
    /// The signature is of the right length, and verifies with no key.
    Corrupt,
    /// The signature is good, and `kid` names a key that was never published.
    UnknownKid,
}
