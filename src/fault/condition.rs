//! When a rule matches: conditions, all of which must hold, and how its matches are counted.

use sha2::{Digest as _, Sha256};
use time::Duration;

use crate::clock::Timestamp;
use crate::entropy::Seed;
use crate::id::{AccountId, ClientId, CustomerId, PaymentId};

use super::comparison::{Glob, Test};
use super::facts::{Asked, Facts};
use super::routes;

/// Conditions, all of which must hold, and counts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct When {
    /// A route's name, or what stands above it.
    pub(crate) route: Option<Box<str>>,
    /// The method.
    pub(crate) method: Option<Box<str>>,
    /// The path's shape.
    pub(crate) path: Option<Glob>,
    /// Who calls.
    pub(crate) client_id: Option<ClientId>,
    /// Whose data, or who decides.
    pub(crate) customer_id: Option<CustomerId>,
    /// Under which consent.
    pub(crate) consent_id: Option<Box<str>>,
    /// Of which type.
    pub(crate) consent_type: Option<Box<str>>,
    /// About which account.
    pub(crate) account_id: Option<AccountId>,
    /// About which payment.
    pub(crate) payment_id: Option<PaymentId>,
    /// `x5t#S256` of the certificate presented.
    pub(crate) certificate: Option<Box<str>>,
    /// Claims of the JWTs that came with the request.
    pub(crate) claim: Tests,
    /// The connection of this number.
    pub(crate) connection: Option<u64>,
    /// From one bank time until before another.
    pub(crate) between: Option<(Timestamp, Timestamp)>,
    /// So long, in real time, after it was armed.
    pub(crate) ttl: Option<Duration>,
    /// Headers.
    pub(crate) header: Tests,
    /// Parameters of the query.
    pub(crate) query: Tests,
    /// Fields of a form.
    pub(crate) form: Tests,
    /// Members of a JSON body, by pointer.
    pub(crate) body: Tests,
    /// Whether its faults act before or after the effect.
    pub(crate) phase: Option<Phase>,
    /// Only the match of this number, from 1.
    pub(crate) nth: Option<u32>,
    /// Not the first so many matches.
    pub(crate) after: Option<u32>,
    /// Every so many-th match, counted behind `after`.
    pub(crate) every: Option<u32>,
    /// How often it fires.
    pub(crate) times: Option<u32>,
    /// Which share of matches fires.
    pub(crate) share: Option<Share>,
    /// Whether a request it fires on waits until it is released.
    pub(crate) hold: bool,
}

/// Names, each with what is asked of its value.
pub(crate) type Tests = Vec<(Box<str>, Test)>;

/// Whether a fault acts before or after the effect of a call took place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Phase {
    /// The call has changed nothing.
    Before,
    /// The call did what was asked.
    After,
}

/// A share of matches, exact at none and all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Share {
    billionths: u32,
}

/// Whose lots are drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lottery<'a> {
    /// The bank's seed.
    pub(crate) seed: Seed,
    /// The bank's name.
    pub(crate) bank: &'a str,
}

impl When {
    /// Whether the conditions hold for a connection or request; of a rule armed at this real time.
    pub(crate) fn holds(&self, facts: &Facts<'_>, armed_at: Timestamp) -> bool {
        let now = facts.now;
        let is_alive = self.ttl.is_none_or(|ttl| now.real < armed_at.plus(ttl));
        let is_time = (self.between).is_none_or(|(from, to)| from <= now.bank && now.bank < to);
        let is_of = |wanted: &str| facts.certificate.as_deref() == Some(wanted);
        is_alive
            && is_time
            && (self.connection).is_none_or(|number| number == facts.connection)
            && self.certificate.as_deref().is_none_or(is_of)
            && match &facts.asked {
                Some(asked) => self.holds_for(asked),
                None => !self.asks_for_more_than_a_connection(),
            }
    }

