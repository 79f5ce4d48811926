//! Reads a CSV file row by row, after its header.
//!
//! A quoted cell may hold line breaks. When a quoted cell does not end, only the line on which it
//! begins is refused, and reading goes on with the next line: one stray quotation mark must not cost
//! the rows after it. The `csv` crate alone would read on to the end of the file.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read as _};

use anyhow::{Context as _, bail};
use csv::ByteRecord;

use super::columns::{Column, body_of, columns_of};
use super::lines::{LINE_LIMIT_BYTES, Line, Lines};
use super::row::{BadRow, Problem};

/// A file with more columns than this is refused.
const COLUMN_LIMIT: usize = 64;
/// How many lines one row may span.
const ROW_LINE_LIMIT: usize = 16;

/// A CSV file after its header.
pub(super) struct Sheet<R> {
    lines: Lines<R>,
    /// Lines that were read ahead for a row that turned out to be bad.
    put_back: VecDeque<Line>,
    columns: Vec<Column>,
}

/// A row of the sheet: the line it begins on and its body.
pub(super) struct SheetRow {
    pub(super) line: u64,
    pub(super) body: String,
}

impl<R: BufRead> Sheet<R> {
    /// Reads the header of a sheet.
    pub(super) fn open(mut lines: Lines<R>) -> anyhow::Result<Sheet<R>> {
        let header = lines
            .next_line()
            .context("the header cannot be read")?
            .context("the file is empty: a CSV file begins with a header")?;
        if header.too_long {
            bail!("the header is too long");
        }
        if header.is_blank() {
            bail!("the first line is empty: a CSV file begins with a header");
        }
        let cells = cells_of(&header.bytes)?.context("a quoted name in the header does not end")?;
        if cells.len() > COLUMN_LIMIT {
            bail!("the header has more than {COLUMN_LIMIT} columns");
        }
        Ok(Sheet { lines, put_back: VecDeque::new(), columns: columns_of(&cells)? })
    }

    /// Returns how many bytes of the file have been read.
    pub(super) fn consumed_bytes(&self) -> u64 {
        self.lines.consumed_bytes()
    }

    /// Returns the next row, or `None` at the end of the file.
    pub(super) fn next_row(&mut self) -> io::Result<Option<Result<SheetRow, BadRow>>> {
        let first = loop {
            match self.next_line()? {
                None => return Ok(None),
                Some(line) if line.is_blank() => {}
                Some(line) => break line,
            }
        };
        if first.too_long {
            return Ok(Some(Err(BadRow::of(&first, Problem::too_long()))));
        }
        let mut text = first.bytes.clone();
        let mut joined = Vec::new();
        let problem = loop {
            match cells_of(&text)? {
                Some(cells) if cells.len() == self.columns.len() => {
                    let row = body_of(&self.columns, &cells);
                    return Ok(Some(
                        row.map(|body| SheetRow { line: first.number, body })
                            .map_err(|problem| BadRow::of(&first, problem)),
                    ));
                }
                Some(cells) => break wrong_width(cells.len(), self.columns.len()),
                None => {}
            }
            let room = joined.len() + 1 < ROW_LINE_LIMIT;
            let next = if room { self.next_line()? } else { None };
            let Some(next) = next else {
                break Problem::of("invalid_row", "a quoted cell does not end");
            };
            let fits = !next.too_long && text.len() + next.bytes.len() < LINE_LIMIT_BYTES;
            if fits {
                text.push(b'\n');
                text.extend_from_slice(&next.bytes);
            }
            joined.push(next);
            if !fits {
                break Problem::of("invalid_row", "a quoted cell does not end");
            }
        };
        for line in joined.into_iter().rev() {
            self.put_back.push_front(line);
        }
        Ok(Some(Err(BadRow::of(&first, problem))))
    }

    fn next_line(&mut self) -> io::Result<Option<Line>> {
        match self.put_back.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next_line(),
        }
    }
}

/// Splits the text of one row into cells, or returns `None` when a quoted cell does not end.
fn cells_of(text: &[u8]) -> csv::Result<Option<ByteRecord>> {
    // A quoted cell that does not end takes the second row in.
    let two_rows = text.chain(&b"\nend\n"[..]);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_reader(two_rows);
    let mut cells = ByteRecord::new();
    reader.read_byte_record(&mut cells)?;
    Ok(reader.read_byte_record(&mut ByteRecord::new())?.then_some(cells))
}

