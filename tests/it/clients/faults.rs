//! What the library makes of a bank that lies about who it is: every identity fault, one by one.
//!
//! The application around the library is as careless as can be: it takes the code from wherever it stands,
//! exchanges it, and asks the library to judge the ID token. So the table tells what the library itself
//! catches, and what it leaves to whoever builds on it. It is checked in as `docs/openidconnect.md`.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::{IssuerUrl, TokenResponse};
use serde_json::Value;

use hamsterbank::{Bank, Fault};

use super::library::{FapiIdToken, Metadata};
use super::tpp::{Asked, Carriage, Mode, Tpp};
use super::transport::Transport;
use super::{TPPS, answer, bank};

/// A fault, the flow it is tried in, and why the library may not see it.
type Row = (&'static str, Mode, &'static str);

const STATE: &str = "the library hands the state to the application, which compares it";
const ISS: &str = "the library does not read RFC 9207's `iss`";
const JARM: &str = "the library does not read JWT responses: the application verifies them";
const S_HASH: &str = "the library knows no `s_hash`, which FAPI adds";
const C_HASH: &str = "the library tells `c_hash` and compares it only when it is asked to";
const CACHED: &str = "the library keeps the keys it read: the application reads them again, once";

const ROWS: &[Row] = &[
    ("discovery.issuer_mismatch.suffix", Mode::Hybrid, ""),
    ("jwks.unavailable.500", Mode::Hybrid, ""),
    ("jwks.kid_unknown", Mode::Hybrid, ""),
    ("jwks.rotated.before_signing", Mode::Hybrid, CACHED),
    ("authorize.state.wrong", Mode::Hybrid, STATE),
    ("authorize.state.missing", Mode::Hybrid, STATE),
    ("authorize.iss.wrong", Mode::Hybrid, ISS),
    ("authorize.iss.missing_though_advertised", Mode::Hybrid, ISS),
    ("jarm.iss.wrong", Mode::Jarm, JARM),
    ("jarm.aud.wrong", Mode::Jarm, JARM),
    ("jarm.exp.expired", Mode::Jarm, JARM),
    ("jarm.signature", Mode::Jarm, JARM),
    ("jarm.alg_none", Mode::Jarm, JARM),
    ("id_token.iss.wrong", Mode::Hybrid, ""),
    ("id_token.iss.wrong", Mode::Jarm, ""),
    ("id_token.aud.wrong", Mode::Hybrid, ""),
    ("id_token.aud.wrong", Mode::Jarm, ""),
    ("id_token.nonce.wrong", Mode::Hybrid, ""),
    ("id_token.nonce.wrong", Mode::Jarm, ""),
    ("id_token.nonce.missing", Mode::Hybrid, ""),
    ("id_token.nonce.missing", Mode::Jarm, ""),
    ("id_token.s_hash.wrong", Mode::Hybrid, S_HASH),
    ("id_token.s_hash.missing", Mode::Hybrid, S_HASH),
    ("id_token.c_hash.wrong", Mode::Hybrid, C_HASH),
    ("id_token.exp.expired", Mode::Hybrid, ""),
    ("id_token.exp.expired", Mode::Jarm, ""),
    ("id_token.signature.corrupt", Mode::Hybrid, ""),
    ("id_token.signature.corrupt", Mode::Jarm, ""),
    ("id_token.alg.none", Mode::Hybrid, ""),
    ("id_token.alg.none", Mode::Jarm, ""),
];

