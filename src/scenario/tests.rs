//! Scenarios as files: what the built-in ones say, and what a wrong one is told.

use super::*;
use crate::jose::Algorithm;
use crate::oauth::request::ResponseType;

/// A Friday, a Monday after Christmas, a leap day, a summer Sunday evening, the guides' morning.
pub(super) const MOMENTS: [&str; 5] = [
    "2026-11-20T09:00:00Z",
    "2026-12-28T23:59:59Z",
    "2028-02-29T00:00:00Z",
    "2025-07-06T19:30:00Z",
    "2024-01-15T10:30:00Z",
];

pub(super) fn at(text: &str) -> Now {
    let bank = Timestamp::parse(text).unwrap();
    Now { bank, real: bank }
}

#[test]
fn the_registered_tpps_are_those_of_the_contract() {
    let scenario = Scenario::builtin("default").unwrap();
    let all = "openid accounts transactions payments fundsconfirmations consents";
    for (client, (id, method, id_token, object, scope)) in scenario.clients.iter().zip([
        (
            "acorn-budget",
            AuthMethod::PrivateKeyJwt,
            Algorithm::Ps256,
            Algorithm::Ps256,
            all,
        ),
        (
            "burrow-pay",
            AuthMethod::TlsClientAuth,
            Algorithm::Ps256,
            Algorithm::Es256,
            all,
        ),
        (
            "clover-check",
            AuthMethod::PrivateKeyJwt,
            Algorithm::Es256,
            Algorithm::Es256,
            "openid accounts transactions consents",
        ),
    ]) {
        assert_eq!(client.client_id.as_str(), id);
        assert_eq!(client.auth_method, method);
        assert_eq!(
            (client.id_token_alg, client.signing_alg),
            (id_token, object)
        );
        assert_eq!(client.scope.to_string(), scope);
        assert_eq!(client.response_types, ResponseType::ALL);
        for uri in [
            "https://localhost:9443/callback",
            "http://localhost:9080/callback",
        ] {
            assert!(client.redirect_uris.iter().any(|known| known == uri));
        }
    }
    let with_query = "?dummy1=lorem&dummy2=ipsum";
    assert!(
        scenario.clients[1]
            .redirect_uris
            .iter()
            .any(|uri| uri.ends_with(with_query))
    );
    assert_eq!(scenario.clients.len(), 3);
}

#[test]
fn what_is_left_out_has_its_default() {
    let scenario = Scenario::parse("x.yaml", "version: 1\nname: x\n").unwrap();
    let bank = &scenario.bank;
    assert_eq!(
        (bank.profile, bank.clock),
        (Profile::Fapi1Advanced, ClockStart::Now)
    );
    assert_eq!(
        (bank.seed, bank.page_size, bank.explain),
        (Seed(42), 100, true)
    );
    assert_eq!(bank.lifetimes, Lifetimes::default());
    assert_eq!(scenario.open(at(MOMENTS[0])), Book::default());
    let docs = Scenario::builtin("docs").unwrap();
    assert_eq!(docs.bank.profile, Profile::Relaxed);
    assert_eq!(docs.bank.clock, ClockStart::At(at(MOMENTS[4]).bank));
}

#[test]
fn a_clock_may_start_anywhere_at_any_rate() {
    let clock = |text: &str| {
        let source = format!("version: 1\nname: x\nbank:\n  clock: {text}\n");
        Scenario::parse("x.yaml", &source).map(|scenario| scenario.bank.clock)
    };
    let start = Some(at(MOMENTS[4]).bank);
    assert_eq!(clock("now").unwrap(), ClockStart::Now);
    assert_eq!(
        clock("{rate: 60}").unwrap(),
        ClockStart::AtRate {
            start: None,
            rate: 60
        }
    );
    let both = clock("{start: 2024-01-15T10:30:00Z, rate: 2}").unwrap();
    assert_eq!(both, ClockStart::AtRate { start, rate: 2 });
    for wrong in [
        "yesterday",
        "5",
        "{rate: 0}",
        "{rate: -1}",
        "{from: now}",
        "[now]",
        "{start: then}",
        "1899-12-31T23:59:59Z",
        "{start: 2200-01-01T00:00:00Z}",
    ] {
        assert!(clock(wrong).is_err(), "{wrong}");
    }
}

