//! Takes the secrets out of what the journal keeps: nothing secret is ever stored.
//!
//! A secret is known by where it stands; [`table`] is the one list of such places. In its place the entry
//! holds a fingerprint, the same wherever the same secret turns up, so that a reader can still follow a
//! code from the redirect to the token endpoint. A JWT is decoded besides, because why a bank refused a
//! JWT is asked about its claims, and a signature cannot be made from them.
//!
//! What cannot be read safely (a page, multipart, broken JSON that speaks of secrets) is not kept at all:
//! the entry then holds its length and digest. As a second net the secrets seen in a call are looked for
//! in every free text written about that call.

mod form;
mod json;
mod jwt;
mod table;

use std::borrow::Cow;

pub(super) use jwt::Decoded;
pub(super) use table::Side;
use table::{HeaderMask, Mask};

use crate::rule::{Finding, Fingerprint};

/// Masks the secrets of one call, and remembers them for as long as the call lasts.
#[derive(Default)]
pub(super) struct Redactor {
    secrets: Vec<Secret>,
    decoded: Vec<Decoded>,
    depth: usize,
}

/// A secret that was met, and what is told of it.
struct Secret {
    text: Box<str>,
    /// None for one that is hidden.
    fingerprint: Option<Fingerprint>,
}

/// A call's secrets are nobody's business, a debugger's included.
impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor")
            .field("secrets", &self.secrets.len())
            .finish_non_exhaustive()
    }
}

impl Redactor {
    /// Remembers a secret that no table can know of, so that it is not told in a free text.
    pub(super) fn remember(&mut self, secret: &str) {
        self.remember_as(secret, Some(Fingerprint::of(secret)));
    }

    /// The JWTs met so far, in the order of the message; they are taken out.
    pub(super) fn take_decoded(&mut self) -> Vec<Decoded> {
        std::mem::take(&mut self.decoded)
    }

