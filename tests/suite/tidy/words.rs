//! Words and phrases that plain English replaces. The glossary in `shared/README.md` has the words to use.

use super::files::project;
use super::none;

/// Phrases and their replacements. They are found in any case, as whole words.
const REPLACED: &[(&str, &str)] = &[
    ("changed mind", "changed score, or changed rating"),
    ("changes a mind", "rates again"),
    ("fn doubt", "is_uncertain, or the name of what is returned"),
    ("fn told", "the name of what is returned"),
    ("keeps it back", "cancels it"),
    ("kept back", "cancelled"),
    ("of now", "current"),
    ("put_before_agent", "open_claim"),
    ("sight", "finding, or observed status"),
    ("stands under", "is recorded for"),
    ("was faster", "came first"),
    ("what is told", "the subject, named"),
    ("whoever", "the subject, named"),
];

#[test]
fn no_file_has_a_word_that_is_replaced() {
    let mut findings = Vec::new();
    for file in project() {
        let is_prose = [".rs", ".md", ".yaml", ".toml"].iter().any(|end| file.path.ends_with(end));
        // This list, and the glossary, which names the words to avoid.
        let is_list = ["tests/suite/tidy/words.rs", "shared/README.md"].contains(&&*file.path);
        if !is_prose || is_list {
            continue;
        }
        for (number, line) in file.numbered() {
            let line = line.to_lowercase();
            for (word, instead) in REPLACED.iter().filter(|(word, _)| has(&line, word)) {
                findings.push(format!("{}:{number}: {word} (write: {instead})", file.path));
            }
        }
    }
    none(findings, "plain words");
}

/// Returns whether a line has a phrase as whole words.
fn has(line: &str, phrase: &str) -> bool {
    let is_part = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    line.match_indices(phrase).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + phrase.len()..].chars().next();
        !is_part(before) && !is_part(after)
    })
}

#[test]
fn only_whole_words_are_found() {
    assert!(has("at first sight.", "sight") && has("sight", "sight") && has("on_sight()", "sight"));
    assert!(!has("an insight", "sight") && !has("sights", "sight"));
}
