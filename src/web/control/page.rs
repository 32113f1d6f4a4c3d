//! Lists: `{"items": […], "next"?}`, a page at a time.

use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::wire::form;
use crate::wire::reply::Reply;

use super::ControlCall;
use super::error::Problem;

/// Which page of a list is asked for.
#[derive(Debug)]
pub(super) struct Page {
    /// The id of the last item of the page before.
    pub(super) after: Option<String>,
    /// How many items at most.
    pub(super) limit: usize,
}

impl Page {
    /// Reads `after` and `limit`.
    pub(super) fn read(call: &ControlCall<'_>) -> Result<Self, Problem> {
        let limit = match call.query.get("limit") {
            None => LIMIT_DEFAULT,
            Some(text) => {
                let limit = text.parse().ok();
                let limit = limit.filter(|limit| (1..=LIMIT_MAX).contains(limit));
                let expected = || format!("a number from 1 to {LIMIT_MAX}");
                limit.ok_or_else(|| Problem::invalid("limit", expected(), text.to_owned()))?
            }
        };
        let after = call.query.get("after").map(str::to_owned);
        Ok(Self { after, limit })
    }

    /// One more than the page holds, so that it shows whether there is another.
    pub(super) const fn wanted(&self) -> usize {
        self.limit + 1
    }

    /// The refusal of an `after` that is no item of the list any more.
    pub(super) fn lost(&self) -> Problem {
        let detail = self.after.clone().unwrap_or_default();
        Problem::invalid("after", "the id of an item of this list", detail)
    }

    /// What of a whole list under ids is wanted.
    ///
    /// # Errors
    /// When nothing has the id it is to begin after.
    pub(super) fn some_of<T>(
        &self,
        mut all: Vec<(String, T)>,
    ) -> Result<Vec<(String, T)>, Problem> {
        let Some(after) = &self.after else {
            all.truncate(self.wanted());
            return Ok(all);
        };
        let last = all.iter().position(|(id, _)| id == after);
        let last = last.ok_or_else(|| self.lost())?;
        Ok(all.into_iter().skip(last + 1).take(self.wanted()).collect())
    }

    /// The page of items under their ids, of which there are [`Self::wanted`] when there are more.
    pub(super) fn reply<T: Serialize>(
        &self,
        call: &ControlCall<'_>,
        mut items: Vec<(String, T)>,
    ) -> Reply {
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let last = items.last().filter(|_| more).map(|(id, _)| id.clone());
        let items: Vec<_> = items.into_iter().map(|(_, item)| item).collect();
        Self::answer(call, &items, last.as_deref())
    }

    /// Items, and after what the next page begins, when there is one.
    pub(super) fn answer<T: Serialize>(
        call: &ControlCall<'_>,
        items: &[T],
        last: Option<&str>,
    ) -> Reply {
        let mut body = json!({ "items": items });
        if let (Some(last), Some(body)) = (last, body.as_object_mut()) {
            body.insert("next".to_owned(), Value::String(next(call, last)));
        }
        Reply::json(StatusCode::OK, &body)
    }
}

/// The same question, later than the last item told.
fn next(call: &ControlCall<'_>, last: &str) -> String {
    let kept = call.query.pairs().filter(|(name, _)| *name != "after");
    call.again(&form::encode(kept.chain([("after", last)])))
}

/// A page that a person can still scroll through.
const LIMIT_DEFAULT: usize = 100;
/// Items are some hundred bytes each in JSON.
const LIMIT_MAX: usize = 1000;
