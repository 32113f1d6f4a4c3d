//! The tables of routes and of rules, printed for whoever reviews a change of either: both are promises.

use std::fmt::Write as _;

use super::routes::{Handler, ROUTES};
use super::rules::{self, Listed};

#[test]
fn the_table_of_routes_is_the_one_we_mean() {
    let mut page = String::new();
    for route in ROUTES {
        let guard = match route.handler {
            Handler::Browser(_) => "browser".to_owned(),
            Handler::Client(place, _) => format!("client at {}", place.as_str()),
            Handler::Consented(requirement, _) => {
                let scopes: Vec<_> = requirement.scopes.iter().map(|it| it.as_str()).collect();
                let permissions = requirement.permissions.iter().map(|it| it.as_str());
                let needs = match permissions.collect::<Vec<_>>().join("|") {
                    none if none.is_empty() => String::new(),
                    permissions => format!(" + {permissions}"),
                };
                let of_type = requirement.consent_type.as_str();
                format!("{}{needs}, {of_type}", scopes.join("|"))
            }
            Handler::Public(_) => "public".to_owned(),
            Handler::Registration(_) => "registration".to_owned(),
            Handler::Token(_) => "token".to_owned(),
        };
        let (method, path, name) = (route.method.as_str(), route.path, route.name.as_str());
        writeln!(page, "{method:6} {path:53} {name:25} {guard}").unwrap();
    }
    insta::assert_snapshot!("routes", page);
}

#[test]
fn the_table_of_rules_is_the_one_we_mean() {
    let mut page = String::new();
    for Listed {
        rule,
        reach,
        places,
        code,
    } in rules::all()
    {
        let places: Vec<_> = places.iter().map(|place| place.as_str()).collect();
        writeln!(page, "{}", rule.name).unwrap();
        writeln!(page, "  {}", rule.sentence).unwrap();
        writeln!(page, "  {}", rule.clause).unwrap();
        if let Some(code) = code {
            writeln!(page, "  {code} at {}, {reach:?}", places.join(", ")).unwrap();
        }
    }
    insta::assert_snapshot!("rules", page);
}
