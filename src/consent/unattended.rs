//! Unattended access: how often a TPP may look at an account while its customer is away (API contract,
//! section 5.4; the four times a day of the European rules on strong customer authentication).
//!
//! Days are bank time's, and end at midnight UTC as every date on the wire does.

use std::collections::HashMap;

use time::{Date, Duration};

use crate::clock::Timestamp;
use crate::id::{AccountId, ClientId, CustomerId};

/// What is looked at.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Subject {
    /// One account.
    Account(AccountId),
    /// All that a customer shares, in one list.
    AccountsOf(CustomerId),
}

/// How often each client has looked at what today.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unattended {
    today: Option<Date>,
    looks: HashMap<(ClientId, &'static str, Subject), u32>,
}

/// Where a look stands in its day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Look {
    /// Whether it is one of those that are allowed.
    pub(crate) is_granted: bool,
    /// How many may follow today.
    pub(crate) remaining: u32,
    /// When today began.
    pub(crate) began: Timestamp,
    /// Whole seconds until tomorrow.
    pub(crate) reset_s: i64,
}

impl Unattended {
    /// Counts a look by way of an endpoint; refused ones are not counted.
    pub(crate) fn count(
        &mut self,
        (client, endpoint): (&ClientId, &'static str),
        subject: Subject,
        most: u32,
        now: Timestamp,
    ) -> Look {
        let today = now.date();
        // A call that arrived before midnight, and was slower, counts to the new day too.
        if self.today.is_none_or(|known| known < today) {
            self.looks.clear();
            self.today = Some(today);
        }
        let began = Timestamp::from_date(today);
        let left = began.plus(Duration::DAY).since(now);
        let begun_second = i64::from(left.subsec_nanoseconds() > 0);
        let place = (client.clone(), endpoint, subject);
        let used = self.looks.get(&place).copied().unwrap_or(0);
        let is_granted = used < most;
        // Beyond that many, looks at something new are not counted: no test has so many accounts.
        if is_granted && (used > 0 || self.looks.len() < PLACES_MAX) {
            self.looks.insert(place, used + 1);
        }
        Look {
            is_granted,
            remaining: most.saturating_sub(used + u32::from(is_granted)),
            began,
            reset_s: left.whole_seconds() + begun_second,
        }
    }

    /// Forgets a client that is gone.
    pub(crate) fn forget_client(&mut self, client: &ClientId) {
        self.looks.retain(|(owner, _, _), _| owner != client);
    }
}

/// Some 10 MB, of one day.
const PLACES_MAX: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_unix_seconds(1_705_320_000);
    const ONE: Subject = Subject::Account(AccountId::new(1));

    fn look(looks: &mut Unattended, endpoint: &'static str, subject: Subject) -> (bool, u32) {
        let client = ClientId::new("acorn");
        let look = looks.count((&client, endpoint), subject, 2, NOON);
        (look.is_granted, look.remaining)
    }

    #[test]
    fn each_account_and_endpoint_is_looked_at_so_often() {
        let mut looks = Unattended::default();
        assert_eq!(look(&mut looks, "balances", ONE), (true, 1));
        assert_eq!(look(&mut looks, "balances", ONE), (true, 0));
        assert_eq!(look(&mut looks, "balances", ONE), (false, 0));
        assert_eq!(look(&mut looks, "transactions", ONE), (true, 1));
        let other = Subject::Account(AccountId::new(2));
        assert_eq!(look(&mut looks, "balances", other), (true, 1));
        let all = Subject::AccountsOf(CustomerId::new(1));
        assert_eq!(look(&mut looks, "balances", all), (true, 1));
        looks.forget_client(&ClientId::new("acorn"));
        assert_eq!(look(&mut looks, "balances", ONE), (true, 1));
    }

    #[test]
    fn the_next_day_has_them_again_and_says_how_far_it_is() {
        let mut looks = Unattended::default();
        let client = ClientId::new("acorn");
        let mut at = |seconds| looks.count((&client, "balances"), ONE, 1, NOON.plus(seconds));
        assert!(at(Duration::ZERO).is_granted);
        let late = at(Duration::milliseconds(11 * 3_600_000 + 3_599_500));
        assert_eq!((late.is_granted, late.reset_s), (false, 1));
        assert!(at(Duration::hours(12)).is_granted);
        assert!(
            !at(Duration::hours(11)).is_granted,
            "a slow call of the day before"
        );
    }
}
