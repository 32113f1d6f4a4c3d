//! `hamsterbank serve`: opens the bank, says so once it answers, and stays until it is told to stop.

pub(super) mod again;
pub(super) mod log;
pub(super) mod plan;
pub(super) mod ready_file;
mod stop;
mod welcome;

use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;

use tokio::runtime::{Builder, Runtime};

use crate::server::Server;

use super::failure::Failure;
use super::output;
use super::typed::{Form, ServeArgs};
use again::Again;
use log::Log;
use plan::Plan;
use ready_file::ReadyFile;
use stop::Stop;

/// Opens the bank and stays. When it cannot be opened, who waits for the ready document is told so in the
/// same form.
pub(super) fn run(
    arguments: ServeArgs,
    environment: Result<(), Failure>,
    out: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let form = arguments.output.unwrap_or_else(usual_form);
    let served = environment
        .and_then(|()| Plan::of(arguments))
        .and_then(|plan| {
            let runtime = runtime()?;
            let served = runtime.block_on(serve(plan, form, out));
            // Whatever is left has had its moment.
            runtime.shutdown_background();
            served
        });
    if let (Err(failure), Form::Json) = (&served, form) {
        output::write(out, format!("{}\n", failure.document()).as_bytes())?;
    }
    served.map(|()| ExitCode::SUCCESS)
}

/// What everything asynchronous runs on.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(workers())
        .enable_all()
        .build();
    runtime.map_err(|error| {
        Failure::failed(
            "runtime_unavailable",
            format!("cannot start threads: {error}"),
        )
    })
}

async fn serve(plan: Plan, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    // From here on a signal finds somebody who tidies up.
    let mut stop = Stop::listen(plan.exit_on_stdin_close)?;
    let mut again = Again::listen(plan.watched.as_deref())?;
    let mut log = Log::open(plan.log);
    let mut options = plan.options;
    options.listener = log.listener();
    options.trouble = log.trouble();
    let server = Server::open(&plan.scenario, &options).await?;
    // Not before: on a port that is taken, the file may be that of the bank behind it.
    let ready_file = options.ready_file.clone();
    let ready_file = ready_file.map(ReadyFile::clear).transpose()?;
    for warning in plan::warnings(&plan.scenario, &options, server.bank().clock.now()) {
        log.warn(&warning);
    }
    let document = server.ready().to_string();
    let ready_file = ready_file.map(|file| file.write(&document)).transpose()?;
    let text = match form {
        Form::Human => welcome::page(&server, &plan.scenario),
        Form::Json => format!("{document}\n"),
    };
    output::write(out, text.as_bytes())?;
    loop {
        tokio::select! {
            () = stop.wait() => break,
            () = again.wait() => server.reload().await,
        }
    }
    // Whoever looks for the bank from now on will not find it, so the file goes first.
    drop(ready_file);
    tokio::select! {
        () = server.close() => {}
        () = stop.wait() => {}
    }
    drop(options);
    log.close();
    Ok(())
}

fn usual_form() -> Form {
    if io::stdout().is_terminal() {
        Form::Human
    } else {
        Form::Json
    }
}

/// One lock serialises the bank's own work; more threads than these only take turns at TLS.
fn workers() -> usize {
    let processors = std::thread::available_parallelism();
    processors
        .map_or(1, std::num::NonZero::get)
        .min(WORKERS_MAX)
}

const WORKERS_MAX: usize = 4;
