//! What was typed. The doc comments here are the pages of `--help`.

mod scenario;
mod value;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use time::Duration;

use crate::id::RequestId;
use crate::oauth::profile::Profile;
use crate::wire::server::listen::ListenAddr;

use super::{certs, ctl, faults, onboard, tour};
pub(super) use scenario::{CheckForm, ScenarioCommand};
pub(super) use value::{ControlListen, Start, bank_url, hostname, public_url};
use value::{duration, port_range, redirect_uri, request_id};

/// A mock open-banking bank for the people who build against banks. It is not a bank.
#[derive(Debug, Parser)]
#[command(
    name = "hamsterbank",
    version,
    arg_required_else_help = false,
    after_help = "`hamsterbank` alone is `hamsterbank serve`, and takes its flags."
)]
pub(super) struct Typed {
    #[command(subcommand)]
    pub(super) command: Command,
}

/// A command.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Opens the bank and stays until it is told to stop
    Serve(Box<ServeArgs>),
    /// Opens a bank on free ports for as long as a command runs: a fixture for any test suite
    #[command(mut_arg("listen", |flag| flag.default_value("localhost:0")))]
    #[command(mut_arg("control_listen", |flag| flag.default_value("localhost:0")))]
    #[command(mut_arg("exit_on_stdin_close", |flag| flag.hide(true)))]
    #[command(after_help = RUN_ENDS)]
    Run(Box<RunArgs>),
    /// Tours a bank as its first TPP: every exchange as a curl line, with its answer
    Tour(tour::TourArgs),
    /// Prints the ready document of a running bank; fails when none answers
    Ready(ReadyArgs),
    /// Prints the environment of a running bank, as `run` gives it to its command
    Env(EnvArgs),
    /// Prints what a running bank's journal knows of one request
    Explain(ExplainArgs),
    /// Steers a running bank: the control API as commands, such as `ctl clock advance 91d`
    #[command(after_help = CTL_ANSWERS)]
    Ctl(Box<ctl::CtlArgs>),
    /// Writes a fresh CA, a server's certificates and one TPP's
    Certs(certs::CertsArgs),
    /// Writes a complete TPP kit: certificates, keys, software statement, and how to register with curl
    Onboard(Box<onboard::OnboardArgs>),
    /// Lists what the bank checks: name, standard and section, where, in which profile
    Checks(ChecksArgs),
    /// Tells what the bank can do wrong on purpose: all of it, a family, or one fault whole
    Faults(faults::FaultsArgs),
    /// Checks and lists scenarios
    #[command(subcommand, arg_required_else_help = false)]
    Scenario(ScenarioCommand),
    /// Prints a script that completes commands and flags in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Prints the version
    Version,
}

