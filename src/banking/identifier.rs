//! What an account is known by outside the bank: sort code and account number, IBAN, card number.

use std::borrow::Cow;
use std::fmt;

/// The identification schemes of the API contract, section 1.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Scheme {
    /// A basic (national) account number that is not British.
    Bban,
    /// ISO 13616.
    Iban,
    /// A card number, masked to its last four digits.
    Pan,
    /// Sort code and account number, printed `NNNNNN-NNNNNNNN`.
    SortCodeAccountNumber,
}

impl Scheme {
    /// Every scheme.
    pub(crate) const ALL: [Self; 4] = [
        Self::Bban,
        Self::Iban,
        Self::Pan,
        Self::SortCodeAccountNumber,
    ];

    /// Every word, in the same order.
    pub(crate) const WORDS: [&'static str; 4] = [
        Self::Bban.as_str(),
        Self::Iban.as_str(),
        Self::Pan.as_str(),
        Self::SortCodeAccountNumber.as_str(),
    ];

    /// The scheme of this word.
    #[must_use]
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Bban => "BBAN",
            Self::Iban => "IBAN",
            Self::Pan => "PAN",
            Self::SortCodeAccountNumber => "SortCodeAccountNumber",
        }
    }
}

/// One way to name an account, as `identifiers[]` lists them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Identifier {
    /// By which scheme.
    pub(crate) scheme: Scheme,
    /// The identification itself, in its printed form.
    pub(crate) id: String,
    /// The holder's name as the scheme knows it.
    pub(crate) name: Option<String>,
    /// A roll number or the like.
    pub(crate) secondary_id: Option<String>,
}

impl Identifier {
    /// An identifier without name and secondary identification.
    #[must_use]
    pub(crate) fn bare(scheme: Scheme, id: impl Into<String>) -> Self {
        Self {
            scheme,
            id: id.into(),
            name: None,
            secondary_id: None,
        }
    }

    /// The identification as the bank prints it.
    #[must_use]
    pub(crate) fn printed(&self) -> Cow<'_, str> {
        let account = match self.scheme {
            Scheme::SortCodeAccountNumber => SortCodeAccountNumber::parse(&self.id),
            Scheme::Bban | Scheme::Iban | Scheme::Pan => None,
        };
        account.map_or(Cow::Borrowed(&self.id), |account| {
            account.to_string().into()
        })
    }

    /// Whether the identification has the form of its scheme, check digits included.
    #[must_use]
    pub(crate) fn is_well_formed(&self) -> bool {
        let is_long = |least, most| (least..=most).contains(&self.id.len());
        let all = |has: fn(u8) -> bool| self.id.bytes().all(has);
        match self.scheme {
            Scheme::Bban => is_long(1, 30) && all(|byte| byte.is_ascii_alphanumeric()),
            Scheme::Iban => Iban::parse(&self.id).is_some(),
            // Masked but for the last four, as it is printed, or in full.
            Scheme::Pan => is_long(12, 19) && all(|byte| byte.is_ascii_digit() || byte == b'*'),
            Scheme::SortCodeAccountNumber => SortCodeAccountNumber::parse(&self.id).is_some(),
        }
    }
}

/// A British account: six digits of sort code, eight of account number, zero-padded.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct SortCodeAccountNumber {
    sort_code: u32,
    account_number: u32,
}

impl SortCodeAccountNumber {
    /// The account with these numbers, `None` when one has too many digits.
    #[must_use]
    pub(crate) const fn new(sort_code: u32, account_number: u32) -> Option<Self> {
        if sort_code > 999_999 || account_number > 99_999_999 {
            return None;
        }
        Some(Self {
            sort_code,
            account_number,
        })
    }

    /// Reads `608371-12345678` or `60837112345678`.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (sort_code, account_number) = match text.len() {
            15 => text.split_once('-')?,
            14 => text.split_at_checked(6)?,
            _ => return None,
        };
        Some(Self {
            sort_code: digits(sort_code, 6)?,
            account_number: digits(account_number, 8)?,
        })
    }

    /// The bank and branch part.
    #[must_use]
    pub(crate) const fn sort_code(self) -> u32 {
        self.sort_code
    }

    /// The account part.
    #[must_use]
    pub(crate) const fn account_number(self) -> u32 {
        self.account_number
    }
}

impl fmt::Display for SortCodeAccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}-{:08}", self.sort_code, self.account_number)
    }
}

/// An IBAN in its electronic form, without blanks.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Iban(String);

