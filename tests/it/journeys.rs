//! What customers do at the authorization endpoint: scripts, rules, and the hand that decides for those who
//! wait (control contract, sections 5, 6 and 11; API contract, section 5.2).

mod armed;
mod played;
mod waiting;

use serde_json::Value;

use crate::support::{Customer, Request, Response, TestBank, Tpp, Variant, Way};

/// The default scenario with this script played in every journey.
fn playing(steps: &str) -> TestBank {
    TestBank::varied(&script(steps))
}

fn script(steps: &str) -> Variant {
    let yaml = format!("journeys: {{rules: [{{name: all, play: s}}]}}\nscripts: {{s: {steps}}}");
    Variant::default().journeys(&yaml)
}

/// A TPP's request on its way to a customer.
struct Visit<'a> {
    tpp: Tpp<'a>,
    way: Way,
    consent: String,
    request: Request,
    url: String,
}

impl<'a> Visit<'a> {
    fn of(tpp: Tpp<'a>, way: Way) -> Self {
        let consent = tpp.create_consent(&["ReadAccounts"]);
        Self::again(tpp, way, consent)
    }

    /// Another request for the same consent.
    fn again(tpp: Tpp<'a>, way: Way, consent: String) -> Self {
        let request = tpp.request(way, &consent);
        Self::with(tpp, way, (consent, request))
    }

    fn with(tpp: Tpp<'a>, way: Way, (consent, request): (String, Request)) -> Self {
        let url = tpp.authorization_url(way, &request);
        Self {
            tpp,
            way,
            consent,
            request,
            url,
        }
    }

    fn customer(&self) -> Customer<'a> {
        self.tpp.bank().customer("hazel")
    }

    #[track_caller]
    fn opens(&self) -> Response {
        self.customer().opens(&self.url)
    }

    /// The browser came back with this error, the state, the issuer and nothing else; the journal says why.
    #[track_caller]
    fn denied(&self, answer: &Response, code: &str, rule: &str) {
        answer.check_verdict(rule);
        let members = self.tpp.answer(&answer.landing(), self.way);
        assert_eq!(members["error"], code, "{members:#?}");
        assert_eq!(members["state"], self.request.text("state"));
        assert_eq!(members["iss"], self.tpp.bank().issuer());
        for name in members.keys() {
            let known = ["iss", "aud", "exp", "error", "error_description", "state"];
            assert!(known.contains(&name.as_str()), "{name} beside an error");
        }
    }

    /// The browser came back with a code; the tokens for it.
    #[track_caller]
    fn granted(&self, answer: &Response) -> Value {
        answer.check_verdict("ok");
        let members = self.tpp.answer(&answer.landing(), self.way);
        let code = members["code"].as_str().expect("a code");
        self.tpp.exchange(code, &self.request).send().ok()
    }

    /// The consent as its TPP sees it.
    #[track_caller]
    fn shown(&self) -> Value {
        let token = self.tpp.client_credentials("consents");
        let path = format!("/consents/{}", self.consent);
        let call = self.tpp.call(http::Method::GET, &path);
        call.bearer(&token).send().ok()
    }

    /// The ids of the accounts it opened.
    #[track_caller]
    fn accounts(&self, tokens: &Value) -> Vec<String> {
        let token = tokens["access_token"].as_str().expect("a token");
        let call = self
            .tpp
            .call(http::Method::GET, "/open-banking/v1/accounts");
        let list = call.bearer(token).consent(&self.consent).send().ok();
        let ids = list["data"].as_array().expect("data").iter();
        ids.map(|account| account["account_id"].as_str().expect("an id").to_owned())
            .collect()
    }
}

/// What the journal says that a call changed.
#[track_caller]
fn effects(answer: &Response) -> Vec<&str> {
    let effects = answer.entry()["effects"].as_array().expect("effects");
    effects
        .iter()
        .map(|effect| effect.as_str().expect("words"))
        .collect()
}

/// Every kind of client in every way there is to ask and to be answered.
fn every_way(run: impl Fn(&str, Way)) {
    for client in ["acorn-budget", "burrow-pay"] {
        for way in Way::ALL {
            run(client, way);
        }
    }
}
