//! Where in a scenario's text a mistake stands: its line, its column, and the line itself.

/// The line a mistake is on: keys of the path are followed downward, list entries counted by their
/// dashes; where that leads nowhere (flow style), the last line that fitted.
pub(super) fn line_of(source: &str, path: &str, found: &str) -> Option<usize> {
    let lines: Vec<&str> = source.lines().collect();
    let mut at = 0;
    let mut reached = None;
    let mut indent_min = 0;
    for segment in path.split(['.', '[']).filter(|segment| !segment.is_empty()) {
        let index = segment
            .strip_suffix(']')
            .and_then(|index| index.parse::<usize>().ok());
        let next = match index {
            Some(index) => nth_entry(&lines, at, indent_min, index),
            None => key_line(&lines, at, indent_min, segment),
        };
        let Some((line, indent)) = next else { break };
        reached = Some(line);
        // A list entry's own keys begin on its line, two columns further in.
        (at, indent_min) = match index {
            Some(_) => (line, indent + 2),
            None => (line + 1, indent),
        };
    }
    let inside = |line: &usize| lines.get(*line).is_some_and(|text| text.contains(found));
    let near = reached.map(|line| line..line.saturating_add(LINES_OF_A_FLOW_MAX));
    let exact = near.and_then(|mut near| near.find(inside));
    exact.or(reached).map(|line| line + 1)
}

/// A line counted from one; empty where there is none.
pub(super) fn excerpt(source: &str, line: Option<usize>) -> &str {
    let index = line.and_then(|line| line.checked_sub(1));
    index
        .and_then(|index| source.lines().nth(index))
        .unwrap_or_default()
}

/// Where in its line `found` begins, counted from one in characters; else where the line's text does.
pub(super) fn column_of(excerpt: &str, found: &str) -> Option<usize> {
    let written = excerpt.find(found).filter(|_| !found.is_empty());
    let begin = written.unwrap_or_else(|| indent_of(excerpt));
    let before = excerpt.get(..begin)?;
    (!excerpt.is_empty()).then(|| before.chars().count() + 1)
}

/// The line of `key:` at or after `at`, before anything less indented than `indent_min`.
fn key_line(lines: &[&str], at: usize, indent_min: usize, key: &str) -> Option<(usize, usize)> {
    (lines.iter().enumerate().skip(at))
        .filter(|(_, text)| !is_blank(text))
        .enumerate()
        .take_while(|(nth, (_, text))| *nth == 0 || indent_of(text) >= indent_min)
        .map(|(_, line)| line)
        .find(|(_, text)| {
            let text = text.trim_start().trim_start_matches("- ").trim_start();
            text.strip_prefix(key)
                .is_some_and(|rest| rest.starts_with(':'))
        })
        .map(|(line, text)| (line, column_of_key(text)))
}

/// The line of the list entry with this index, at or after `at`.
fn nth_entry(lines: &[&str], at: usize, indent_min: usize, nth: usize) -> Option<(usize, usize)> {
    let is_entry = |text: &str| text.trim_start().starts_with("- ");
    let first = (lines.iter().skip(at)).find(|text| !is_blank(text))?;
    let indent = indent_of(first);
    if !is_entry(first) || indent < indent_min {
        return None;
    }
    (lines.iter().enumerate().skip(at))
        .filter(|(_, text)| !is_blank(text))
        .take_while(|(_, text)| indent_of(text) >= indent)
        .filter(|(_, text)| indent_of(text) == indent && is_entry(text))
        .map(|(line, _)| (line, indent))
        .nth(nth)
}

/// How far in a key stands, behind any dash.
fn column_of_key(text: &str) -> usize {
    let key = text.trim_start().trim_start_matches("- ").trim_start();
    text.len() - key.len()
}

fn is_blank(text: &str) -> bool {
    let text = text.trim_start();
    text.is_empty() || text.starts_with('#')
}

pub(super) fn indent_of(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// How many lines below its key a wrong word is looked for.
const LINES_OF_A_FLOW_MAX: usize = 4;
