//! How many calls a minute a scenario lets a client make.

use crate::oauth::rate::RateLimits;
use crate::scenario::file::{CallsFile, LimitsFile};

use super::Checker;

/// The limits; those published when nothing is written.
pub(super) fn rate_limits(checker: &mut Checker<'_>, written: Option<&LimitsFile>) -> RateLimits {
    let published = RateLimits::default();
    match written {
        None => published,
        Some(LimitsFile::Text(word)) => {
            let known = [("off", RateLimits::OFF)];
            (checker.word("bank.limits", "word", word, &known)).unwrap_or(published)
        }
        Some(LimitsFile::Calls(CallsFile {
            sandbox,
            production,
        })) => RateLimits {
            sandbox: sandbox.map_or(published.sandbox, limit),
            production: production.map_or(published.production, limit),
            counts_without_key: true,
        },
    }
}

/// Zero is without limit.
const fn limit(calls: u32) -> Option<u32> {
    match calls {
        0 => None,
        calls => Some(calls),
    }
}

#[cfg(test)]
mod tests {
    use crate::oauth::rate::RateLimits;
    use crate::scenario::Scenario;

    fn limits(bank: &str) -> Result<RateLimits, String> {
        let text = format!("version: 1\nname: x\nbank:\n  profile: fapi1-advanced\n{bank}");
        let scenario = Scenario::parse("x.yaml", &text);
        scenario
            .map(|scenario| scenario.bank.rate_limits)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_left_out_is_as_published_and_zero_is_without_limit() {
        let all = RateLimits {
            counts_without_key: true,
            ..RateLimits::default()
        };
        for (written, meant) in [
            ("", RateLimits::default()),
            ("  limits: off\n", RateLimits::OFF),
            ("  limits: {}\n", all),
            (
                "  limits: {sandbox: 7}\n",
                RateLimits {
                    sandbox: Some(7),
                    ..all
                },
            ),
            (
                "  limits: {production: 0}\n",
                RateLimits {
                    production: None,
                    ..all
                },
            ),
        ] {
            assert_eq!(limits(written), Ok(meant), "{written:?}");
        }
    }

    #[test]
    fn what_is_no_limit_is_refused_with_its_place() {
        for (written, told) in [
            ("  limits: of\n", "bank.limits: unknown word `of`"),
            ("  limits: 100\n", "`off`, or {sandbox, production}"),
            (
                "  limits: {sandbox: -1}\n",
                "bank.limits.sandbox: expected a whole number from 0",
            ),
            ("  limits: {live: 1}\n", "unknown key `live`"),
        ] {
            let error = limits(written).unwrap_err();
            assert!(error.contains(told), "{written:?}: {error}");
        }
    }

    #[test]
    fn a_key_is_written_in_full_and_once() {
        let client = |id: &str, keys: &str| {
            format!(
                "  - client_id: {id}\n    redirect_uris: [\"https://localhost/cb\"]\n    api_keys: [{keys}]\n"
            )
        };
        for (first, second, told) in [
            (
                "sk_live_1",
                "",
                "clients[0].api_keys[0]: expected sk_sandbox_ or sk_live_",
            ),
            (
                "sk_live_12345678",
                "sk_live_12345678",
                "clients[1].api_keys[0]: expected a key not",
            ),
        ] {
            let text = format!(
                "version: 1\nname: x\nclients:\n{}{}",
                client("a", first),
                client("b", second)
            );
            let error = Scenario::parse("x.yaml", &text).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
