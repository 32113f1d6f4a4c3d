//! One transaction as the rest of the house sees it: a value with everything the API contract,
//! section 4.3, lists. The ledger keeps it far smaller and projects it when asked.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::code::TransactionCode;
use super::identifier::Scheme;
use super::intern::TextId;
use crate::clock::Timestamp;
use crate::id::{AccountId, TransactionId};
use crate::money::{Amount, Currency, Direction};

/// A transaction in full.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct TransactionView {
    /// The account it is a row of.
    pub(crate) account_id: AccountId,
    /// Its id, the same from pending to booked unless the scenario wants it otherwise.
    pub(crate) transaction_id: TransactionId,
    /// What a scheme calls it.
    pub(crate) reference: Option<Arc<str>>,
    /// Where it is in its life.
    pub(crate) status: TransactionStatus,
    /// Signed: a debit is below zero.
    pub(crate) amount: Amount,
    /// When it was booked; while pending, when that is expected.
    pub(crate) booked_at: Timestamp,
    /// When interest counts it.
    pub(crate) value_at: Timestamp,
    /// What the bank took for it, when that is part of this row.
    pub(crate) charge: Option<Amount>,
    /// What it was in another currency.
    pub(crate) exchange: Option<CurrencyExchange>,
    /// What kind of row it is.
    pub(crate) code: TransactionCode,
    /// The card it was made with.
    pub(crate) card: Option<CardInstrument>,
    /// The narrative.
    pub(crate) information: Option<Arc<str>>,
    /// The shop.
    pub(crate) merchant: Option<MerchantView>,
    /// Who is on the other side: the creditor of a debit, the debtor of a credit.
    pub(crate) counterparty: Option<Arc<Counterparty>>,
    /// The balance after it in the order of booking; of booked rows only.
    pub(crate) running_balance: Option<Amount>,
}

impl TransactionView {
    /// Which way the money moved.
    #[must_use]
    pub(crate) const fn direction(&self) -> Direction {
        self.amount.direction()
    }

    /// Whether amount, narrative and dates may still change.
    #[must_use]
    pub(crate) const fn is_mutable(&self) -> bool {
        matches!(self.status, TransactionStatus::Pending)
    }
}

/// Where a transaction is in its life: pending, then one of the others for good.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub(crate) enum TransactionStatus {
    Booked,
    Pending,
    Rejected,
}

impl TransactionStatus {
    /// Every status.
    pub(crate) const ALL: [Self; 3] = [Self::Booked, Self::Pending, Self::Rejected];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Pending => "pending",
            Self::Rejected => "rejected",
        }
    }

    /// The status with this word.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A shop, by its name and its ISO 18245 category.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct MerchantView {
    /// The name as customers know it.
    pub(crate) name: Arc<str>,
    /// Four digits when printed.
    pub(crate) category_code: u16,
}

/// The card a row was made with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct CardInstrument {
    /// `scheme_name` on the wire.
    pub(crate) scheme: CardScheme,
    /// `authorization_type` on the wire.
    pub(crate) authorization: CardAuthorization,
    /// All of the number that may be shown.
    pub(crate) last_four: u16,
}

impl CardInstrument {
    /// The number with all but its last four digits masked.
    #[must_use]
    pub(crate) fn masked(self) -> String {
        masked(self.last_four)
    }
}

/// A card number that shows its last four digits alone.
#[must_use]
pub(crate) fn masked(last_four: u16) -> String {
    format!("************{last_four:04}")
}

/// Who issued the card's brand.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub(crate) enum CardScheme {
    AmericanExpress,
    Diners,
    Discover,
    Mastercard,
    Visa,
}

impl CardScheme {
    /// Every scheme.
    pub(crate) const ALL: [Self; 5] = [
        Self::AmericanExpress,
        Self::Diners,
        Self::Discover,
        Self::Mastercard,
        Self::Visa,
    ];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AmericanExpress => "american_express",
            Self::Diners => "diners",
            Self::Discover => "discover",
            Self::Mastercard => "mastercard",
            Self::Visa => "visa",
        }
    }
}

/// How the cardholder agreed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub(crate) enum CardAuthorization {
    ConsumerDevice,
    Contactless,
    None,
    Pin,
}

impl CardAuthorization {
    /// Every way.
    pub(crate) const ALL: [Self; 4] = [
        Self::ConsumerDevice,
        Self::Contactless,
        Self::None,
        Self::Pin,
    ];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ConsumerDevice => "consumer_device",
            Self::Contactless => "contactless",
            Self::None => "none",
            Self::Pin => "pin",
        }
    }
}