fn wrong_width(cells: usize, columns: usize) -> Problem {
    Problem::of(
        "invalid_row",
        format!("the row has {cells} cells, the header has {columns} columns"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn sheet(text: &str) -> anyhow::Result<Sheet<&[u8]>> {
        Sheet::open(Lines::of(text.as_bytes()))
    }

    /// The line and the body of a row, or the line and the code of its refusal.
    type Outcome = Result<(u64, String), (u64, &'static str)>;

    fn rows(text: &str) -> Vec<Outcome> {
        let mut sheet = sheet(text).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = sheet.next_row().unwrap() {
            rows.push(
                row.map(|row| (row.line, row.body)).map_err(|bad| (bad.line, bad.problem.code)),
            );
        }
        rows
    }

    #[test]
    fn names_with_dots_nest_and_empty_cells_are_absent() {
        let rows = rows(
            "\u{feff}card_number,invoice_number,total.amount,total.currency,paid_with_points.amount\r\n\
             00123,7, 129990 ,RUB,\r\n",
        );
        let body = r#"{"card_number":"00123","invoice_number":"7","total":{"amount":129990,"currency":"RUB"}}"#;
        let given: Value = serde_json::from_str(&rows[0].clone().unwrap().1).unwrap();
        assert_eq!(given, serde_json::from_str::<Value>(body).unwrap());
    }

    #[test]
    fn quantities_keep_their_decimals() {
        let rows = rows(
            "quantity,points\n 0.250 ,1\n2,1\n1.2345678901234567890,1\n\"0,5\",1\n.5,1\n-1,1\n",
        );
        let body = |quantity: &str| format!(r#"{{"points":1,"quantity":{quantity}}}"#);
        for (row, quantity) in rows.iter().zip(["0.250", "2", "1.2345678901234567890"]) {
            assert_eq!(row.as_ref().unwrap().1, body(quantity));
        }
        assert_eq!(rows[3..], [5, 6, 7].map(|line| Err((line, "invalid_field"))));
    }

    #[test]
    fn a_bad_row_does_not_stop_the_rest() {
        let rows = rows("name,points\nAna,1\nLuz\n\nEva,1.5\n\"Ivo\n\"\"Teo, 7\nZoe,3\n");
        assert_eq!(rows[0].clone().unwrap().0, 2);
        assert_eq!(rows[1], Err((3, "invalid_row")));
        assert_eq!(rows[2], Err((5, "invalid_field")));
        assert_eq!(rows[3], Err((6, "invalid_row")));
        assert_eq!(rows.len(), 6, "{rows:?}");
        assert_eq!(rows[5].clone().unwrap().0, 8);
    }

    #[test]
    fn a_quoted_cell_may_hold_commas_quotes_and_line_breaks() {
        let rows = rows("name,locale\n\"Ana \"\"la\r\nGrande\"\", jr.\",es\nLuz,pt");
        let body: Value = serde_json::from_str(&rows[0].clone().unwrap().1).unwrap();
        assert_eq!(body["name"], "Ana \"la\nGrande\", jr.");
        assert_eq!(body["locale"], "es");
        assert_eq!(rows[1].clone().unwrap().0, 4);
    }

    #[test]
    fn a_stray_quotation_mark_costs_its_own_line_only() {
        let mut text = "name,locale\n\"Ana,es\n".to_owned();
        for _ in 0..40 {
            text.push_str("Luz,pt\n");
        }
        let rows = rows(&text);
        assert_eq!(rows[0], Err((2, "invalid_row")));
        assert_eq!(rows.iter().filter(|row| row.is_ok()).count(), 40);
    }

    #[test]
    fn a_bad_header_is_refused() {
        let wide = vec!["a"; COLUMN_LIMIT + 1].join(",");
        for header in
            ["", "name,name", "total,total.amount", "a,,b", "total.,b", "\"open", wide.as_str()]
        {
            assert!(sheet(header).is_err(), "{header}");
        }
    }

    #[test]
    fn a_row_splits_at_its_commas() {
        let cells = |text: &str| cells_of(text.as_bytes()).unwrap();
        assert_eq!(cells("a,,c").unwrap(), vec!["a", "", "c"]);
        assert_eq!(cells("a,b,").unwrap(), vec!["a", "b", ""]);
        assert_eq!(cells("\"a,b\",\"c \"\"d\"\"\"").unwrap(), vec!["a,b", "c \"d\""]);
        assert_eq!(cells("Bar \"Sol\",1").unwrap(), vec!["Bar \"Sol\"", "1"]);
        assert_eq!(cells("\"a\nb\",c").unwrap(), vec!["a\nb", "c"]);
        for text in ["\"a", "b,\"a\n", "\"a\"\"", "\"a\"\",b"] {
            assert!(cells(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_row_beyond_the_widest_sheet_is_refused() {
        let wide = vec!["x"; 500].join(",");
        let rows = rows(&format!("a,b\n{wide}\n1,2\n"));
        assert_eq!(rows[0], Err((2, "invalid_row")));
        assert!(rows[1].is_ok());
    }

    #[test]
    fn the_widest_sheet_is_read() {
        let names: Vec<String> = (0..COLUMN_LIMIT).map(|number| format!("c{number}")).collect();
        let cells = vec!["x"; COLUMN_LIMIT].join(",");
        let rows = rows(&format!("{}\n{cells}\n{cells},x\n", names.join(",")));
        assert!(rows[0].is_ok());
        assert_eq!(rows[1], Err((3, "invalid_row")));
    }
}
