//! `hamsterbank certs`: a CA, a server's certificates and one TPP's, all of them fresh, as files.
//!
//! In PEM they lie as `serve --certs-dir` keeps them, so that a bank opens with them.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::json;

use crate::clock::{Clock, Timestamp};
use crate::directory::ROLES;
use crate::jose::SigningKey;
use crate::pki::{Authority, Credential, KeySource, Kit, KitSpec, ServerSpec, TppSubject, pkcs12};

use super::failure::Failure;
use super::folder::{Folder, Found};
use super::output;
use super::typed::hostname;

/// Flags of `certs`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct CertsArgs {
    /// Where they are written: a directory that is empty, or is not there yet
    #[arg(long, value_name = "DIR", env = "HAMSTERBANK_OUT")]
    pub(crate) out: PathBuf,
    /// The form of certificates and keys
    #[arg(
        long,
        value_name = "FORM",
        env = "HAMSTERBANK_FORMAT",
        hide_env_values = true,
        default_value = "pem"
    )]
    pub(crate) format: Format,
    /// The password of .p12 files
    #[arg(
        long,
        value_name = "TEXT",
        env = "HAMSTERBANK_PASSWORD",
        hide_env_values = true,
        default_value = PASSWORD
    )]
    pub(crate) password: String,
    /// The TPP's name, and that of its folder
    #[arg(
        long,
        value_name = "NAME",
        env = "HAMSTERBANK_NAME",
        default_value = "tpp"
    )]
    #[arg(value_parser = tpp_name)]
    pub(crate) name: String,
    /// A name or address of the server besides localhost; repeatable
    #[arg(
        long,
        value_name = "NAME",
        env = "HAMSTERBANK_HOSTNAME",
        value_delimiter = ','
    )]
    #[arg(value_parser = hostname)]
    pub(crate) hostname: Vec<String>,
}

/// A form of certificates and keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// A text file for each certificate, and one for its key
    Pem,
    /// PKCS#12: certificate, key and CA in one file
    P12,
}

/// Makes and writes everything.
pub(super) fn run(arguments: &CertsArgs, out: &mut impl Write) -> Result<ExitCode, Failure> {
    let folder = Folder::prepare(&arguments.out, Found::Nothing)?;
    let pairs = issue(arguments, Clock::system().now().real)?;
    let mut rows = Vec::new();
    let mut write = |file: File<'_>| {
        rows.push([format!("  {}", file.name), file.about.to_owned()]);
        folder.write(&file.name, file.contents, file.is_private)
    };
    for file in files(&pairs, arguments.format) {
        write(file)?;
    }
    for pair in pairs
        .certified
        .iter()
        .filter(|_| arguments.format == Format::P12)
    {
        let entry = (pair.about, arguments.password.as_str());
        let der = pkcs12(&pair.credential, &pairs.authority.cert_pem, entry);
        write(File {
            name: format!("{}.p12", pair.stem),
            contents: &der.map_err(failed)?,
            is_private: true,
            about: pair.about,
        })?;
    }
    // Private keys have no place in version control, not even these.
    folder.write(".gitignore", b"*\n", false)?;
    let root = folder.root().display().to_string();
    folder.publish()?;
    let page = format!(
        "Fresh certificates for tests are in {root}. The CA's key lies beside them: trust it nowhere else.\n\n\
         {}\n{}\n",
        output::table(&rows),
        match arguments.format {
            Format::Pem =>
                "A bank opens with them: hamsterbank --certs-dir, and this directory.".to_owned(),
            Format::P12 if arguments.password == PASSWORD =>
                format!("The password of each .p12 is {PASSWORD}."),
            Format::P12 => "The password of each .p12 is the one that was given.".to_owned(),
        }
    );
    output::write(out, page.as_bytes())
}

/// All that is to be written.
struct Pairs {
    authority: Credential,
    certified: Vec<Pair>,
    jwk: Vec<u8>,
    jwk_name: String,
}