/// Goal: each mistake is named with its place and, where one is near, the right word.
#[test]
fn all_mistakes_are_told_with_their_place_and_the_nearest_word() {
    let source = "version: 2
name: wrong
bank:
  profile: relaxt
  page_size: 0
  tokens:
    access: 300x
customers:
  - persona: salaried-rentr
    id: hazel
  - persona: student
    id: hazel
    phone: '07123 456789'
    accounts:
      - name: main
        balance: '12.345'
        currency: GPB
        joint_with: [rowam]
        spending:
          - at: grocery
            percent_a_day: 101
            median: '1'
  - id: rowan
    name: Rowan
    email: rowan@hamster.bank
clients:
  - client_id: one
    redirect_uris: ['http://example.com/cb']
    roles: [AISP, PSIP]
    scope: openid acounts
  - client_id: one
    redirect_uris: []
";
    let Err(Error::Wrong(mistakes)) = Scenario::parse("wrong.yaml", source) else {
        panic!("a wrong scenario was accepted");
    };
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    for expected in [
        "wrong.yaml:1: version: expected 1, found `2`",
        "wrong.yaml:4: bank.profile: unknown profile `relaxt`; did you mean `relaxed`?",
        "wrong.yaml:5: bank.page_size: expected a number from 1 to 1000, found `0`",
        "wrong.yaml:7: bank.tokens.access: expected a duration with its unit, such as 300s or 90d, found `300x`",
        "wrong.yaml:9: customers[0].persona: unknown persona `salaried-rentr`; did you mean `salaried-renter`?",
        "wrong.yaml:12: customers[1].id: expected an id not used before, found `hazel`",
        "wrong.yaml:13: customers[1].phone: expected 07700 900000 to 07700 900999, the range kept free for drama, found `07123 456789`",
        "wrong.yaml:17: customers[1].accounts[0].currency: unknown currency `GPB`; did you mean `GBP`?",
        "wrong.yaml:16: customers[1].accounts[0].balance: `12.345` is no amount of GBP: GBP has 2 decimals at most",
        "wrong.yaml:18: customers[1].accounts[0].joint_with[0]: unknown customer `rowam`; did you mean `rowan`?",
        "wrong.yaml:20: customers[1].accounts[0].spending[0].at: unknown group of merchants `grocery`; did you mean `groceries`?",
        "wrong.yaml:21: customers[1].accounts[0].spending[0].percent_a_day: expected a number from 1 to 100, found `101`",
        "wrong.yaml:25: customers[2].email: expected a mail address in example.com, example.org or example.net, found `rowan@hamster.bank`",
        "wrong.yaml:28: clients[0].redirect_uris[0]: expected https://…, or http:// on localhost, 127.0.0.1 or [::1], no fragment, found `http://example.com/cb`",
        "wrong.yaml:29: clients[0].roles[1]: unknown word `PSIP`; did you mean `PISP`?",
        "wrong.yaml:30: clients[0].scope: unknown scope for these roles `acounts`; did you mean `accounts`?",
        "wrong.yaml:31: clients[1].client_id: expected an id not used before, found `one`",
        "wrong.yaml:32: clients[1].redirect_uris: expected at least one, found `[]`",
    ] {
        assert!(
            told.iter().any(|line| line == expected),
            "{expected}\nnot in\n{}",
            told.join("\n")
        );
    }
}

