//! The only source of chance: seeded streams for data, the system's generator for secrets.
//!
//! Data drawn from a stream depends on the bank's seed, the stream's name and how much was drawn from
//! that stream before, so that a draw added in one place changes nothing elsewhere. Secrets (codes,
//! tokens) come from the operating system, because a guessable token would teach the wrong lesson.

mod draws;

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::{SeedableRng as _, TryRngCore as _};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};

pub(crate) use draws::{Draws, Spread};

/// A bank's seed, from which every stream is derived.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// A generator for data, the same for the same seed and name.
    #[must_use]
    pub(crate) fn generator(self, name: &str) -> ChaCha8Rng {
        ChaCha8Rng::from_seed(self.key(name))
    }

    /// A seed for everything under a name.
    #[must_use]
    pub(crate) fn derived(self, name: &str) -> Self {
        let key = self.key(name);
        let (words, _) = key.as_chunks::<8>();
        Self(words.first().map_or(0, |word| u64::from_be_bytes(*word)))
    }

    /// A stream of ids, the same for the same seed and name; see [`Stream`].
    #[must_use]
    pub(crate) fn stream(self, name: &str) -> Stream {
        Stream {
            key: self.key(name),
            drawn: AtomicU64::new(0),
        }
    }

    /// 256 bits that depend on the seed and the name alone.
    pub(crate) fn key(self, name: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.0.to_be_bytes());
        hash.update(name.as_bytes());
        hash.finalize().into()
    }
}

/// Numbered draws from one named stream; needs no lock.
#[derive(Debug)]
pub(crate) struct Stream {
    key: [u8; 32],
    drawn: AtomicU64,
}

impl Clone for Stream {
    /// The same draws from here on, independent of each other.
    fn clone(&self) -> Self {
        Self {
            key: self.key,
            drawn: AtomicU64::new(self.drawn.load(Ordering::Relaxed)),
        }
    }
}

impl Stream {
    /// A random (version 4) UUID, as RFC 9562 prints it.
    pub(crate) fn uuid(&self) -> String {
        let [mut bytes, _] = self.halves();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let number = u128::from_be_bytes(bytes);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            number >> 96,
            (number >> 80) & 0xffff,
            (number >> 64) & 0xffff,
            (number >> 48) & 0xffff,
            number & 0xffff_ffff_ffff
        )
    }

    /// Twenty-two characters of base64url: 128 bits for an id that need not be secret.
    pub(crate) fn token(&self) -> String {
        let [bytes, _] = self.halves();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn halves(&self) -> [[u8; 16]; 2] {
        let index = self.drawn.fetch_add(1, Ordering::Relaxed);
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update(index.to_be_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let (mut first, mut second) = ([0; 16], [0; 16]);
        first.copy_from_slice(&digest[..16]);
        second.copy_from_slice(&digest[16..]);
        [first, second]
    }
}

/// A secret of 256 bits from the system's generator, as 43 characters of base64url.
///
/// # Panics
/// When the operating system has no randomness to give: nothing secret can be made then.
#[must_use]
pub(crate) fn secret() -> String {
    URL_SAFE_NO_PAD.encode(secret_bytes::<32>())
}

/// So many bytes from the system's generator.
///
/// # Panics
/// As [`secret`].
#[must_use]
pub(crate) fn secret_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    #[expect(
        clippy::expect_used,
        reason = "without randomness no secret can be made"
    )]
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .expect("the operating system gives randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngCore as _;

    #[test]
    fn streams_of_one_seed_do_not_disturb_each_other() {
        let alone = Seed(42).stream("consents");
        let ids = [alone.token(), alone.token()];
        let (beside, other) = (Seed(42).stream("consents"), Seed(42).stream("people"));
        let mixed = [beside.token(), {
            other.token();
            beside.token()
        }];
        assert_eq!(ids, mixed);
        assert_ne!(ids[0], Seed(42).stream("people").token());
        assert_ne!(ids[0], Seed(43).stream("consents").token());
    }

    #[test]
    fn a_copy_of_a_stream_draws_the_same_and_disturbs_nobody() {
        let stream = Seed(42).stream("consents");
        stream.token();
        let copy = stream.clone();
        let drawn = [stream.token(), stream.token()];
        assert_eq!([copy.token(), copy.token()], drawn);
    }

    #[test]
    fn a_generator_repeats_for_the_same_seed() {
        let draw = |seed| Seed(seed).generator("people").next_u64();
        assert_eq!(draw(42), draw(42));
        assert_ne!(draw(42), draw(43));
    }

    #[test]
    fn uuids_have_version_four_and_the_rfc_variant() {
        let stream = Seed(7).stream("interactions");
        for _ in 0..64 {
            let uuid = stream.uuid();
            assert_eq!(uuid.len(), 36, "{uuid}");
            assert_eq!(uuid.as_bytes()[14], b'4', "{uuid}");
            assert!(
                matches!(uuid.as_bytes()[19], b'8' | b'9' | b'a' | b'b'),
                "{uuid}"
            );
        }
    }

    #[test]
    fn secrets_differ_and_carry_256_bits() {
        let (one, two) = (secret(), secret());
        assert_ne!(one, two);
        assert_eq!(one.len(), 43);
    }
}
