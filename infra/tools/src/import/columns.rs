//! Turns the cells of a CSV row into a request body: the header's dotted names nest, amounts, points,
//! quantities and scores are integers, everything else is text, and an empty cell is an absent field.
//!
//! The server decides which columns exist.

use anyhow::{Context as _, bail};
use csv::ByteRecord;
use serde_json::{Map, Value};

use super::row::Problem;

/// The last part of the names whose cells are integers.
const INTEGER_NAMES: [&str; 4] = ["amount", "points", "quantity", "score"];

/// A column of the header.
pub(super) struct Column {
    name: String,
    path: Vec<String>,
    is_integer: bool,
}

/// Returns the columns that a header names.
pub(super) fn columns_of(cells: &ByteRecord) -> anyhow::Result<Vec<Column>> {
    let mut columns: Vec<Column> = Vec::with_capacity(cells.len());
    for cell in cells {
        let name = std::str::from_utf8(cell).context("the header is not UTF-8")?.trim();
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            bail!("the header has a column without a name: \"{name}\"");
        }
        let clash = columns
            .iter()
            .find(|other| other.path.starts_with(&path) || path.starts_with(&other.path));
        if let Some(other) = clash {
            bail!("the columns \"{}\" and \"{name}\" name the same field", other.name);
        }
        columns.push(Column {
            name: name.to_owned(),
            is_integer: path.last().is_some_and(|last| INTEGER_NAMES.contains(&last.as_str())),
            path,
        });
    }
    Ok(columns)
}

/// Returns the body that a row's cells make.
pub(super) fn body_of(columns: &[Column], cells: &ByteRecord) -> Result<String, Problem> {
    let mut body = Map::new();
    for (column, cell) in columns.iter().zip(cells) {
        let text = std::str::from_utf8(cell).map_err(|_| Problem {
            field: Some(column.name.clone()),
            ..Problem::of("invalid_utf8", format!("\"{}\" is not UTF-8", column.name))
        })?;
        if text.trim().is_empty() {
            continue;
        }
        let value =
            if column.is_integer { Value::from(integer(column, text)?) } else { Value::from(text) };
        insert(&mut body, &column.path, value);
    }
    Ok(Value::Object(body).to_string())
}

fn integer(column: &Column, text: &str) -> Result<i64, Problem> {
    text.trim().parse().map_err(|_| Problem {
        field: Some(column.name.clone()),
        ..Problem::of(
            "invalid_field",
            format!(
                "\"{}\" is a whole number (of minor units, for money), not \"{}\"",
                column.name,
                text.trim()
            ),
        )
    })
}

/// Puts `value` at `path`. No column's path begins with another's, so each step is an object.
fn insert(body: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            body.insert(name.clone(), value);
        }
        [name, rest @ ..] => {
            let inner = body.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}
