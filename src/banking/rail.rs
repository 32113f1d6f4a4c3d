//! The schemes a payment can travel by: whose they are, when they run, and what they cost
//! (API contract, sections 6.1, 6.3, 6.4 and 15).

use super::code::TransactionCode;
use super::{calendar, london};
use crate::clock::Timestamp;
use crate::money::{Amount, Currency};

/// Whether a payment stays in the country.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum PaymentType {
    Domestic,
    International,
}

impl PaymentType {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Domestic, Self::International];

    /// Both words.
    pub(crate) const WORDS: [&'static str; 2] =
        [Self::Domestic.as_str(), Self::International.as_str()];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Domestic => "domestic",
            Self::International => "international",
        }
    }

    /// The type with this word.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }

    /// The scheme of an instruction that names none.
    #[must_use]
    pub(crate) const fn usual_rail(self) -> Rail {
        match self {
            Self::Domestic => Rail::Fps,
            Self::International => Rail::Swift,
        }
    }
}

/// A payment scheme: `local_instrument` on the wire.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Rail {
    Bacs,
    Book,
    Chaps,
    Fps,
    SepaCreditTransfer,
    SepaInstant,
    Swift,
    Target2,
}

impl Rail {
    /// Every scheme.
    pub(crate) const ALL: [Self; 8] = [
        Self::Bacs,
        Self::Book,
        Self::Chaps,
        Self::Fps,
        Self::SepaCreditTransfer,
        Self::SepaInstant,
        Self::Swift,
        Self::Target2,
    ];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Bacs => "bacs",
            Self::Book => "book",
            Self::Chaps => "chaps",
            Self::Fps => "fps",
            Self::SepaCreditTransfer => "sepa_credit_transfer",
            Self::SepaInstant => "sepa_instant",
            Self::Swift => "swift",
            Self::Target2 => "target2",
        }
    }

    /// The scheme with this word.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }

    /// Which payments travel by it.
    #[must_use]
    pub(crate) const fn payment_type(self) -> PaymentType {
        match self {
            Self::Bacs | Self::Book | Self::Chaps | Self::Fps => PaymentType::Domestic,
            Self::SepaCreditTransfer | Self::SepaInstant | Self::Swift | Self::Target2 => {
                PaymentType::International
            }
        }
    }

    /// Whether it is one of the two SEPA schemes, which know no charges but shared ones.
    #[must_use]
    pub(crate) const fn is_sepa(self) -> bool {
        matches!(self, Self::SepaCreditTransfer | Self::SepaInstant)
    }

    /// What its rows are.
    #[must_use]
    pub(crate) const fn code(self) -> TransactionCode {
        match self {
            Self::Bacs => TransactionCode::Bacs,
            Self::Book => TransactionCode::InternalTransfer,
            Self::Chaps => TransactionCode::Chaps,
            Self::Fps => TransactionCode::FasterPayment,
            Self::SepaCreditTransfer | Self::SepaInstant => TransactionCode::Sepa,
            Self::Swift | Self::Target2 => TransactionCode::Swift,
        }
    }

    /// What the scheme's own ids of payments begin with.
    pub(super) const fn scheme_prefix(self) -> &'static str {
        match self {
            Self::Bacs => "BACS",
            Self::Book => "BOOK",
            Self::Chaps => "CHAPS",
            Self::Fps => "FPS",
            Self::SepaCreditTransfer => "SCT",
            Self::SepaInstant => "SCTINST",
            Self::Swift => "SWIFT",
            Self::Target2 => "T2",
        }
    }

    /// When a payment handed in at `now` sets out.
    #[must_use]
    pub(crate) fn departure(self, now: Timestamp) -> Departure {
        let Some(hour) = self.cut_off_hour() else {
            return Departure {
                starts_at: now,
                cut_off: None,
                is_late: false,
            };
        };
        let (today, time) = london::date_and_time(now);
        if calendar::is_working_day(today) && time.hour() < hour {
            return Departure {
                starts_at: now,
                cut_off: Some(london::moment(today, hour)),
                is_late: false,
            };
        }
        let starts_at = london::next_opening(now);
        let (day, _) = london::date_and_time(starts_at);
        Departure {
            starts_at,
            cut_off: Some(london::moment(day, hour)),
            is_late: true,
        }
    }

    /// What the bank takes for a payment, and on whose bill it stands; `None` when nothing.
    #[must_use]
    pub(crate) fn charge(self, bearer: ChargeBearer) -> Option<Charge> {
        let (kind, pence) = match (self, bearer) {
            (Self::Chaps, _) => (ChargeType::ChapsOut, 2500),
            (Self::Swift, ChargeBearer::BorneByDebtor) => (ChargeType::SwiftOut, 1000),
            (Self::Swift, ChargeBearer::Shared | ChargeBearer::FollowingServiceLevel) => {
                (ChargeType::SwiftOut, 500)
            }
            _ => return None,
        };
        Some(Charge {
            bearer,
            kind,
            amount: Amount::new(pence, Currency::Gbp),
        })
    }

    /// The hour after which the scheme takes nothing more that day; `None` for those that never stop.
    // Bacs and CHAPS as the contract says; TARGET2 and SEPA credit transfers close an hour earlier
    // here than in Frankfurt, and correspondents are written to until CHAPS closes.
    const fn cut_off_hour(self) -> Option<u8> {
        match self {
            Self::Book | Self::Fps | Self::SepaInstant => None,
            Self::Bacs | Self::SepaCreditTransfer | Self::Target2 => Some(16),
            Self::Chaps | Self::Swift => Some(17),
        }
    }
}

/// What becomes of a payment that misses its scheme's cut-off.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) enum CutOffPolicy {
    /// It waits for the next working day.
    #[default]
    CarryOver,
    /// It is refused.
    Reject,
}

