//! The environment: every flag has a twin `HAMSTERBANK_<FLAG>`, and what looks like one but is none is an
//! error, because a setting that is silently ignored is the worst kind.

use std::collections::BTreeSet;
use std::ffi::OsString;

use crate::scenario::nearest;

use super::failure::Failure;
use super::given;

/// Refuses the first variable (in the alphabet) that begins like ours and is none of ours.
pub(super) fn check(
    names: impl Iterator<Item = OsString>,
    command: &clap::Command,
) -> Result<(), Failure> {
    let known = flags(command);
    let names = names.filter_map(|name| Some(name.to_str()?.to_owned()));
    let unknown = names
        .filter(|name| name.starts_with(PREFIX))
        .filter(|name| !known.contains(name) && !is_given(name))
        .min();
    let Some(unknown) = unknown else {
        return Ok(());
    };
    // The prefix is right already, so it does not count as likeness.
    let bare = |name: &'_ str| name.trim_start_matches(PREFIX).to_owned();
    let candidates: Vec<_> = known.iter().map(|name| bare(name)).collect();
    let nearest = nearest(&bare(&unknown), candidates.iter().map(String::as_str));
    let advice = nearest.map_or_else(
        || "its flags and their variables are in `hamsterbank serve --help`".to_owned(),
        |nearest| format!("did you mean {PREFIX}{nearest}?"),
    );
    let message = format!("the environment has {unknown}, which is no setting; {advice}");
    Err(Failure::usage(message))
}

/// The variables of all flags.
pub(super) fn flags(command: &clap::Command) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    collect(command, &mut known);
    known
}

/// What the bank gives to the programs it starts is never a setting, so that a bank may be started inside.
fn is_given(name: &str) -> bool {
    given::NAMES.contains(&name) || name == AUDIT_ATTACK
}

fn collect(command: &clap::Command, known: &mut BTreeSet<String>) {
    let variables = command.get_arguments().filter_map(clap::Arg::get_env);
    known.extend(variables.filter_map(|name| Some(name.to_str()?.to_owned())));
    for subcommand in command.get_subcommands() {
        collect(subcommand, known);
    }
}

const PREFIX: &str = "HAMSTERBANK_";

/// What the command of an audit is told besides.
const AUDIT_ATTACK: &str = "HAMSTERBANK_AUDIT_ATTACK";

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::typed::Typed;
    use super::*;

    fn checked(names: &[&str]) -> Result<(), Failure> {
        check(names.iter().map(OsString::from), &Typed::command())
    }

    #[test]
    fn twins_of_flags_and_what_a_bank_gives_are_known() {
        assert_eq!(checked(&given::NAMES), Ok(()));
        assert_eq!(checked(&[AUDIT_ATTACK]), Ok(()));
        let twins = ["HAMSTERBANK_LISTEN", "HAMSTERBANK_PUBLIC_URL"];
        assert_eq!(checked(&twins), Ok(()));
        assert_eq!(checked(&["HAMSTER", "hamsterbank_listne", "PATH"]), Ok(()));
    }

    #[test]
    fn what_looks_like_a_setting_and_is_none_is_refused_with_the_nearest() {
        for (name, advice) in [
            ("HAMSTERBANK_LISTNE", "did you mean HAMSTERBANK_LISTEN?"),
            ("HAMSTERBANK_SEEDS", "did you mean HAMSTERBANK_SEED?"),
            ("HAMSTERBANK_CONTROL", "which is no setting; "),
            ("HAMSTERBANK_", "`hamsterbank serve --help`"),
            ("HAMSTERBANK_COLOUR", "`hamsterbank serve --help`"),
        ] {
            let failure = checked(&["HAMSTERBANK_SEED", name]).unwrap_err();
            let begin = format!("the environment has {name}, which is no setting; ");
            assert!(failure.message().starts_with(&begin), "{failure:?}");
            assert!(failure.message().contains(advice), "{failure:?}");
        }
    }
}
