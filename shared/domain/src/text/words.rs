//! The words of each language, read from `texts/<language>.txt`, and the placeholders in them.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::language::Language;

type Words = HashMap<&'static str, &'static str>;

static SPANISH: LazyLock<Words> = LazyLock::new(|| lines(source(Language::Es)).collect());
static ENGLISH: LazyLock<Words> = LazyLock::new(|| lines(source(Language::En)).collect());
static PORTUGUESE: LazyLock<Words> = LazyLock::new(|| lines(source(Language::Pt)).collect());
static RUSSIAN: LazyLock<Words> = LazyLock::new(|| lines(source(Language::Ru)).collect());

/// Returns the words of a text, with its placeholders.
pub(super) fn find(language: Language, key: &str) -> Option<&'static str> {
    let words = match language {
        Language::Es => &SPANISH,
        Language::En => &ENGLISH,
        Language::Pt => &PORTUGUESE,
        Language::Ru => &RUSSIAN,
    };
    words.get(key).copied()
}

/// Returns the file of a language.
pub(super) const fn source(language: Language) -> &'static str {
    match language {
        Language::Es => include_str!("../../texts/es.txt"),
        Language::En => include_str!("../../texts/en.txt"),
        Language::Pt => include_str!("../../texts/pt.txt"),
        Language::Ru => include_str!("../../texts/ru.txt"),
    }
}

/// Returns the keys and the words of a file, without its comments.
pub(super) fn lines(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    file.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "))
}

/// Returns what is before the next placeholder, the placeholder without its braces, and what is after it.
pub(super) fn next_placeholder(words: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = words.split_once('{')?;
    let (placeholder, after) = rest.split_once('}')?;
    Some((before, placeholder, after))
}

/// Returns the fact that a placeholder names, and the forms for its number if it has some.
pub(super) fn parts(placeholder: &str) -> (&str, Option<Vec<&str>>) {
    match placeholder.split_once(':') {
        None => (placeholder, None),
        Some((name, forms)) => (name, Some(forms.split('|').map(str::trim).collect())),
    }
}
