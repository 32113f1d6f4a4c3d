//! What to do with a kit: as lines to paste, on stdout and in the kit's README.txt.

use std::path::Path;

use serde_json::{Map, Value};

use crate::cli::output;
use crate::cli::shell::quoted;
use crate::directory::{AuthMethod, kit_files};
use crate::oauth::metadata::TOKEN;

/// What whoever made the kit reads.
pub(super) fn page(summary: &Map<String, Value>, root: &Path) -> String {
    let (name, root) = (text(summary, "name"), root.display().to_string());
    let go = format!("  cd {}\n", quoted(&root));
    format!(
        "The kit of {name} is in {root}; its README.txt says what each file is.\n\n{}",
        steps(summary, &root, &go)
    )
}

/// What whoever finds the kit reads.
pub(super) fn readme(document: &Map<String, Value>, summary: &Map<String, Value>) -> String {
    let files = kit_files(document);
    let rows = files
        .iter()
        .map(|file| [format!("  {}", file.name), file.about.to_owned()]);
    let rows: Vec<_> = rows.collect();
    format!(
        "The kit of {}, a TPP that is there for tests alone\n\n\
         A mock made it, and no real bank or directory knows it. Keys are PKCS#8 in PEM.\n\n{}\n\
         The lines below are pasted into a shell in this directory.\n\n{}",
        text(summary, "name"),
        output::table(&rows),
        steps(summary, ".", "")
    )
}

/// The steps from a kit at `place` to a token; `go` is the line that goes there.
fn steps(summary: &Map<String, Value>, place: &str, go: &str) -> String {
    let is_alone = summary.contains_key("directory");
    let mut steps = String::new();
    let mut say = |paragraph: &str| {
        steps.push_str(paragraph);
        steps.push('\n');
    };
    if is_alone {
        say(&trust(summary, place));
    }
    let ca = if is_alone { "\"$BANK_CA\"" } else { "ca.pem" };
    let call = format!("  curl -sS --cacert {ca} --cert transport.pem --key transport.key");
    say(&format!(
        "To register:\n\n{go}{}{call} \\\n    -H 'Content-Type: application/json' \
         -d @registration.json \\\n    -o client.json -w '%{{http_code}}\\n' {}\n\n\
         It prints 201, and client.json then holds the client_id; with any other number it holds the \
         reason.\nThe software statement can be presented for a day.\n",
        if is_alone { BANK_CA } else { "" },
        quoted(text(summary, "registration_endpoint")),
    ));
    say(
        &if text(summary, "token_endpoint_auth_method") == AuthMethod::TlsClientAuth.as_str() {
            let endpoint = format!("{}{TOKEN}", text(summary, "issuer"));
            format!(
                "A token for the client itself, which its certificate is proof enough for:\n\n{call} \\\n    \
             -d grant_type=client_credentials \\\n    -d client_id=\"$({CLIENT_ID})\" \\\n    {}\n",
                quoted(&endpoint)
            )
        } else {
            NEEDS_A_SIGNATURE.to_owned()
        },
    );
    if summary.contains_key("flaw") {
        say(&format!(
            "This kit is flawed on purpose ({}): a bank that works refuses it, and says why.\n",
            text(summary, "flaw")
        ));
    }
    format!("{}\n", steps.trim_end())
}

/// What a bank must know of a CA and a directory it did not bring along.
fn trust(summary: &Map<String, Value>, place: &str) -> String {
    let file = |name: &str| Value::from(format!("{place}/{name}"));
    format!(
        "No bank made this kit, and none knows its CA and its directory. In the scenario of the bank that is \
         to\ntake it write (relative paths begin where the bank is started):\n\n  bank:\n    trust:\n      \
         - {}\n      - {{directory: {}, jwks: {}}}\n\nand start the bank with it. The bank reads the TPP's \
         public keys where the software statement says\nthey are: serve jwks.json, and nothing else of this \
         kit, at {}\n",
        file("tpp-ca.pem"),
        Value::from(text(summary, "directory")),
        file("directory.jwks.json"),
        text(summary, "software_jwks_endpoint"),
    )
}

fn text<'a>(summary: &'a Map<String, Value>, name: &str) -> &'a str {
    let member = summary.get(name).and_then(Value::as_str);
    member.unwrap_or_default()
}

const BANK_CA: &str =
    "  BANK_CA=/path/to/ca.pem # the bank's own CA: its start-up text says where\n";
const CLIENT_ID: &str = r#"sed -n 's/.*"client_id":"\([^"]*\)".*/\1/p' client.json"#;
const NEEDS_A_SIGNATURE: &str = "\
It proves itself by private_key_jwt: each token needs an assertion signed with signing.key, under the kid in\n\
kit.json. A kit made with --token-endpoint-auth-method tls_client_auth gets its tokens by certificate alone.\n";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn page_of(changes: &Value) -> String {
        let mut summary = json!({
            "name": "Willow", "issuer": "https://localhost:8443",
            "registration_endpoint": "https://localhost:8443/register",
            "token_endpoint_auth_method": "private_key_jwt",
            "software_jwks_endpoint": "http://localhost:9080/jwks.json",
        });
        for (name, value) in changes.as_object().unwrap() {
            summary[name] = value.clone();
        }
        page(summary.as_object().unwrap(), Path::new("/my kits/willow"))
    }

    #[test]
    fn a_page_is_as_it_was_read_by_a_reviewer() {
        let pages = [
            json!({}),
            json!({ "token_endpoint_auth_method": "tls_client_auth", "flaw": "foreign_ca" }),
            json!({ "directory": "Mock Directory of \"Willow\"" }),
        ]
        .map(|changes| page_of(&changes));
        insta::assert_snapshot!(pages.join("\n-----\n"));
    }
}
