//! `hamsterbank env`: what a running bank gives to the programs that are tested against it, as lines of a
//! shell.

use std::io::Write;
use std::process::ExitCode;

use super::control::Control;
use super::failure::Failure;
use super::given;
use super::output;
use super::typed::{EnvArgs, Shell};

/// Prints the lines of a running bank.
pub(super) async fn run(arguments: &EnvArgs, out: &mut impl Write) -> Result<ExitCode, Failure> {
    let ready = Control::new(&arguments.bank)?.ready().await?;
    let given = given::variables(&ready);
    let lines: String = given
        .iter()
        .map(|(name, value)| line(arguments.shell, name, value))
        .collect();
    output::write(out, lines.as_bytes())
}

/// One variable, so that the shell reads back exactly this value.
fn line(shell: Shell, name: &str, value: &str) -> String {
    match shell {
        Shell::Sh => format!("export {name}='{}'\n", value.replace('\'', r"'\''")),
        Shell::Fish => {
            let value = value.replace('\\', r"\\").replace('\'', r"\'");
            format!("set -gx {name} '{value}'\n")
        }
        Shell::Powershell => format!("$env:{name} = '{}'\n", value.replace('\'', "''")),
        // Readers of such files agree on double quotes with backslashes, and on little else.
        Shell::Dotenv => {
            let value = value.replace('\\', r"\\").replace('"', r#"\""#);
            format!("{name}=\"{}\"\n", value.replace('$', r"\$"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_survives_every_shell() {
        let value = r#"C:\it's "$HOME""#;
        for (shell, written) in [
            (Shell::Sh, r#"export X='C:\it'\''s "$HOME"'"#),
            (Shell::Fish, r#"set -gx X 'C:\\it\'s "$HOME"'"#),
            (Shell::Powershell, r#"$env:X = 'C:\it''s "$HOME"'"#),
            (Shell::Dotenv, r#"X="C:\\it's \"\$HOME\"""#),
        ] {
            assert_eq!(line(shell, "X", value), format!("{written}\n"), "{shell:?}");
        }
    }
}
