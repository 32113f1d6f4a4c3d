//! Distinguished names, compared attribute by attribute and never as text.
//!
//! The same subject is printed in many ways: RFC 4514 begins with the last attribute, OpenSSL's own
//! forms with the first, Go and Java name what they do not know by number and hex. All are read; two
//! names match when they hold the same attributes in the same or the reversed order. Values are
//! compared to the letter, as a real bank's gateway does.

mod parse;

use std::fmt;

use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::der::{self, BMP_STRING, IA5_STRING, PRINTABLE_STRING, TELETEX_STRING, UTF8_STRING};

pub(crate) use parse::NameFault;

/// A sequence of relative distinguished names, as a certificate orders them: country first.
#[derive(Clone, Debug, Default)]
pub(crate) struct DistinguishedName {
    rdns: Vec<Rdn>,
}

/// Attributes that stand together (`+`); nearly always one. Sorted, for it is a set.
type Rdn = Vec<Attribute>;

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Attribute {
    /// Dotted decimal.
    oid: String,
    value: Value,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Value {
    /// A string of whichever DER type.
    Text(String),
    /// Any other DER, tag and all.
    Der(Vec<u8>),
}

impl DistinguishedName {
    /// Reads RFC 4514 and its relatives: RFC 1779 and 2253, OpenSSL's three forms, Go's and Java's.
    ///
    /// # Errors
    /// When the text is no name; the fault says where it stops being one.
    pub(crate) fn parse(text: &str) -> Result<Self, NameFault> {
        let rdns = parse::rdns(text)?;
        Ok(Self::new(rdns))
    }

    /// The name in a certificate.
    pub(super) fn from_x509(name: &X509Name<'_>) -> Self {
        let rdns = name.iter_rdn();
        Self::new(
            rdns.map(|rdn| rdn.iter().map(Attribute::from_x509).collect())
                .collect(),
        )
    }

    /// Whether both hold the same attributes, in the same order or in the reversed one. A name
    /// without attributes matches nothing, not even another.
    #[must_use]
    pub(crate) fn matches(&self, other: &Self) -> bool {
        !self.rdns.is_empty()
            && (self.rdns == other.rdns || self.rdns.iter().eq(other.rdns.iter().rev()))
    }

    /// Whether it holds no attribute.
    #[must_use]
    pub(crate) const fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// The common name, if there is exactly one.
    #[must_use]
    pub(crate) fn common_name(&self) -> Option<&str> {
        self.only("2.5.4.3")
    }

    /// The organizationIdentifier, if there is exactly one.
    #[must_use]
    pub(crate) fn organization_identifier(&self) -> Option<&str> {
        self.only("2.5.4.97")
    }

    fn new(mut rdns: Vec<Rdn>) -> Self {
        for rdn in &mut rdns {
            rdn.sort();
        }
        Self { rdns }
    }

    /// The text of an attribute that occurs exactly once.
    pub(super) fn only(&self, oid: &str) -> Option<&str> {
        let mut values = self.rdns.iter().flatten().filter(|one| one.oid == oid);
        match (values.next(), values.next()) {
            (
                Some(Attribute {
                    value: Value::Text(text),
                    ..
                }),
                None,
            ) => Some(text),
            _ => None,
        }
    }
}

/// Prints RFC 4514: the last attribute first.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, rdn) in self.rdns.iter().rev().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            for (index, attribute) in rdn.iter().enumerate() {
                if index > 0 {
                    f.write_str("+")?;
                }
                attribute.fmt(f)?;
            }
        }
        Ok(())
    }
}

impl Attribute {
    fn from_x509(attribute: &AttributeTypeAndValue<'_>) -> Self {
        let value = attribute.attr_value();
        // The tags of strings are below 31, where a tag number is the whole byte.
        let tag = u8::try_from(value.tag().0).unwrap_or(u8::MAX);
        Self {
            oid: attribute.attr_type().to_id_string(),
            value: Value::from_der(tag, value.data),
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(oid, _)| *oid == self.oid);
        match (&self.value, name) {
            (Value::Text(text), Some((_, names))) => {
                write!(f, "{}=", names.first().copied().unwrap_or_default())?;
                escape(text, f)
            }
            // RFC 4514, section 2.4: a type without a short name has its value in hex.
            (Value::Text(text), None) => {
                write!(f, "{}=#", self.oid)?;
                hex(&der::element(UTF8_STRING, text.as_bytes()), f)
            }
            (Value::Der(bytes), _) => {
                write!(f, "{}=#", self.oid)?;
                hex(bytes, f)
            }
        }
    }
}

impl Value {
    /// The string behind any of the string types; DER as it is otherwise.
    fn from_der(tag: u8, content: &[u8]) -> Self {
        let text = match tag {
            UTF8_STRING | PRINTABLE_STRING | IA5_STRING => {
                std::str::from_utf8(content).ok().map(str::to_owned)
            }
            // T.61 is used as Latin-1 by everyone who still uses it.
            TELETEX_STRING => Some(content.iter().copied().map(char::from).collect()),
            BMP_STRING => {
                let units = content.chunks(2).map(|pair| match pair {
                    [high, low] => u16::from_be_bytes([*high, *low]),
                    // Half a character: a lone surrogate makes the whole undecodable.
                    _ => 0xd800,
                });
                char::decode_utf16(units).collect::<Result<_, _>>().ok()
            }
            _ => None,
        };
        text.map_or_else(|| Self::Der(der::element(tag, content)), Self::Text)
    }
}

/// RFC 4514, section 2.4.
fn escape(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let last = text.chars().count().saturating_sub(1);
    for (index, character) in text.chars().enumerate() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{character}")?,
            '#' if index == 0 => f.write_str("\\#")?,
            ' ' if index == 0 || index == last => f.write_str("\\ ")?,
            control if control.is_ascii_control() => write!(f, "\\{:02X}", u32::from(control))?,
            other => write!(f, "{other}")?,
        }
    }
    Ok(())
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Attribute types with their names: first the one we print, then others in use.
const NAMES: &[(&str, &[&str])] = &[
    ("2.5.4.3", &["CN", "commonName"]),
    ("2.5.4.4", &["SN", "surname"]),
    ("2.5.4.5", &["serialNumber"]),
    ("2.5.4.6", &["C", "countryName"]),
    ("2.5.4.7", &["L", "localityName"]),
    ("2.5.4.8", &["ST", "S", "stateOrProvinceName"]),
    ("2.5.4.9", &["STREET", "streetAddress"]),
    ("2.5.4.10", &["O", "organizationName"]),
    ("2.5.4.11", &["OU", "organizationalUnitName"]),
    ("2.5.4.12", &["title", "T"]),
    ("2.5.4.15", &["businessCategory"]),
    ("2.5.4.17", &["postalCode"]),
    ("2.5.4.42", &["GN", "givenName"]),
    ("2.5.4.97", &["organizationIdentifier"]),
    ("0.9.2342.19200300.100.1.1", &["UID", "userId"]),
    ("0.9.2342.19200300.100.1.25", &["DC", "domainComponent"]),
    ("1.2.840.113549.1.9.1", &["emailAddress", "E", "email"]),
    (
        "1.3.6.1.4.1.311.60.2.1.1",
        &["jurisdictionL", "jurisdictionLocalityName"],
    ),
    (
        "1.3.6.1.4.1.311.60.2.1.2",
        &["jurisdictionST", "jurisdictionStateOrProvinceName"],
    ),
    (
        "1.3.6.1.4.1.311.60.2.1.3",
        &["jurisdictionC", "jurisdictionCountryName"],
    ),
];

#[cfg(test)]
mod tests;
