//! Being told to stop: by a signal, or by the end of stdin.

use std::io::{self, Read as _};
use std::thread;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::super::failure::Failure;

/// Listens for the words that end the bank.
#[derive(Debug)]
pub(super) struct Stop {
    signals: Signals,
    /// Yields once, when stdin ends; none when that does not matter, or has happened.
    stdin: Option<UnboundedReceiver<()>>,
}

impl Stop {
    /// Listens from now on: what comes before [`wait`](Self::wait) is not lost.
    pub(super) fn listen(exit_on_stdin_close: bool) -> Result<Self, Failure> {
        let deaf = |error: io::Error| {
            let message = format!("cannot listen for signals: {error}");
            Failure::failed("runtime_unavailable", message)
        };
        Ok(Self {
            signals: Signals::listen().map_err(deaf)?,
            stdin: exit_on_stdin_close
                .then(listen_to_stdin)
                .transpose()
                .map_err(deaf)?,
        })
    }

    /// Returns at the next word.
    pub(super) async fn wait(&mut self) {
        match &mut self.stdin {
            Some(stdin) => tokio::select! {
                () = self.signals.next() => {}
                _ = stdin.recv() => self.stdin = None,
            },
            None => self.signals.next().await,
        }
    }
}

/// Reads stdin to its end, on a thread that need not end with the bank.
fn listen_to_stdin() -> io::Result<UnboundedReceiver<()>> {
    let (ended, receiver) = unbounded_channel();
    let thread = thread::Builder::new().name("hamsterbank-stdin".to_owned());
    thread.spawn(move || {
        let mut bytes = [0; 1024];
        let mut stdin = io::stdin();
        while stdin.read(&mut bytes).is_ok_and(|count| count > 0) {}
        // The bank may have stopped meanwhile.
        let _ = ended.send(());
    })?;
    Ok(receiver)
}

#[cfg(unix)]
#[derive(Debug)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
#[derive(Debug)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        let _ = self.0.recv().await;
    }
}
