//! One row of a file: a body ready to be posted, or the reason why it cannot be.
//!
//! The body is looked at only as far as the way it is sent depends on it; whether it makes sense is
//! for the server to say.

use std::hash::{DefaultHasher, Hash, Hasher};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::lines::{LINE_LIMIT_BYTES, Line};

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Bodies of `POST /v1/members`.
    Members,
    /// Bodies of `POST /v1/purchases`.
    Purchases,
    /// Bodies of `POST /v1/ratings`.
    Ratings,
    /// Bodies of `POST /v1/orders/events`.
    OrderEvents,
}

impl Kind {
    /// Returns the path that rows of this kind are posted to.
    pub(super) fn path(self) -> &'static str {
        match self {
            Kind::Members => "/v1/members",
            Kind::Purchases => "/v1/purchases",
            Kind::Ratings => "/v1/ratings",
            Kind::OrderEvents => "/v1/orders/events",
        }
    }

    /// Returns what a body looks like, by the field that no other kind has.
    fn of(glance: &Glance<'_>) -> Kind {
        if glance.total.is_some() {
            Kind::Purchases
        } else if glance.score.is_some() {
            Kind::Ratings
        } else if glance.event_id.is_some() {
            Kind::OrderEvents
        } else {
            Kind::Members
        }
    }

    /// Returns whether a body of this kind is known again by what it says, without a key.
    fn has_natural_key(self, glance: &Glance<'_>) -> bool {
        match self {
            Kind::Members => false,
            Kind::Purchases | Kind::OrderEvents => true,
            Kind::Ratings => glance.invoice_number.is_some(),
        }
    }
}

/// A row that can be sent.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The line of the file on which the row begins.
    pub(super) line: u64,
    /// The body, as the file gives it.
    pub(super) body: Bytes,
    /// Rows with the same number are sent one after the other, in the order of the file.
    pub(super) lane: u64,
    /// The key under which a row without a natural key is taken once, however often the file is
    /// imported: members, and ratings of visits without an invoice.
    pub(super) idempotency_key: Option<String>,
}

/// A row that cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadRow {
    /// The line of the file on which the row begins.
    pub(super) line: u64,
    /// Why it cannot be sent.
    pub(super) problem: Problem,
    /// The row as far as it can be shown.
    pub(super) text: String,
}

impl BadRow {
    /// Refuses the row that begins on `line`.
    pub(super) fn of(line: &Line, problem: Problem) -> BadRow {
        BadRow {
            line: line.number,
            problem,
            text: String::from_utf8_lossy(&line.bytes).into_owned(),
        }
    }
}

/// Why a row cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// A stable name of the reason.
    pub(super) code: &'static str,
    /// The reason, for a person.
    pub(super) detail: String,
    /// The column that is wrong, where it is one.
    pub(super) field: Option<String>,
}

impl Problem {
    /// Returns a problem of the whole row.
    pub(super) fn of(code: &'static str, detail: impl Into<String>) -> Problem {
        Problem { code, detail: detail.into(), field: None }
    }

    /// Returns the problem of a line beyond the limit.
    pub(super) fn too_long() -> Problem {
        Problem::of("payload_too_large", format!("the row is longer than {LINE_LIMIT_BYTES} bytes"))
    }
}

/// The few fields that decide how a body is sent.
#[derive(Deserialize)]
struct Glance<'a> {
    #[serde(borrow)]
    card_number: Option<&'a RawValue>,
    #[serde(borrow)]
    member_id: Option<&'a RawValue>,
    #[serde(borrow)]
    branch: Option<&'a RawValue>,
    #[serde(borrow)]
    invoice_number: Option<&'a RawValue>,
    #[serde(borrow)]
    total: Option<&'a RawValue>,
    #[serde(borrow)]
    score: Option<&'a RawValue>,
    #[serde(borrow)]
    event_id: Option<&'a RawValue>,
}

impl Row {
    /// Returns the row whose body is `text`, and what kind it is: `kind`, or what it looks like.
    pub(super) fn of(line: u64, text: &str, kind: Option<Kind>) -> Result<(Row, Kind), BadRow> {
        let refuse = |detail: String| BadRow {
            line,
            problem: Problem::of("invalid_json", detail),
            text: text.to_owned(),
        };
        let text = text.trim();
        // A list would be read as the fields in their order.
        if !text.starts_with('{') {
            return Err(refuse("the row is not a JSON object".to_owned()));
        }
        let glance: Glance<'_> =
            serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
        let kind = kind.unwrap_or_else(|| Kind::of(&glance));
        let idempotency_key = if kind.has_natural_key(&glance) {
            None
        } else {
            let body: Value =
                serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
            Some(content_key(&body))
        };
        let row = Row {
            line,
            body: Bytes::copy_from_slice(text.as_bytes()),
            lane: lane_of(&glance, line),
            idempotency_key,
        };
        Ok((row, kind))
    }
}

