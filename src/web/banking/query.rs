//! Reading the query of a list, parameter by parameter, so that every fault is told at once.

use crate::banking::page::{Order, Statuses, TransactionFilter};
use crate::banking::transaction::TransactionStatus;
use crate::clock::Timestamp;
use crate::money::Direction;
use crate::rule::{Mismatch, Rule};
use crate::web::call::Call;
use crate::web::consented::Consented;
use crate::wire::form::{self, Form, FormError};

use super::cursor::Cursor;
use super::error::{Error, Fault, Kind, Place};

/// What part of a list is asked for.
#[derive(Clone, Debug)]
pub(super) struct ListQuery {
    /// The filters; those of the cursor when there is one.
    pub(super) filters: Form,
    /// At most so many items.
    pub(super) page_size: usize,
    /// The last item told before.
    pub(super) after: Option<(i64, u64)>,
}

/// The query of a list that knows the parameters of paging and these `filters`.
///
/// # Errors
/// 400 with every fault found.
pub(super) fn read_list(
    call: &mut Call<'_>,
    consented: &Consented,
    filters: &[&str],
) -> Result<ListQuery, Error> {
    let text = call.request.head.query.as_deref().unwrap_or_default();
    let form = Form::parse_with_repeats(text.as_bytes(), &["status"])
        .map_err(|error| Error::of_fault(&QUERY, malformed(&error)))?;
    let mut faults: Vec<_> = form
        .unknown(&[&["cursor", "page_size"], filters].concat())
        .map(|name| {
            fault(
                Kind::InvalidRequest,
                name,
                "is not a parameter of this list",
            )
        })
        .collect();
    let page_size = page_size(&form).unwrap_or_else(|found| {
        faults.push(found);
        Some(1)
    });
    if !faults.is_empty() {
        return Err(Error::of_faults(&QUERY, faults));
    }
    call.trail.passed(&QUERY);
    let page_size = page_size.unwrap_or(call.bank.settings.page_size);
    let own = |form: &Form| only(form, filters);
    let Some(text) = form.get("cursor") else {
        return Ok(ListQuery {
            filters: own(&form),
            page_size,
            after: None,
        });
    };
    let cursor = open_cursor(call, consented, text, &own(&form))?;
    call.trail.passed(&CURSOR);
    Ok(ListQuery {
        filters: parse_own(&cursor.filters),
        page_size,
        after: Some(cursor.after),
    })
}

fn open_cursor(
    call: &Call<'_>,
    consented: &Consented,
    text: &str,
    filters: &Form,
) -> Result<Cursor, Error> {
    let refuse = |received: &str| {
        let mismatch = Mismatch::new(
            "a cursor this list handed out, as it was",
            received.to_owned(),
        );
        let found = fault(
            Kind::InvalidCursor,
            "cursor",
            "is not one this list handed out",
        );
        Error {
            kind: Kind::InvalidCursor,
            finding: mismatch.under(&CURSOR),
            faults: vec![found],
        }
    };
    let cursor =
        Cursor::open(call.bank, text).ok_or_else(|| refuse("an altered or foreign one"))?;
    if cursor.list != call.request.head.path {
        return Err(refuse("one of another list"));
    }
    if cursor.consent != consented.consent().id.as_str() {
        return Err(refuse("one of another consent"));
    }
    let known = parse_own(&cursor.filters);
    let differs = filters
        .pairs()
        .any(|pair| !known.pairs().any(|own| own == pair));
    if differs {
        return Err(refuse("one of other filters"));
    }
    Ok(cursor)
}

fn only(form: &Form, names: &[&str]) -> Form {
    let pairs = form.pairs().filter(|(name, _)| names.contains(name));
    parse_own(&form::encode(pairs))
}

// Text we encoded ourselves reads back.
fn parse_own(text: &str) -> Form {
    Form::parse_with_repeats(text.as_bytes(), &["status"]).unwrap_or_default()
}