#[test]
fn what_the_form_refuses_is_told_with_its_line() {
    for (why, rest, line) in [
        ("an unknown key", "journies: {}", 3),
        ("a misspelt key", "bank:\n  profil: relaxed", 4),
        ("a key twice", "bank: {}\nbank: {}", 4),
        ("a key of a later age", "events: []", 3),
        (
            "a number where a text in quotes is needed",
            "customers:\n  - id: a\n    name: A\n    otp: 123456",
            6,
        ),
        (
            "a sort code without quotes",
            "customers:\n  - id: a\n    name: A\n    accounts:\n      - {name: m, number: 12345678}",
            7,
        ),
        (
            "an amount without quotes",
            "customers:\n  - id: a\n    name: A\n    accounts:\n      - {name: m, balance: 5432.10}",
            7,
        ),
        ("a negative seed", "bank:\n  seed: -1", 4),
        ("broken YAML", "bank: [", 4),
        ("an alias that unfolds without end", "bank: &a [*a]", 3),
    ] {
        let source = format!("version: 1\nname: x\n{rest}\n");
        let Err(Error::Wrong(mistakes)) = Scenario::parse("x.yaml", &source) else {
            panic!("{why} was accepted");
        };
        assert_eq!(mistakes.len(), 1, "{why}");
        let off = mistakes[0].line.map(|found| found.abs_diff(line));
        assert!(off.is_none_or(|off| off <= 1), "{why}: {}", mistakes[0]);
        assert!(mistakes[0].to_string().starts_with("x.yaml"), "{why}");
    }
}

#[test]
fn a_check_is_switched_off_by_a_name_that_is_one() {
    let off = |names: &str| {
        let source = format!("version: 1\nname: x\nbank:\n  lenient: [{names}]\n");
        let scenario = Scenario::parse("x.yaml", &source)?;
        let names: Vec<_> = scenario.switched_off().map(|rule| rule.name).collect();
        Ok::<_, Error>(names.join(" "))
    };
    for (names, switched_off) in [
        ("", ""),
        ("pkce.verifier", "pkce.verifier"),
        ("pkce", "pkce.required pkce.method pkce.verifier"),
        (
            "certificate.present, pkce.method",
            "certificate.present pkce.method",
        ),
    ] {
        assert_eq!(off(names).unwrap(), switched_off, "{names}");
    }
    for (names, told) in [
        (
            "pkec",
            "x.yaml:4: bank.lenient[0]: `pkec` is no check that can be switched off; did you mean `pkce`?",
        ),
        (
            "pkce.verifer",
            "`pkce.verifer` is no check that can be switched off; did you mean `pkce.verifier`?",
        ),
        (
            "pkce, request.form",
            "bank.lenient[1]: `request.form` is no check that can be switched off",
        ),
        ("client.known", "`client.known` is no check"),
        ("certificate.trusted", "`certificate.trusted` is no check"),
        ("pkc", "`pkc` is no check"),
        (
            "''",
            "`` is no check that can be switched off; `hamsterbank checks` lists them",
        ),
        (
            "everything",
            "`everything` is no check that can be switched off; `hamsterbank checks` lists them",
        ),
    ] {
        let error = off(names).unwrap_err().to_string();
        assert!(error.contains(told), "{told}\nnot in\n{error}");
    }
}

#[test]
fn a_way_of_booking_is_one_of_nine_words() {
    let read = |word: &str| {
        let source = format!("version: 1\nname: x\nbank:\n  pending_to_booked: {word}\n");
        Scenario::parse("x.yaml", &source)
    };
    for (word, way) in PendingToBooked::WORDS {
        assert_eq!(read(word).unwrap().bank.pending_to_booked, way);
    }
    for (word, near) in [("new_ids", "new_id"), ("backdated", "back_dated")] {
        let Err(Error::Wrong(mistakes)) = read(word) else {
            panic!("{word} was accepted");
        };
        let told = format!(
            "x.yaml:4: bank.pending_to_booked: unknown way of booking `{word}`; did you mean `{near}`?"
        );
        assert_eq!(mistakes[0].to_string(), told);
    }
}

