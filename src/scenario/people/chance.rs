//! Draws for people: percentages, amounts that vary, and names out of `fake`'s tables.

use std::convert::Infallible;
use std::ops::{Deref, DerefMut};

use fake::Fake as _;
use fake::faker::address::en::{BuildingNumber, StreetName};
use fake::faker::name::en::{FirstName, LastName};
use fake::rand::rand_core::TryRng;
use rand::RngCore as _;
use rand_chacha::ChaCha8Rng;

use crate::entropy::{Draws, Seed};

/// One named stream of draws; what is not about people is [`Draws`]'.
pub(super) struct Chance(Draws);

impl Deref for Chance {
    type Target = Draws;

    fn deref(&self) -> &Draws {
        &self.0
    }
}

impl DerefMut for Chance {
    fn deref_mut(&mut self) -> &mut Draws {
        &mut self.0
    }
}

impl Chance {
    /// The stream of this name.
    pub(super) fn new(seed: Seed, name: &str) -> Self {
        Self(Draws::new(seed, name))
    }

    /// An invented person's name.
    pub(super) fn name(&mut self) -> String {
        let mut bridge = Bridge(self.0.generator());
        let first: &str = FirstName().fake_with_rng(&mut bridge);
        let last: &str = LastName().fake_with_rng(&mut bridge);
        format!("{first} {last}")
    }

    /// An invented address in a town that is not, with a postcode of an area that is not.
    pub(super) fn address(&mut self) -> Vec<String> {
        let mut bridge = Bridge(self.0.generator());
        let number: String = BuildingNumber().fake_with_rng(&mut bridge);
        let street: String = StreetName().fake_with_rng(&mut bridge);
        let postcode = format!("ZZ{} {}HB", self.between(1, 99), self.between(1, 9));
        vec![
            format!("{number} {street}"),
            "Wheelchester".to_owned(),
            postcode,
        ]
    }

    /// A phone number of the range kept free for drama.
    pub(super) fn phone(&mut self) -> String {
        format!("07700 900{:03}", self.below(1000))
    }
}

/// Lends our generator to `fake`, which speaks a newer version of rand's traits.
struct Bridge<'generator>(&'generator mut ChaCha8Rng);

impl TryRng for Bridge<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Spread;

    #[test]
    fn amounts_stand_about_their_median_and_lean_to_the_right() {
        let mut chance = Chance::new(Seed(1), "amounts");
        let mut amounts: Vec<_> = (0..10_000)
            .map(|_| chance.about(3_000, Spread::Usual))
            .collect();
        amounts.sort_unstable();
        let mean = amounts.iter().sum::<i64>() / 10_000;
        assert!(
            (2_850..3_150).contains(&amounts[5_000]),
            "{}",
            amounts[5_000]
        );
        assert!(mean > amounts[5_000] + 200, "{mean}");
        assert!(amounts[0] >= 1_000 && amounts[9_999] <= 9_000);
        amounts.dedup();
        assert!(amounts.len() > 2_000, "not a handful of values");
    }

    #[test]
    fn draws_stay_within_their_bounds() {
        let mut chance = Chance::new(Seed(1), "bounds");
        for _ in 0..1_000 {
            assert!((3..=7).contains(&chance.between(3, 7)));
            assert!(!chance.percent(0));
            assert!(chance.percent(100));
            assert_eq!(chance.below(0), 0);
        }
        assert_eq!(chance.pick::<u8>(&[]), None);
    }

    #[test]
    fn what_is_made_up_is_plainly_so() {
        let mut chance = Chance::new(Seed(1), "reserved");
        for _ in 0..100 {
            assert!(chance.phone().starts_with("07700 900"));
            let address = chance.address();
            assert!(address[2].starts_with("ZZ"), "{address:?}");
            assert!(chance.name().contains(' '));
        }
    }
}