fn page_size(form: &Form) -> Result<Option<usize>, Fault> {
    let Some(text) = form.get("page_size") else {
        return Ok(None);
    };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(size) if digits && (1..=PAGE_SIZE_MAX).contains(&size) => Ok(Some(size)),
        _ => Err(fault(
            Kind::InvalidRequest,
            "page_size",
            "must be a number from 1 to 1000",
        )),
    }
}

/// The filters of a list of transactions.
pub(super) const TRANSACTION_FILTERS: &[&str] = &[
    "credit_debit_indicator",
    "from_booking_date_time",
    "order",
    "status",
    "to_booking_date_time",
];

/// What the filters of a list of transactions mean.
///
/// # Errors
/// 400 with every fault found.
pub(super) fn read_transaction_filters(
    call: &mut Call<'_>,
    form: &Form,
) -> Result<(TransactionFilter, Order), Error> {
    let mut faults = Vec::new();
    let mut filter = TransactionFilter::default();
    let mut order = Order::default();
    for (name, value) in form.pairs() {
        let read = match name {
            "from_booking_date_time" => moment(name, value).map(|at| filter.from = Some(at)),
            "to_booking_date_time" => moment(name, value).map(|at| filter.to = Some(at)),
            "credit_debit_indicator" => {
                direction(name, value).map(|wanted| filter.direction = Some(wanted))
            }
            "order" => read_order(name, value).map(|wanted| order = wanted),
            // Read together below, because it may be repeated.
            _ => Ok(()),
        };
        faults.extend(read.err());
    }
    match statuses(form) {
        Ok(Some(wanted)) => filter.statuses = wanted,
        Ok(None) => {}
        Err(found) => faults.push(found),
    }
    if filter
        .from
        .zip(filter.to)
        .is_some_and(|(from, to)| from > to)
    {
        let message = "must not be before from_booking_date_time";
        faults.push(fault(Kind::InvalidDate, "to_booking_date_time", message));
    }
    if faults.is_empty() {
        call.trail.passed(&FILTERS);
        return Ok((filter, order));
    }
    Err(Error::of_faults(&FILTERS, faults))
}

// The UK standard takes date-times in filters without an offset, and ignores one that is there.
fn moment(name: &str, value: &str) -> Result<Timestamp, Fault> {
    let local = value.get(..LOCAL_LENGTH).unwrap_or(value);
    let rest = value.get(LOCAL_LENGTH..).unwrap_or_default();
    let after_fraction = rest.strip_prefix('.').map_or(rest, |fraction| {
        fraction.trim_start_matches(|digit: char| digit.is_ascii_digit())
    });
    let fraction = rest.strip_suffix(after_fraction).unwrap_or_default();
    let read = if local.len() < LOCAL_LENGTH {
        Timestamp::parse(value)
    } else if is_offset(after_fraction) {
        Timestamp::parse(&format!("{local}{fraction}Z"))
    } else {
        Timestamp::parse("")
    };
    read.map_err(|error| fault(Kind::InvalidDate, name, error.to_string()))
}

// A plus sign that nobody escaped arrives as a blank.
fn is_offset(text: &str) -> bool {
    let is_digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_at_checked(1) {
        None | Some(("Z" | "z", "")) => true,
        Some(("+" | "-" | " ", time)) => time
            .split_once(':')
            .is_some_and(|(hours, minutes)| is_digits(hours) && is_digits(minutes)),
        Some(_) => false,
    }
}

fn direction(name: &str, value: &str) -> Result<Direction, Fault> {
    match value {
        "credit" => Ok(Direction::Credit),
        "debit" => Ok(Direction::Debit),
        _ => Err(fault(Kind::InvalidRequest, name, "must be credit or debit")),
    }
}

fn read_order(name: &str, value: &str) -> Result<Order, Fault> {
    match value {
        "asc" => Ok(Order::OldestFirst),
        "desc" => Ok(Order::NewestFirst),
        _ => Err(fault(Kind::InvalidRequest, name, "must be asc or desc")),
    }
}