/// Flags of `serve`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag to be typed")]
#[derive(Args, Debug)]
pub(super) struct ServeArgs {
    /// The scenario to play: a built-in one by name, or a YAML file
    #[arg(
        long,
        value_name = "NAME|FILE",
        env = "HAMSTERBANK_SCENARIO",
        default_value = "default"
    )]
    pub(super) scenario: String,
    /// Plays the scenario's file again whenever it changes
    #[arg(long, env = "HAMSTERBANK_WATCH", value_parser = BoolishValueParser::new())]
    pub(super) watch: bool,
    /// The bank's listener; `localhost` is 127.0.0.1 and `::1`, port 0 a free one
    #[arg(
        long,
        value_name = "ADDR:PORT",
        env = "HAMSTERBANK_LISTEN",
        default_value = "localhost:8443"
    )]
    #[arg(value_parser = ListenAddr::parse)]
    pub(super) listen: ListenAddr,
    /// The listener of the control API, in plain HTTP; `off` closes it
    #[arg(long, value_name = "ADDR:PORT|off", env = "HAMSTERBANK_CONTROL_LISTEN")]
    #[arg(default_value = "localhost:8444", value_parser = ControlListen::parse)]
    pub(super) control_listen: ControlListen,
    /// The issuer, and the base of every URL the bank prints [default: the listener]
    #[arg(long, value_name = "URL", env = "HAMSTERBANK_PUBLIC_URL", value_parser = public_url)]
    pub(super) public_url: Option<String>,
    /// A further name in the server's certificate, under which the control API may be called; repeatable
    #[arg(
        long,
        value_name = "NAME",
        env = "HAMSTERBANK_HOSTNAME",
        value_delimiter = ','
    )]
    #[arg(value_parser = hostname)]
    pub(super) hostname: Vec<String>,
    /// Where the CA, keys and the clients' kits are kept and reused
    #[arg(
        long,
        value_name = "DIR",
        env = "HAMSTERBANK_CERTS_DIR",
        default_value = "certs"
    )]
    pub(super) certs_dir: PathBuf,
    /// Writes nothing but a temporary folder that goes with the process
    #[arg(long, env = "HAMSTERBANK_EPHEMERAL", value_parser = BoolishValueParser::new())]
    pub(super) ephemeral: bool,
    /// Serves the bank without TLS; the client certificate is what the header `Client-Cert` says
    #[arg(long, env = "HAMSTERBANK_PLAIN_HTTP", value_parser = BoolishValueParser::new())]
    pub(super) plain_http: bool,
    /// When bank time begins: `now`, or an RFC 3339 instant [default: the scenario's]
    #[arg(long, value_name = "START", env = "HAMSTERBANK_CLOCK", value_parser = Start::parse)]
    pub(super) clock: Option<Start>,
    /// The seed of all generated data [default: the scenario's]
    #[arg(long, value_name = "N", env = "HAMSTERBANK_SEED")]
    pub(super) seed: Option<u64>,
    /// Which set of checks is in force [default: the scenario's]
    #[arg(long, value_name = "PROFILE", env = "HAMSTERBANK_PROFILE")]
    pub(super) profile: Option<ProfileWord>,
    /// Where further banks may listen: a range that a container can publish [default: any free port]
    #[arg(long, value_name = "A-B", env = "HAMSTERBANK_BANK_PORTS", value_parser = port_range)]
    pub(super) bank_ports: Option<(u16, u16)>,
    /// Where the ready document is written; removed at a clean exit
    #[arg(long, value_name = "FILE", env = "HAMSTERBANK_READY_FILE")]
    pub(super) ready_file: Option<PathBuf>,
    /// The form of stdout [default: human on a terminal, else json]
    #[arg(long, value_name = "FORM", env = "HAMSTERBANK_OUTPUT")]
    pub(super) output: Option<Form>,
    /// What stderr is told: at info, one line a request
    #[arg(
        long,
        value_name = "LEVEL",
        env = "HAMSTERBANK_LOG",
        default_value = "info"
    )]
    pub(super) log: Level,
    /// The bearer token of the control API [default: made beyond loopback, else none]
    #[arg(
        long,
        value_name = "TOKEN",
        env = "HAMSTERBANK_CONTROL_TOKEN",
        hide_env_values = true
    )]
    pub(super) control_token: Option<String>,
    /// Lets the published test keys serve beyond loopback, where fresh ones would be made
    #[arg(long, env = "HAMSTERBANK_ALLOW_TEST_KEYS", value_parser = BoolishValueParser::new())]
    pub(super) allow_test_keys: bool,
    /// Closes the bank when stdin ends: no orphan survives the test run that started it
    #[arg(long, env = "HAMSTERBANK_EXIT_ON_STDIN_CLOSE", value_parser = BoolishValueParser::new())]
    pub(super) exit_on_stdin_close: bool,
}

/// Flags of `run`.
#[derive(Args, Debug)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) serve: ServeArgs,
    /// A further redirect URI of the first client, such as a callback on a free port; repeatable
    #[arg(long, value_name = "URL", env = "HAMSTERBANK_REDIRECT_URI", value_parser = redirect_uri)]
    pub(super) redirect_uri: Vec<String>,
    /// Fails with 1 when the command succeeds and an armed fault never fired
    #[arg(long, env = "HAMSTERBANK_REQUIRE_FIRED")]
    pub(super) require_fired: bool,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(super) command: Vec<OsString>,
}

