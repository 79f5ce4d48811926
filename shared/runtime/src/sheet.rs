//! Sheets of comma-separated values, safe to open in a spreadsheet.
//!
//! What a sheet shows is decided by the function that answers it.

/// One row: the cells by the names of their columns. A column without a cell is empty.
pub type Row = Vec<(&'static str, String)>;

/// Returns the sheet with these columns and rows.
pub fn of(header: &[&'static str], rows: &[Row]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail, and every row has all columns.
    let _ = writer.write_record(header);
    for row in rows {
        let _ = writer.write_record(header.iter().map(|name| {
            let cell = row.iter().find(|(column, _)| column == name);
            cell.map(|(_, text)| text.as_str()).unwrap_or_default()
        }));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// Returns a text that no spreadsheet takes for a formula.
pub fn safe(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_no_formulas() {
        let table = [
            ("=1+1", "'=1+1"),
            ("+7", "'+7"),
            ("-5", "'-5"),
            ("@sum", "'@sum"),
            ("\tx", "'\tx"),
            ("milk", "milk"),
            ("", ""),
        ];
        for (text, cell) in table {
            assert_eq!(safe(text), cell);
        }
    }

    #[test]
    fn a_column_without_a_cell_is_empty() {
        let rows = [vec![("b", "1,5".to_owned())], vec![("a", "x".to_owned())]];
        assert_eq!(of(&["a", "b"], &rows), "a,b\n,\"1,5\"\nx,\n");
    }
}
