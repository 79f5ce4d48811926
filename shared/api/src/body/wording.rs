//! Serde's messages about a value, in the words of the API. No name of a Rust type reaches a caller.

/// The longest detail, in characters.
const DETAIL_MAX_CHARS: usize = 200;
/// What is wrong with a text that is no time, or no day.
pub(super) const NOT_A_TIME: &str = "must be a time as RFC 3339 writes it, with its offset \
    (2031-03-10T12:00:00Z), or a day where a day is asked (2031-03-10)";

/// Returns what is wrong with a value, from serde's message about it.
pub(super) fn in_words(message: &str) -> String {
    // The parsers of times and dates name their own parts; every other message is ours.
    let is_of_time = |part| message.contains(part);
    if message.starts_with("expected ") || is_of_time("failed to ") || is_of_time("parameter ") {
        return NOT_A_TIME.to_owned();
    }
    // serde: "unknown variant `x`, expected `a` or `b`", or "one of `a`, `b`, `c`".
    if message.starts_with("unknown variant") {
        let names: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        return shortened(&format!("must be one of {}", names.join(", ")));
    }
    if let Some((_, expected)) = message.rsplit_once(", expected ") {
        return format!("must be {}", kind_of(expected));
    }
    if message.starts_with("duplicate field") {
        return "is given twice".to_owned();
    }
    shortened(message)
}

fn kind_of(expected: &str) -> String {
    let bounds: Option<(String, String)> = match expected {
        "u8" => Some((u8::MIN.to_string(), u8::MAX.to_string())),
        "u16" => Some((u16::MIN.to_string(), u16::MAX.to_string())),
        "u32" => Some((u32::MIN.to_string(), u32::MAX.to_string())),
        "i64" => Some((i64::MIN.to_string(), i64::MAX.to_string())),
        _ => None,
    };
    if let Some((lowest, highest)) = bounds {
        return format!("a whole number from {lowest} to {highest}");
    }
    let kind = match expected {
        "a string" | "a borrowed string" => "text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        _ if expected.starts_with("struct") || expected.contains("map") => "an object",
        _ if expected.contains("date") || expected.contains("timestamp") => "a time or a day",
        _ if expected.contains("string") => "text",
        _ => "a value of another kind",
    };
    kind.to_owned()
}

fn shortened(message: &str) -> String {
    message.chars().take(DETAIL_MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::Date;
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use super::in_words;

    #[derive(Debug, Deserialize)]
    struct Named {}

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        First,
        Second,
    }

    fn detail_of<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> String {
        let message = serde_json::from_str::<T>(json).unwrap_err().to_string();
        in_words(message.split(" at line ").next().unwrap())
    }

    #[test]
    fn no_word_of_rust_reaches_a_caller() {
        assert_eq!(detail_of::<u16>("-1"), "must be a whole number from 0 to 65535");
        assert_eq!(detail_of::<u16>("\"1\""), "must be a whole number from 0 to 65535");
        assert_eq!(detail_of::<String>("1"), "must be text");
        assert_eq!(detail_of::<bool>("1"), "must be true or false");
        assert_eq!(detail_of::<Vec<u8>>("{}"), "must be a list");
        assert_eq!(detail_of::<Named>("7"), "must be an object");
        assert_eq!(detail_of::<Kind>("\"third\""), "must be one of first, second");
        for text in ["\"2031-03-10T12:00:00\"", "\"soon\"", "\"2031-13-10T12:00:00Z\""] {
            assert!(detail_of::<Timestamp>(text).starts_with("must be a time"), "{text}");
        }
        assert!(detail_of::<Date>("\"2031-02-30\"").starts_with("must be a time"));
        assert!(matches!(serde_json::from_str("\"first\""), Ok(Kind::First)));
        assert!(matches!(serde_json::from_str("\"second\""), Ok(Kind::Second)));
    }
}
