//! The page of a customer who went away: no link, no redirect, and nobody is told.

use http::StatusCode;

use crate::wire::reply::Reply;

use super::frame;

/// The page; it says what happened to whoever looks at the browser of a test.
pub(crate) fn page() -> Reply {
    let main = "<h1>The customer went away</h1>\n\
                <p>She closed the window before she decided. Nothing was approved or denied, and the \
                application that sent her is not told.</p>\n";
    frame::page(StatusCode::OK, "the customer went away", main)
}