/// What a row was in another currency: `currency_exchange` on the wire.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct CurrencyExchange {
    /// The account's currency.
    pub(crate) source_currency: Currency,
    /// The currency of the purchase or transfer.
    pub(crate) target_currency: Currency,
    /// What the rate is a price of.
    pub(crate) unit_currency: Currency,
    /// Units of the target currency for one of the unit currency, in millionths.
    pub(crate) rate_millionths: i64,
    /// What was asked for, in its own currency.
    pub(crate) instructed: Amount,
    /// The contract the rate was agreed in, where somebody said.
    pub(crate) contract: Option<Arc<str>>,
    /// When the rate was struck.
    pub(crate) quoted_at: Timestamp,
}

impl CurrencyExchange {
    /// The rate as a decimal number, without idle zeros.
    #[must_use]
    pub(crate) fn rate(&self) -> String {
        let (whole, fraction) = (
            self.rate_millionths / 1_000_000,
            self.rate_millionths % 1_000_000,
        );
        let text = format!("{whole}.{fraction:06}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// The other side of a row: a name, and where its account is when the bank knows.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Counterparty {
    /// Their name.
    pub(crate) name: String,
    /// Their account.
    pub(crate) account: Option<(Scheme, String)>,
    /// The BIC of their bank.
    pub(crate) agent: Option<String>,
    /// What their bank is called, where somebody said.
    pub(crate) agent_name: Option<String>,
}

/// A merchant the ledger keeps.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct MerchantId(pub(super) NonZeroU32);

/// A counterparty the ledger keeps.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct CounterpartyId(pub(super) NonZeroU32);

/// A row to be posted: what the ledger needs, in the form it keeps.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Where the row begins its life.
    pub(crate) status: TransactionStatus,
    /// When it is booked, or when that is expected; whole seconds.
    pub(crate) booked_at: Timestamp,
    /// When interest counts it.
    pub(crate) value_at: Timestamp,
    /// Minor units of the account's currency; a debit is below zero.
    pub(crate) minor_units: i64,
    /// What kind of row it is.
    pub(crate) code: TransactionCode,
    /// The narrative.
    pub(crate) information: Option<TextId>,
    /// What a scheme calls it.
    pub(crate) reference: Option<TextId>,
    /// The shop.
    pub(crate) merchant: Option<MerchantId>,
    /// Who is on the other side.
    pub(crate) counterparty: Option<CounterpartyId>,
    /// The card it was made with.
    pub(crate) card: Option<CardInstrument>,
    /// What few rows have.
    pub(crate) rare: Option<Box<Rare>>,
}

impl Entry {
    /// A booked row without particulars.
    #[must_use]
    pub(crate) const fn booked(code: TransactionCode, minor_units: i64, at: Timestamp) -> Self {
        Self {
            status: TransactionStatus::Booked,
            booked_at: at,
            value_at: at,
            minor_units,
            code,
            information: None,
            reference: None,
            merchant: None,
            counterparty: None,
            card: None,
            rare: None,
        }
    }
}

/// What few rows have, kept beside them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Rare {
    /// What the bank took for it.
    pub(crate) charge: Option<Amount>,
    /// What it was in another currency.
    pub(crate) exchange: Option<CurrencyExchange>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_shows_four_digits_at_most() {
        let card = CardInstrument {
            scheme: CardScheme::Visa,
            authorization: CardAuthorization::Pin,
            last_four: 42,
        };
        assert_eq!(card.masked(), "************0042");
    }

    #[test]
    fn a_rate_prints_without_idle_zeros() {
        for (rate_millionths, printed) in
            [(1_170_000, "1.17"), (1, "0.000001"), (162_000_000, "162")]
        {
            let exchange = CurrencyExchange {
                source_currency: Currency::Gbp,
                target_currency: Currency::Eur,
                unit_currency: Currency::Gbp,
                rate_millionths,
                instructed: Amount::zero(Currency::Eur),
                contract: None,
                quoted_at: Timestamp::from_unix_seconds(0),
            };
            assert_eq!(exchange.rate(), printed);
        }
    }

    #[test]
    fn a_status_is_read_by_its_word_alone() {
        for status in TransactionStatus::ALL {
            assert_eq!(TransactionStatus::parse(status.as_str()), Some(status));
        }
        for text in ["", "Booked", "BOOK", "booked ", "info"] {
            assert_eq!(TransactionStatus::parse(text), None, "{text:?}");
        }
    }
}
