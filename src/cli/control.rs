//! A running bank's control API, and the commands that ask it alone: `hamsterbank ready` and `hamsterbank
//! explain`.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use http::{Method, StatusCode, Uri};
use serde_json::Value;
use tokio::time::sleep;

use crate::clock::Stopwatch;
use crate::tpp::call::{Answer, Call};
use crate::tpp::connection::{self, Bounds, CallError};
use crate::web::control::error::Problem;

use super::failure::Failure;
use super::output;
use super::typed::{ControlArgs, ExplainArgs, ReadyArgs};

/// Prints the ready document, once a bank answers.
pub(super) async fn ready(
    arguments: &ReadyArgs,
    out: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let control = Control::new(&arguments.bank)?;
    let patience = arguments.wait.map(time::Duration::unsigned_abs);
    let waited = Stopwatch::start();
    loop {
        match control.ready_document().await {
            Ok(document) => return output::write(out, format!("{document}\n").as_bytes()),
            Err(NotReady::ForGood(failure)) => return Err(failure),
            Err(NotReady::Yet(failure)) => {
                let waited = Duration::from_micros(waited.elapsed_us());
                if patience.is_none_or(|patience| waited >= patience) {
                    return Err(failure);
                }
                sleep(PAUSE).await;
            }
        }
    }
}

/// Prints the journal's page on a request.
pub(super) async fn explain(
    arguments: &ExplainArgs,
    out: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let control = Control::new(&arguments.bank)?;
    let id = arguments.request_id;
    let call = control.get(&format!("/requests/{id}"), "text/plain");
    let answer = control.ask(&call).await?;
    match answer.status {
        StatusCode::OK => output::write(out, &answer.body),
        StatusCode::NOT_FOUND => Err(Failure::failed(
            "unknown_request",
            format!(
                "the journal of the bank at {} has no entry {id}; the oldest ones go first",
                control.url
            ),
        )),
        _ => Err(control.refused(&answer)),
    }
}

/// Why there is no ready document.
enum NotReady {
    /// Waiting will not help.
    ForGood(Failure),
    /// It may come.
    Yet(Failure),
}

impl NotReady {
    fn failure(self) -> Failure {
        match self {
            Self::ForGood(failure) | Self::Yet(failure) => failure,
        }
    }
}

/// A control API.
#[derive(Debug)]
pub(super) struct Control<'a> {
    url: &'a str,
    token: Option<&'a str>,
}

impl<'a> Control<'a> {
    /// The API that was named.
    ///
    /// # Errors
    /// When that is no URL of one.
    pub(super) fn new(arguments: &'a ControlArgs) -> Result<Self, Failure> {
        let url = arguments.control.trim_end_matches('/');
        let uri: Option<Uri> = url.parse().ok();
        let is_control_url = uri.is_some_and(|uri| {
            uri.scheme_str() == Some("http") && uri.host().is_some() && uri.query().is_none()
        });
        if !is_control_url {
            let message = format!("--control {url} is no control URL: expected http://HOST:PORT");
            return Err(Failure::usage(message).about("--control"));
        }
        let token = arguments.control_token.as_deref();
        Ok(Self { url, token })
    }

    /// The ready document.
    ///
    /// # Errors
    /// When no bank answers.
    pub(super) async fn ready(&self) -> Result<Value, Failure> {
        let document = self.ready_document().await.map_err(NotReady::failure)?;
        let read = serde_json::from_str(&document);
        read.map_err(|error| Failure::failed("no_bank", error.to_string()))
    }

