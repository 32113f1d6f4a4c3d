//! What every page has around it: a title, a style, a word about what this is; no script, nothing loaded.

use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};

use crate::wire::reply::Reply;

/// A page with this title and content, which is HTML already.
pub(super) fn page(status: StatusCode, title: &str, main: &str) -> Reply {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>Hamster Bank: {title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{main}\
         <p class=\"foot\">Hamster Bank is a mock for developers, not a bank.</p>\n\
         </main>\n</body>\n</html>\n",
    );
    Reply::html(status, page)
        .with_header(CACHE_CONTROL, "no-store")
        .with_header(
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        )
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f6f2ea;color:#2b2620}\
main{max-width:40rem;margin:4rem auto;padding:2rem;background:#fff;border-radius:12px}\
h1{margin-top:0}dt{font-weight:600}dd{margin:0 0 .75rem;overflow-wrap:anywhere}\
.foot{color:#7a7065;font-size:.875rem}";