/// A certificate with its key.
struct Pair {
    /// The files' name without what tells their kind.
    stem: String,
    about: &'static str,
    credential: Credential,
}

/// A file to be written.
struct File<'a> {
    name: String,
    contents: &'a [u8],
    is_private: bool,
    about: &'static str,
}

fn issue(arguments: &CertsArgs, now: Timestamp) -> Result<Pairs, Failure> {
    let authority = Authority::mint(now).map_err(failed)?;
    let own = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let server = ServerSpec {
        names: own.into_iter().chain(arguments.hostname.clone()).collect(),
        rsa_key: KeySource::FreshRsa,
    };
    let server = server.issue(&authority, now).map_err(failed)?;
    let tpp = KitSpec {
        id: arguments.name.clone(),
        subject: subject(&arguments.name),
        transport_key: KeySource::FreshRsa,
        signing_key: KeySource::FreshRsa,
    };
    let tpp = Kit::issue(&authority, &tpp, now).map_err(failed)?;
    let key = SigningKey::from_pem(&tpp.signing.key_pem).map_err(failed)?;
    let below = |name: &str| format!("clients/{}/{name}", arguments.name);
    let pair = |stem: String, about, credential| Pair {
        stem,
        about,
        credential,
    };
    Ok(Pairs {
        authority: Credential {
            cert_pem: authority.cert_pem().to_owned(),
            key_pem: authority.key_pem().to_owned(),
        },
        certified: vec![
            pair("server".to_owned(), "the server, for TLS 1.3", server.ecdsa),
            pair(
                "server-rsa".to_owned(),
                "the server, for TLS 1.2",
                server.rsa,
            ),
            pair(
                below("transport"),
                "what the TPP presents in TLS",
                tpp.transport,
            ),
            pair(below("signing"), "what the TPP signs with", tpp.signing),
        ],
        jwk: json!(key.private_jwk()).to_string().into_bytes(),
        jwk_name: below("signing.jwk.json"),
    })
}

/// What is text whatever the form, and in PEM everything.
fn files(pairs: &Pairs, format: Format) -> Vec<File<'_>> {
    let mut files = both(
        "ca",
        "the CA, to be trusted by the application under test",
        &pairs.authority,
    );
    for pair in pairs.certified.iter().filter(|_| format == Format::Pem) {
        files.extend(both(&pair.stem, pair.about, &pair.credential));
    }
    files.push(File {
        name: pairs.jwk_name.clone(),
        contents: &pairs.jwk,
        is_private: true,
        about: "the TPP's signing key as a private JWK",
    });
    files
}

fn both<'a>(stem: &str, about: &'static str, credential: &'a Credential) -> Vec<File<'a>> {
    let row = |kind: &str, about, contents: &'a str, is_private| File {
        name: format!("{stem}.{kind}"),
        contents: contents.as_bytes(),
        is_private,
        about,
    };
    vec![
        row("pem", about, &credential.cert_pem, false),
        row("key", "its private key", &credential.key_pem, true),
    ]
}

fn subject(name: &str) -> TppSubject {
    TppSubject {
        country: "GB".to_owned(),
        organisation: format!("{name} (test)"),
        organization_identifier: "PSDGB-FCA-123456".to_owned(),
        common_name: name.to_owned(),
        roles: ROLES.to_vec(),
    }
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::failed("certs_failed", error.to_string())
}

/// A folder's name on every system, and with ` (test)` behind it an X.509 organisation's.
fn tpp_name(text: &str) -> Result<String, &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_name = (1..=57).contains(&text.len())
        && text.bytes().all(is_plain)
        && !text.starts_with('.')
        && !text.ends_with('.');
    is_name
        .then(|| text.to_owned())
        .ok_or("expected 1 to 57 of A-Z a-z 0-9 - _ . with no dot at either end")
}

/// What Java's key stores are opened with by habit: it keeps no secret, and pretends none.
const PASSWORD: &str = "changeit";
