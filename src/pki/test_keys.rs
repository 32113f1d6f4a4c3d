//! Sixteen published RSA keys, so that nobody waits for one (see `seed-data/test-keys/README.md`).
//!
//! They are no secret: everybody has this source. Which of them a role gets follows from the bank's
//! seed and name alone.

use sha2::{Digest as _, Sha256};

use crate::entropy::Seed;

/// The pool of test keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TestKeys;

impl TestKeys {
    /// The key of one role of one bank, as PKCS#8 PEM.
    #[must_use]
    pub(crate) fn pick(seed: Seed, bank: &str, role: &str) -> &'static str {
        at(place(seed, bank, role))
    }

    /// Whether this is one of the published keys.
    #[must_use]
    pub(crate) fn contains(pem: &str) -> bool {
        POOL.iter().any(|published| published.trim() == pem.trim())
    }

    /// A key for each role of one bank, in their order: the next free one where two roles fall on the
    /// same. Only when there are more roles than keys are keys used twice.
    #[must_use]
    pub(crate) fn pick_distinct(seed: Seed, bank: &str, roles: &[&str]) -> Vec<&'static str> {
        let mut taken = Vec::with_capacity(roles.len());
        roles
            .iter()
            .map(|role| {
                if taken.len() == POOL.len() {
                    taken.clear();
                }
                let mut place = place(seed, bank, role);
                while taken.contains(&place) {
                    place = (place + 1) % POOL.len();
                }
                taken.push(place);
                at(place)
            })
            .collect()
    }
}

fn place(seed: Seed, bank: &str, role: &str) -> usize {
    let mut hash = Sha256::new();
    hash.update(seed.0.to_be_bytes());
    // A zero byte is in no name, so it keeps ("a", "bc") apart from ("ab", "c").
    for part in ["test-key", bank, role] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest: [u8; 32] = hash.finalize().into();
    usize::from(digest[0]) % POOL.len()
}

#[expect(
    clippy::indexing_slicing,
    reason = "every place is below the pool's length"
)]
fn at(place: usize) -> &'static str {
    POOL[place]
}

macro_rules! pool {
    ($($number:literal)*) => {
        [$(include_str!(concat!("../../seed-data/test-keys/rsa-2048-", $number, ".pem"))),*]
    };
}

const POOL: [&str; 16] = pool!(
    "00" "01" "02" "03" "04" "05" "06" "07" "08" "09" "10" "11" "12" "13" "14" "15"
);

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::pki::{KeyKind, PrivateKey};

    #[test]
    fn every_key_of_the_pool_is_rsa_2048_and_no_two_are_the_same() {
        assert_eq!(POOL.iter().collect::<HashSet<_>>().len(), 16);
        for pem in POOL {
            assert_eq!(PrivateKey::from_pem(pem).unwrap().kind(), KeyKind::Rsa);
        }
    }

    #[test]
    fn a_role_keeps_its_key() {
        let pick = |seed, bank, role| TestKeys::pick(Seed(seed), bank, role);
        assert_eq!(pick(42, "main", "server"), pick(42, "main", "server"));
        let spread: HashSet<_> = (0..64).map(|seed| pick(seed, "main", "server")).collect();
        assert!(spread.len() > 8, "{}", spread.len());
    }

    #[test]
    fn roles_of_one_bank_do_not_share_a_key_while_there_are_enough() {
        let names: Vec<String> = (0..40).map(|number| format!("role-{number}")).collect();
        let roles: Vec<&str> = names.iter().map(String::as_str).collect();
        for count in [0, 1, 9, 16] {
            let keys = TestKeys::pick_distinct(Seed(42), "main", &roles[..count]);
            assert_eq!(keys.iter().collect::<HashSet<_>>().len(), count);
        }
        let many = TestKeys::pick_distinct(Seed(42), "main", &roles);
        assert_eq!(many.len(), 40);
        assert_eq!(many[0], TestKeys::pick(Seed(42), "main", "role-0"));
    }
}