    /// A header's value (its name in lower case) with its secrets masked.
    pub(super) fn header<'a>(&mut self, side: Side, name: &str, value: &'a [u8]) -> Cow<'a, [u8]> {
        let mask = table::header(name);
        if mask == HeaderMask::Clear && !value.starts_with(table::JWT_BEGINNING.as_bytes()) {
            return Cow::Borrowed(value);
        }
        let place = || format!("{}.headers.{name}", side.name());
        let text = String::from_utf8_lossy(value);
        let told = match mask {
            HeaderMask::Clear | HeaderMask::Whole => self.mask(None, &text, place),
            HeaderMask::Cookie => self.cookies(&text),
            HeaderMask::Credentials => self.credentials(&text, place),
            HeaderMask::SetCookie => self.set_cookie(&text),
            HeaderMask::Signature => {
                self.decode(&text, place);
                return Cow::Borrowed(value);
            }
            HeaderMask::Url => self.url(&place(), &text),
        };
        Cow::Owned(told.into_bytes())
    }

    /// A query with its secrets masked.
    pub(super) fn query<'a>(&mut self, query: &'a str) -> Cow<'a, str> {
        self.form("request.query", query)
    }

    /// A body with its secrets masked; `None` when it cannot be told without risk.
    ///
    /// The declared type is a hint: a wrong one is among the mistakes the journal exists to show.
    pub(super) fn body<'a>(
        &mut self,
        side: Side,
        body: &'a [u8],
        content_type: Option<&str>,
    ) -> Option<Cow<'a, str>> {
        let text = str::from_utf8(body).ok()?;
        let place = || format!("{}.body", side.name());
        let trimmed = text.trim();
        if jwt::looks_like_one(trimmed) {
            return Some(self.mask(None, trimmed, place).into());
        }
        let is_form = content_type.is_some_and(|declared| {
            let essence = declared.split(';').next().unwrap_or_default().trim();
            essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        });
        if trimmed.starts_with(['{', '[', '"']) {
            let told = self.json(side, &place(), text)?;
            return Some(if is_form {
                self.form(&place(), &told).into_owned().into()
            } else {
                told
            });
        }
        if is_form || (trimmed.contains('=') && !trimmed.contains(char::is_whitespace)) {
            return Some(self.form(&place(), text));
        }
        let is_plain = side == Side::Response && !trimmed.starts_with('<');
        (trimmed.is_empty() || (is_plain && !table::mentions_secret(text, side)))
            .then_some(Cow::Borrowed(text))
    }

    /// A text without any secret of this call.
    pub(super) fn scrub<'a>(&self, text: Cow<'a, str>) -> Cow<'a, str> {
        self.secrets
            .iter()
            .fold(text, |text, secret| secret.taken_out_of(text))
    }

    /// A free text without any secret of this call, and not longer than a page.
    pub(super) fn scrub_note<'a>(&self, text: Cow<'a, str>) -> Cow<'a, str> {
        let text = self.scrub(text);
        if text.len() <= NOTE_BYTES_MAX {
            return text;
        }
        let cut = text.floor_char_boundary(NOTE_BYTES_MAX);
        format!("{}…", text.get(..cut).unwrap_or_default()).into()
    }

    /// The finding with every free text of it scrubbed.
    pub(super) fn scrub_finding(&self, finding: Finding) -> Finding {
        Finding {
            rule: finding.rule,
            expected: self.scrub_note(finding.expected),
            received: self.scrub_note(finding.received),
            hint: self.scrub_note(finding.hint),
        }
    }

    /// Whether any secret was met, so that scrubbing may change something.
    pub(super) fn has_secrets(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// What is told instead of `secret`; if that is a JWT, it is decoded too.
    fn mask(&mut self, mask: Option<Mask>, secret: &str, place: impl FnOnce() -> String) -> String {
        if mask == Some(Mask::Hidden) {
            self.remember_as(secret, None);
            return HIDDEN.to_owned();
        }
        let fingerprint = Fingerprint::of(secret);
        self.remember_as(secret, Some(fingerprint));
        self.decode(secret, place);
        fingerprint.to_string()
    }

    fn remember_as(&mut self, secret: &str, fingerprint: Option<Fingerprint>) {
        // Something shorter would be found in texts that have nothing to do with it.
        if secret.len() >= SECRET_BYTES_MIN && self.secrets.len() < SECRETS_MAX {
            self.secrets.push(Secret {
                text: secret.into(),
                fingerprint,
            });
        }
    }

    /// `Bearer` and the like stay readable; after an unknown scheme, or none, all is secret.
    fn credentials(&mut self, text: &str, place: impl FnOnce() -> String) -> String {
        let scheme = SCHEMES.iter().find_map(|scheme| {
            let (written, rest) = text.split_at_checked(scheme.len())?;
            (written.eq_ignore_ascii_case(scheme) && rest.starts_with(' ')).then_some(text)?;
            let token = rest.trim_start_matches(' ');
            text.split_at_checked(text.len() - token.len())
        });
        match scheme {
            Some((_, "")) => text.to_owned(),
            Some((scheme, token)) => format!("{scheme}{}", self.mask(None, token, place)),
            None => self.mask(None, text, place),
        }
    }

    fn cookies(&mut self, text: &str) -> String {
        let told: Vec<_> = text.split(';').map(|pair| self.cookie(pair)).collect();
        told.join(";")
    }

    fn set_cookie(&mut self, text: &str) -> String {
        match text.split_once(';') {
            Some((pair, attributes)) => format!("{};{attributes}", self.cookie(pair)),
            None => self.cookie(text),
        }
    }

    /// A cookie without a name is a value.
    fn cookie(&mut self, pair: &str) -> String {
        let nowhere = String::new;
        match pair.split_once('=') {
            Some((name, value)) => format!("{name}={}", self.mask(None, value, nowhere)),
            None if pair.trim().is_empty() => pair.to_owned(),
            None => self.mask(None, pair, nowhere),
        }
    }
}

impl Secret {
    /// The text with this secret replaced wherever it stands as a word: a client that sends the code
    /// `invalid` must not change what the journal says of `invalid_grant`.
    fn taken_out_of<'a>(&self, text: Cow<'a, str>) -> Cow<'a, str> {
        let in_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let mut told = String::new();
        let mut copied = 0;
        for (start, secret) in text.match_indices(&*self.text) {
            let end = start + secret.len();
            let (before, after) = (text.get(..start), text.get(end..));
            if before.is_some_and(|before| before.ends_with(in_word))
                || after.is_some_and(|after| after.starts_with(in_word))
            {
                continue;
            }
            told.push_str(text.get(copied..start).unwrap_or_default());
            match self.fingerprint {
                Some(fingerprint) => told.push_str(&fingerprint.to_string()),
                None => told.push_str(HIDDEN),
            }
            copied = end;
        }
        if copied == 0 {
            return text;
        }
        told.push_str(text.get(copied..).unwrap_or_default());
        told.into()
    }
}

impl Side {
    /// How places in the message of this side begin.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

/// What is told of a secret whose fingerprint would give it away.
const HIDDEN: &str = "(hidden)";

/// The schemes of `Authorization` that clients of banks use, and misuse.
const SCHEMES: &[&str] = &["Bearer", "Basic", "DPoP"];

/// Shorter secrets than a six-digit code are not looked for in free texts.
const SECRET_BYTES_MIN: usize = 6;

/// So many secrets of one call are looked for: more come only from somebody who tries.
const SECRETS_MAX: usize = 64;

/// A finding or effect is a sentence or two.
const NOTE_BYTES_MAX: usize = 4096;

#[cfg(test)]
mod tests;
