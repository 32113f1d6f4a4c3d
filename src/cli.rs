//! The command line: what was typed, what it means, and how it ended.
//!
//! Three steps, three types. `typed::Typed` is what was typed, and knows nothing but forms. What it means
//! is each command's own (`serve` reads the scenario and makes a plan of it). How it ended is an exit code
//! or a `Failure`, which is told once, here. Nothing else in the house prints, but for a Rust test that fails.

mod certs;
mod checks;
mod control;
mod ctl;
mod env;
mod environment;
mod failure;
mod faults;
mod folder;
mod given;
mod onboard;
mod output;
mod run;
mod scenario;
mod serve;
mod shell;
mod tour;
mod typed;
mod usage;

use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use failure::Failure;
use output::{Heard, Quiet};
use typed::{Command, Typed};

/// Runs the program: reads its arguments and environment, and answers its exit code.
#[must_use]
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        tell(&format!(
            "a mistake of the bank's own, please report it: {panic}"
        ));
    }));
    let mut out = Quiet::new(io::stdout());
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let arguments: Vec<_> = std::env::args_os().collect();
        let (is_awaited, is_run) = (
            usage::awaits_document(&arguments),
            usage::is_run(&arguments),
        );
        let command = read(arguments).map_err(|failure| {
            if is_awaited {
                // Whoever waits for the one line gets it; if it left, nobody misses it.
                let _ = output::write(&mut out, format!("{}\n", failure.document()).as_bytes());
            }
            if is_run { failure.of_a_run() } else { failure }
        })?;
        command.map_or(Ok(ExitCode::SUCCESS), |command| {
            carry_out(command, &mut out)
        })
    }));
    match ended {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => {
            tell(failure.message());
            failure.exit_code()
        }
        // The hook has told it.
        Err(_) => ExitCode::FAILURE,
    }
}

/// What was typed; none when clap has answered it already, with a page of help.
fn read(arguments: Vec<OsString>) -> Result<Option<Command>, Failure> {
    // A page of help is the same on every machine.
    let known = Typed::command()
        .mut_subcommands(|command| command.mut_args(|flag| flag.hide_env_values(true)));
    let matches = match known.try_get_matches_from(usage::with_default_command(arguments)) {
        Ok(matches) => matches,
        Err(error) if error.use_stderr() => return Err(usage::failure(&error)),
        Err(page) => {
            // Whoever asked for help may have left.
            let _ = page.print();
            return Ok(None);
        }
    };
    let typed = Typed::from_arg_matches(&matches).map_err(|error| usage::failure(&error))?;
    Ok(Some(typed.command))
}

fn carry_out(command: Command, out: &mut impl Heard) -> Result<ExitCode, Failure> {
    let names = std::env::vars_os().map(|(name, _)| name);
    let environment = environment::check(names, &Typed::command());
    // Who waits for a ready document is told in the same form that there will be none, and `run` ends with
    // a code of its own.
    if !matches!(command, Command::Run(_) | Command::Serve(_)) {
        environment.clone()?;
    }
    match command {
        Command::Certs(arguments) => certs::run(&arguments, out),
        Command::Checks(arguments) => checks::run(&arguments, out),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Typed::command(), "hamsterbank", &mut script);
            output::write(out, &script)
        }
        Command::Ctl(arguments) => serve::runtime()?.block_on(ctl::run(&arguments, out)),
        Command::Env(arguments) => serve::runtime()?.block_on(env::run(&arguments, out)),
        Command::Explain(arguments) => {
            serve::runtime()?.block_on(control::explain(&arguments, out))
        }
        Command::Faults(arguments) => faults::run(&arguments, out),
        Command::Onboard(arguments) => serve::runtime()?.block_on(onboard::run(&arguments, out)),
        Command::Ready(arguments) => serve::runtime()?.block_on(control::ready(&arguments, out)),
        Command::Run(arguments) => run::run(*arguments, environment),
        Command::Scenario(command) => scenario::run(&command, out),
        Command::Serve(arguments) => serve::run(*arguments, environment, out),
        Command::Tour(arguments) => {
            let toured = serve::runtime()?.block_on(tour::run(&arguments, out));
            toured.map_err(|error| Failure::failed("output_unwritable", error.to_string()))
        }
        Command::Version => {
            let line = concat!("hamsterbank ", env!("CARGO_PKG_VERSION"), "\n");
            output::write(out, line.as_bytes())
        }
    }
}

/// One sentence to whoever started the program; nobody is left to tell when that fails.
fn tell(sentence: &str) {
    let _ = writeln!(io::stderr(), "hamsterbank: {sentence}");
}
