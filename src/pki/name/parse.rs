//! Reads the text of a distinguished name into its attributes.

use super::super::der::Reader;
use super::{Attribute, NAMES, Rdn, Value};

/// Why a text is no distinguished name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum NameFault {
    /// A backslash before nothing that can be escaped.
    #[error("a backslash must be followed by the character it escapes or by two hex digits")]
    Escape,
    /// Nothing there.
    #[error("expected attributes such as `CN=app,O=Company,C=GB`, received nothing")]
    Empty,
    /// `#` without the hex of one DER value.
    #[error("expected the hex of one DER value after `#` in `{0}`")]
    Hex(String),
    /// Something where `TYPE=VALUE` should be.
    #[error("expected TYPE=VALUE, received `{0}`")]
    NoAttribute(String),
    /// A quotation mark without its partner, or text after it.
    #[error("expected a separator after the closing quotation mark, and that mark")]
    Quote,
    /// Neither a name we know nor dotted decimal.
    #[error(
        "unknown attribute type `{0}`; types without a well-known name are written in dotted decimal"
    )]
    UnknownType(String),
    /// Escaped bytes that are not UTF-8.
    #[error("the escaped bytes of a value are not UTF-8")]
    Utf8,
}

/// The attributes in the order of a certificate (an RFC 4514 text has it reversed).
pub(super) fn rdns(text: &str) -> Result<Vec<Rdn>, NameFault> {
    // A space at the end may be escaped, so only what cannot belong to a value goes there.
    let text = text.trim_start().trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(NameFault::Empty);
    }
    if let Some(oneline) = text.strip_prefix('/') {
        return slashed(oneline);
    }
    let mut rdns = Vec::new();
    let mut rdn = Vec::new();
    let mut rest = text;
    loop {
        let (attribute, end, after) = attribute(rest)?;
        rdn.push(attribute);
        if end != End::SameRdn {
            rdns.push(std::mem::take(&mut rdn));
        }
        if end == End::Text {
            break;
        }
        rest = after;
    }
    rdns.reverse();
    Ok(rdns)
}

/// What ended an attribute.
#[derive(Clone, Copy, Eq, PartialEq)]
enum End {
    /// `,` or `;`.
    NextRdn,
    /// `+`.
    SameRdn,
    /// The text's end.
    Text,
}

/// `TYPE=VALUE`, what ended it, and what follows.
fn attribute(text: &str) -> Result<(Attribute, End, &str), NameFault> {
    let no_attribute = || NameFault::NoAttribute(text.to_owned());
    let (name, rest) = text.split_once('=').ok_or_else(no_attribute)?;
    if name.contains([',', ';', '+']) || name.trim().is_empty() {
        return Err(no_attribute());
    }
    let oid = oid(name.trim())?;
    let rest = rest.trim_start_matches(' ');
    let (value, rest) = if let Some(hex) = rest.strip_prefix('#') {
        hex_value(hex)?
    } else if let Some(quoted) = rest.strip_prefix('"') {
        quoted_value(quoted)?
    } else {
        plain_value(rest)?
    };
    let (end, after) = match rest.chars().next() {
        None => (End::Text, ""),
        Some('+') => (End::SameRdn, &rest[1..]),
        Some(',' | ';') => (End::NextRdn, &rest[1..]),
        Some(_) => return Err(NameFault::Quote),
    };
    Ok((Attribute { oid, value }, end, after))
}

/// The dotted decimal behind a name, `OID.`-prefixed or plain dotted decimal.
fn oid(name: &str) -> Result<String, NameFault> {
    let unprefixed = match name.split_at_checked(4) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("OID.") => rest,
        _ => name,
    };
    let is_dotted = unprefixed.contains('.')
        && unprefixed.split('.').all(|arc| {
            !arc.is_empty()
                && arc.bytes().all(|byte| byte.is_ascii_digit())
                && (arc == "0" || !arc.starts_with('0'))
        });
    if is_dotted {
        return Ok(unprefixed.to_owned());
    }
    NAMES
        .iter()
        .find(|(_, names)| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
        .map(|(oid, _)| (*oid).to_owned())
        .ok_or_else(|| NameFault::UnknownType(name.to_owned()))
}

