//! What is typed after `hamsterbank scenario`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

/// What can be done with scenarios.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ScenarioCommand {
    /// Says what is wrong with scenario files: all mistakes, with their lines and the nearest right names
    Check {
        /// The files
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// The form of stdout
        #[arg(
            long,
            value_name = "FORM",
            env = "HAMSTERBANK_FORMAT",
            hide_env_values = true,
            default_value = "human"
        )]
        format: CheckForm,
    },
    /// Prints a commented scenario to start from
    Init,
    /// Lists the built-in scenarios
    List,
    /// Prints the JSON Schema of scenarios, for editors
    Schema,
    /// Prints a scenario as YAML, with all defaults filled in
    Show {
        /// A built-in scenario by name, or a YAML file
        #[arg(value_name = "NAME|FILE")]
        scenario: String,
    },
}

/// The form of a list of mistakes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(in crate::cli) enum CheckForm {
    /// For people
    Human,
    /// For programs
    Json,
    /// Annotations on a pull request
    Github,
}
