//! What a person who pastes lines into a shell has at hand.

use std::process::{Command, Stdio};

/// Whether `sh`, `curl` and `openssl` are there to paste into. The package itself needs none of them, so a
/// machine without them still passes its tests; where `CI` is set they are required, so that what is pasted
/// is tried at every change.
pub(crate) fn can_paste() -> bool {
    let missing: Vec<_> = [("sh", "-c:"), ("curl", "--version"), ("openssl", "version")]
        .into_iter()
        .filter(|(tool, question)| !answers(tool, question))
        .map(|(tool, _)| tool)
        .collect();
    if missing.is_empty() {
        return true;
    }
    let told = format!(
        "nothing was pasted: this machine has no {}",
        missing.join(", ")
    );
    assert!(std::env::var_os("CI").is_none(), "{told}");
    // Shown when the tests are run with --nocapture: a pass without a trial is no secret.
    drop(std::io::Write::write_all(
        &mut std::io::stderr(),
        told.as_bytes(),
    ));
    false
}

fn answers(tool: &str, question: &str) -> bool {
    let mut command = Command::new(tool);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // `sh` is asked to do nothing, in two words.
    match question.split_once(':') {
        Some((flag, _)) => command.args([flag, ":"]),
        None => command.arg(question),
    };
    command.status().is_ok_and(|status| status.success())
}