/// Where a running bank is steered.
#[derive(Args, Debug)]
pub(super) struct ControlArgs {
    /// The bank's control URL
    #[arg(long, value_name = "URL", env = "HAMSTERBANK_CONTROL_URL")]
    #[arg(default_value = "http://localhost:8444")]
    pub(super) control: String,
    /// The bearer token of its control API, if it asks for one
    #[arg(
        long,
        value_name = "TOKEN",
        env = "HAMSTERBANK_CONTROL_TOKEN",
        hide_env_values = true
    )]
    pub(super) control_token: Option<String>,
}

/// Flags of `ready`.
#[derive(Args, Debug)]
pub(super) struct ReadyArgs {
    /// How long to wait for it, such as 10s
    #[arg(long, value_name = "DURATION", env = "HAMSTERBANK_WAIT", value_parser = duration)]
    pub(super) wait: Option<Duration>,
    #[command(flatten)]
    pub(super) bank: ControlArgs,
}

/// Flags of `env`.
#[derive(Args, Debug)]
pub(super) struct EnvArgs {
    /// Whose lines
    #[arg(
        long,
        value_name = "SHELL",
        env = "HAMSTERBANK_SHELL",
        hide_env_values = true,
        default_value = "sh"
    )]
    pub(super) shell: Shell,
    #[command(flatten)]
    pub(super) bank: ControlArgs,
}

/// Flags of `explain`.
#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// The id, as the header x-hamster-request told it
    #[arg(value_name = "REQUEST_ID", value_parser = request_id)]
    pub(super) request_id: RequestId,
    #[command(flatten)]
    pub(super) bank: ControlArgs,
}

/// Flags of `checks`.
#[derive(Args, Debug)]
pub(super) struct ChecksArgs {
    /// The form of stdout
    #[arg(
        long,
        value_name = "FORM",
        env = "HAMSTERBANK_OUTPUT",
        default_value = "human"
    )]
    pub(super) output: Form,
}

/// Who reads the lines of `env`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Shell {
    /// sh, bash, zsh: eval "$(hamsterbank env)"
    Sh,
    /// fish: hamsterbank env --shell fish | source
    Fish,
    /// PowerShell: hamsterbank env --shell powershell | Invoke-Expression
    Powershell,
    /// A file of variables, as docker and many libraries read it
    Dotenv,
}

/// The form of a result.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Form {
    /// For people
    Human,
    /// For programs
    Json,
}

/// How much stderr is told; each level tells what the one before it tells, and more.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, ValueEnum)]
pub(super) enum Level {
    /// Nothing
    Off,
    /// Mistakes of the bank's own
    Error,
    /// What is unusual about the bank that was opened
    Warn,
    /// One line a request
    Info,
    /// Why a request was refused
    Debug,
}

/// A profile, by its word.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum ProfileWord {
    /// All of FAPI 1.0 Advanced
    #[value(name = "fapi1-advanced")]
    Fapi1Advanced,
    /// What the published guides print
    Relaxed,
}

impl From<ProfileWord> for Profile {
    fn from(word: ProfileWord) -> Self {
        match word {
            ProfileWord::Fapi1Advanced => Self::Fapi1Advanced,
            ProfileWord::Relaxed => Self::Relaxed,
        }
    }
}

/// The end of `run --help`.
const RUN_ENDS: &str = "Exits with the code of CMD; 125 when the bank did not open, 126 when CMD cannot be \
                        executed, 127 when it is not found, 128+n when signal n ended it.";

const CTL_ANSWERS: &str = "Prints the answer as JSON. What an operation takes and tells is in the bank's own \
                           document, `hamsterbank ctl openapi`.";

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_table_of_flags_is_sound() {
        Typed::command().debug_assert();
    }

    #[test]
    fn every_flag_has_its_twin_in_the_environment() {
        for command in Typed::command().get_subcommands() {
            for flag in command.get_arguments().filter(|flag| !flag.is_positional()) {
                let long = flag.get_long().unwrap_or_default();
                let twin = match long {
                    "help" => continue,
                    "control" => "HAMSTERBANK_CONTROL_URL".to_owned(),
                    long => format!("HAMSTERBANK_{}", long.to_uppercase().replace('-', "_")),
                };
                let told = flag.get_env().and_then(|name| name.to_str());
                assert_eq!(
                    told,
                    Some(twin.as_str()),
                    "--{long} of {}",
                    command.get_name()
                );
            }
        }
    }
}
