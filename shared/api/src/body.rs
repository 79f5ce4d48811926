//! Request bodies in JSON, and the location of what is wrong in them.

mod wording;

use serde::de::{DeserializeOwned, IgnoredAny};

use crate::Problem;
use puntos_domain::field::FieldError;

/// Reads a JSON document.
///
/// # Errors
/// Refuses invalid JSON with 400 `invalid_json`, unknown fields with 422 `unknown_field`, and missing or
/// ill-typed fields with 422 `invalid_field`.
pub fn parse<T: DeserializeOwned>(document: &[u8]) -> Result<T, Problem> {
    // Invalid JSON is refused as such, whatever else is wrong before the syntax error.
    let not_utf8 = |_| Problem::new(400, "invalid_json", "the body is not UTF-8");
    let text = std::str::from_utf8(document).map_err(not_utf8)?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| refusal("", &error))?;
    // Serde would read a list as a struct, field by field.
    if document.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Problem::invalid_field("", "the body must be a JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(document);
    let parsed = serde_path_to_error::deserialize(&mut reader);
    let value: T = parsed.map_err(|error| {
        let path = error.path().to_string();
        refusal(&path, error.inner())
    })?;
    reader.end().map_err(|error| refusal("", &error))?;
    Ok(value)
}

fn refusal(path: &str, error: &serde_json::Error) -> Problem {
    let place = format!("at line {} column {}", error.line(), error.column());
    if !error.is_data() {
        return Problem::new(400, "invalid_json", format!("the body is not JSON: {place}"));
    }
    // Serde's message is `what is wrong at line 1 column 2`. It may quote the caller's own value.
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let field = match path {
        "." | "" => quoted.to_owned(),
        path if message.starts_with("missing field") => format!("{path}.{quoted}"),
        path => path.to_owned(),
    };
    let (code, detail) = if message.starts_with("unknown field") {
        ("unknown_field", "this field is not known here".to_owned())
    } else if message.starts_with("missing field") {
        ("invalid_field", "must be given".to_owned())
    } else {
        ("invalid_field", wording::in_words(message))
    };
    let error = FieldError { field: field.clone(), code: code.to_owned(), detail: detail.clone() };
    let status_code = if code == "unknown_field" { "unknown_field" } else { "invalid_field" };
    Problem::new(422, status_code, format!("{field}: {detail}")).with_errors(vec![error])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only its parsing is tested")]
        lines: Option<Vec<Inner>>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only its parsing is tested")]
        amount: i64,
    }

    fn refused(document: &str) -> (u16, &'static str) {
        let problem = parse::<Outer>(document.as_bytes()).unwrap_err();
        (problem.status(), problem.code())
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert!(parse::<Outer>(br#" {"lines": null} "#).is_ok());
        for broken in ["", "{", "{}x", "nonsense", "{\"\\ud800\":1}"] {
            assert_eq!(refused(broken), (400, "invalid_json"), "{broken}");
        }
        assert_eq!(refused("{\"x\":"), (400, "invalid_json"));
        assert_eq!(refused("[null]"), (422, "invalid_field"));
        assert_eq!(refused(r#"{"x":1}"#), (422, "unknown_field"));
        assert_eq!(refused(r#"{"lines":[{"amount":1.5}]}"#), (422, "invalid_field"));
        assert_eq!(refused(r#"{"lines":[{}]}"#), (422, "invalid_field"));
    }
}
