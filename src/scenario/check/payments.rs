//! How payments go: timelines tried against the status machine, rules with every name in them resolved;
//! contracts about exchange.

use std::sync::Arc;

use time::Duration;

use super::journeys::Known;
use super::{Checker, words};
use crate::banking::exchange::{Contract, Rate};
use crate::banking::identifier::SortCodeAccountNumber;
use crate::banking::payment::{Reason, StatusCode};
use crate::banking::rail::{CutOffPolicy, PaymentType, Rail};
use crate::banking::timeline::{BUILT_IN, Delay, PaymentMatch, Step, Timeline, TimelineRule};
use crate::id::{AccountId, ClientId};
use crate::money::{Amount, Currency};
use crate::scenario::file::ContractFile;
use crate::scenario::parse_duration;
use crate::scenario::payments::{PaymentsFile, RuleFile, StepFile, TimelineFile, WhenFile};
use crate::scenario::text::Quoted;

/// The rules of a scenario, checked.
pub(super) fn rules(
    checker: &mut Checker<'_>,
    written: &PaymentsFile,
    known: &Known<'_>,
) -> Vec<TimelineRule> {
    let count = u64::try_from(written.rules.len()).unwrap_or(u64::MAX);
    checker.within("payments.rules", count, (0, RULES_MAX));
    let own = timelines(checker, &written.timelines);
    let mut rules = Vec::new();
    for (index, rule) in written.rules.iter().enumerate() {
        let path = format!("payments.rules[{index}]");
        let when = conditions(checker, &path, &rule.when, known);
        rules.extend(play(checker, &path, rule, &own).map(|play| TimelineRule {
            when,
            play,
            matched: 0,
        }));
    }
    rules
}

fn play(
    checker: &mut Checker<'_>,
    path: &str,
    rule: &RuleFile,
    own: &[Arc<Timeline>],
) -> Option<Arc<Timeline>> {
    let named = own.iter().find(|timeline| timeline.name == rule.play);
    let found = named
        .map(Arc::clone)
        .or_else(|| Timeline::built_in(&rule.play).map(Arc::new));
    if found.is_none() {
        let names = own.iter().map(|timeline| timeline.name.as_str());
        let names = names.chain(BUILT_IN.iter().map(|(name, _)| *name));
        let names: Vec<_> = names.collect();
        checker.unknown(&format!("{path}.play"), "timeline", &rule.play, names);
    }
    found
}

fn timelines(checker: &mut Checker<'_>, written: &[TimelineFile]) -> Vec<Arc<Timeline>> {
    let count = u64::try_from(written.len()).unwrap_or(u64::MAX);
    checker.within("payments.timelines", count, (0, RULES_MAX));
    let mut timelines: Vec<Arc<Timeline>> = Vec::new();
    for (index, file) in written.iter().enumerate() {
        let path = format!("payments.timelines[{index}]");
        let is_known = BUILT_IN.iter().any(|(name, _)| *name == file.name)
            || timelines.iter().any(|known| known.name == file.name);
        if is_known {
            let path = format!("{path}.name");
            checker.expected(&path, "a name that no other timeline has", &file.name);
        }
        let steps = (file.steps.iter().enumerate())
            .filter_map(|(index, file)| step(checker, &format!("{path}.steps[{index}]"), file))
            .collect();
        let timeline = Timeline {
            name: file.name.clone(),
            steps,
        };
        // Steps that are no steps have been complained of already.
        if timeline.steps.len() == file.steps.len() {
            check_course(checker, &path, &timeline);
        }
        timelines.push(Arc::new(timeline));
    }
    timelines
}

fn check_course(checker: &mut Checker<'_>, path: &str, timeline: &Timeline) {
    let Some(index) = timeline.first_illegal_step() else {
        return;
    };
    let before = index
        .checked_sub(1)
        .and_then(|index| timeline.steps.get(index));
    let before = before.map_or(StatusCode::Rcvd, |step| step.status);
    let Some(step) = timeline.steps.get(index) else {
        return;
    };
    let next: Vec<_> = before.next().iter().map(|next| next.as_str()).collect();
    let expected = match next.as_slice() {
        [] => format!("no step after {}, which is final", before.as_str()),
        next => format!("one of {} after {}", next.join(", "), before.as_str()),
    };
    let path = format!("{path}.steps[{index}].status");
    checker.expected(&path, &expected, step.status.as_str());
}

fn step(checker: &mut Checker<'_>, path: &str, written: &StepFile) -> Option<Step> {
    let status = StatusCode::parse(&written.status);
    if status.is_none() {
        let codes = StatusCode::ALL.map(StatusCode::as_str);
        let path = format!("{path}.status");
        checker.unknown(&path, "status", &written.status, codes);
    }
    let after = delay(checker, &format!("{path}.after"), &written.after);
    let reason = written.reason.as_ref().and_then(|Quoted(code)| {
        let reason = Reason::parse(code);
        if reason.is_none() {
            let codes = Reason::ALL.map(Reason::code);
            checker.unknown(&format!("{path}.reason"), "reason", code, codes);
        }
        reason
    });
    let status = status?;
    if status.is_failure() && written.reason.is_none() {
        let path = format!("{path}.status");
        checker.expected(&path, "a reason beside a failure", status.as_str());
    }
    Some(Step {
        status,
        after: after?,
        reason,
    })
}

