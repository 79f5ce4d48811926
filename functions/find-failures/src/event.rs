//! What the triggers deliver, parsed: the schedule's time, or purchases that could not be recorded.

use aws_lambda_events::sqs::SqsEvent;
use puntos_domain::claim::Evidence;
use puntos_domain::field::{LABEL_MAX_CHARS, text};
use puntos_domain::money::Money;
use puntos_runtime::trigger::Schedule;
use serde::Deserialize;
use serde_json::Value;

/// What the triggers deliver.
#[derive(Deserialize)]
#[serde(try_from = "Value")]
pub enum Event {
    /// Dead letters of the purchase queue.
    Queue(SqsEvent),
    /// A run of the schedule.
    Schedule(Schedule),
}

/// An event of neither trigger. Its fields are named in the text, because serde keeps no source.
#[derive(Debug, thiserror::Error)]
pub enum UnknownEvent {
    /// It has the fields of both triggers, or of none.
    #[error("unknown event")]
    Form,
    /// A field is wrong.
    #[error("unknown event: {0}")]
    Json(serde_json::Error),
}

impl TryFrom<Value> for Event {
    type Error = UnknownEvent;

    /// Distinguishes the two by their fields. An event with the fields of both, or of neither, is refused.
    fn try_from(event: Value) -> Result<Self, UnknownEvent> {
        let has = |name: &str| event.get(name).is_some();
        let parsed = match (event.is_object(), has("Records"), has("time")) {
            (true, true, false) => serde_json::from_value(event).map(Self::Queue),
            (true, false, _) => serde_json::from_value(event).map(Self::Schedule),
            (true, true, true) | (false, ..) => return Err(UnknownEvent::Form),
        };
        parsed.map_err(UnknownEvent::Json)
    }
}

/// A purchase that could not be recorded, as far as it can be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct DeadPurchase {
    /// The member that it names.
    pub member_id: Option<String>,
    /// Its other fields.
    pub evidence: Evidence,
}

impl DeadPurchase {
    /// Reads the readable fields of a body. A body that is no purchase has none.
    pub fn of(body: &str) -> Self {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let label = |name: &str| {
            let value = body.get(name)?.as_str()?.to_owned();
            text(name, value, LABEL_MAX_CHARS).ok()
        };
        let evidence = Evidence {
            branch: label("branch"),
            invoice_number: label("invoice_number"),
            purchased_at: label("purchased_at").and_then(|at| at.parse().ok()),
            card_number: label("card_number"),
            total: body.get("total").and_then(|total| Money::deserialize(total).ok()),
            note: None,
        };
        Self { member_id: label("member_id"), evidence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_records_is_no_schedule() {
        let parsed = |event: &str| serde_json::from_str::<Event>(event);
        for schedule in ["{}", r#"{"time": "2031-03-10T12:00:00Z"}"#, r#"{"id": "i"}"#] {
            assert!(matches!(parsed(schedule), Ok(Event::Schedule(_))), "{schedule}");
        }
        let queue = r#"{"Records": [{"messageId": "m", "body": "b"}]}"#;
        assert!(matches!(parsed(queue), Ok(Event::Queue(_))));
        let unknown = [
            r#"{"Records": 7}"#,
            r#"{"Records": null}"#,
            r#"{"Records": [7]}"#,
            r#"{"Records": [], "time": "2031-03-10T12:00:00Z"}"#,
            r#"{"Records": 7, "time": "2031-03-10T12:00:00Z"}"#,
            r#"{"time": 7}"#,
            "[]",
            "null",
        ];
        for event in unknown {
            let error = parsed(event).err().map(|error| error.to_string());
            assert!(error.is_some_and(|error| error.starts_with("unknown event")), "{event}");
        }
    }

    #[test]
    fn what_can_be_read_is_read() {
        let whole = r#"{"member_id": "m", "card_number": "c", "branch": "b", "invoice_number": "i",
            "purchased_at": "2031-03-10T12:00:00Z", "total": {"amount": 1, "currency": "RUB"}}"#;
        let read = DeadPurchase::of(whole);
        assert_eq!(read.member_id.as_deref(), Some("m"));
        assert_eq!(read.evidence.invoice(), Some(("b", "i")));
        assert_eq!(read.evidence.card_number.as_deref(), Some("c"));
        assert!(read.evidence.purchased_at.is_some() && read.evidence.total.is_some());
        for nothing in ["", "{", "[]", "null", "7", r#"{"branch": 7, "invoice_number": {}}"#] {
            assert_eq!(DeadPurchase::of(nothing), DeadPurchase::default(), "{nothing}");
        }
        let odd = r#"{"branch": "a\nb", "invoice_number": "", "purchased_at": "yesterday"}"#;
        assert_eq!(DeadPurchase::of(odd), DeadPurchase::default());
    }
}