    async fn ready_document(&self) -> Result<String, NotReady> {
        let call = self.get("/ready", "application/json");
        let answer = self.ask(&call).await.map_err(NotReady::Yet)?;
        let document = answer.json().ok();
        let event = document.as_ref().and_then(|document| document.get("event"));
        match (answer.status, event) {
            (StatusCode::OK, Some(event)) if event == "ready" => {
                Ok(String::from_utf8_lossy(&answer.body).into_owned())
            }
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
                Err(NotReady::ForGood(self.refused(&answer)))
            }
            _ => Err(NotReady::Yet(self.refused(&answer))),
        }
    }

    fn get(&self, path: &str, accept: &str) -> Call {
        self.call(&Method::GET, path).with_header("Accept", accept)
    }

    /// A call of this method.
    pub(super) fn call(&self, method: &Method, path: &str) -> Call {
        let call = Call::new(method.clone(), &format!("{}{path}", self.url));
        self.signed(call)
    }

    /// A call that changes something.
    pub(super) fn post(&self, path: &str, document: Value) -> Call {
        self.call(&Method::POST, path).with_json(document)
    }

    fn signed(&self, call: Call) -> Call {
        match self.token {
            Some(token) => call.with_header("Authorization", format!("Bearer {token}")),
            None => call,
        }
    }

    /// The answer to a call.
    ///
    /// # Errors
    /// When nobody answers.
    pub(super) async fn ask(&self, call: &Call) -> Result<Answer, Failure> {
        self.ask_waiting(call, Duration::ZERO).await
    }

    /// The answer to a call that the bank may let wait for so long.
    ///
    /// # Errors
    /// When nobody answers.
    pub(super) async fn ask_waiting(&self, call: &Call, wait: Duration) -> Result<Answer, Failure> {
        let bounds = Bounds {
            patience: Bounds::USUAL.patience.saturating_add(wait),
            bytes_max: ANSWER_BYTES_MAX,
        };
        let answer = connection::send_within(call, None, bounds).await;
        answer.map_err(|error| self.unanswered(&error))
    }

    /// Hands on an answer as it arrives, until its end or until `take` wants no more.
    ///
    /// # Errors
    /// When nobody answers, the bank refuses, or the answer breaks off.
    pub(super) async fn watch(
        &self,
        call: &Call,
        mut take: impl FnMut(&[u8]) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let unanswered = |error| self.unanswered(&error);
        let mut arriving = connection::open(call, None).await.map_err(unanswered)?;
        if !arriving.status.is_success() {
            let answer = arriving.whole(ANSWER_BYTES_MAX).await.map_err(unanswered)?;
            return Err(self.refused(&answer));
        }
        while let Some(piece) = arriving.piece().await.map_err(unanswered)? {
            if !take(&piece)? {
                break;
            }
        }
        Ok(())
    }

    fn unanswered(&self, error: &CallError) -> Failure {
        let reason = match error {
            CallError::Connect { source, .. }
                if source.kind() == std::io::ErrorKind::ConnectionRefused =>
            {
                "nobody listens there".to_owned()
            }
            error => error.to_string(),
        };
        let message = format!("no bank answers at {}: {reason}", self.url);
        Failure::failed("no_answer", message)
    }

    /// Why an answer is not the one that was wanted.
    pub(super) fn refused(&self, answer: &Answer) -> Failure {
        let (url, status) = (self.url, answer.status.as_u16());
        if answer.status == StatusCode::UNAUTHORIZED {
            let message = format!(
                "the bank at {url} asks for its control token: give it with --control-token"
            );
            return Failure::failed("unauthorized", message);
        }
        let problem = answer.json().unwrap_or_default();
        if let Some(words) = Problem::in_words(&problem) {
            let message = format!("the bank at {url} answers {status}: {words}");
            return Failure::failed("refused", message);
        }
        let message = format!("what answers {status} at {url} is no control API of a bank");
        Failure::failed("no_bank", message)
    }
}

/// A journal has 64 MiB at most, and as an archive some times that.
const ANSWER_BYTES_MAX: usize = 512 * 1024 * 1024;

/// Between two questions whether it is ready.
const PAUSE: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_url_is_plain_http_and_may_name_a_bank() {
        let of = |url: &str| {
            let arguments = ControlArgs {
                control: url.to_owned(),
                control_token: None,
            };
            let control = Control::new(&arguments)?;
            Ok::<_, Failure>(control.get("/ready", "*/*").url)
        };
        for (url, asked) in [
            ("http://localhost:8444", "http://localhost:8444/ready"),
            ("http://[::1]:8444/", "http://[::1]:8444/ready"),
            (
                "http://bank.test/banks/two/",
                "http://bank.test/banks/two/ready",
            ),
        ] {
            assert_eq!(of(url).unwrap(), asked);
        }
        for url in [
            "",
            "localhost:8444",
            "https://localhost:8444",
            "http://",
            "http://x?y",
            "/x",
        ] {
            let failure = of(url).unwrap_err();
            assert!(failure.message().contains("is no control URL"), "{url:?}");
        }
    }
}
