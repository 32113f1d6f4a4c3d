//! The command line, as far as the tour needs it.

mod tour;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;

use crate::scenario::Scenario;
use crate::server::{Options, Server};
use crate::wire::server::listen::ListenAddr;

#[derive(Parser)]
enum Command {
    Serve {
        #[arg(long, default_value = "localhost:8443")]
        listen: String,
        #[arg(long, default_value = "localhost:8444")]
        control_listen: String,
        #[arg(long)]
        ephemeral: bool,
        #[arg(long)]
        output: Option<String>,
    },
    Tour(tour::TourArgs),
}

/// Runs the program.
///
/// # Errors
/// When stdout cannot be written.
pub async fn run() -> std::io::Result<ExitCode> {
    let mut arguments: Vec<_> = std::env::args().collect();
    if arguments.len() == 1 {
        arguments.push("serve".to_owned());
    }
    let mut out = std::io::stdout();
    match Command::parse_from(arguments) {
        Command::Serve {
            listen,
            control_listen,
            ephemeral,
            output: _,
        } => {
            let options = Options {
                listen: ListenAddr::parse(&listen).map_err(std::io::Error::other)?,
                control_listen: Some(
                    ListenAddr::parse(&control_listen).map_err(std::io::Error::other)?,
                ),
                public_url: None,
                hostnames: Vec::new(),
                certs: if ephemeral {
                    crate::server::Certs::Temporary
                } else {
                    crate::server::Certs::Directory("certs".into())
                },
                control_token: None,
                allow_test_keys: false,
                ..Options::default()
            };
            let scenario = Scenario::builtin("default").map_err(std::io::Error::other)?;
            let server = Server::open(&scenario, &options)
                .await
                .map_err(std::io::Error::other)?;
            writeln!(out, "{}", server.ready())?;
            out.flush()?;
            tokio::signal::ctrl_c().await?;
            server.close().await;
            Ok(ExitCode::SUCCESS)
        }
        Command::Tour(args) => tour::run(&args, &mut out).await,
    }
}