/// Goal: what the library catches by itself is what the documentation says it does.
#[tokio::test]
async fn the_library_catches_what_the_documentation_says_it_catches() {
    let bank = bank(11);
    let tpp = Tpp::register(&bank, &TPPS[0]).await;
    assert_eq!(
        careless(&bank, &tpp, Mode::Hybrid).await,
        Ok(()),
        "without a fault"
    );
    assert_eq!(
        careless(&bank, &tpp, Mode::Jarm).await,
        Ok(()),
        "without a fault"
    );
    let mut table = String::new();
    let mut caught = 0;
    for (fault, mode, why) in ROWS {
        // The application reads the keys of its own time: an earlier row may have changed them.
        let tpp = Tpp::register(&bank, &TPPS[0]).await;
        let armed = bank.faults().arm(Fault::id(fault).once());
        let complaint = careless(&bank, &tpp, *mode).await;
        armed.assert_fired(1);
        armed.disarm().unwrap();
        caught += usize::from(complaint.is_err());
        let told = match &complaint {
            Err(complaint) => format!("caught: {}", complaint.replace('|', "/")),
            Ok(()) => "**not caught**".to_owned(),
        };
        let note = if why.is_empty() { "" } else { "; " };
        writeln!(table, "| `{fault}` | {} | {told}{note}{why} |", flow(*mode)).unwrap();
        assert!(
            complaint.is_err() || !why.is_empty(),
            "{fault} {mode:?} went by unexplained"
        );
    }
    let page = format!(
        "# What a client library catches\n\n\
         The `openidconnect` crate ({}) is run against every identity fault of the catalogue by a test of this\n\
         repository, which also holds this page to what happened. The application around it is as careless as\n\
         can be: it takes the code from wherever it stands, exchanges it, and asks the library to judge the ID\n\
         token. What is not caught here is left to whoever builds on the library.\n\n\
         {caught} of {} are caught.\n\n\
         | fault | flow | the library |\n| --- | --- | --- |\n{table}",
        version(),
        ROWS.len(),
    );
    println!("{page}");
    assert_eq!(
        page,
        include_str!("../../../docs/openidconnect.md"),
        "docs/openidconnect.md"
    );
}

const fn flow(mode: Mode) -> &'static str {
    match mode {
        Mode::Hybrid => "hybrid",
        Mode::Jarm => "JWT response",
    }
}

fn version() -> &'static str {
    let lock = include_str!("../../../Cargo.lock");
    let (_, rest) = lock
        .split_once("name = \"openidconnect\"\nversion = \"")
        .unwrap();
    rest.split('"').next().unwrap()
}

/// What the library complains of on the way of an application that checks nothing itself.
async fn careless(bank: &Bank, tpp: &Tpp, mode: Mode) -> Result<(), String> {
    let plain = |complaint: String| {
        let complaint = complaint.replace(bank.issuer(), "<issuer>");
        let complaint = complaint.replace(tpp.client_id(), "<client_id>");
        // What time it is is no part of what it is about.
        let end = complaint.find(" at 20").unwrap_or(complaint.len());
        complaint[..end].to_owned()
    };
    let issuer = IssuerUrl::new(bank.issuer().to_owned()).unwrap();
    let discovered = Metadata::discover_async(issuer, &Transport::of_browser(bank)).await;
    discovered.map_err(|complaint| plain(complaint.to_string()))?;
    let consent = tpp.create_consent().await;
    let asked = tpp.ask(mode, &consent);
    let location = tpp.authorize(&asked, Carriage::Pushed).await;
    let (code, front) = read(tpp, &asked, &location);
    if let Some(token) = front {
        let token: FapiIdToken = token.parse().map_err(|_| "it is no ID token".to_owned())?;
        let judged = tpp.judge_id_token(&token, &asked.nonce);
        judged.map_err(|complaint| plain(complaint.to_string()))?;
    }
    let tokens = tpp.exchange(&asked, &code).await;
    let tokens = tokens.map_err(|complaint| plain(complaint.to_string()))?;
    let judged = tpp.judge_id_token(tokens.id_token().unwrap(), &asked.nonce);
    judged
        .map(drop)
        .map_err(|complaint| plain(complaint.to_string()))
}

/// The code, and the ID token beside it, from wherever they stand.
fn read(tpp: &Tpp, asked: &Asked, location: &str) -> (String, Option<String>) {
    match asked.mode {
        Mode::Hybrid => {
            let mut members = answer::fragment(&tpp.redirect_uri, location);
            (members.remove("code").unwrap(), members.remove("id_token"))
        }
        Mode::Jarm => {
            let members = answer::query(&tpp.redirect_uri, location);
            let claims = members["response"].split('.').nth(1).unwrap();
            let claims: Value =
                serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
            (claims["code"].as_str().unwrap().to_owned(), None)
        }
    }
}
