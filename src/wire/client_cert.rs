//! The client certificate of a connection whose TLS somebody else ended, as a header tells it (RFC 9440).
//!
//! The header proves nothing by itself: only a bank that was told to believe it reads it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName};

use crate::pki::PeerCertificate;

/// The certificate that `Client-Cert` tells, with what `Client-Cert-Chain` adds. A header that is no byte
/// sequence is a certificate that cannot be read, so that it is refused as such and not overlooked.
pub(crate) fn certificate(headers: &HeaderMap) -> Option<PeerCertificate> {
    let mut lines = headers.get_all(CLIENT_CERT).iter();
    let first = lines.next()?;
    let leaf = match lines.next() {
        Some(_) => None,
        None => first.to_str().ok().and_then(byte_sequence),
    };
    let mut chain = vec![leaf.unwrap_or_default()];
    for line in headers.get_all(CLIENT_CERT_CHAIN) {
        let members = line.to_str().unwrap_or_default().split(',');
        // What cannot be read leads to no CA.
        chain.extend(members.filter_map(byte_sequence));
    }
    chain.truncate(CHAIN_MAX);
    PeerCertificate::from_der(chain)
}

/// RFC 9651, section 3.3.5: base64 between colons. Padding may be left out, and parameters are ignored, as
/// RFC 9440, section 2.1, has none.
fn byte_sequence(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_matches([' ', '\t']);
    let (encoded, parameters) = text.strip_prefix(':')?.split_once(':')?;
    if !(parameters.is_empty() || parameters.starts_with(';')) {
        return None;
    }
    let encoded = encoded.trim_end_matches('=');
    let padding = encoded.len().next_multiple_of(4) - encoded.len();
    let padded = format!("{encoded}{}", "=".repeat(padding));
    STANDARD.decode(padded).ok()
}

/// RFC 9440, section 2.2.
const CLIENT_CERT: HeaderName = HeaderName::from_static("client-cert");
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
    fn what_is_sent_and_cannot_be_read_is_no_silence() {
        let of = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(CLIENT_CERT, http::HeaderValue::from_static(line));
            }
            certificate(&headers)
        };
        assert!(of(&[]).is_none());
        for lines in [&["MIIB"][..], &[":aGk=:"], &[":aGk=:", ":aGk=:"], &[""]] {
            let certificate = of(lines).expect("something was sent");
            assert!(certificate.facts().is_none(), "{lines:?}");
        }
    }
}