fn delay(checker: &mut Checker<'_>, path: &str, written: &str) -> Option<Delay> {
    if written == NEXT_WORKING_DAY {
        return Some(Delay::NextWorkingDay);
    }
    let duration = parse_duration(written);
    let duration = duration.filter(|it| !it.is_negative() && *it <= LONGEST_STEP);
    if duration.is_none() {
        checker.expected(
            path,
            "a duration such as 5s or 2d, or next_working_day",
            written,
        );
    }
    duration.map(Delay::For)
}

fn conditions(
    checker: &mut Checker<'_>,
    path: &str,
    written: &WhenFile,
    known: &Known<'_>,
) -> PaymentMatch {
    let at = |name: &str| format!("{path}.when.{name}");
    let text = |quoted: &Option<Quoted>| quoted.as_ref().map(|text| text.0.clone());
    let customer = (written.customer.as_ref())
        .and_then(|name| known.customer(checker, &at("customer"), &name.0));
    if let Some(client) = &written.client_id {
        known.check_client(checker, &at("client_id"), &client.0);
    }
    for (name, amount) in [
        ("amount", &written.amount),
        ("amount_over", &written.amount_over),
    ] {
        // Of which currency it is, a payment will tell; none has more decimals than this.
        if let Some(Quoted(text)) = amount
            && Amount::parse(text, Currency::Bhd).is_err()
        {
            checker.expected(&at(name), "an amount such as \"100.00\"", text);
        }
    }
    PaymentMatch {
        client_id: text(&written.client_id).map(ClientId::new),
        customer,
        payment_type: (written.payment_type.as_ref()).and_then(|word| {
            let words = PaymentType::ALL.map(|it| (it.as_str(), it));
            checker.word(&at("payment_type"), "type of payment", word, &words)
        }),
        local_instrument: (written.local_instrument.as_ref()).and_then(|word| {
            let words = Rail::ALL.map(|it| (it.as_str(), it));
            checker.word(&at("local_instrument"), "scheme", word, &words)
        }),
        creditor_account: text(&written.creditor_account)
            .map(|id| SortCodeAccountNumber::parse(&id).map_or(id, |number| number.to_string())),
        debtor_account: (written.debtor_account.as_ref()).and_then(|Quoted(id)| {
            let found = AccountId::parse(id);
            if found.is_none() {
                checker.expected(&at("debtor_account"), "an account's id", id);
            }
            found
        }),
        reference: text(&written.reference),
        amount: text(&written.amount),
        amount_over: text(&written.amount_over),
        nth: written.nth,
        times: written.times,
    }
}

/// What becomes of payments that are late.
pub(super) fn cut_off(checker: &mut Checker<'_>, written: Option<&str>) -> CutOffPolicy {
    let policy =
        written.and_then(|word| checker.word("bank.cut_off", "policy", word, &words::CUT_OFF));
    policy.unwrap_or_default()
}

/// The bank's contracts about exchange, checked.
pub(super) fn contracts(checker: &mut Checker<'_>, written: &[ContractFile]) -> Vec<Contract> {
    let mut contracts: Vec<Contract> = Vec::new();
    for (index, file) in written.iter().enumerate() {
        let path = format!("bank.contracts[{index}]");
        let mut currency = |name: &str, code: &str| {
            let found = Currency::parse(code);
            if found.is_none() {
                let codes = Currency::ALL.map(Currency::code);
                checker.unknown(&format!("{path}.{name}"), "currency", code, codes);
            }
            found
        };
        let unit_currency = currency("unit_currency", &file.unit_currency);
        let other = currency("currency", &file.currency);
        let rate = Rate::parse(&file.rate.0);
        if rate.is_none() {
            checker.expected(
                &format!("{path}.rate"),
                "a rate such as \"1.1700\"",
                &file.rate.0,
            );
        }
        if contracts.iter().any(|known| known.id == file.id.0) {
            checker.expected(&format!("{path}.id"), "an id not used before", &file.id.0);
        }
        if let (Some(unit_currency), Some(currency), Some(rate)) = (unit_currency, other, rate) {
            contracts.push(Contract {
                id: file.id.0.clone(),
                unit_currency,
                currency,
                rate,
            });
        }
    }
    contracts
}

const NEXT_WORKING_DAY: &str = "next_working_day";

/// A year: a step that takes longer is a slip of the pen.
const LONGEST_STEP: Duration = Duration::days(366);

/// More than a person writes by hand.
const RULES_MAX: u64 = 1000;
