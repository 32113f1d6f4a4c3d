//! A call as a `curl` line that a shell takes as it stands.

use http::Method;

use crate::tpp::call::{Body, Call, JSON};

use super::super::shell::{is_unreserved, quoted};
use super::bank::Files;

/// What a line presents.
#[derive(Clone, Copy, Debug)]
pub(super) enum Manner<'a> {
    /// To the bank, with its CA and perhaps a client's certificate; headers are shown.
    Bank {
        ca_file: &'a str,
        files: Option<&'a Files>,
    },
    /// To a bank in the clear: the certificate's file, if there is one to tell of.
    Plain { cert: Option<&'a str> },
    /// To the control API.
    Control,
}

/// The line, over several with a backslash at each end.
pub(super) fn line(call: &Call, manner: Manner<'_>) -> String {
    let mut pieces = vec![opening(manner)];
    let is_default = match &call.body {
        Body::Empty => call.method == Method::GET,
        Body::Form(_) | Body::Json(_) => call.method == Method::POST,
    };
    let method = if is_default {
        String::new()
    } else {
        format!("-X {} ", call.method)
    };
    pieces.push(format!("{method}{}", quoted(&call.url)));
    for (name, value) in &call.headers {
        pieces.push(format!("-H {}", quoted(&format!("{name}: {value}"))));
    }
    match &call.body {
        Body::Empty => {}
        Body::Form(form) => {
            for (name, value) in form {
                // A plain value needs no encoding, and reads better without the word for it.
                let flag = if value.bytes().all(is_unreserved) {
                    "-d"
                } else {
                    "--data-urlencode"
                };
                pieces.push(format!("{flag} {}", quoted(&format!("{name}={value}"))));
            }
        }
        Body::Json(document) => {
            pieces.push(format!("-H 'Content-Type: {JSON}'"));
            pieces.push(format!("-d {}", quoted(&document.to_string())));
        }
    }
    pieces.join(" \\\n  ")
}

fn opening(manner: Manner<'_>) -> String {
    let (ca_file, files) = match manner {
        Manner::Bank { ca_file, files } => (ca_file, files),
        Manner::Control => return "curl -sS".to_owned(),
        Manner::Plain { cert: None } => return "curl -sS -i".to_owned(),
        Manner::Plain { cert: Some(cert) } => {
            let encoded = format!("openssl x509 -in {} -outform DER", quoted(cert));
            return format!(
                "curl -sS -i \\\n  -H \"Client-Cert: :$({encoded} | openssl base64 -A):\""
            );
        }
    };
    let mut opening = format!("curl -sS -i --cacert {}", quoted(ca_file));
    if let Some(files) = files {
        let (cert, key) = (quoted(&files.cert), quoted(&files.key));
        opening.push_str(" \\\n  --cert ");
        opening.push_str(&cert);
        opening.push_str(" \\\n  --key ");
        opening.push_str(&key);
    }
    opening
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_holds_what_the_call_holds() {
        let form = vec![("a", "1".to_owned()), ("b", "2 & 3".to_owned())];
        let call = Call::form("https://bank.test/token", form);
        let files = Files {
            cert: "/kit/t.pem".to_owned(),
            key: "/my kit/t.key".to_owned(),
        };
        let manner = Manner::Bank {
            ca_file: "/ca.pem",
            files: Some(&files),
        };
        assert_eq!(
            line(&call, manner),
            "curl -sS -i --cacert /ca.pem \\\n  --cert /kit/t.pem \\\n  --key '/my kit/t.key' \
             \\\n  https://bank.test/token \\\n  -d a=1 \\\n  --data-urlencode 'b=2 & 3'"
        );
        let call = Call::new(Method::DELETE, "https://bank.test/c").with_header("X-A", "b");
        let manner = Manner::Bank {
            ca_file: "/ca.pem",
            files: None,
        };
        assert_eq!(
            line(&call, manner),
            "curl -sS -i --cacert /ca.pem \\\n  -X DELETE https://bank.test/c \\\n  -H 'X-A: b'"
        );
        let call = Call::get("http://bank.test/x");
        let manner = Manner::Plain {
            cert: Some("/my kit/t.pem"),
        };
        assert_eq!(
            line(&call, manner),
            "curl -sS -i \\\n  -H \"Client-Cert: :$(openssl x509 -in '/my kit/t.pem' -outform DER | \
             openssl base64 -A):\" \\\n  http://bank.test/x"
        );
        assert_eq!(
            line(&call, Manner::Plain { cert: None }),
            "curl -sS -i \\\n  http://bank.test/x"
        );
        let call =
            Call::new(Method::POST, "http://bank.test/clock").with_json(json!({"a": "it's"}));
        assert_eq!(
            line(&call, Manner::Control),
            "curl -sS \\\n  http://bank.test/clock \\\n  -H 'Content-Type: application/json' \\\n  \
             -d '{\"a\":\"it'\\''s\"}'"
        );
    }
}
