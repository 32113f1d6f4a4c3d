//! The client certificate of a connection whose TLS somebody else ended, as a header tells it (RFC 9440).
//!
//! The header proves nothing by itself: only a bank that was told to believe it reads it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::pki::PeerCertificate;

/// Why `Client-Cert` is no byte sequence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unreadable {
    /// It is base64, as it should be, without the colons around it.
    Bare,
    /// It is a certificate in PEM, as it stands in a file or escaped for a URL.
    Pem,
    /// It was sent more than once.
    Repeated,
    /// It is something else.
    Strange,
}

impl Unreadable {
    /// What to change.
    pub(crate) const fn hint(self) -> &'static str {
        match self {
            Self::Bare => {
                "Client-Cert lacks the colons around its base64: send Client-Cert: :MII...:"
            }
            Self::Pem => {
                "Client-Cert holds PEM: send its base64 alone, without BEGIN, END, line ends and escapes, between \
                 colons: Client-Cert: :MII...:"
            }
            Self::Repeated => {
                "send Client-Cert once; further certificates go into Client-Cert-Chain"
            }
            Self::Strange => {
                "Client-Cert is the certificate's DER in base64 between colons: Client-Cert: :MII...:"
            }
        }
    }
}

/// The certificate that `Client-Cert` tells, with what `Client-Cert-Chain` adds. A header that is no byte
/// sequence is a certificate that cannot be read, so that it is refused as such and not overlooked; then it is
/// said what it is instead.
pub(crate) fn certificate(headers: &HeaderMap) -> Option<(PeerCertificate, Option<Unreadable>)> {
    let mut lines = headers.get_all(CLIENT_CERT).iter();
    let first = lines.next()?;
    let leaf = match lines.next() {
        Some(_) => Err(Unreadable::Repeated),
        None => byte_sequence_of(first),
    };
    let unreadable = leaf.as_ref().err().copied();
    let mut chain = vec![leaf.unwrap_or_default()];
    for line in headers.get_all(CLIENT_CERT_CHAIN) {
        let members = line.to_str().unwrap_or_default().split(',');
        // What cannot be read leads to no CA.
        chain.extend(members.filter_map(byte_sequence));
    }
    chain.truncate(CHAIN_MAX);
    PeerCertificate::from_der(chain).map(|peer| (peer, unreadable))
}

fn byte_sequence_of(line: &HeaderValue) -> Result<Vec<u8>, Unreadable> {
    let text = line.to_str().map_err(|_| Unreadable::Strange)?;
    byte_sequence(text).ok_or_else(|| {
        let text = text.trim_matches([' ', '\t']);
        if text.contains("-BEGIN") {
            Unreadable::Pem
        } else if !text.is_empty() && base64(text).is_some() {
            Unreadable::Bare
        } else {
            Unreadable::Strange
        }
    })
}

/// What the header says of a certificate: whoever ended its TLS would tell the bank so.
pub(crate) fn told(der: &[u8]) -> String {
    format!(":{}:", STANDARD.encode(der))
}

/// RFC 9651, section 3.3.5: base64 between colons. Padding may be left out, and parameters are ignored, as
/// RFC 9440, section 2.1, has none.
fn byte_sequence(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_matches([' ', '\t']);
    let (encoded, parameters) = text.strip_prefix(':')?.split_once(':')?;
    if !(parameters.is_empty() || parameters.starts_with(';')) {
        return None;
    }
    base64(encoded)
}

fn base64(encoded: &str) -> Option<Vec<u8>> {
    let encoded = encoded.trim_end_matches('=');
    let padding = encoded.len().next_multiple_of(4) - encoded.len();
    let padded = format!("{encoded}{}", "=".repeat(padding));
    STANDARD.decode(padded).ok()
}

/// RFC 9440, section 2.2.
pub(crate) const CLIENT_CERT: HeaderName = HeaderName::from_static("client-cert");
/// RFC 9440, section 2.3.
const CLIENT_CERT_CHAIN: HeaderName = HeaderName::from_static("client-cert-chain");
/// As many as TLS libraries follow.
const CHAIN_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_sequence_stands_between_colons() {
        for (text, bytes) in [
            (":aGk=:", Some("hi")),
            (" :aGk=: ", Some("hi")),
            (":aGk:", Some("hi")),
            (":aGk=:;a=1", Some("hi")),
            ("::", Some("")),
            ("aGk=", None),
            (":aGk=", None),
            ("aGk=:", None),
            (":aGk=:x", None),
            (":a*k=:", None),
            (":a Gk=:", None),
            ("\"aGk=\"", None),
            ("", None),
        ] {
            let read = byte_sequence(text);
            assert_eq!(read.as_deref(), bytes.map(str::as_bytes), "{text:?}");
        }
    }

    #[test]
    fn what_is_told_is_what_is_read() {
        for der in [&b""[..], b"h", b"hi", b"\xff\xfe\xfd"] {
            let told = told(der);
            assert_eq!(byte_sequence(&told).as_deref(), Some(der), "{told}");
        }
    }

    #[test]
    fn what_is_sent_and_cannot_be_read_is_no_silence() {
        let of = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(CLIENT_CERT, HeaderValue::from_static(line));
            }
            certificate(&headers)
        };
        assert!(of(&[]).is_none());
        let pem = "-----BEGIN CERTIFICATE----- MIIB -----END CERTIFICATE-----";
        for (lines, expected) in [
            (&[":aGk=:"][..], None),
            (&["MIIB"], Some(Unreadable::Bare)),
            (&[" aGk= "], Some(Unreadable::Bare)),
            (&[pem], Some(Unreadable::Pem)),
            (
                &["-----BEGIN%20CERTIFICATE-----%0AMIIB"],
                Some(Unreadable::Pem),
            ),
            (&[":aGk=:", ":aGk=:"], Some(Unreadable::Repeated)),
            (&[""], Some(Unreadable::Strange)),
            (&[":MIIB"], Some(Unreadable::Strange)),
            (&["\"MIIB\""], Some(Unreadable::Strange)),
            (&["no certificate"], Some(Unreadable::Strange)),
        ] {
            let (certificate, unreadable) = of(lines).expect("something was sent");
            assert!(certificate.facts().is_none(), "{lines:?}");
            assert_eq!(unreadable, expected, "{lines:?}");
        }
    }
}
