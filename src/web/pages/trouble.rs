//! The page a browser ends on when there is no address it could safely be sent back to.

use http::StatusCode;

use crate::oauth::error::Refusal;
use crate::wire::reply::Reply;

use super::frame;

/// The page that tells of a refusal; it holds no script and loads nothing.
pub(crate) fn page(refusal: &Refusal, explain: bool) -> Reply {
    let finding = &refusal.finding;
    let mut rows = vec![("error", refusal.code.as_str().to_owned())];
    if explain {
        rows.push(("check", finding.rule.name.to_owned()));
        rows.push(("clause", finding.rule.clause.to_owned()));
        rows.push(("expected", finding.expected.to_string()));
        rows.push(("received", finding.received.to_string()));
        if !finding.hint.is_empty() {
            rows.push(("hint", finding.hint.to_string()));
        }
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", escaped(value)))
        .collect();
    let rows = rows.concat();
    let main = format!(
        "<h1>This request cannot go on</h1>\n<p>{}.</p>\n<dl>\n{rows}</dl>\n",
        escaped(refusal.code.sentence()),
    );
    frame::page(StatusCode::BAD_REQUEST, "this request cannot go on", &main)
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::error::ErrorCode;
    use crate::rule::{Mismatch, Rule};

    static RULE: Rule = Rule {
        name: "test.rule",
        clause: "RFC 0, section 0",
        sentence: "It must hold.",
    };

    fn body(explain: bool) -> String {
        let mismatch = Mismatch::new("a name", "<script>alert('x')</script>");
        let refusal = ErrorCode::InvalidRequest.because(mismatch.under(&RULE));
        String::from_utf8(page(&refusal, explain).body.to_vec()).unwrap()
    }

    #[test]
    fn what_a_stranger_sent_is_shown_as_text() {
        let page = body(true);
        assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)"), "{page}");
        assert!(!page.contains("<script"), "{page}");
    }

    #[test]
    fn a_bank_that_does_not_explain_shows_the_code_alone() {
        let page = body(false);
        assert!(page.contains("invalid_request"));
        assert!(
            !page.contains("test.rule") && !page.contains("script"),
            "{page}"
        );
    }
}