#[test]
fn a_mistake_shows_its_line_and_column() {
    for (source, line, column, excerpt) in [
        (
            "version: 1\nname: x\nbank:\n  profile: relaxt\n",
            4,
            12,
            "  profile: relaxt",
        ),
        (
            "version: 1\nname: x\nbank: {}\n  \nbank: {}\n",
            5,
            1,
            "bank: {}",
        ),
        (
            "version: 1\nname: x\nbank:\n  seed: 1\n  page_size: 0 # ünd\n",
            5,
            14,
            "  page_size: 0 # ünd",
        ),
    ] {
        let Err(Error::Wrong(mistakes)) = Scenario::parse("x.yaml", source) else {
            panic!("{source} was accepted");
        };
        let found = &mistakes[0];
        assert_eq!(
            (found.line, found.column),
            (Some(line), Some(column)),
            "{source}"
        );
        assert_eq!(found.excerpt, excerpt);
    }
}

#[test]
fn a_missing_scenario_is_told_with_the_nearest_name() {
    let error = Scenario::builtin("defualt").unwrap_err().to_string();
    assert_eq!(
        error,
        "there is no built-in scenario `defualt`; did you mean `default`?"
    );
    let error = Scenario::load(Path::new("no/such/file.yaml")).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no/such/file.yaml: cannot be read")
    );
    let huge = format!("version: 1\nname: x\n#{}", "x".repeat(SOURCE_BYTES_MAX));
    assert!(Scenario::parse("huge.yaml", &huge).is_err());
}

#[test]
fn every_built_in_scenario_opens_with_its_story_and_is_right() {
    for name in Scenario::builtin_names() {
        let source = builtin::scenario(name).unwrap();
        assert!(source.starts_with("# "), "{name}");
        let scenario = Scenario::builtin(name).unwrap();
        assert_eq!(scenario.name, name);
        for moment in MOMENTS {
            let book = scenario.open(at(moment));
            assert!(book.trial_balance().values().all(|total| *total == 0));
        }
    }
    for name in builtin::persona_names() {
        let source = format!("version: 1\nname: x\ncustomers: [{{persona: {name}}}]");
        let scenario = Scenario::parse("x.yaml", &source).unwrap();
        let people = if name == "couple" { 2 } else { 1 };
        assert_eq!(scenario.customers.len(), people, "{name}");
    }
}

/// Goal: however wrong the form, everything is told at once, and what can still be judged is judged.
#[test]
fn five_mistakes_of_form_and_meaning_are_five() {
    let source = "version: 1
name: wrong
bnak:
  profile: relaxed
bank:
  profile: relaxt
  page_size: many
  explain: true
  explain: false
clients:
  - client_id: 12345
    redirect_uris: https://localhost/cb
    roles: [PSIP]
  - name: Nobody
";
    let Err(Error::Wrong(mistakes)) = Scenario::parse("x.yaml", source) else {
        panic!("a wrong scenario was accepted");
    };
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    let text = "a text, in quotes where it would be read as something else";
    assert_eq!(
        told,
        [
            "x.yaml:9: bank.explain: duplicate key `explain`".to_owned(),
            "x.yaml:7: bank.page_size: expected a whole number from 0 to 4294967295, found `many`"
                .to_owned(),
            format!("x.yaml:11: clients[0].client_id: expected {text}, found `12345`"),
            "x.yaml:12: clients[0].redirect_uris: expected a list, found `https://localhost/cb`"
                .to_owned(),
            "x.yaml:14: clients[1]: `client_id` is missing".to_owned(),
            "x.yaml:14: clients[1]: `redirect_uris` is missing".to_owned(),
            "x.yaml:3: bnak: unknown key `bnak`; did you mean `bank`?".to_owned(),
            "x.yaml:6: bank.profile: unknown profile `relaxt`; did you mean `relaxed`?".to_owned(),
            "x.yaml:13: clients[0].roles[0]: unknown word `PSIP`; did you mean `PISP`?".to_owned(),
        ]
    );
    for mistake in &mistakes {
        assert!(mistake.expected.is_some(), "{mistake}");
        assert!(mistake.column.is_some(), "{mistake}");
    }
}