    fn holds_for(&self, asked: &Asked<'_>) -> bool {
        let within = |prefix: &str| {
            asked
                .route
                .is_some_and(|name| routes::is_within(name, prefix))
        };
        self.route.as_deref().is_none_or(within)
            && (self.method.as_deref()).is_none_or(|method| method == asked.method.as_str())
            && self
                .path
                .as_ref()
                .is_none_or(|glob| glob.matches(asked.path))
            && self.is_about(asked)
            && holds(&self.claim, |name, test| test.holds(asked.claim(name)))
            && holds(&self.header, |name, test| {
                test.holds_for(asked.header(name))
            })
            && holds(&self.query, |name, test| test.holds_for(asked.query(name)))
            && holds(&self.form, |name, test| test.holds_for(asked.form(name)))
            && holds(&self.body, |pointer, test| test.holds(asked.body(pointer)))
    }

    fn is_about(&self, asked: &Asked<'_>) -> bool {
        let about = &asked.about;
        let consent = about.consent_id.as_ref();
        is_met(self.client_id.as_ref(), about.client_id.as_ref())
            && is_met(self.customer_id.as_ref(), about.customer_id.as_ref())
            && is_met(self.account_id.as_ref(), about.account_id.as_ref())
            && is_met(self.payment_id.as_ref(), about.payment_id.as_ref())
            && (self.consent_id.as_deref())
                .is_none_or(|id| consent.is_some_and(|consent| consent.as_str() == id))
            && (self.consent_type.as_deref()).is_none_or(|kind| about.consent_type == Some(kind))
    }

    /// Whether it asks about anything that a connection does not have while nothing was sent on it.
    pub(crate) fn asks_for_more_than_a_connection(&self) -> bool {
        let texts = [
            &self.route,
            &self.method,
            &self.consent_id,
            &self.consent_type,
        ];
        let tests = [
            &self.claim,
            &self.header,
            &self.query,
            &self.form,
            &self.body,
        ];
        texts.iter().any(|text| text.is_some())
            || tests.iter().any(|tests| !tests.is_empty())
            || self.asks_what_is_found_out()
            || self.path.is_some()
            || self.client_id.is_some()
            || self.certificate.is_some()
            || self.phase.is_some()
            || self.hold
    }

    /// Whether it asks about anything that may become known only while a call is under way.
    pub(crate) const fn asks_what_is_found_out(&self) -> bool {
        self.customer_id.is_some()
            || self.consent_id.is_some()
            || self.consent_type.is_some()
            || self.account_id.is_some()
            || self.payment_id.is_some()
    }

    /// Whether a rule fires on its match of this number, from 1, having fired so often; by the name that
    /// its lots are drawn under.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn may_fire(
        &self,
        (matched, fired): (u64, u64),
        (name, lottery): (&str, Lottery<'_>),
    ) -> Result<(), String> {
        let skipped = self.after.map_or(0, u64::from);
        if let Some(nth) = self.nth.filter(|nth| u64::from(*nth) != matched) {
            return Err(format!("match {matched}, and it fires on match {nth}"));
        }
        if matched <= skipped {
            return Err(format!("match {matched}, and it skips the first {skipped}"));
        }
        if let Some(every) = self
            .every
            .filter(|every| !(matched - skipped).is_multiple_of(u64::from(*every)))
        {
            return Err(format!(
                "match {matched}, and it fires on every {every}. behind {skipped}"
            ));
        }
        if self.times.is_some_and(|times| fired >= u64::from(times)) {
            return Err(format!(
                "it has fired {fired} times already, and may no more"
            ));
        }
        match self.share {
            Some(share) if !share.takes(lottery, name, matched) => {
                Err(format!("match {matched} is not of the share of {share}"))
            }
            _ => Ok(()),
        }
    }
}

fn is_met<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
    wanted.is_none() || wanted == found
}

fn holds(tests: &Tests, ask: impl Fn(&str, &Test) -> bool) -> bool {
    tests.iter().all(|(name, test)| ask(name, test))
}

impl Phase {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Before, Self::After];

    /// The word in a rule.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

impl Share {
    /// Reads a decimal from 0 to 1 with at most nine decimals.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_number =
            (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
        let fraction: u32 = format!("{fraction:0<9}")
            .parse()
            .ok()
            .filter(|_| is_number)?;
        let billionths = match whole {
            "0" => fraction,
            "1" if fraction == 0 => ALL,
            _ => return None,
        };
        Some(Self { billionths })
    }

