//! Draws for people: percentages, amounts that vary, and names out of `fake`'s tables.

use std::convert::Infallible;

use fake::Fake as _;
use fake::faker::address::en::{BuildingNumber, StreetName};
use fake::faker::name::en::{FirstName, LastName};
use fake::rand::rand_core::TryRng;
use rand::RngCore as _;
use rand_chacha::ChaCha8Rng;

use crate::entropy::Seed;
use crate::scenario::plan::Spread;

/// One named stream of draws.
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of this name.
    pub(super) fn new(seed: Seed, name: &str) -> Self {
        Self(seed.generator(name))
    }

    /// A number below `limit`; zero when that is zero.
    pub(super) fn below(&mut self, limit: u32) -> u32 {
        let scaled = u64::from(self.0.next_u32()) * u64::from(limit);
        u32::try_from(scaled >> 32).unwrap_or(0)
    }

    /// A number between two, both included.
    pub(super) fn between(&mut self, least: i64, most: i64) -> i64 {
        let width = u32::try_from(most - least + 1).unwrap_or(1);
        least + i64::from(self.below(width))
    }

    /// True in `percent` of a hundred cases.
    pub(super) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of these, or `None` when there is none.
    pub(super) fn pick<'items, T>(&mut self, items: &'items [T]) -> Option<&'items T> {
        let limit = u32::try_from(items.len()).unwrap_or(u32::MAX);
        items.get(self.below(limit) as usize)
    }

    /// An amount about `median`, log-normally: half of all are below it, and a few far above.
    pub(super) fn about(&mut self, median: i64, spread: Spread) -> i64 {
        let table = match spread {
            Spread::Narrow => &NARROW,
            Spread::Usual => &USUAL,
            Spread::Wide => &WIDE,
        };
        let steps = u32::try_from(table.len() - 1).unwrap_or(1);
        let (step, between) = (self.below(steps) as usize, i64::from(self.below(1024)));
        let at = |index: usize| table.get(index).copied().unwrap_or(1024);
        let factor = at(step) * (1024 - between) + at(step + 1) * between;
        (median * factor) >> 20
    }

    /// An invented person's name.
    pub(super) fn name(&mut self) -> String {
        let mut bridge = Bridge(&mut self.0);
        let first: &str = FirstName().fake_with_rng(&mut bridge);
        let last: &str = LastName().fake_with_rng(&mut bridge);
        format!("{first} {last}")
    }

    /// An invented address in a town that is not, with a postcode of an area that is not.
    pub(super) fn address(&mut self) -> Vec<String> {
        let mut bridge = Bridge(&mut self.0);
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

/// Quantiles (1/66, 3/66 … 65/66) of log-normal distributions about 1024, with sigma 0.22, 0.5, 0.85.
const NARROW: [i64; 33] = [
    636, 706, 747, 778, 804, 828, 849, 869, 887, 905, 923, 940, 957, 973, 990, 1007, 1024, 1041,
    1059, 1077, 1096, 1116, 1136, 1158, 1182, 1207, 1235, 1267, 1303, 1347, 1404, 1485, 1649,
];
const USUAL: [i64; 33] = [
    347, 440, 500, 549, 592, 631, 669, 705, 740, 774, 808, 843, 878, 913, 949, 986, 1024, 1064,
    1105, 1149, 1195, 1244, 1297, 1355, 1418, 1488, 1568, 1661, 1772, 1911, 2098, 2385, 3025,
];
const WIDE: [i64; 33] = [
    162, 243, 303, 355, 403, 450, 496, 542, 589, 636, 685, 735, 788, 842, 900, 960, 1024, 1092,
    1166, 1245, 1331, 1426, 1530, 1648, 1781, 1934, 2113, 2330, 2601, 2957, 3465, 4309, 6455,
];

#[cfg(test)]
mod tests {
    use super::*;

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
