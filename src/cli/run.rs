//! `hamsterbank run -- CMD`: a bank for as long as a command runs. A fixture for a test suite in any
//! language.
//!
//! The command has the terminal, stdin, stdout and the signals to itself; the bank speaks on stderr alone.
//! Its exit code is the command's own, and 125 to 128 + n where a shell would say so.

mod child;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::entropy;
use crate::scenario::Scenario;
use crate::server::Server;
use crate::web::banks::Banks;

use super::environment;
use super::failure::Failure;
use super::given;
use super::serve::again::Again;
use super::serve::log::Log;
use super::serve::plan::{self, Plan};
use super::serve::ready_file::ReadyFile;
use super::serve::runtime;
use super::typed::{RunArgs, ServeArgs, Typed};
use child::Child;

/// Opens the bank, runs the command, closes the bank.
pub(super) fn run(
    arguments: RunArgs,
    environment: Result<(), Failure>,
) -> Result<ExitCode, Failure> {
    let runtime = environment.and_then(|()| runtime());
    let ran = runtime.and_then(|runtime| {
        let ran = runtime.block_on(open_and_run(arguments));
        runtime.shutdown_background();
        ran
    });
    // Whatever keeps the command from being run; what it does itself is no failure of ours.
    ran.map_err(Failure::of_a_run)
}

async fn open_and_run(arguments: RunArgs) -> Result<ExitCode, Failure> {
    let (program, words) = arguments
        .command
        .split_first()
        .ok_or_else(|| Failure::usage("there is no command after --"))?;
    check_own(&arguments.serve)?;
    let mut plan = Plan::of(arguments.serve)?;
    add_redirect_uris(&mut plan.scenario, arguments.redirect_uri)?;
    let mut log = Log::open(plan.log);
    let mut options = plan.options;
    options.listener = log.listener();
    options.trouble = log.trouble();
    let mut again = Again::of_file(plan.watched.as_deref());
    let path = options.ready_file.get_or_insert_with(a_new_file).clone();
    let server = Server::open(&plan.scenario, &options).await?;
    for warning in plan::warnings(&plan.scenario, &options, server.bank().clock.now()) {
        log.warn(&warning);
    }
    let ready_file = ReadyFile::clear(path)?.write(&server.ready().to_string())?;
    let mut child = Child {
        program: program.clone(),
        words: words.to_vec(),
        forgotten: its_own_names(),
        given: given::variables(server.ready()),
    };
    let reloaded = async {
        loop {
            again.wait().await;
            server.reload().await;
        }
    };
    let ended = tokio::select! {
        ended = child.run() => ended,
        never = reloaded => never,
    };
    let unfired = if arguments.require_fired {
        unfired(server.banks())
    } else {
        Vec::new()
    };
    drop(ready_file);
    server.close().await;
    drop(options);
    for fault in &unfired {
        log.warn(fault);
    }
    log.close();
    // A command that failed says more by its own code.
    ended.map(|code| match code {
        0 if !unfired.is_empty() => ExitCode::FAILURE,
        code => ExitCode::from(code),
    })
}

/// What of a bank's flags is about stdin or stdout, which are the command's.
fn check_own(serve: &ServeArgs) -> Result<(), Failure> {
    if serve.exit_on_stdin_close {
        let message = "--exit-on-stdin-close is not for run: stdin is the command's, and the bank ends \
                       with the command";
        return Err(Failure::usage(message).about("--exit-on-stdin-close"));
    }
    if serve.output.is_some() {
        let message = "--output is not for run: stdout is the command's, and the bank is told of in its \
                       environment";
        return Err(Failure::usage(message).about("--output"));
    }
    Ok(())
}

/// Every fault that was armed and never fired, in any bank there was: a test that meant to meet it did not.
fn unfired(banks: &Banks) -> Vec<String> {
    let unfired = banks.unfired().into_iter();
    let told = unfired.map(|(bank, rule)| {
        let (fault, matched) = (rule.label, rule.matched);
        format!("the fault {fault} of the bank {bank} never fired; it matched {matched} requests")
    });
    told.collect()
}

/// What the command must not inherit: the flags' own variables, so that a bank started inside does not
/// take its settings from this one, and what an outer bank gave.
fn its_own_names() -> Vec<String> {
    let flags = environment::flags(&Typed::command());
    let given = given::NAMES.map(str::to_owned);
    flags.into_iter().chain(given).collect()
}

/// Addresses that are known only now, such as a callback on a free port.
fn add_redirect_uris(scenario: &mut Scenario, further: Vec<String>) -> Result<(), Failure> {
    let Some(first) = scenario.clients.first_mut() else {
        if further.is_empty() {
            return Ok(());
        }
        let message = format!("the scenario {} has no client to add it to", scenario.name);
        return Err(Failure::usage(message).about("--redirect-uri"));
    };
    for uri in further {
        if !first.redirect_uris.contains(&uri) {
            first.redirect_uris.push(uri);
        }
    }
    Ok(())
}

/// Among the system's temporary files, under a name nobody can have taken.
fn a_new_file() -> PathBuf {
    let number = u128::from_be_bytes(entropy::secret_bytes::<16>());
    std::env::temp_dir().join(format!("hamsterbank-{number:032x}.ready.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_uris_are_added_once_and_to_the_first_client_alone() {
        let mut scenario = Scenario::builtin("default").unwrap();
        let before = scenario.clone();
        let uri = "http://localhost:61234/cb".to_owned();
        add_redirect_uris(&mut scenario, vec![uri.clone(), uri.clone()]).unwrap();
        let (first, others) = scenario.clients.split_first().unwrap();
        assert_eq!(
            first
                .redirect_uris
                .iter()
                .filter(|known| **known == uri)
                .count(),
            1
        );
        assert_eq!(others, &before.clients[1..]);
    }

    #[test]
    fn a_scenario_without_clients_has_nobody_to_add_one_to() {
        let mut scenario = Scenario::builtin("default").unwrap();
        scenario.clients.clear();
        assert_eq!(add_redirect_uris(&mut scenario, Vec::new()), Ok(()));
        let uri = "http://localhost:61234/cb".to_owned();
        let failure = add_redirect_uris(&mut scenario, vec![uri]).unwrap_err();
        assert_eq!(
            failure.message(),
            "the scenario default has no client to add it to"
        );
    }
}
