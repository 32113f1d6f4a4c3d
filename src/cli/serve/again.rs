//! When the scenario is to be read again: at SIGHUP, and when its file has changed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

use super::super::failure::Failure;

/// Waits for a reason to read the scenario again.
#[derive(Debug)]
pub(in super::super) struct Again {
    hangups: Option<Hangups>,
    watch: Option<Watch>,
}

impl Again {
    /// Listens from now on; `watched` is the file to be looked at.
    pub(super) fn listen(watched: Option<&Path>) -> Result<Self, Failure> {
        let deaf = |error: std::io::Error| {
            let message = format!("cannot listen for signals: {error}");
            Failure::failed("runtime_unavailable", message)
        };
        Ok(Self {
            hangups: Some(Hangups::listen().map_err(deaf)?),
            watch: watched.map(Watch::of),
        })
    }

    /// The same where signals are somebody else's.
    pub(in super::super) fn of_file(watched: Option<&Path>) -> Self {
        Self {
            hangups: None,
            watch: watched.map(Watch::of),
        }
    }

    /// Returns at the next reason.
    pub(in super::super) async fn wait(&mut self) {
        let hangup = async {
            match &mut self.hangups {
                Some(hangups) => hangups.next().await,
                None => std::future::pending().await,
            }
        };
        let change = async {
            match &mut self.watch {
                Some(watch) => watch.changed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = hangup => {}
            () = change => {}
        }
    }
}

/// A file that is looked at again and again: editors replace files by others of the same name, and folders
/// that come over a network tell nobody, so that content alone says whether there is something new.
#[derive(Debug)]
struct Watch {
    path: PathBuf,
    known: Option<Vec<u8>>,
    /// What was seen last, when that is new: it may be half written.
    fresh: Option<Vec<u8>>,
}

impl Watch {
    fn of(path: &Path) -> Self {
        Self {
            known: std::fs::read(path).ok(),
            path: path.to_owned(),
            fresh: None,
        }
    }

    async fn changed(&mut self) {
        loop {
            sleep(PERIOD).await;
            let path = self.path.clone();
            let seen = tokio::task::spawn_blocking(move || std::fs::read(path).ok());
            if self.is_news(seen.await.ok().flatten()) {
                return;
            }
        }
    }

    /// Whether there is something new that has been the same twice. A file that is gone is on its way.
    fn is_news(&mut self, seen: Option<Vec<u8>>) -> bool {
        if seen.is_none() || seen == self.known {
            self.fresh = None;
            return false;
        }
        if seen != self.fresh {
            self.fresh = seen;
            return false;
        }
        self.known = seen;
        self.fresh = None;
        true
    }
}

#[cfg(unix)]
#[derive(Debug)]
struct Hangups(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Hangups {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::hangup()).map(Self)
    }

    async fn next(&mut self) {
        // None once no more can come.
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// There is no such signal.
#[cfg(windows)]
#[derive(Debug)]
struct Hangups;

#[cfg(windows)]
impl Hangups {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        std::future::pending::<()>().await;
    }
}

/// Half a second after a file is saved the bank plays it: soon enough for who saved it, and a read of some
/// kilobytes four times a second is nothing.
const PERIOD: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_is_what_is_new_and_has_settled() {
        let mut watch = Watch {
            path: PathBuf::new(),
            known: Some(b"one".to_vec()),
            fresh: None,
        };
        for (seen, is_news) in [
            (Some("one"), false),
            (Some("tw"), false),
            (Some("two"), false),
            (Some("two"), true),
            (Some("two"), false),
            (None, false),
            (Some(""), false),
            (None, false),
            (Some("two"), false),
            (Some("three"), false),
            (Some("two"), false),
            (Some("three"), false),
            (Some("three"), true),
        ] {
            let seen = seen.map(|text| text.as_bytes().to_vec());
            assert_eq!(watch.is_news(seen.clone()), is_news, "{seen:?}");
        }
    }
}