#[test]
fn keys_of_an_editor_and_of_ones_own_are_let_pass_at_the_top_alone() {
    let source = "version: 1\nname: x\n$schema: ./schema.json\nx-team: {any: [thing]}\n";
    assert!(Scenario::parse("x.yaml", source).is_ok());
    for wrong in ["bank: {x-note: no}", "y-team: no", "bank: {$schema: no}"] {
        let source = format!("version: 1\nname: x\n{wrong}\n");
        assert!(Scenario::parse("x.yaml", &source).is_err(), "{wrong}");
    }
}

/// Goal: maps merge by key, named things by name, the rest is replaced, and what is taken out is gone.
#[test]
fn a_scenario_extends_another() {
    let base = Scenario::builtin("default").unwrap();
    let source = "version: 1
name: mine
extends: default
bank:
  seed: 7
  tokens: {access: 60s}
customers:
  - {id: rowan, remove: true}
  - id: hazel
    accounts:
      - {name: main, balance: \"1.00\"}
  - {id: basil, name: Basil Burrow}
clients:
  - client_id: acorn-budget
    redirect_uris: [https://example.com/cb]
  - {client_id: clover-check, remove: true}
scripts:
  reject: {remove: true}
  ponder: [{wait: 1s}, reject]
journeys:
  rules: [{play: ponder}]
";
    // Hazel shares an account with Rowan.
    let Err(Error::Wrong(mistakes)) = Scenario::parse("mine.yaml", source) else {
        panic!("a holder who is not there was accepted");
    };
    let told: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    let holder = "customers[0].accounts[1].joint_with[0]: unknown customer `rowan`";
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with(&format!("mine.yaml: {holder}")),
        "{told:?}"
    );

    let shared = "{name: main, balance: \"1.00\"}\n      - {name: joint, joint_with: []}";
    let source = source.replace("{name: main, balance: \"1.00\"}", shared);
    let mine = Scenario::parse("mine.yaml", &source).unwrap();
    assert_eq!(
        (mine.bank.seed, mine.bank.contracts),
        (Seed(7), base.bank.contracts)
    );
    assert_eq!(mine.bank.lifetimes.access_token, time::Duration::MINUTE);
    assert_eq!(
        mine.bank.lifetimes.refresh_token,
        base.bank.lifetimes.refresh_token
    );
    let people: Vec<_> = mine
        .customers
        .iter()
        .map(|it| it.username.as_str())
        .collect();
    assert_eq!(people, ["hazel", "clementine", "basil"]);
    let hers = (&mine.customers[0].accounts, &base.customers[0].accounts);
    assert_eq!((hers.0[0].balance, hers.0.len()), (100, hers.1.len()));
    assert_eq!(hers.0[0].number, hers.1[0].number);
    let clients: Vec<_> = mine
        .clients
        .iter()
        .map(|it| it.client_id.as_str())
        .collect();
    assert_eq!(clients, ["acorn-budget", "burrow-pay"]);
    assert_eq!(mine.clients[0].redirect_uris, ["https://example.com/cb"]);
    assert_eq!((&*mine.name, &*mine.about), ("mine", &*base.about));
    assert!(mine.written["scripts"].get("reject").is_none());
}

#[test]
fn what_cannot_be_extended_is_told_where_it_is_written() {
    for (rest, told) in [
        (
            "extends: defalt",
            "x.yaml:3: extends: expected the name of a built-in scenario, found `defalt`; \
             did you mean `default`?",
        ),
        (
            "extends: [default]",
            "x.yaml:3: extends: expected the name of a built-in scenario",
        ),
        (
            "extends: default\nclients:\n  - {client_id: acorn-budgets, remove: true}",
            "x.yaml:5: clients[0].client_id: expected something that is there, to be taken out, \
             found `acorn-budgets`; did you mean `acorn-budget`?",
        ),
        (
            "extends: default\nscripts:\n  rejct: {remove: true}",
            "x.yaml:5: scripts.rejct: expected something that is there",
        ),
        (
            "extends: default\ncustomers:\n  - {id: rowan, remove: true, name: R}",
            "customers[0].remove: unknown key `remove`",
        ),
        (
            "customers:\n  - {id: rowan, remove: true}",
            "customers[0].remove: unknown key `remove`",
        ),
        (
            "extends: default\nclients:\n  - {client_id: new, redirect_uris: []}\n  \
             - client_id: clover-check\n    roles: [AIPS]",
            "x.yaml:7: clients[1].roles[0]: unknown word `AIPS`; did you mean `AISP`?",
        ),
    ] {
        let source = format!("version: 1\nname: x\n{rest}\n");
        let error = Scenario::parse("x.yaml", &source).unwrap_err().to_string();
        assert!(error.contains(told), "{told}\nnot in\n{error}");
    }
}

/// Goal: editors know what the reader knows. A schema that has changed is printed again with
/// `hamsterbank scenario schema`, and looked at.
#[test]
fn the_schema_that_editors_read_is_that_of_the_types() {
    let printed = include_str!("../../scenario.schema.json");
    let current = serde_json::to_string_pretty(&published()).unwrap();
    assert!(
        printed == format!("{current}\n"),
        "scenario.schema.json is not as printed"
    );
    let validator = jsonschema::validator_for(&published()).unwrap();
    for name in Scenario::builtin_names() {
        let source = builtin::scenario(name).unwrap();
        let document = document::read(source).unwrap().value;
        let wrong: Vec<_> = validator
            .iter_errors(&document)
            .map(|it| it.to_string())
            .collect();
        assert_eq!(wrong, [""; 0], "{name}");
        let told = Scenario::builtin(name).unwrap().document();
        let wrong: Vec<_> = validator
            .iter_errors(&told)
            .map(|it| it.to_string())
            .collect();
        assert_eq!(wrong, [""; 0], "{name}");
    }
    for name in builtin::persona_names() {
        let persona = document::read(builtin::persona(name).unwrap())
            .unwrap()
            .value;
        let with = serde_json::json!({"version": 1, "name": "x", "customers": [persona]});
        assert!(validator.is_valid(&with), "{name}");
    }
    for wrong in [
        serde_json::json!({"version": 1, "bnak": {}}),
        serde_json::json!({"version": 1, "bank": {"page_size": "ten"}}),
        serde_json::json!({"version": 1, "clients": [{"name": "x"}]}),
        serde_json::json!({"version": 1, "bank": {"tokens": {"acces": "1s"}}}),
        serde_json::json!({"version": 1, "faults": [{"when": "alwys", "then": [{"fault": "token.error"}]}]}),
        serde_json::json!({"version": 1, "faults": [{"when": "always", "then": [{"fault": "token.erorr"}]}]}),
        serde_json::json!({"version": 1, "faults": [{"name": "x", "when": "always"}]}),
        serde_json::json!({"version": 1, "faults": [{"name": "x", "remove": true}]}),
        serde_json::json!({"version": 1, "extends": "flaky", "faults": [{"when": {"times": 1}}]}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
    // Of a rule that is there already, a part is enough.
    for right in [
        serde_json::json!({"name": "slow", "when": {"times": 1}}),
        serde_json::json!({"name": "slow", "remove": true}),
        serde_json::json!({"when": "always", "then": [{"fault": "token.error"}]}),
    ] {
        let scenario = serde_json::json!({"version": 1, "extends": "flaky", "faults": [right]});
        assert!(validator.is_valid(&scenario), "{right}");
    }
}