impl Iban {
    /// Reads an IBAN of another bank: form, length and check digits must be right (ISO 13616).
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let country = text.get(..2)?;
        let in_form = (15..=34).contains(&text.len())
            && country.bytes().all(|byte| byte.is_ascii_uppercase())
            && text.get(2..4)?.bytes().all(|byte| byte.is_ascii_digit())
            && (text.bytes()).all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        let length_fits = IBAN_LENGTHS
            .iter()
            .find(|(known, _)| *known == country)
            .is_none_or(|(_, length)| *length == text.len());
        (in_form && length_fits && remainder_97(text) == 1).then(|| Self(text.to_owned()))
    }

    /// The IBAN of one of the bank's own accounts, with the fictional bank code `HMBK`.
    #[must_use]
    pub(crate) fn of_own(account: SortCodeAccountNumber) -> Self {
        let bban = format!(
            "{OWN_BANK_CODE}{:06}{:08}",
            account.sort_code, account.account_number
        );
        let check = 98 - remainder_97(&format!("GB00{bban}"));
        Self(format!("GB{check:02}{bban}"))
    }

    /// An IBAN the scenario gives to one of the bank's own accounts: served as written, its check
    /// digits unjudged, because the published guides print one whose check digits are wrong.
    #[must_use]
    pub(crate) fn as_written(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether the check digits are right.
    #[must_use]
    pub(crate) fn passes_mod_97(&self) -> bool {
        remainder_97(&self.0) == 1
    }

    /// The electronic form.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Exactly `length` ASCII digits as a number.
fn digits(text: &str, length: usize) -> Option<u32> {
    let fits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

/// ISO 7064: the first four characters moved to the end, letters as 10 to 35, modulo 97.
/// A character that is neither digit nor letter makes the answer 0, which no valid IBAN has.
fn remainder_97(text: &str) -> u32 {
    let (head, tail) = text.split_at_checked(4).unwrap_or((text, ""));
    (tail.chars().chain(head.chars()))
        .try_fold(0, |remainder, character| {
            let value = character.to_digit(36)?;
            let shift = if value > 9 { 100 } else { 10 };
            Some((remainder * shift + value) % 97)
        })
        .unwrap_or(0)
}

/// No real bank has it.
const OWN_BANK_CODE: &str = "HMBK";

/// Lengths in the IBAN registry of the countries whose banks are paid from here most. Of other
/// countries only form and check digits are judged.
const IBAN_LENGTHS: [(&str, usize); 20] = [
    ("AT", 20),
    ("BE", 16),
    ("CH", 21),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("ES", 24),
    ("FI", 18),
    ("FR", 27),
    ("GB", 22),
    ("HU", 28),
    ("IE", 22),
    ("IS", 26),
    ("IT", 27),
    ("LU", 20),
    ("NL", 18),
    ("NO", 15),
    ("PL", 28),
    ("PT", 25),
    ("SE", 24),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identification_has_the_form_of_its_scheme() {
        assert_eq!(Scheme::WORDS, Scheme::ALL.map(Scheme::as_str));
        for (scheme, good, bad) in [
            (Scheme::Bban, "BUKB60837112345678", "BUKB-6083"),
            (
                Scheme::Iban,
                "DE89370400440532013000",
                "DE89370400440532013001",
            ),
            (Scheme::Pan, "************1234", "1234"),
            (Scheme::SortCodeAccountNumber, "60837112345678", "608371"),
        ] {
            assert_eq!(Scheme::parse(scheme.as_str()), Some(scheme));
            assert!(Identifier::bare(scheme, good).is_well_formed(), "{good}");
            assert!(!Identifier::bare(scheme, bad).is_well_formed(), "{bad}");
            assert!(!Identifier::bare(scheme, "").is_well_formed(), "{scheme:?}");
        }
        let unhyphened = Identifier::bare(Scheme::SortCodeAccountNumber, "60837112345678");
        assert_eq!(unhyphened.printed(), "608371-12345678");
    }

    #[test]
    fn own_ibans_are_those_of_the_contract() {
        for (number, iban) in [
            (87_654_321, "GB51HMBK60837187654321"),
            (11_111_111, "GB47HMBK60837111111111"),
            (0, "GB93HMBK60837100000000"),
            (22_222_222, "GB98HMBK60837122222222"),
            (33_333_333, "GB52HMBK60837133333333"),
            (44_444_444, "GB06HMBK60837144444444"),
            (55_555_555, "GB57HMBK60837155555555"),
        ] {
            let account = SortCodeAccountNumber::new(608_371, number).unwrap();
            assert_eq!(Iban::of_own(account).as_str(), iban);
            assert!(Iban::of_own(account).passes_mod_97());
        }
    }

    #[test]
    fn known_good_ibans_of_other_banks_are_read() {
        for text in [
            "DE89370400440532013000",
            "FR1420041010050500013M02606",
            "NO9386011117947",
            "GB29NWBK60161331926819",
        ] {
            assert!(Iban::parse(text).is_some(), "{text}");
        }
    }

    #[test]
    fn bad_ibans_of_other_banks_are_refused() {
        for (why, text) in [
            ("empty", ""),
            (
                "check digits of the guides' example",
                "GB33BUKB60837112345678",
            ),
            ("one digit changed", "DE89370400440532013001"),
            ("two digits swapped", "DE89370400440532010300"),
            ("too short for its country", "DE8937040044053201300"),
            ("too long for its country", "NO93860111179470"),
            ("blanks", "DE89 3704 0044 0532 0130 00"),
            ("lower case", "de89370400440532013000"),
            ("not letters and digits", "DE8937040044053201300-"),
            ("longer than any", "XX00AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            ("not ASCII", "DÉ89370400440532013000"),
        ] {
            assert_eq!(Iban::parse(text), None, "{why}");
        }
    }

    #[test]
    fn sort_code_and_account_number_are_read_with_and_without_hyphen() {
        for text in ["608371-00000001", "60837100000001"] {
            let account = SortCodeAccountNumber::parse(text).unwrap();
            assert_eq!(account.to_string(), "608371-00000001");
        }
    }

    #[test]
    fn other_forms_of_account_numbers_are_refused() {
        for text in [
            "",
            "608371-1",
            "60-83-71-12345678",
            "6083711234567",
            "608371-1234567a",
            "608371 12345678",
            "6083-7112345678",
            "+08371-12345678",
            "608371-123456789",
            "６０８３７１12345678",
        ] {
            assert_eq!(SortCodeAccountNumber::parse(text), None, "{text:?}");
        }
        assert_eq!(SortCodeAccountNumber::new(1_000_000, 0), None);
        assert_eq!(SortCodeAccountNumber::new(0, 100_000_000), None);
    }
}
