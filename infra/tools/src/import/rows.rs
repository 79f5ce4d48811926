//! The rows of a file, whether it is NDJSON or CSV, read one at a time.
//!
//! A file whose name ends in `.csv` is a sheet; every other file has one JSON object a line.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use anyhow::Context as _;

use super::lines::Lines;
use super::row::{BadRow, Kind, Problem, Row};
use super::sheet::Sheet;

const BUFFER_BYTES: usize = 64 * 1024;

/// The rows of an open file.
pub(super) struct Rows {
    form: Form,
    kind: Option<Kind>,
    length_bytes: u64,
}

enum Form {
    Ndjson(Lines<BufReader<File>>),
    Sheet(Box<Sheet<BufReader<File>>>),
}

impl Rows {
    /// Opens a file. Without a `kind` the first readable row decides the kind of all.
    pub(super) fn open(path: &Path, kind: Option<Kind>) -> anyhow::Result<Rows> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let length_bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let lines = Lines::of(BufReader::with_capacity(BUFFER_BYTES, file));
        let is_sheet =
            path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        let form = if is_sheet {
            let sheet = Sheet::open(lines)
                .with_context(|| format!("{} is not a CSV file to import", path.display()))?;
            Form::Sheet(Box::new(sheet))
        } else {
            Form::Ndjson(lines)
        };
        Ok(Rows { form, kind, length_bytes })
    }

    /// Returns the length that the file had when it was opened.
    pub(super) fn length_bytes(&self) -> u64 {
        self.length_bytes
    }

    /// Returns how many bytes of the file have been read.
    pub(super) fn consumed_bytes(&self) -> u64 {
        match &self.form {
            Form::Ndjson(lines) => lines.consumed_bytes(),
            Form::Sheet(sheet) => sheet.consumed_bytes(),
        }
    }

    /// Returns the next row, or `None` at the end of the file.
    pub(super) fn next_row(&mut self) -> io::Result<Option<Result<Row, BadRow>>> {
        let row = match &mut self.form {
            Form::Ndjson(lines) => next_object(lines, self.kind)?,
            Form::Sheet(sheet) => sheet
                .next_row()?
                .map(|row| row.and_then(|row| Row::of(row.line, &row.body, self.kind))),
        };
        if let Some(Ok(row)) = &row {
            self.kind.get_or_insert(row.kind);
        }
        Ok(row)
    }
}

fn next_object(
    lines: &mut Lines<BufReader<File>>,
    kind: Option<Kind>,
) -> io::Result<Option<Result<Row, BadRow>>> {
    while let Some(line) = lines.next_line()? {
        if line.is_blank() {
            continue;
        }
        if line.too_long {
            return Ok(Some(Err(BadRow::of(&line, Problem::too_long()))));
        }
        return Ok(Some(match std::str::from_utf8(&line.bytes) {
            Ok(text) => Row::of(line.number, text, kind),
            Err(error) => Err(BadRow::of(
                &line,
                Problem::of(
                    "invalid_utf8",
                    format!("the row is not UTF-8 after byte {}", error.valid_up_to()),
                ),
            )),
        }));
    }
    Ok(None)
}
