//! Reads the tables of `infra/TABLE.md`.
//!
//! A table is found by its first heading. A cell's value is the text between backticks.

use std::collections::{BTreeMap, BTreeSet};

use crate::template::root;

/// The content of the document.
pub(super) struct Document {
    /// The keys of every item.
    pub(super) keys: Vec<KeyRow>,
    /// The attributes of every item.
    pub(super) attributes: BTreeMap<String, BTreeSet<String>>,
    /// The elements of the row of every item that has one.
    pub(super) row_elements: BTreeMap<String, BTreeSet<String>>,
    /// The usual size of every item.
    pub(super) bytes: BTreeMap<String, usize>,
    /// The patterns of the values that the functions of the code make.
    pub(super) values: BTreeMap<String, String>,
    /// The two keys and the projection of every index.
    pub(super) indexes: BTreeMap<String, [String; 3]>,
}

/// One pattern of keys.
#[derive(Debug)]
pub(super) struct KeyRow {
    pub(super) item: String,
    /// The function that makes it, without `Key::`.
    pub(super) constructor: String,
    /// The pattern of the partition.
    pub(super) pk: String,
    /// The pattern of the sort key.
    pub(super) sk: String,
}

impl KeyRow {
    /// Returns whether a key follows the pattern.
    pub(super) fn is_of(&self, pk: &str, sk: &str) -> bool {
        matches(&self.pk, pk) && matches(&self.sk, sk)
    }
}

impl Document {
    /// Reads the document.
    pub(super) fn read() -> Self {
        let text = std::fs::read_to_string(root().join("infra/TABLE.md")).unwrap();
        let keys = rows(&text, "Item")
            .into_iter()
            .map(|cells| KeyRow {
                item: cells[0].clone(),
                constructor: code(&cells[1]).strip_prefix("Key::").unwrap().to_owned(),
                pk: code(&cells[2]),
                sk: code(&cells[3]),
            })
            .collect();
        let contents = rows(&text, "Content of");
        let attributes = contents
            .iter()
            .map(|cells| (cells[0].clone(), codes(&cells[1]).into_iter().collect()))
            .collect();
        let bytes = contents.iter().map(|cells| {
            let number = cells[2].replace(',', "");
            (cells[0].clone(), number.parse().unwrap_or_else(|_| panic!("{number}")))
        });
        let row_elements = rows(&text, "Row of").into_iter();
        let row_elements =
            row_elements.map(|cells| (cells[0].clone(), codes(&cells[1]).into_iter().collect()));
        let values = rows(&text, "Made by").into_iter();
        let indexes = rows(&text, "Index").into_iter();
        Self {
            keys,
            attributes,
            row_elements: row_elements.collect(),
            bytes: bytes.collect(),
            values: values.map(|cells| (code(&cells[0]), code(&cells[1]))).collect(),
            indexes: indexes
                .map(|cells| (code(&cells[0]), [1, 2, 3].map(|cell: usize| code(&cells[cell]))))
                .collect(),
        }
    }
}

/// Returns the cells of a table under its heading.
fn rows(text: &str, first_heading: &str) -> Vec<Vec<String>> {
    let heading = format!("| {first_heading} |");
    let lines = text.lines().skip_while(|line| !line.starts_with(&heading)).skip(2);
    let rows: Vec<Vec<String>> = lines
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect();
    assert!(!rows.is_empty(), "TABLE.md has no table under {first_heading}");
    rows
}

fn codes(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn code(cell: &str) -> String {
    codes(cell).into_iter().next().unwrap_or_else(|| panic!("nothing between backticks: {cell}"))
}

/// Returns whether a text follows a pattern, in which `{name}` stands for one or more characters.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let Some((literal, rest)) = pattern.split_once('{') else { return pattern == text };
    let Some(text) = text.strip_prefix(literal) else { return false };
    let (_, rest) = rest.split_once('}').unwrap();
    let ends = text.char_indices().map(|(at, character)| at + character.len_utf8());
    ends.into_iter().any(|end| matches(rest, &text[end..]))
}

#[test]
fn a_pattern_holds_and_does_not() {
    assert!(matches("mbr_{member}", "mbr_1"));
    assert!(matches("{word}#{member}", "añb#mbr_1"));
    for (pattern, text) in [("mbr_{member}", "mbr_"), ("day#{date}", "dax#1"), ("head", "header")] {
        assert!(!matches(pattern, text), "{pattern} {text}");
    }
}