/// When a payment sets out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Departure {
    /// Now, or when the scheme opens again.
    pub(crate) starts_at: Timestamp,
    /// Until when it must be handed in to leave on that day.
    pub(crate) cut_off: Option<Timestamp>,
    /// It missed today's cut-off, or today is no working day.
    pub(crate) is_late: bool,
}

/// Who pays the banks for a payment.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum ChargeBearer {
    BorneByCreditor,
    BorneByDebtor,
    FollowingServiceLevel,
    Shared,
}

impl ChargeBearer {
    /// Every bearer.
    pub(crate) const ALL: [Self; 4] = [
        Self::BorneByCreditor,
        Self::BorneByDebtor,
        Self::FollowingServiceLevel,
        Self::Shared,
    ];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::BorneByCreditor => "borne_by_creditor",
            Self::BorneByDebtor => "borne_by_debtor",
            Self::FollowingServiceLevel => "following_service_level",
            Self::Shared => "shared",
        }
    }

    /// The bearer with this word.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

/// What the bank takes for a payment, from the debtor's account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Charge {
    /// Who bears it.
    pub(crate) bearer: ChargeBearer,
    /// For what.
    pub(crate) kind: ChargeType,
    /// How much, in pounds whatever the account's currency.
    pub(crate) amount: Amount,
}

/// What a charge is for: `charges[].type` on the wire.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum ChargeType {
    ChapsOut,
    SwiftOut,
}

impl ChargeType {
    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ChapsOut => "chaps_out",
            Self::SwiftOut => "swift_out",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn words_are_known_to_the_letter() {
        for rail in Rail::ALL {
            assert_eq!(Rail::parse(rail.as_str()), Some(rail));
        }
        for text in ["", "FPS", "fps ", "sepa", "UK.OBIE.FPS"] {
            assert_eq!(Rail::parse(text), None, "{text:?}");
        }
        for bearer in ChargeBearer::ALL {
            assert_eq!(ChargeBearer::parse(bearer.as_str()), Some(bearer));
        }
        for payment_type in PaymentType::ALL {
            assert_eq!(
                PaymentType::parse(payment_type.as_str()),
                Some(payment_type)
            );
            assert_eq!(payment_type.usual_rail().payment_type(), payment_type);
        }
    }

    /// Bank times are London's: in July 17:00 there is 16:00 UTC.
    #[test]
    fn payments_leave_before_the_cut_off_and_otherwise_on_the_next_working_day() {
        for (rail, now, starts_at, cut_off) in [
            (
                Rail::Fps,
                "2024-01-13T23:00:00Z",
                "2024-01-13T23:00:00Z",
                None,
            ),
            (
                Rail::Book,
                "2024-12-25T12:00:00Z",
                "2024-12-25T12:00:00Z",
                None,
            ),
            (
                Rail::SepaInstant,
                "2024-01-14T03:00:00Z",
                "2024-01-14T03:00:00Z",
                None,
            ),
            (
                Rail::Chaps,
                "2024-01-15T16:59:59Z",
                "2024-01-15T16:59:59Z",
                Some("2024-01-15T17:00:00Z"),
            ),
            (
                Rail::Chaps,
                "2024-01-15T17:00:00Z",
                "2024-01-16T06:00:00Z",
                Some("2024-01-16T17:00:00Z"),
            ),
            (
                Rail::Chaps,
                "2024-07-15T16:00:00Z",
                "2024-07-16T05:00:00Z",
                Some("2024-07-16T16:00:00Z"),
            ),
            (
                Rail::Bacs,
                "2024-07-15T14:59:59Z",
                "2024-07-15T14:59:59Z",
                Some("2024-07-15T15:00:00Z"),
            ),
            (
                Rail::Bacs,
                "2024-01-13T09:00:00Z",
                "2024-01-15T06:00:00Z",
                Some("2024-01-15T16:00:00Z"),
            ),
            (
                Rail::Swift,
                "2024-03-28T17:30:00Z",
                "2024-04-02T05:00:00Z",
                Some("2024-04-02T16:00:00Z"),
            ),
            (
                Rail::Target2,
                "2024-01-15T15:00:00Z",
                "2024-01-15T15:00:00Z",
                Some("2024-01-15T16:00:00Z"),
            ),
        ] {
            let departure = rail.departure(at(now));
            assert_eq!(departure.starts_at, at(starts_at), "{rail:?} {now}");
            assert_eq!(departure.cut_off, cut_off.map(at), "{rail:?} {now}");
            assert_eq!(departure.is_late, starts_at != now, "{rail:?} {now}");
        }
    }

    #[test]
    fn charges_are_those_of_the_contract() {
        use ChargeBearer::{BorneByCreditor, BorneByDebtor, FollowingServiceLevel, Shared};
        for (rail, bearer, pence) in [
            (Rail::Fps, BorneByDebtor, None),
            (Rail::Bacs, BorneByDebtor, None),
            (Rail::Book, BorneByDebtor, None),
            (Rail::Chaps, BorneByDebtor, Some(2500)),
            (Rail::Swift, BorneByDebtor, Some(1000)),
            (Rail::Swift, Shared, Some(500)),
            (Rail::Swift, FollowingServiceLevel, Some(500)),
            (Rail::Swift, BorneByCreditor, None),
            (Rail::SepaCreditTransfer, Shared, None),
            (Rail::SepaInstant, FollowingServiceLevel, None),
            (Rail::Target2, BorneByDebtor, None),
        ] {
            let charged = rail.charge(bearer).map(|charge| charge.amount.minor_units);
            assert_eq!(charged, pence, "{rail:?} {bearer:?}");
        }
    }
}
