//! Draws from a named stream: numbers, percentages, picks, and amounts about a median.

use rand::RngCore as _;
use rand_chacha::ChaCha8Rng;

use super::Seed;

/// How amounts vary about their median: log-normally, more or less.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Spread {
    Narrow,
    Usual,
    Wide,
}

/// One named stream of draws.
#[derive(Clone, Debug)]
pub(crate) struct Draws(ChaCha8Rng);

impl Draws {
    /// The stream of this name.
    #[must_use]
    pub(crate) fn new(seed: Seed, name: &str) -> Self {
        Self(seed.generator(name))
    }

    /// The generator itself, for those who draw what is not drawn here.
    pub(crate) const fn generator(&mut self) -> &mut ChaCha8Rng {
        &mut self.0
    }

    /// A number below `limit`; zero when that is zero.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        let scaled = u64::from(self.0.next_u32()) * u64::from(limit);
        u32::try_from(scaled >> 32).unwrap_or(0)
    }

    /// A number between two, both included.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        let width = u32::try_from(most - least + 1).unwrap_or(1);
        least + i64::from(self.below(width))
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of these, or `None` when there is none.
    pub(crate) fn pick<'items, T>(&mut self, items: &'items [T]) -> Option<&'items T> {
        let limit = u32::try_from(items.len()).unwrap_or(u32::MAX);
        items.get(self.below(limit) as usize)
    }

    /// An amount about `median`, log-normally: half of all are below it, and a few far above.
    pub(crate) fn about(&mut self, median: i64, spread: Spread) -> i64 {
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
