//! What a caller accepts: comma-separated values instead of JSON, compression, and the language of texts.

use puntos_domain::language::Language;

/// Returns whether a list of media types prefers `text/csv` to JSON. JSON is the default.
pub(super) fn prefers_csv(accept: &str) -> bool {
    let weight = |wanted: &str| {
        let found = weighed(accept).filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, weight)| weight).max().unwrap_or_default()
    };
    weight("text/csv") > weight("application/json")
}

/// Returns whether a list of encodings allows gzip.
pub fn accepts_gzip(accept: &str) -> bool {
    let weight = |wanted: &str| {
        weighed(accept)
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, weight)| weight)
    };
    weight("gzip").or_else(|| weight("*")).is_some_and(|weight| weight > 0)
}

/// Returns the first of our languages that a list of languages accepts, by its weights; `None` if it names none.
pub fn accepted_language(accept: &str) -> Option<Language> {
    let ours = weighed(accept).filter_map(|(name, weight)| {
        let code = name.split('-').next()?;
        let is_named = |language: &Language| language.code().eq_ignore_ascii_case(code);
        Some((Language::ALL.into_iter().find(is_named)?, weight))
    });
    // Of equal weights the first counts.
    let best = ours
        .filter(|(_, weight)| *weight > 0)
        .reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map(|(language, _)| language)
}

/// Returns the values of a list with their weights, in thousandths.
fn weighed(accept: &str) -> impl Iterator<Item = (&str, u32)> {
    accept.split(',').filter_map(|part| {
        let mut parts = part.split(';').map(str::trim);
        let name = parts.next()?;
        let weight = parts.find_map(|parameter| thousandths(parameter.strip_prefix("q=")?));
        Some((name, weight.unwrap_or(1_000)))
    })
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

    #[test]
    fn gzip_is_allowed_by_its_name_or_by_a_star() {
        for accept in
            ["gzip", "gzip, deflate, br", "br;q=1.0, GZIP;q=0.1", "*", "identity, *;q=0.5"]
        {
            assert!(accepts_gzip(accept), "{accept}");
        }
        for accept in ["", "br", "identity", "gzip;q=0", "gzip;q=0, *", "*;q=0", "gzipped"] {
            assert!(!accepts_gzip(accept), "{accept}");
        }
    }

    #[test]
    fn the_first_of_our_languages_that_is_accepted_counts() {
        let table = [
            ("ru", Some(Language::Ru)),
            ("PT-br", Some(Language::Pt)),
            ("de, fr;q=0.9, es;q=0.2, en;q=0.1", Some(Language::Es)),
            ("en;q=0.5, ru;q=0.8", Some(Language::Ru)),
            ("pt, es", Some(Language::Pt)),
            ("es;q=0, pt;q=0.001", Some(Language::Pt)),
            ("es;q=0", None),
            ("*", None),
            ("de-CH", None),
            ("", None),
            ("esperanto, ;q=1, ,", None),
        ];
        for (header, expected) in table {
            assert_eq!(accepted_language(header), expected, "{header}");
        }
    }
}
