//! The control door: who may steer the bank at all.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use http::{HeaderMap, StatusCode};

use crate::id::RequestId;
use crate::web::banks::{Banks, Place};
use crate::web::caught::caught_waiting;
use crate::wire::Service;
use crate::wire::connection::{Connection, ConnectionFailure};
use crate::wire::header;
use crate::wire::reply::Reply;
use crate::wire::request::{Head, Request, RequestFault};
use crate::wire::router::Router;

use super::error::Problem;
use super::routes::ROUTES;
use super::{Route, Steered};

/// The control API of one bank.
#[derive(Debug)]
pub(crate) struct ControlDoor {
    /// What is steered.
    pub(crate) banks: Arc<Banks>,
    /// Names, besides loopback's and IP literals, under which it may be called.
    pub(crate) hostnames: Vec<String>,
    /// The bearer token every call but `/health` needs, if any does.
    pub(crate) token: Option<String>,
}

impl Service for ControlDoor {
    type Arrived = (Head, Arc<Connection>);

    fn arrive(&self, head: Head, connection: &Arc<Connection>) -> Self::Arrived {
        (head, Arc::clone(connection))
    }

    async fn answer(
        &self,
        (head, connection): Self::Arrived,
        body: Result<Bytes, RequestFault>,
    ) -> Reply {
        let admitted = self.admit(&head);
        let body = admitted.and_then(|()| readable(&head, body));
        let body = match body {
            Ok(body) => body,
            Err(problem) => return problem.reply(),
        };
        let (place, below, path) = match self.addressed(&head.path) {
            Ok(addressed) => addressed,
            Err(problem) => return problem.reply(),
        };
        let (below, path) = (below.to_owned(), path.to_owned());
        let head = Head { path, ..head };
        let request = Request {
            id: RequestId::new(0),
            head,
            body,
            connection,
        };
        let steered = Steered {
            banks: &self.banks,
            place: &place,
            below: &below,
        };
        answer_readable(steered, request).await
    }

    fn connection_failed(&self, _failure: ConnectionFailure) {}
}

impl ControlDoor {
    /// The bank that a path steers, what of it says so, and what it asks of that bank: the main one's, unless
    /// it says another's name. Whoever is steered below its name opens no banks.
    fn addressed<'p>(&self, path: &'p str) -> Result<(Arc<Place>, &'p str, &'p str), Problem> {
        let named = path.strip_prefix("/banks/");
        let Some((name, rest)) = named.and_then(|below| below.split_at_checked(below.find('/')?))
        else {
            return Ok((Arc::clone(self.banks.main()), "", path));
        };
        let place = self.banks.find(name);
        let place = place.ok_or_else(|| Problem::not_found(&format!("bank {name:?}")))?;
        if rest == "/banks" || rest.starts_with("/banks/") {
            return Err(Problem::not_found(path));
        }
        let below = path.strip_suffix(rest).unwrap_or_default();
        Ok((place, below, rest))
    }

    // A web page can make a browser call loopback, but it cannot choose Host, nor hide its Origin.
    fn admit(&self, head: &Head) -> Result<(), Problem> {
        let words = (
            "forbidden_host",
            "The Host header is not one of this machine",
        );
        let authority = head.authority.as_deref().unwrap_or_default();
        if !self.is_own_host(authority) {
            let detail =
                format!("{authority:?} is neither loopback, an IP literal nor a --hostname");
            return Err(Problem::new(StatusCode::FORBIDDEN, words, detail));
        }
        for origin in head.headers.get_all(ORIGIN) {
            let origin = origin.to_str().unwrap_or("null");
            if origin.strip_prefix("http://") != Some(authority) {
                let words = ("forbidden_origin", "The call comes from another site");
                let detail = format!("Origin {origin} is not http://{authority}");
                return Err(Problem::new(StatusCode::FORBIDDEN, words, detail));
            }
        }
        self.check_token(head)
    }

    fn is_own_host(&self, authority: &str) -> bool {
        let host = host_of(authority);
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost")
            || literal.parse::<std::net::IpAddr>().is_ok()
            || self
                .hostnames
                .iter()
                .any(|name| name.eq_ignore_ascii_case(host))
    }

    fn check_token(&self, head: &Head) -> Result<(), Problem> {
        let Some(token) = self.token.as_deref().filter(|_| head.path != "/health") else {
            return Ok(());
        };
        match header::bearer(&head.headers) {
            Ok(presented) if presented == token => Ok(()),
            _ => {
                let words = ("unauthorized", "The control token is missing or wrong");
                let has_header = head.headers.contains_key(AUTHORIZATION);
                let received = if has_header { "another" } else { "none" };
                let detail =
                    format!("expected Authorization: Bearer <control token>, got {received}");
                Err(Problem::new(StatusCode::UNAUTHORIZED, words, detail))
            }
        }
    }
}

/// The answer to a call that was let in and read, below the name of the bank it is for.
pub(super) async fn answer_readable(steered: Steered<'_>, request: Request) -> Reply {
    let found = ROUTER.find(&request.head.method, &request.head.path);
    or_admit(super::answer(steered, &request, found)).await
}

// A panic is our own mistake: whoever steers the bank is told so, and the door stays open.
async fn or_admit(answer: impl Future<Output = Reply>) -> Reply {
    let answered = caught_waiting(answer).await;
    answered.unwrap_or_else(|message| Problem::bug(&message).reply())
}

fn readable(head: &Head, body: Result<Bytes, RequestFault>) -> Result<Bytes, Problem> {
    let body = body.map_err(|fault| {
        let words = ("unreadable", "The request cannot be read");
        Problem::new(fault.status(), words, fault.to_string())
    })?;
    if !body.is_empty() && !is_json(&head.headers) {
        let words = ("unsupported_media_type", "The body is not application/json");
        let detail = "send Content-Type: application/json";
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            words,
            detail,
        ));
    }
    Ok(body)
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.contains_key(CONTENT_TYPE)
        && header::expect_content_type(headers, "application/json").is_ok()
}

fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        // An IPv6 literal without a port ends in its bracket.
        Some((host, port)) if !port.contains(']') => host,
        _ => authority,
    }
}

static ROUTER: LazyLock<Router<&'static Route>> = LazyLock::new(|| {
    let mut router = Router::new();
    for route in ROUTES {
        #[expect(clippy::expect_used, reason = "a test tries the table")]
        router
            .insert(route.method.clone(), route.path, route)
            .expect("the table of routes has no conflict");
    }
    router
});

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_host_of_an_authority_is_what_stands_before_its_port() {
        for (authority, host) in [
            ("localhost:8444", "localhost"),
            ("localhost", "localhost"),
            ("127.0.0.1:1", "127.0.0.1"),
            ("[::1]:8444", "[::1]"),
            ("[::1]", "[::1]"),
            ("evil.example:80", "evil.example"),
        ] {
            assert_eq!(host_of(authority), host, "{authority}");
        }
    }

    #[test]
    fn every_row_of_the_table_can_be_inserted() {
        assert!(matches!(
            ROUTER.find(&http::Method::GET, "/health"),
            crate::wire::router::Lookup::Found { .. }
        ));
    }

    #[tokio::test]
    async fn a_mistake_of_ours_is_a_problem_document() {
        let reply = or_admit(async { panic!("a wheel came off") }).await;
        assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(reply.headers[CONTENT_TYPE], "application/problem+json");
        let problem: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(problem["code"], "bug");
        assert_eq!(problem["detail"], "a wheel came off");
    }
}
