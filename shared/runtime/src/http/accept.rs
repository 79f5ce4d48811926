//! The header `Accept`: whether a caller prefers comma-separated values to JSON.

/// Returns whether a list of media types prefers `text/csv` to JSON. JSON is the default.
pub(super) fn prefers_csv(accept: &str) -> bool {
    let weight = |wanted: &str| {
        let parts = accept.split(',').map(|part| part.split(';').map(str::trim));
        let found = parts.filter_map(|mut part| {
            let is_wanted = part.next()?.eq_ignore_ascii_case(wanted);
            let weight = part.find_map(|parameter| thousandths(parameter.strip_prefix("q=")?));
            is_wanted.then_some(weight.unwrap_or(1_000))
        });
        found.max().unwrap_or_default()
    };
    weight("text/csv") > weight("application/json")
}

/// Reads a weight, from `0` to `1` with at most three decimals.
fn thousandths(weight: &str) -> Option<u32> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    let decimals = format!("{decimals:0<3}");
    Some(whole.parse::<u32>().ok()?.min(1) * 1_000 + decimals.get(..3)?.parse::<u32>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_comes_only_to_those_who_ask_for_it_first() {
        let yes = [
            "text/csv",
            "Text/CSV; charset=utf-8",
            "text/csv, */*",
            "application/json;q=0.5, text/csv",
            "text/csv;q=0.1",
        ];
        let no = [
            "",
            "*/*",
            "application/json",
            "text/*",
            "text/csv, application/json",
            "text/csv;q=0",
            "text/csv;q=0.4,application/json;q=0.5",
            "text/csvx",
            ",;q=",
        ];
        assert!(yes.into_iter().all(prefers_csv));
        assert!(!no.into_iter().any(prefers_csv));
    }
}
