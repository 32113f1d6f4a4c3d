//! `hamsterbank tour`: the first TPP of a bank. It walks from discovery to a customer's transactions and a
//! payment of hers over real mutual TLS, shows each exchange as a `curl` line with its answer, and is
//! refused three times on purpose. It sees only what a TPP and its tester see: the ready document,
//! the bank, the control API.

mod alone;
mod bank;
mod curl;
mod customer;
mod data;
mod ending;
mod page;
mod payment;
mod walk;

use std::io::{self, Write};
use std::process::ExitCode;

use crate::scenario::Scenario;
use crate::server::{Options, Server, StartError};

use bank::{Control, Toured};
use page::Page;
use walk::{Clients, Walk, Wrong};

/// Flags of `tour`.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct TourArgs {
    /// Tours a running bank: its control URL, such as `http://localhost:8444`
    #[arg(long, value_name = "URL", env = "HAMSTERBANK_AGAINST")]
    pub(crate) against: Option<String>,
    /// The bearer token of that bank's control API, if it asks for one
    #[arg(
        long,
        value_name = "TOKEN",
        env = "HAMSTERBANK_CONTROL_TOKEN",
        hide_env_values = true
    )]
    pub(crate) control_token: Option<String>,
    /// Keeps the bank of the tour open until Ctrl-C, so that the printed lines can be pasted
    #[arg(long, conflicts_with = "against", env = "HAMSTERBANK_STAY")]
    #[arg(value_parser = clap::builder::BoolishValueParser::new())]
    pub(crate) stay: bool,
}

/// Gives the tour. Success only if every step was right.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) async fn run(args: &TourArgs, out: &mut impl Write) -> io::Result<ExitCode> {
    let mut page = Page::new(out);
    page.title("A tour of Hamster Bank, a mock bank for developers")?;
    let toured = match &args.against {
        Some(url) => {
            let control = Control::new(url, args.control_token.clone());
            give(&mut page, control, AGAINST).await
        }
        None => give_at_home(args, &mut page).await,
    };
    match toured {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(Wrong::Out(error)) => Err(error),
        Err(wrong) => {
            page.wrong(&wrong)?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Opens a bank of its own on free ports, which goes with the tour unless it is to stay.
async fn give_at_home(args: &TourArgs, page: &mut Page<'_>) -> Result<(), Wrong> {
    let scenario = Scenario::builtin("default").map_err(StartError::from)?;
    let options = Options::default();
    let server = Server::open(&scenario, &options).await?;
    let url = server.ready().get("control_url");
    let url = url.and_then(|url| url.as_str()).unwrap_or_default();
    let control = Control::new(url, None);
    let given = if args.stay {
        give(page, control, STAYS).await
    } else {
        give(page, control, GOES).await
    };
    if args.stay && given.is_ok() {
        // Listening begins before it is said.
        let (interrupted, told) = tokio::join!(tokio::signal::ctrl_c(), async {
            page.prose("The bank stays open for your lines. Ctrl-C closes it.")
        });
        interrupted?;
        told?;
    }
    server.close().await;
    given
}

async fn give(page: &mut Page<'_>, control: Control, preface: &str) -> Result<(), Wrong> {
    page.prose(preface)?;
    page.prose(RULES_OF_PASTING)?;
    let toured = Toured::read(control).await?;
    if toured.surroundings.is_plain() {
        page.prose(PLAIN)?;
    }
    let mut walk = Walk::new(page, toured.surroundings);
    let (discovery, keys) = alone::find_the_bank(&mut walk).await?;
    let clients = Clients::new(toured.kits, &walk.around, &(discovery, keys))?;
    alone::ask_for_itself(&mut walk, &clients).await?;
    let tokens = alone::prove_in_two_ways(&mut walk, &clients).await?;
    let consent = alone::make_a_consent(&mut walk, &clients.first, &tokens.first).await?;
    let granted = customer::ask_her(&mut walk, &clients.first, (&consent, &tokens.first)).await?;
    data::read_accounts(&mut walk, &clients.first, &granted).await?;
    let fresh = data::refresh(&mut walk, &clients.first, &granted).await?;
    payment::pay(&mut walk, &clients, &tokens).await?;
    ending::walk_again_in_jarm(&mut walk, &clients.second, &tokens.second).await?;
    ending::be_refused(&mut walk, &clients, (&consent, &fresh)).await?;
    let exchanges = walk.exchanges();
    walk.page.prose(&format!(
        "That was the tour: {exchanges} exchanges, each answered as it should be, the three \
         refusals each by the rule that was expected."
    ))?;
    Ok(())
}

const GOES: &str = "This bank is open for the tour alone, on free ports, and closes with it: read \
along. To paste the lines, add --stay, or start `hamsterbank` in one terminal and `hamsterbank \
tour --against http://localhost:8444` in another.";

const STAYS: &str = "This bank is open for the tour alone, on free ports, and stays until Ctrl-C: \
paste the lines into another terminal.";

const AGAINST: &str = "This is your running bank. The tour opens consents and makes a payment there, and \
moves the bank's clock forward twice: once by some minutes, which ends what tokens there were, and once \
by some seconds.";

const PLAIN: &str = "This bank leaves TLS to somebody else. What that somebody would tell it of a \
client's certificate, these lines say themselves, in the header Client-Cert (RFC 9440).";

const RULES_OF_PASTING: &str = "Each line can be pasted as it stands. What works only once (a \
client assertion, a request_uri, a code) the tour makes twice: one for itself, and a fresh one, \
with a consent of its own where that matters, for the line you see. So your answer holds other \
tokens than the one printed below the line. What is printed lives as long as a bank lets it: a \
code for a minute, a request_uri for a minute and a half, an access token for five minutes, an \
assertion for most of an hour.";
