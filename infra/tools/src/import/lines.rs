//! Reads a file line by line with a limit on the length of a line, so that a file of any size and
//! shape needs the same little memory.
//!
//! It knows nothing of JSON or CSV, and does not check whether the bytes are text.

use std::io::{self, BufRead, Read as _};

/// The longest line that is read: the largest body that the server accepts.
pub(super) const LINE_LIMIT_BYTES: usize = 256 * 1024;
/// How much of a line beyond the limit is kept, so that a person can recognise it.
const BEGINNING_BYTES: usize = 256;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One line of a file, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The number an editor shows for it: the first line is 1.
    pub(super) number: u64,
    /// The bytes of the line; only its beginning when it is too long.
    pub(super) bytes: Vec<u8>,
    /// Whether the line is longer than [`LINE_LIMIT_BYTES`].
    pub(super) too_long: bool,
}

impl Line {
    /// Returns whether the line has nothing but white space.
    pub(super) fn is_blank(&self) -> bool {
        !self.too_long && self.bytes.iter().all(u8::is_ascii_whitespace)
    }
}

/// The lines of a file, one after the other.
pub(super) struct Lines<R> {
    reader: R,
    number: u64,
    consumed_bytes: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn of(reader: R) -> Lines<R> {
        Lines { reader, number: 0, consumed_bytes: 0 }
    }

    /// Returns how many bytes of the file have been read.
    pub(super) fn consumed_bytes(&self) -> u64 {
        self.consumed_bytes
    }

    /// Returns the next line, or `None` at the end of the file.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line>> {
        // A line at the limit may end in "\r\n".
        const MOST_BYTES: usize = LINE_LIMIT_BYTES + 2;
        let mut bytes = Vec::new();
        let mut read =
            self.reader.by_ref().take(MOST_BYTES as u64).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        } else if read == MOST_BYTES {
            read += self.reader.skip_until(b'\n')?;
        }
        self.consumed_bytes += read as u64;
        self.number += 1;
        if self.number == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        let too_long = bytes.len() > LINE_LIMIT_BYTES;
        if too_long {
            bytes.truncate(BEGINNING_BYTES);
        }
        Ok(Some(Line { number: self.number, bytes, too_long }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &[u8]) -> Vec<Line> {
        let mut lines = Lines::of(io::BufReader::with_capacity(7, text));
        let mut all = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            all.push(line);
        }
        assert_eq!(lines.consumed_bytes(), text.len() as u64);
        all
    }

    #[test]
    fn ends_of_lines_and_a_byte_order_mark_are_no_part_of_the_text() {
        let all = lines_of(b"\xef\xbb\xbffirst line\r\n\nthird line, which has no end");
        let texts: Vec<&[u8]> = all.iter().map(|line| line.bytes.as_slice()).collect();
        assert_eq!(texts, [b"first line".as_slice(), b"", b"third line, which has no end"]);
        assert_eq!(all[2].number, 3);
        assert!(all[1].is_blank());
    }

    #[test]
    fn a_line_at_the_limit_is_read_and_one_beyond_is_only_begun() {
        let mut text = vec![b'a'; LINE_LIMIT_BYTES];
        text.extend_from_slice(b"\r\n");
        text.extend(vec![b'b'; LINE_LIMIT_BYTES + 1]);
        text.extend_from_slice(b"\nshort");
        let all = lines_of(&text);
        assert_eq!(all.len(), 3);
        assert!(!all[0].too_long);
        assert_eq!(all[0].bytes.len(), LINE_LIMIT_BYTES);
        assert!(all[1].too_long);
        assert_eq!(all[1].bytes.len(), BEGINNING_BYTES);
        assert_eq!(all[2].bytes, b"short");
    }
}
