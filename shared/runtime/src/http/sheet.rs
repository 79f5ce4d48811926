//! Sheets of comma-separated values, safe to open in a spreadsheet.

/// One row: the cells by the names of their columns.
pub type SheetRow = Vec<(&'static str, String)>;

/// Returns a sheet with these columns. A column that a row does not name is empty.
pub fn sheet<const COLUMNS: usize>(
    header: [&'static str; COLUMNS],
    rows: impl IntoIterator<Item = SheetRow>,
) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail, and every row has all columns.
    let _ = writer.write_record(header);
    for row in rows {
        let _ = writer.write_record(header.map(|name| {
            let cell = row.iter().find(|(column, _)| *column == name);
            cell.map(|(_, text)| text.clone()).unwrap_or_default()
        }));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// Returns a text that no spreadsheet takes for a formula.
pub fn no_formula(text: &str) -> String {
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
            assert_eq!(no_formula(text), cell);
        }
    }

    #[test]
    fn a_cell_stands_under_its_column() {
        let rows = [vec![("b", "1,5".to_owned())], vec![("a", "x".to_owned())]];
        assert_eq!(sheet(["a", "b"], rows), "a,b\n,\"1,5\"\nx,\n");
    }
}
