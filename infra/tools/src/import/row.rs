//! One row of a file: a body ready to be posted, or the reason why it cannot be.
//!
//! It reads only the fields that decide how a row is sent. The server checks the rest.

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

    /// Guesses the kind of a body by the field that no other kind has.
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

    /// Returns whether the fields of a body identify it, so that it needs no idempotency key.
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
    pub(super) kind: Kind,
    /// The body, as the file gives it.
    pub(super) body: Bytes,
    /// Rows with the same number are sent one after the other, in the order of the file.
    pub(super) lane: u64,
    /// The idempotency key of a row without a natural key: members, and ratings of visits without an
    /// invoice.
    pub(super) idempotency_key: Option<String>,
}

/// A row that cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadRow {
    /// The line of the file on which the row begins.
    pub(super) line: u64,
    /// Why it cannot be sent.
    pub(super) problem: Problem,
    /// The text of the row, or its beginning.
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
    /// The stable code.
    pub(super) code: &'static str,
    /// The reason, for a person.
    pub(super) detail: String,
    /// The column that is wrong, if it is a single one.
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
    /// Reads a row whose body is `text`; without a `kind` it is guessed.
    pub(super) fn of(line: u64, text: &str, kind: Option<Kind>) -> Result<Row, BadRow> {
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
            Some(content_key(body))
        };
        Ok(Row {
            line,
            kind,
            body: Bytes::copy_from_slice(text.as_bytes()),
            lane: lane_of(&glance, line),
            idempotency_key,
        })
    }
}

/// Returns the number that rows of one member share. Without a member, rows of one receipt share a
/// number and keep their order; without both, each row has its own.
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

/// Returns the SHA-256 of a body, in hexadecimal. Neither white space nor the order of the fields
/// changes it.
fn content_key(mut body: Value) -> String {
    body.sort_all_objects();
    Sha256::digest(body.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Row {
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
            assert_eq!(row(text).kind, kind, "{text}");
        }
        let chosen = Row::of(7, r#"{"name":"Ana Ejemplo"}"#, Some(Kind::Purchases)).unwrap();
        assert_eq!(chosen.kind, Kind::Purchases);
    }

    #[test]
    fn a_member_keeps_the_key_however_the_body_is_written() {
        let first = row(r#"{"name":"Ana","card_number":"C1"}"#);
        let again = row(r#" {"card_number": "C1", "name": "\u0041na"} "#);
        let other = row(r#"{"name":"Ana","card_number":"C2"}"#);
        assert_eq!(first.idempotency_key, again.idempotency_key);
        assert_ne!(first.idempotency_key, other.idempotency_key);
        assert_eq!(first.idempotency_key.map(|key| key.len()), Some(64));
    }

    #[test]
    fn only_what_has_no_natural_key_carries_the_key_of_its_content() {
        let key = |text: &str| row(text).idempotency_key;
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
        let first = row(r#"{"card_number":"C1","total":1,"invoice_number":"a","branch":"b"}"#);
        let second = row(r#"{"total":2,"card_number":"C1","invoice_number":"c"}"#);
        let third = row(r#"{"total":2,"invoice_number":"c","branch":"b"}"#);
        assert_eq!(first.lane, second.lane);
        assert_ne!(second.lane, third.lane);
        assert_eq!(third.lane, row(r#"{"total":3,"branch":"b","invoice_number":"c"}"#).lane);
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