fn statuses(form: &Form) -> Result<Option<Statuses>, Fault> {
    let mut wanted = None;
    for value in form.all("status") {
        let status = TransactionStatus::parse(value).ok_or_else(|| {
            let known = TransactionStatus::ALL
                .map(TransactionStatus::as_str)
                .join(", ");
            fault(
                Kind::InvalidRequest,
                "status",
                format!("must be one of {known}"),
            )
        })?;
        wanted = Some(wanted.unwrap_or(Statuses::NONE).with(status));
    }
    Ok(wanted)
}

/// Refuses any query at all, on a route that knows no parameter.
///
/// # Errors
/// 400 naming each.
pub(super) fn read_none(call: &mut Call<'_>) -> Result<(), Error> {
    let text = call.request.head.query.as_deref().unwrap_or_default();
    let form =
        Form::parse(text.as_bytes()).map_err(|error| Error::of_fault(&QUERY, malformed(&error)))?;
    let faults: Vec<_> = form
        .pairs()
        .map(|(name, _)| {
            fault(
                Kind::InvalidRequest,
                name,
                "is not a parameter of this resource",
            )
        })
        .collect();
    if faults.is_empty() {
        call.trail.passed(&QUERY);
        return Ok(());
    }
    Err(Error::of_faults(&QUERY, faults))
}

fn malformed(error: &FormError) -> Fault {
    let name = match error {
        FormError::BadEscape { name }
        | FormError::Duplicate { name }
        | FormError::NotUtf8 { name } => name,
        FormError::TooMany => "",
    };
    fault(Kind::InvalidRequest, name, error.to_string())
}

fn fault(kind: Kind, name: &str, message: impl Into<String>) -> Fault {
    Fault {
        kind,
        message: message.into(),
        place: Place::Parameter(name.to_owned()),
    }
}

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[&QUERY, &CURSOR, &FILTERS];

static QUERY: Rule = Rule {
    name: "request.query",
    clause: "Hamster Bank API, sections 2 and 15",
    sentence: "The query is well-formed and holds only parameters the resource knows.",
};
static CURSOR: Rule = Rule {
    name: "request.cursor",
    clause: "Hamster Bank API, sections 1 and 15",
    sentence: "A cursor is one this list handed out, under this consent and these filters.",
};
static FILTERS: Rule = Rule {
    name: "request.filters",
    clause: "Hamster Bank API, section 2",
    sentence: "Every filter has a value it may have.",
};

/// API contract, section 1.
const PAGE_SIZE_MAX: usize = 1000;

/// `2024-01-15T10:30:00`.
const LOCAL_LENGTH: usize = 19;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_s_offset_is_ignored() {
        for (text, read) in [
            ("2024-01-15T10:30:00", "2024-01-15T10:30:00Z"),
            ("2024-01-15T10:30:00Z", "2024-01-15T10:30:00Z"),
            ("2024-01-15T10:30:00.123Z", "2024-01-15T10:30:00Z"),
            ("2024-01-15T10:30:00.5", "2024-01-15T10:30:00Z"),
            ("2024-01-15T10:30:00+02:00", "2024-01-15T10:30:00Z"),
            ("2024-01-15T10:30:00 02:00", "2024-01-15T10:30:00Z"),
            ("2024-01-15T10:30:00-11:30", "2024-01-15T10:30:00Z"),
            ("2024-01-15", "2024-01-15T00:00:00Z"),
        ] {
            assert_eq!(moment("from", text).unwrap().to_string(), read, "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "yesterday",
            "2024-02-30",
            "2024-01-15T10:30",
            "2024-01-15T10:30:00.",
            "2024-01-15T10:30:00X",
            "2024-01-15T10:30:00+2",
            "2024-01-15T10:30:00+02:00Z",
            "2024-01-15T99:30:00Z",
            "2024-01-15T10:30:0\u{e9}",
        ] {
            assert!(moment("from", text).is_err(), "{text:?}");
        }
    }
}
