//! Checks `tests/SENTENCES.md`: every line is whole, the tests that it names exist, and the counts at its top are
//! right.

use super::files::{File, text};
use super::{none, rust};

#[test]
fn every_sentence_of_the_sources_has_its_row_and_its_test() {
    let (table, sources) = (text("tests/SENTENCES.md"), rust());
    let (mut tested, mut on_screen, mut missing) = (0, 0, 0);
    let mut findings = Vec::new();
    let mut last = (0, 0);
    for line in table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| no.")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", number, sentence, rows, test, ""] = cells[..] else {
            findings.push(format!("not four cells: {line}"));
            continue;
        };
        let place = place(number);
        if sentence.is_empty() || !(place == (last.0, last.1 + 1) || place == (last.0 + 1, 1)) {
            findings.push(format!("{number}: no text, or not the next number"));
        }
        last = place;
        if !rows.split(", ").all(is_row) {
            findings.push(format!("{number}: {rows} is no row"));
        }
        let counter = match test.split("; ").next() {
            Some("not yet") => &mut missing,
            Some("a screen") => &mut on_screen,
            _ => &mut tested,
        };
        *counter += 1;
        let named = test.trim_start_matches("a screen").trim_start_matches("; ");
        for name in named.split(", ").filter(|_| !["not yet", "a screen"].contains(&test)) {
            let name = name.strip_prefix('`').and_then(|name| name.strip_suffix('`'));
            if !name.is_some_and(|name| is_a_test(&sources, name)) {
                findings.push(format!("{number}: no test has this name: {named}"));
            }
        }
    }
    let all = tested + on_screen + missing;
    let counts = format!(
        "{all} sentences: {tested} have a test, {on_screen} need a screen, {missing} are not done yet."
    );
    if !table.lines().any(|line| line == counts) {
        findings.push(format!("the counts at the top are: {counts}"));
    }
    none(findings, "`tests/SENTENCES.md`");
}

/// Returns the source and the place of `3.14`; zeros for anything else.
fn place(number: &str) -> (u8, u8) {
    let parts = number
        .split_once('.')
        .and_then(|(source, place)| Some((source.parse().ok()?, place.parse().ok()?)));
    parts.unwrap_or_default()
}

/// Returns whether a text is `A1` to `I99`.
fn is_row(text: &str) -> bool {
    let number = text.strip_prefix(|letter: char| ('A'..='I').contains(&letter));
    number
        .and_then(|number| number.parse::<u8>().ok())
        .is_some_and(|number| (1..100).contains(&number))
}

/// Returns whether a test has this path: in the suite, `browser::…` in the browser, or `domain::…` in the
/// library of the domain.
fn is_a_test(sources: &[File], name: &str) -> bool {
    let Some((module, function)) = name.rsplit_once("::") else { return false };
    let (folder, module) = match module.split_once("::") {
        Some(("domain", module)) => ("shared/domain/src", module),
        Some(("browser", module)) => ("tests/browser", module),
        _ => ("tests/suite", module),
    };
    let path = format!("{folder}/{}", module.replace("::", "/"));
    // A module `tests` may stand at the end of its file.
    let files = [format!("{path}.rs"), format!("{}.rs", path.trim_end_matches("/tests"))];
    let mut texts = sources.iter().filter(|file| files.contains(&file.path)).map(|file| &file.text);
    texts.any(|text| declares_test(text, function))
}

/// Returns whether a file declares a test function with this name.
fn declares_test(text: &str, function: &str) -> bool {
    let mut is_marked = false;
    text.lines().map(str::trim).any(|line| {
        let declared = line.strip_prefix("async fn ").or(line.strip_prefix("fn "));
        let is_it = is_marked && declared.and_then(|rest| rest.split('(').next()) == Some(function);
        let is_mark = line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        is_marked = is_mark || (is_marked && line.starts_with("#["));
        is_it
    })
}
