//! What was typed after `onboard`. The doc comments here are its page of `--help`.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use clap::builder::{BoolishValueParser, PossibleValuesParser, TypedValueParser};

use crate::cli::failure::Failure;
use crate::cli::typed::{self, Form};
use crate::directory::{AuthMethod, Flaw, Onboarding, ROLES};
use crate::jose::Algorithm;
use crate::oauth::redirect_uri::may_be_registered;
use crate::oauth::registration::statement::{role_of, word_of};
use crate::pki::PspRole;

/// Flags of `onboard`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct OnboardArgs {
    /// Where the kit is written: a directory that is empty, or is not there yet
    #[arg(long, value_name = "DIR", env = "HAMSTERBANK_OUT")]
    pub(crate) out: PathBuf,
    /// Replaces a kit that lies there already; its keys are gone then
    #[arg(long, env = "HAMSTERBANK_REPLACE", value_parser = BoolishValueParser::new())]
    pub(crate) replace: bool,
    /// Has a running bank make the kit, so that its directory knows the software: its control URL. Without
    /// it the kit has a CA and a directory of its own, which a bank must be told to trust
    #[arg(long, value_name = "URL", env = "HAMSTERBANK_CONTROL_URL")]
    pub(crate) control: Option<String>,
    /// The bearer token of that bank's control API, if it asks for one
    #[arg(
        long,
        value_name = "TOKEN",
        env = "HAMSTERBANK_CONTROL_TOKEN",
        hide_env_values = true
    )]
    pub(crate) control_token: Option<String>,
    /// The TPP's name [default: the directory's]
    #[arg(long, value_name = "NAME", env = "HAMSTERBANK_NAME")]
    pub(crate) name: Option<String>,
    /// What it may do, separated by commas [default: all three]
    #[arg(
        long,
        value_name = "ROLE",
        env = "HAMSTERBANK_ROLES",
        value_delimiter = ','
    )]
    #[arg(value_parser = words(&ROLES.map(word_of), role_of))]
    pub(crate) roles: Vec<PspRole>,
    /// Where answers may be sent; repeatable [default: a callback on loopback ports 9443 and 9080]
    #[arg(
        long,
        value_name = "URI",
        env = "HAMSTERBANK_REDIRECT_URI",
        value_delimiter = ' '
    )]
    pub(crate) redirect_uri: Vec<String>,
    /// How it proves itself; by certificate, the second way, curl alone gets a token
    #[arg(
        long,
        value_name = "METHOD",
        env = "HAMSTERBANK_TOKEN_ENDPOINT_AUTH_METHOD",
        default_value = AuthMethod::PrivateKeyJwt.as_str()
    )]
    #[arg(value_parser = words(&AuthMethod::ALL.map(AuthMethod::as_str), AuthMethod::parse))]
    pub(crate) token_endpoint_auth_method: AuthMethod,
    /// What it signs with
    #[arg(
        long,
        value_name = "ALG",
        env = "HAMSTERBANK_SIGNING_ALG",
        default_value = Algorithm::Ps256.as_str()
    )]
    #[arg(value_parser = words(&Algorithm::ALL.map(Algorithm::as_str), Algorithm::parse))]
    pub(crate) signing_alg: Algorithm,
    /// What is to be wrong with the kit, to see how that is refused
    #[arg(long, value_name = "FLAW", env = "HAMSTERBANK_FLAW")]
    #[arg(value_parser = words(&Flaw::ALL.map(Flaw::as_str), Flaw::parse))]
    pub(crate) flaw: Option<Flaw>,
    /// Without --control: the public URL of the bank the kit is for
    #[arg(
        long,
        value_name = "URL",
        env = "HAMSTERBANK_BANK_URL",
        conflicts_with = "control"
    )]
    #[arg(default_value = "https://localhost:8443", value_parser = typed::bank_url)]
    pub(crate) bank_url: String,
    /// Without --control: where the TPP will serve its jwks.json, for the bank to read
    #[arg(
        long,
        value_name = "URL",
        env = "HAMSTERBANK_JWKS_URL",
        conflicts_with = "control"
    )]
    #[arg(default_value = "http://localhost:9080/jwks.json", value_parser = jwks_url)]
    pub(crate) jwks_url: String,
    /// The form of stdout
    #[arg(
        long,
        value_name = "FORM",
        env = "HAMSTERBANK_OUTPUT",
        default_value = "human"
    )]
    pub(crate) output: Form,
}

impl OnboardArgs {
    /// What is wished for, to be written into `root`.
    pub(super) fn onboarding(&self, root: &Path) -> Result<Onboarding, Failure> {
        let directory = root.file_name().map(|name| name.to_string_lossy());
        let name = (self.name.clone()).or_else(|| directory.map(Cow::into_owned));
        let name = name.ok_or_else(|| {
            Failure::usage("a TPP needs a name: give it with --name").about("--name")
        })?;
        let default = Onboarding::named(name);
        let or = |typed: &[String], default| match typed {
            [] => default,
            typed => typed.to_vec(),
        };
        Ok(Onboarding {
            roles: match self.roles.as_slice() {
                [] => default.roles,
                typed => typed.to_vec(),
            },
            redirect_uris: or(&self.redirect_uri, default.redirect_uris),
            token_endpoint_auth_method: self.token_endpoint_auth_method,
            signing_alg: self.signing_alg,
            flaw: self.flaw,
            name: default.name,
        })
    }
}

/// One of some words, read as what it stands for.
fn words<T: Clone + Send + Sync + 'static>(
    known: &[&'static str],
    read: fn(&str) -> Option<T>,
) -> impl TypedValueParser<Value = T> {
    let unknown = "none of these words";
    PossibleValuesParser::new(known.to_vec()).try_map(move |word| read(&word).ok_or(unknown))
}

fn jwks_url(text: &str) -> Result<String, &'static str> {
    let expected = "expected https://…, or http:// on localhost, 127.0.0.1 or [::1], no fragment";
    let may = may_be_registered(text);
    may.then(|| text.to_owned()).ok_or(expected)
}
