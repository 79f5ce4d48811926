//! Request bodies in JSON, and the location of what is wrong in them.

mod faults;
mod wording;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

use crate::{Problem, Shape};
use puntos_domain::field::FieldError;

/// Reads a JSON document. A `shape` names all faults of a refused one; without it, only the first is named.
///
/// # Errors
/// Refuses invalid JSON with 400 `invalid_json`, unknown fields with 422 `unknown_field`, and missing or
/// ill-typed fields with 422 `invalid_field`.
pub fn parse<T: DeserializeOwned>(document: &[u8], shape: Option<&Shape>) -> Result<T, Problem> {
    // Invalid JSON is refused as such, whatever else is wrong before the syntax error.
    let not_utf8 = |_| Problem::new(400, "invalid_json", "the body is not UTF-8");
    let text = std::str::from_utf8(document).map_err(not_utf8)?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| not_json(&error))?;
    // Serde would read a list as a struct, field by field.
    if document.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Problem::invalid_field("body", "must be a JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(document);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| match error.inner() {
        inner if inner.is_data() => {
            refusal(fault(&error.path().to_string(), inner), document, shape)
        }
        inner => not_json(inner),
    })
}

/// Reads a field of a merge patch: absent is `None`, null is `Some(None)`.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    value: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

fn not_json(error: &serde_json::Error) -> Problem {
    let place = format!("at line {} column {}", error.line(), error.column());
    Problem::new(400, "invalid_json", format!("the body is not JSON: {place}"))
}

/// Returns the refusal of serde's fault and of all others. Unknown fields come first.
fn refusal(first: FieldError, document: &[u8], shape: Option<&Shape>) -> Problem {
    // A number that no float can hold makes the body unreadable here.
    let body = serde_json::from_slice(document).ok();
    let mut faults =
        shape.zip(body).map(|(shape, body)| faults::of(&body, shape)).unwrap_or_default();
    match faults.iter_mut().find(|fault| fault.field == first.field) {
        Some(same) => *same = first,
        None => faults.insert(0, first),
    }
    let is_unknown = |fault: &FieldError| fault.code == "unknown_field";
    faults.sort_by_key(|fault| !is_unknown(fault));
    match faults.first().is_some_and(is_unknown) {
        true => Problem::unknown_fields(faults),
        false => Problem::invalid_fields(faults),
    }
}

/// Returns serde's fault in the words of the API.
fn fault(path: &str, error: &serde_json::Error) -> FieldError {
    // Serde's message is `what is wrong at line 1 column 2`. It may quote the caller's own value.
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let field = match path {
        "." | "" => quoted.to_owned(),
        path if message.starts_with("missing field") => format!("{path}.{quoted}"),
        path => path.to_owned(),
    };
    if message.starts_with("unknown field") {
        FieldError::unknown(&field)
    } else if message.starts_with("missing field") {
        FieldError::invalid(field, "must be given")
    } else {
        FieldError::invalid(field, wording::in_words(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its parsing is tested")]
    struct Outer {
        lines: Option<Vec<Inner>>,
        total: Option<Inner>,
        kind: Option<Kind>,
        #[schema(value_type = Option<String>, format = "date-time")]
        at: Option<jiff::Timestamp>,
    }

    #[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its parsing is tested")]
    struct Inner {
        amount: i64,
        name: String,
    }

    #[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        First,
        Second,
    }

    fn problem(document: &str) -> Problem {
        parse::<Outer>(document.as_bytes(), Some(&Shape::of::<Outer>())).unwrap_err()
    }

    fn refused(document: &str) -> (u16, &'static str) {
        let problem = problem(document);
        (problem.status(), problem.code())
    }

    #[test]
    fn every_fault_is_named_once_and_nothing_else() {
        let table = [
            (r#"{"x": 1, "y": 2, "kind": "third"}"#, vec!["x", "y", "kind"]),
            (
                r#"{"total": {"amount": "5"}, "kind": ""}"#,
                vec!["total.amount", "total.name", "kind"],
            ),
            (r#"{"total": 5, "at": "soon", "kind": 1}"#, vec!["total", "at", "kind"]),
            (
                r#"{"lines": [{"amount": 1, "name": "a"}, {"amount": 1.5, "name": null, "z": 1}, 7]}"#,
                vec!["lines[1].z", "lines[1].amount", "lines[1].name", "lines[2]"],
            ),
            (r#"{"lines": {}, "total": null, "at": null}"#, vec!["lines"]),
            (r#"{"kind": "third", "lines": 1e400}"#, vec!["kind"]),
            ("[]", vec!["body"]),
        ];
        for (document, expected) in table {
            let body = problem(document).body("", "");
            let named: Vec<&str> = body["errors"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|error| error["field"].as_str())
                .collect();
            let mut sorted = (named.clone(), expected.clone());
            sorted.0.sort_unstable();
            sorted.1.sort_unstable();
            assert_eq!(sorted.0, sorted.1, "{document}");
            assert_eq!(named[0].contains('x'), expected[0].contains('x'), "unknown fields first");
        }
        for kind in ["first", "second"] {
            let document = format!(r#"{{"kind": "{kind}"}}"#);
            assert!(parse::<Outer>(document.as_bytes(), None).is_ok());
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert!(parse::<Outer>(br#" {"lines": null} "#, None).is_ok());
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