/// The hex of one DER value up to a separator.
fn hex_value(text: &str) -> Result<(Value, &str), NameFault> {
    let end = text.find([',', ';', '+']).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let fault = || NameFault::Hex(digits.to_owned());
    let digits = digits.trim_end();
    if digits.len() % 2 != 0 {
        return Err(fault());
    }
    let bytes: Vec<u8> = digits
        .as_bytes()
        .chunks(2)
        .map(|pair| hex_pair(pair).ok_or_else(fault))
        .collect::<Result<_, _>>()?;
    let mut reader = Reader::new(&bytes);
    let (tag, content) = reader.element().ok_or_else(fault)?;
    if !reader.is_empty() {
        return Err(fault());
    }
    Ok((Value::from_der(tag, content), rest))
}

/// A value in quotation marks, as RFC 1779 and OpenSSL write it; separators are ordinary inside.
fn quoted_value(text: &str) -> Result<(Value, &str), NameFault> {
    let mut bytes = Vec::new();
    let mut rest = text;
    loop {
        let mut characters = rest.chars();
        match characters.next().ok_or(NameFault::Quote)? {
            '"' => break,
            '\\' => rest = escaped(characters.as_str(), &mut bytes)?,
            other => {
                push(other, &mut bytes);
                rest = characters.as_str();
            }
        }
    }
    let after = rest.get(1..).unwrap_or_default();
    Ok((text_value(bytes)?, after.trim_start_matches(' ')))
}

/// A value up to an unescaped separator, without unescaped spaces at its end.
fn plain_value(text: &str) -> Result<(Value, &str), NameFault> {
    let mut bytes = Vec::new();
    let mut kept = 0;
    let mut rest = text;
    loop {
        let mut characters = rest.chars();
        match characters.next() {
            None | Some(',' | ';' | '+') => break,
            Some('\\') => {
                rest = escaped(characters.as_str(), &mut bytes)?;
                kept = bytes.len();
            }
            Some(other) => {
                push(other, &mut bytes);
                rest = characters.as_str();
                if other != ' ' {
                    kept = bytes.len();
                }
            }
        }
    }
    bytes.truncate(kept);
    Ok((text_value(bytes)?, rest))
}

/// What follows a backslash: two hex digits, or a character that stands for itself.
fn escaped<'a>(text: &'a str, bytes: &mut Vec<u8>) -> Result<&'a str, NameFault> {
    if let Some((pair, rest)) = text.split_at_checked(2)
        && let Some(byte) = hex_pair(pair.as_bytes())
    {
        bytes.push(byte);
        return Ok(rest);
    }
    let mut characters = text.chars();
    match characters.next() {
        Some(special @ ('"' | '+' | ',' | ';' | '<' | '>' | '\\' | '#' | '=' | ' ' | '/')) => {
            push(special, bytes);
            Ok(characters.as_str())
        }
        _ => Err(NameFault::Escape),
    }
}

/// `/C=GB/O=Company/CN=app`, OpenSSL's oldest form, in a certificate's order. A slash separates only
/// where an attribute follows: the form does not escape it.
fn slashed(text: &str) -> Result<Vec<Rdn>, NameFault> {
    let mut parts: Vec<String> = Vec::new();
    for piece in text.split('/') {
        let begins_attribute = piece
            .split_once('=')
            .is_some_and(|(name, _)| oid(name.trim()).is_ok());
        match parts.last_mut() {
            Some(last) if !begins_attribute => {
                last.push('/');
                last.push_str(piece);
            }
            _ => parts.push(piece.to_owned()),
        }
    }
    parts.iter().map(|part| slashed_attribute(part)).collect()
}

/// One attribute of the slashed form, where bytes beyond ASCII are `\xC3\xA9`.
fn slashed_attribute(part: &str) -> Result<Rdn, NameFault> {
    let no_attribute = || NameFault::NoAttribute(part.to_owned());
    let (name, value) = part.split_once('=').ok_or_else(no_attribute)?;
    let oid = oid(name.trim())?;
    let mut bytes = Vec::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("\\x") {
        bytes.extend_from_slice(before.as_bytes());
        let (pair, after) = after.split_at_checked(2).ok_or(NameFault::Escape)?;
        bytes.push(hex_pair(pair.as_bytes()).ok_or(NameFault::Escape)?);
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    let value = text_value(bytes)?;
    Ok(vec![Attribute { oid, value }])
}

fn text_value(bytes: Vec<u8>) -> Result<Value, NameFault> {
    String::from_utf8(bytes)
        .map(Value::Text)
        .map_err(|_| NameFault::Utf8)
}

fn push(character: char, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    match pair {
        [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
        _ => None,
    }
}