/// Returns the number that rows of one member share. Without a member it is the receipt's, so that
/// two rows of one receipt keep their order; without both every row has its own.
fn lane_of(glance: &Glance<'_>, line: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    let member = glance.card_number.or(glance.member_id);
    match (member, glance.branch, glance.invoice_number) {
        (Some(member), _, _) => member.get().hash(&mut hasher),
        (None, Some(branch), Some(invoice)) => (branch.get(), invoice.get()).hash(&mut hasher),
        _ => line.hash(&mut hasher),
    }
    hasher.finish()
}

/// Returns the SHA-256 of a body, in hexadecimal, whatever the order of its fields and its spaces.
fn content_key(body: &Value) -> String {
    let mut canonical = String::new();
    write_canonical(body, &mut canonical);
    Sha256::digest(canonical.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort_unstable();
            out.push('{');
            for (position, name) in names.into_iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write_canonical(&fields[name], out);
            }
            out.push('}');
        }
        Value::Array(values) => {
            out.push('[');
            for (position, value) in values.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write_canonical(value, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> (Row, Kind) {
        Row::of(7, text, None).unwrap()
    }

    #[test]
    fn a_row_is_known_by_the_field_that_no_other_kind_has() {
        for (text, kind) in [
            (r#"{"total":{"amount":1}}"#, Kind::Purchases),
            (r#"{"member_id":"m","score":0,"branch":"b"}"#, Kind::Ratings),
            (r#"{"member_id":"m","event_id":"e","kind":"placed"}"#, Kind::OrderEvents),
            (r#"{"name":"Ana Ejemplo"}"#, Kind::Members),
            (r#"{"name":"Ana Ejemplo","score":null}"#, Kind::Members),
        ] {
            assert_eq!(row(text).1, kind, "{text}");
        }
        let told = Row::of(7, r#"{"name":"Ana Ejemplo"}"#, Some(Kind::Purchases)).unwrap();
        assert_eq!(told.1, Kind::Purchases);
    }

    #[test]
    fn a_member_keeps_the_key_however_the_body_is_written() {
        let (first, _) = row(r#"{"name":"Ana","card_number":"C1"}"#);
        let (again, _) = row(r#" {"card_number": "C1", "name": "\u0041na"} "#);
        let (other, _) = row(r#"{"name":"Ana","card_number":"C2"}"#);
        assert_eq!(first.idempotency_key, again.idempotency_key);
        assert_ne!(first.idempotency_key, other.idempotency_key);
        assert_eq!(first.idempotency_key.map(|key| key.len()), Some(64));
    }

    #[test]
    fn only_what_has_no_natural_key_carries_the_key_of_its_content() {
        let key = |text: &str| row(text).0.idempotency_key;
        assert_eq!(key(r#"{"event_id":"e","member_id":"m"}"#), None);
        assert_eq!(key(r#"{"score":9,"member_id":"m","branch":"b","invoice_number":"1"}"#), None);
        let visit = r#"{"score":9,"member_id":"m","branch":"b","visited_at":"2026-11-01T10:00Z"}"#;
        let again = r#"{"member_id":"m","branch":"b","score":9,"visited_at":"2026-11-01T10:00Z"}"#;
        let other = r#"{"member_id":"m","branch":"b","score":9,"visited_at":"2026-11-02T10:00Z"}"#;
        assert!(key(visit).is_some());
        assert_eq!(key(visit), key(again));
        assert_ne!(key(visit), key(other));
    }

    #[test]
    fn rows_of_one_card_share_a_lane() {
        let (first, _) = row(r#"{"card_number":"C1","total":1,"invoice_number":"a","branch":"b"}"#);
        let (second, _) = row(r#"{"total":2,"card_number":"C1","invoice_number":"c"}"#);
        let (third, _) = row(r#"{"total":2,"invoice_number":"c","branch":"b"}"#);
        assert_eq!(first.lane, second.lane);
        assert_ne!(second.lane, third.lane);
        assert_eq!(third.lane, row(r#"{"total":3,"branch":"b","invoice_number":"c"}"#).0.lane);
    }

    #[test]
    fn what_is_no_object_is_refused_with_its_text() {
        let deep = format!("{{\"name\":{}{}}}", "[".repeat(200), "]".repeat(200));
        for text in ["[1,2]", "null", "{\"name\":", "{\"a\":1} x", deep.as_str()] {
            let bad = Row::of(7, text, None).unwrap_err();
            assert_eq!((bad.line, bad.problem.code), (7, "invalid_json"), "{text}");
            assert_eq!(bad.text, text);
        }
    }
}
