//! Splits one row of a CSV file into its cells, in buffers whose size does not depend on the file.
//!
//! Whether the cells fit the header is not known here.

use csv_core::{ReadRecordResult, Terminator};

use super::lines::LINE_LIMIT_BYTES;

/// A sheet wider than this is not an import file.
pub(super) const COLUMN_LIMIT: usize = 64;

/// What the text of a row comes apart into.
pub(super) enum Split {
    /// The cells, without their quotation marks.
    Cells(Vec<Vec<u8>>),
    /// A quoted cell has not ended yet.
    Open,
    /// More cells than any sheet has columns.
    TooMany,
}

/// Splits the text of one row into cells, with buffers of a fixed size.
pub(super) struct Splitter {
    reader: csv_core::Reader,
    output: Vec<u8>,
    ends: [usize; COLUMN_LIMIT],
}

impl Splitter {
    /// Returns a splitter for any number of rows.
    pub(super) fn new() -> Splitter {
        Splitter {
            reader: csv_core::ReaderBuilder::new().terminator(Terminator::Any(b'\n')).build(),
            output: vec![0; LINE_LIMIT_BYTES + 1],
            ends: [0; COLUMN_LIMIT],
        }
    }

    /// Splits the text of one row, which is at most a line's limit long and has no end of its own.
    pub(super) fn split(&mut self, text: &[u8]) -> Split {
        self.reader.reset();
        let (_, _, written, cells) =
            self.reader.read_record(text, &mut self.output, &mut self.ends);
        if cells == COLUMN_LIMIT {
            return Split::TooMany;
        }
        // The end of the line ends the last cell, unless it is quoted and still open.
        let (result, _, more, last) =
            self.reader.read_record(b"\n", &mut self.output[written..], &mut self.ends[cells..]);
        if result != ReadRecordResult::Record {
            return Split::Open;
        }
        debug_assert_eq!(more, 0, "the end of a line adds nothing to a cell");
        let mut begin = 0;
        let cells = self.ends[..cells + last]
            .iter()
            .map(|end| {
                let cell = self.output[begin..*end].to_vec();
                begin = *end;
                cell
            })
            .collect();
        Split::Cells(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Option<Vec<String>> {
        match Splitter::new().split(text.as_bytes()) {
            Split::Cells(cells) => {
                Some(cells.into_iter().map(|cell| String::from_utf8(cell).unwrap()).collect())
            }
            Split::Open | Split::TooMany => None,
        }
    }

    #[test]
    fn a_row_comes_apart_at_its_commas() {
        assert_eq!(cells("a,,c").unwrap(), ["a", "", "c"]);
        assert_eq!(cells("a,b,").unwrap(), ["a", "b", ""]);
        assert_eq!(cells("\"a,b\",\"c \"\"d\"\"\"").unwrap(), ["a,b", "c \"d\""]);
        assert_eq!(cells("Bar \"Sol\",1").unwrap(), ["Bar \"Sol\"", "1"]);
    }

    #[test]
    fn an_open_quotation_is_no_row_yet() {
        for text in ["\"a", "b,\"a\n", "\"a\"\"", "\"a\"\",b"] {
            assert!(cells(text).is_none(), "{text}");
        }
        assert_eq!(cells("\"a\nb\",c").unwrap(), ["a\nb", "c"]);
    }

    #[test]
    fn one_splitter_serves_every_row() {
        let mut splitter = Splitter::new();
        assert!(matches!(splitter.split(b"\"open,1"), Split::Open));
        let Split::Cells(cells) = splitter.split(b"next,2") else {
            panic!("the open row spoiled the next");
        };
        assert_eq!(cells, [b"next".to_vec(), b"2".to_vec()]);
    }
}
