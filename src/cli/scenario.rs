//! `hamsterbank scenario`: checks files as `serve` would, without opening a door, and lists what is built in.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::scenario::{self, Error, Mistake, Scenario};

use super::failure::Failure;
use super::output;
use super::serve::plan::find;
use super::typed::{CheckForm, ScenarioCommand};

/// Runs one of the commands.
pub(super) fn run(command: &ScenarioCommand, out: &mut impl Write) -> Result<ExitCode, Failure> {
    match command {
        ScenarioCommand::Check { files, format } => check(files, *format, out),
        ScenarioCommand::List => {
            let scenarios: Result<Vec<_>, Error> = Scenario::builtin_names()
                .map(|name| Ok([name.to_owned(), Scenario::builtin(name)?.about]))
                .collect();
            output::write(out, output::table(&scenarios?).as_bytes())
        }
        ScenarioCommand::Init => output::write(out, INIT.as_bytes()),
        ScenarioCommand::Schema => {
            let schema = format!("{:#}\n", scenario::published());
            output::write(out, schema.as_bytes())
        }
        ScenarioCommand::Show { scenario } => {
            let told = find(scenario)?.yaml();
            output::write(out, told.as_bytes())
        }
    }
}

/// A file that was looked at.
struct Checked {
    file: String,
    mistakes: Vec<Mistake>,
}

fn check(files: &[PathBuf], form: CheckForm, out: &mut impl Write) -> Result<ExitCode, Failure> {
    let checked: Vec<_> = files.iter().map(|file| Checked::of(file)).collect();
    let text = match form {
        CheckForm::Human => checked.iter().map(Checked::page).collect(),
        CheckForm::Json => format!("{}\n", json!({ "files": documents(&checked) })),
        CheckForm::Github => checked.iter().map(Checked::annotations).collect::<String>(),
    };
    output::write(out, text.as_bytes())?;
    let is_right = checked.iter().all(|checked| checked.mistakes.is_empty());
    Ok(if is_right {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(WRONG)
    })
}

fn documents(checked: &[Checked]) -> Vec<Value> {
    checked.iter().map(Checked::document).collect()
}

impl Checked {
    fn of(path: &Path) -> Self {
        let file = path.display().to_string();
        let mistakes = match Scenario::load(path) {
            Ok(_) => Vec::new(),
            Err(Error::Wrong(mistakes)) => mistakes,
            Err(Error::Unreadable { source, .. }) => {
                vec![Mistake::of_file(&file, format!("cannot be read: {source}"))]
            }
            Err(error) => vec![Mistake::of_file(&file, error.to_string())],
        };
        Self { file, mistakes }
    }

    /// Each mistake with its line, and a mark below the place.
    fn page(&self) -> String {
        if self.mistakes.is_empty() {
            return format!("{}: right\n", self.file);
        }
        let mistakes: String = self.mistakes.iter().map(shown).collect();
        let count = self.mistakes.len();
        let noun = if count == 1 { "mistake" } else { "mistakes" };
        format!("{mistakes}{}: {count} {noun}\n", self.file)
    }

    fn document(&self) -> Value {
        let mistakes = self.mistakes.iter().map(|mistake| {
            json!({
                "line": mistake.line,
                "column": mistake.column,
                "path": mistake.path,
                "excerpt": mistake.excerpt,
                "message": mistake.message,
                "expected": mistake.expected,
                "nearest": mistake.nearest,
            })
        });
        json!({
            "file": self.file,
            "ok": self.mistakes.is_empty(),
            "mistakes": mistakes.collect::<Vec<_>>(),
        })
    }

    fn annotations(&self) -> String {
        self.mistakes.iter().map(annotation).collect()
    }
}

fn shown(mistake: &Mistake) -> String {
    let (Some(line), false) = (mistake.line, mistake.excerpt.is_empty()) else {
        return format!("{mistake}\n\n");
    };
    let margin = line.to_string().len();
    let mark = mistake.column.map_or(String::new(), |column| {
        format!(
            "{:margin$} | {:indent$}^\n",
            "",
            "",
            indent = column.saturating_sub(1)
        )
    });
    // A tab would move the mark away from its place.
    let excerpt = mistake.excerpt.replace('\t', " ");
    format!("{mistake}\n{line} | {excerpt}\n{mark}\n")
}

/// A workflow command: properties escape what separates them, the message what ends it.
fn annotation(mistake: &Mistake) -> String {
    let escape = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| escape(text).replace(':', "%3A").replace(',', "%2C");
    let mut place = format!("file={}", property(&mistake.file));
    for (name, number) in [("line", mistake.line), ("col", mistake.column)] {
        if let Some(number) = number {
            place = format!("{place},{name}={number}");
        }
    }
    let path = match mistake.path.as_str() {
        "" => String::new(),
        path => format!("{path}: "),
    };
    format!(
        "::error {place}::{}\n",
        escape(&format!("{path}{}", mistake.message))
    )
}

/// A scenario to start from.
const INIT: &str = include_str!("scenario/init.yaml");

/// The exit code of a wrong scenario.
const WRONG: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_marked_below_its_line() {
        let Err(Error::Wrong(mistakes)) =
            Scenario::parse("x.yaml", "version: 1\nname: x\nbank:\n  profile: relaxt\n")
        else {
            panic!("it was accepted");
        };
        let checked = Checked {
            file: "x.yaml".to_owned(),
            mistakes,
        };
        assert_eq!(
            checked.page(),
            "x.yaml:4: bank.profile: unknown profile `relaxt`; did you mean `relaxed`?\n\
             4 |   profile: relaxt\n  \
             |            ^\n\nx.yaml: 1 mistake\n"
        );
    }

    #[test]
    fn the_scenario_to_start_from_is_right_and_shows_every_section() {
        let scenario = Scenario::parse("init.yaml", INIT).unwrap();
        let people: Vec<_> = scenario
            .customers
            .iter()
            .map(|it| it.username.as_str())
            .collect();
        assert_eq!(people, ["hazel", "rowan", "juniper"]);
        let schema = scenario::published();
        for key in schema["properties"].as_object().unwrap().keys() {
            let is_shown = INIT
                .lines()
                .any(|line| line.starts_with(&format!("{key}:")));
            assert!(is_shown || key == "$schema", "{key}");
        }
    }

    #[test]
    fn an_annotation_cannot_be_ended_by_what_it_tells() {
        let mistake = Mistake {
            line: Some(4),
            column: Some(2),
            path: "bank".to_owned(),
            ..Mistake::of_file("a,b:c.yaml", "100%\n::error::x".to_owned())
        };
        assert_eq!(
            annotation(&mistake),
            "::error file=a%2Cb%3Ac.yaml,line=4,col=2::bank: 100%25%0A::error::x\n"
        );
    }
}
