//! Checks the pages: their words in four languages, and what their scripts may contain.

use std::collections::BTreeMap;

use super::files::{File, project};
use super::none;

const PAGES: &str = "functions/serve-pages/pages/";

fn scripts() -> Vec<File> {
    let files = project().into_iter().filter(|file| file.path.starts_with(PAGES));
    let files: Vec<File> = files.filter(|file| file.path.ends_with(".js")).collect();
    assert!(files.len() > 40, "{} scripts: the walk is broken", files.len());
    files
}

/// Returns the keys of a file of words, each with the names of the values in its text.
fn words(language: &str) -> BTreeMap<String, Vec<String>> {
    let path = format!("{PAGES}assets/words/{language}.js");
    let file = project().into_iter().find(|file| file.path == path).expect("a file of words");
    let mut words = BTreeMap::new();
    for line in file.text.lines().filter(|line| line.starts_with("  \"")) {
        let (key, text) = line.trim_start_matches("  \"").split_once("\":").expect("a key");
        let mut values: Vec<String> = text
            .split('{')
            .skip(1)
            .filter_map(|part| Some(part.split_once('}')?.0.to_owned()))
            .filter(|name| {
                name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            })
            .collect();
        values.sort();
        values.dedup();
        assert!(words.insert(key.to_owned(), values).is_none(), "{language}: {key} stands twice");
    }
    words
}

#[test]
fn the_pages_have_the_same_words_in_every_language() {
    let english = words("en");
    assert!(english.len() > 100, "{} words: the reading is broken", english.len());
    let mut findings = Vec::new();
    for language in ["es", "pt", "ru"] {
        let other = words(language);
        let missing = english.keys().filter(|key| !other.contains_key(*key));
        findings.extend(missing.map(|key| format!("{language} lacks {key}")));
        let more = other.keys().filter(|key| !english.contains_key(*key));
        findings.extend(more.map(|key| format!("{language} alone has {key}")));
        let differ = english
            .iter()
            .filter(|(key, values)| other.get(*key).is_some_and(|found| found != *values));
        findings.extend(differ.map(|(key, values)| format!("{language}: {key} needs {values:?}")));
    }
    none(findings, "every language has the same words with the same values");
}

#[test]
fn every_word_of_the_pages_is_used() {
    let scripts = scripts();
    let uses = |text: &str| {
        let others = scripts.iter().filter(|file| !file.path.contains("/words/"));
        others.into_iter().any(|file| file.text.contains(text))
    };
    let unused = words("en").into_keys().filter(|key| {
        // Codes of the API are looked up by the group before one of the dots, or by a name that is made up.
        let mut groups = key.match_indices('.').map(|(at, _)| &key[..at]);
        let is_made_up = groups.any(|group| {
            [format!("Code(\"{group}\""), format!("`{group}.$")].iter().any(|form| uses(form))
        });
        !uses(&format!("\"{key}\"")) && !is_made_up
    });
    none(unused.collect(), "a word is used");
}

#[test]
fn scripts_are_short_and_say_first_what_they_are_for() {
    let mut findings = Vec::new();
    for file in scripts().into_iter().filter(|file| !file.path.contains("/words/")) {
        if file.text.lines().count() > 300 {
            findings.push(format!("{} has more than 300 lines", file.path));
        }
        if !file.text.starts_with("// ") {
            findings.push(format!("{} does not say what it is for", file.path));
        }
    }
    none(findings, "one thought to a script");
}

#[test]
fn scripts_make_no_html_and_keep_no_tokens() {
    let banned = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "DOMParser",
        "setHTML",
        "srcdoc",
        "console.",
        "http://",
        "https://",
        "document.cookie",
    ];
    let mut findings = Vec::new();
    for file in scripts() {
        for (number, line) in file.numbered() {
            let line = line.replace("http://www.w3.org/2000/svg", "");
            let found = banned.iter().filter(|word| line.contains(**word));
            findings.extend(found.map(|word| format!("{}:{number} has {word}", file.path)));
        }
    }
    none(findings, "text is text, and nothing comes from elsewhere");
}
