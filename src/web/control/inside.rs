//! Calls from inside the process: an operation by its route's name, without a socket, and so without what
//! keeps strangers out.

use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode, Version};
use serde_json::Value;

use crate::id::RequestId;
use crate::web::banks::{Banks, Place};
use crate::wire::connection::Connection;
use crate::wire::form;
use crate::wire::reply::Reply;
use crate::wire::request::{Head, Request};

use super::Steered;
use super::door;
use super::error::Problem;
use super::routes::ROUTES;

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    route: &'static str,
    variables: Vec<(&'static str, String)>,
    query: Option<String>,
    body: Option<Value>,
}

impl Ask {
    /// The operation of a route of this name.
    pub(crate) const fn of(route: &'static str) -> Self {
        Self {
            route,
            variables: Vec::new(),
            query: None,
            body: None,
        }
    }

    /// With what a variable of its path stands for.
    pub(crate) fn with(mut self, variable: &'static str, value: &str) -> Self {
        self.variables.push((variable, value.to_owned()));
        self
    }

    /// With parameters.
    pub(crate) fn with_query(self, pairs: &[(&'static str, String)]) -> Self {
        let pairs = pairs.iter().map(|(name, value)| (*name, value.as_str()));
        let query = form::encode(pairs);
        self.with_whole_query(&query)
    }

    /// With a query as it is written in a URL.
    pub(crate) fn with_whole_query(mut self, query: &str) -> Self {
        self.query = Some(query.to_owned()).filter(|query| !query.is_empty());
        self
    }

    /// With members.
    pub(crate) fn with_body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// The request that it is.
    fn request(self) -> Option<Request> {
        let route = ROUTES
            .iter()
            .find(|route| route.name.as_str() == self.route)?;
        let mut path = route.path.to_owned();
        for (name, value) in &self.variables {
            path = path.replace(&format!("{{{name}}}"), &form::segment(value));
        }
        let head = Head {
            authority: None,
            headers: HeaderMap::new(),
            method: Method::clone(&route.method),
            path,
            query: self.query,
            version: Version::HTTP_11,
        };
        Some(Request {
            id: RequestId::new(0),
            head,
            body: self
                .body
                .map(|body| body.to_string().into())
                .unwrap_or_default(),
            connection: Arc::new(Connection::inside(None)),
        })
    }
}

/// The answer of a bank of the process.
pub(crate) async fn answer((banks, place): (Arc<Banks>, Arc<Place>), ask: Ask) -> Reply {
    let route = ask.route;
    let Some(request) = ask.request() else {
        let words = ("unknown_route", "The control API has no such route");
        return Problem::new(StatusCode::NOT_FOUND, words, route).reply();
    };
    let below = match place.name.as_str() {
        main if main == banks.main().name => String::new(),
        name => format!("/banks/{name}"),
    };
    let steered = Steered {
        banks: &banks,
        place: &place,
        below: &below,
    };
    door::answer_readable(steered, request).await
}
