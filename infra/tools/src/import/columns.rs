//! Turns the cells of a CSV row into a request body: the header's dotted names nest, amounts, points and
//! scores are integers, quantities may have decimals, everything else is text, and an empty cell is an
//! absent field.
//!
//! The server decides which columns exist, and how many decimals a quantity has.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use csv::ByteRecord;
use serde::Serialize;
use serde_json::value::RawValue;

use super::row::Problem;

/// The last part of the names whose cells are integers.
const INTEGER_NAMES: [&str; 3] = ["amount", "points", "score"];
/// The last part of the names whose cells may have decimals.
const DECIMAL_NAMES: [&str; 1] = ["quantity"];

/// A column of the header.
pub(super) struct Column {
    name: String,
    path: Vec<String>,
    cells: Cells,
}

/// What the cells of a column are.
#[derive(Clone, Copy)]
enum Cells {
    Text,
    Integers,
    Decimals,
}

/// A field of a body.
#[derive(Serialize)]
#[serde(untagged)]
enum Field {
    Text(String),
    /// A number as the cell writes it, so that no decimal is rounded.
    Number(Box<RawValue>),
    Object(Fields),
}

type Fields = BTreeMap<String, Field>;

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
            cells: cells_of(path.last().map_or("", String::as_str)),
            path,
        });
    }
    Ok(columns)
}

fn cells_of(last_name: &str) -> Cells {
    if INTEGER_NAMES.contains(&last_name) {
        Cells::Integers
    } else if DECIMAL_NAMES.contains(&last_name) {
        Cells::Decimals
    } else {
        Cells::Text
    }
}

/// Returns the body that a row's cells make.
pub(super) fn body_of(columns: &[Column], cells: &ByteRecord) -> Result<String, Problem> {
    let mut body = Fields::new();
    for (column, cell) in columns.iter().zip(cells) {
        let text = std::str::from_utf8(cell).map_err(|_| Problem {
            field: Some(column.name.clone()),
            ..Problem::of("invalid_utf8", format!("\"{}\" is not UTF-8", column.name))
        })?;
        if text.trim().is_empty() {
            continue;
        }
        let field = match column.cells {
            Cells::Text => Field::Text(text.to_owned()),
            Cells::Integers => {
                let number = text.trim().parse::<i64>().ok().map(|number| number.to_string());
                let kind = "a whole number (of minor units, for money)";
                number_field(column, text, kind, number)?
            }
            Cells::Decimals => {
                let is_number = text.trim().starts_with(|first: char| first.is_ascii_digit());
                let number = is_number.then(|| text.trim().to_owned());
                number_field(column, text, "a number with a decimal point", number)?
            }
        };
        insert(&mut body, &column.path, field);
    }
    serde_json::to_string(&body).map_err(|error| Problem::of("invalid_json", error.to_string()))
}

/// Returns the field of a number, if the cell writes one of this kind.
fn number_field(
    column: &Column,
    text: &str,
    kind: &str,
    number: Option<String>,
) -> Result<Field, Problem> {
    let number = number.and_then(|number| RawValue::from_string(number).ok());
    number.map(Field::Number).ok_or_else(|| Problem {
        field: Some(column.name.clone()),
        ..Problem::of(
            "invalid_field",
            format!("\"{}\" is {kind}, not \"{}\"", column.name, text.trim()),
        )
    })
}

/// Puts `field` at `path`. No column's path begins with another's, so each step is an object.
fn insert(body: &mut Fields, path: &[String], field: Field) {
    match path {
        [] => {}
        [name] => {
            body.insert(name.clone(), field);
        }
        [name, rest @ ..] => {
            let inner = body.entry(name.clone()).or_insert_with(|| Field::Object(Fields::new()));
            if let Field::Object(inner) = inner {
                insert(inner, rest, field);
            }
        }
    }
}