    /// Whether the match of this number is of the share: the same for the same seed, bank, name and
    /// number, whoever comes first and whatever else is armed.
    fn takes(self, lottery: Lottery<'_>, name: &str, number: u64) -> bool {
        let mut hash = Sha256::new();
        hash.update(lottery.seed.key("faults"));
        // Lengths keep bank and name apart.
        for text in [lottery.bank, name] {
            hash.update(text.len().to_be_bytes());
            hash.update(text.as_bytes());
        }
        hash.update(number.to_be_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let lot = digest.first_chunk().copied().map_or(0, u64::from_be_bytes);
        // The lot's place between nothing and all, in billionths, rounded down.
        let place = (u128::from(lot) * u128::from(ALL)) >> 64;
        place < u128::from(self.billionths)
    }
}

/// As it could have been written.
impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.billionths == ALL {
            return f.write_str("1");
        }
        let decimals = format!("{:09}", self.billionths);
        match decimals.trim_end_matches('0') {
            "" => f.write_str("0"),
            kept => write!(f, "0.{kept}"),
        }
    }
}

/// All of them, in billionths.
const ALL: u32 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    const LOTTERY: Lottery<'_> = Lottery {
        seed: Seed(42),
        bank: "main",
    };

    fn fires(when: &When, matches: u64) -> Vec<u64> {
        let mut fired = Vec::new();
        for number in 1..=matches {
            let times = u64::try_from(fired.len()).unwrap();
            if when.may_fire((number, times), ("rule", LOTTERY)).is_ok() {
                fired.push(number);
            }
        }
        fired
    }

    #[test]
    fn counts_decide_which_matches_fire() {
        let when = |nth, after, every, times| When {
            nth,
            after,
            every,
            times,
            ..When::default()
        };
        for (when, expected) in [
            (when(None, None, None, None), vec![1, 2, 3, 4, 5, 6, 7]),
            (when(Some(3), None, None, None), vec![3]),
            (when(None, Some(5), None, None), vec![6, 7]),
            (when(None, None, Some(3), None), vec![3, 6]),
            (when(None, Some(1), Some(3), None), vec![4, 7]),
            (when(None, None, None, Some(2)), vec![1, 2]),
            (when(None, Some(2), None, Some(1)), vec![3]),
            (when(Some(2), Some(2), None, None), vec![]),
        ] {
            assert_eq!(fires(&when, 7), expected, "{when:?}");
        }
    }

    #[test]
    fn a_share_is_exact_at_its_ends_and_near_between() {
        for (text, least, most) in [
            ("0", 0, 0),
            ("0.0", 0, 0),
            ("1", 2000, 2000),
            ("1.000", 2000, 2000),
            ("0.5", 900, 1100),
            ("0.1", 150, 250),
            ("0.999999999", 1990, 2000),
        ] {
            let when = When {
                share: Share::parse(text),
                ..When::default()
            };
            assert!(when.share.is_some(), "{text}");
            let fired = fires(&when, 2000);
            assert!(
                (least..=most).contains(&fired.len()),
                "{text}: {}",
                fired.len()
            );
            assert_eq!(fired, fires(&when, 2000), "the same victims again");
        }
        for text in [
            "",
            "2",
            "1.1",
            "-0.5",
            "0.",
            ".5",
            "0,5",
            "1e-3",
            "0.1234567890",
        ] {
            assert_eq!(Share::parse(text), None, "{text:?}");
        }
        for (text, printed) in [
            ("0.50", "0.5"),
            ("0", "0"),
            ("1.0", "1"),
            ("0.001", "0.001"),
        ] {
            assert_eq!(Share::parse(text).unwrap().to_string(), printed);
        }
    }

    #[test]
    fn another_seed_bank_or_name_draws_other_lots() {
        let share = Share::parse("0.5").unwrap();
        let drawn = |lottery, name: &str| -> Vec<bool> {
            (1..=64)
                .map(|number| share.takes(lottery, name, number))
                .collect()
        };
        let own = drawn(LOTTERY, "rule");
        for (lottery, name) in [
            (LOTTERY, "other"),
            (
                Lottery {
                    bank: "mai",
                    ..LOTTERY
                },
                "nrule",
            ),
            (
                Lottery {
                    seed: Seed(43),
                    ..LOTTERY
                },
                "rule",
            ),
        ] {
            assert_ne!(drawn(lottery, name), own, "{lottery:?} {name}");
        }
    }
}
