//! Reads events of SES, plain or wrapped by SNS, SQS or EventBridge.
//!
//! Decides nothing about messages and addresses: it returns [`DeliveryReport`]s. An unknown kind of event
//! is ignored by name. An event of a known kind that cannot be read is malformed, so that it is not lost.

mod ses;

use jiff::Timestamp;
use puntos_domain::mail::DeliveryReport;
use serde_json::{Deserializer, Value};

/// The largest text, in bytes: what SNS and SQS carry at most.
const TEXT_MAX_BYTES: usize = 256 * 1024;
/// How many wrappings are taken off, such as SQS around SNS around an event.
const UNWRAPS_MAX: u8 = 4;
/// How many reports one text may hold: a batch of SQS has ten, a file of Firehose many lines.
const REPORTS_MAX: usize = 500;
/// The text that SES sends to test a topic.
const TOPIC_CHECK: &str = "Successfully validated SNS topic for Amazon SES";

/// The result of reading a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// Reports about one or more mails.
    Reports(Vec<DeliveryReport>),
    /// Nothing to do, and why.
    Ignored(&'static str),
    /// An event that cannot be read, and why. The reason has no personal data.
    Malformed(String),
}

/// Reads the text of one SNS message, or any other form in which SES events arrive.
///
/// If one of several events is malformed, the whole text is: the broken event is not lost, and a
/// repetition of the others changes nothing.
///
/// `sent_at` is when the text was sent. It is the time of an event without one, unless an inner envelope
/// has its own.
pub fn parse(text: &str, sent_at: Timestamp) -> Parsed {
    parse_text(text, 0, sent_at)
}

fn parse_text(text: &str, unwraps: u8, sent_at: Timestamp) -> Parsed {
    if text.len() > TEXT_MAX_BYTES {
        return Parsed::Malformed("the text is larger than 256 KiB".to_owned());
    }
    let text = text.trim();
    if text.starts_with(TOPIC_CHECK) {
        return Parsed::Ignored("a topic check of SES");
    }
    if !text.starts_with('{') {
        return Parsed::Ignored("no object of JSON");
    }
    // Firehose writes one event after another, with or without a new line between them.
    combined(Deserializer::from_str(text).into_iter::<Value>().map(|value| match value {
        Ok(value) => parse_value(&value, unwraps, sent_at),
        Err(error) => Parsed::Malformed(format!("not valid JSON: {error}")),
    }))
}

fn parse_value(value: &Value, unwraps: u8, sent_at: Timestamp) -> Parsed {
    if unwraps > UNWRAPS_MAX {
        return Parsed::Malformed("wrapped more than four times".to_owned());
    }
    let unwrapped = unwraps.saturating_add(1);
    if let Some(records) = value.get("Records").and_then(Value::as_array) {
        return combined(records.iter().map(|record| parse_record(record, unwrapped, sent_at)));
    }
    // SNS and EventBridge name the time of the envelope differently.
    let time = text_of(value, "Timestamp").or_else(|| text_of(value, "time"));
    let sent_at = time.and_then(ses::parse_time).unwrap_or(sent_at);
    if let (Some(kind), Some(message)) = (text_of(value, "Type"), value.get("Message")) {
        return match kind {
            "Notification" => parse_wrapped(message, unwrapped, sent_at),
            _ => Parsed::Ignored("a message of SNS about the subscription"),
        };
    }
    if let (Some(_), Some(detail)) = (value.get("detail-type"), value.get("detail")) {
        return parse_value(detail, unwrapped, sent_at);
    }
    match text_of(value, "eventType").or_else(|| text_of(value, "notificationType")) {
        Some(kind) => ses::parse(kind, value, sent_at),
        None => Parsed::Ignored("not an event of SES"),
    }
}

/// Reads one record of a Lambda batch: of SNS, which has an envelope, or of SQS, which has a body.
fn parse_record(record: &Value, unwraps: u8, sent_at: Timestamp) -> Parsed {
    match (record.get("Sns"), record.get("body")) {
        (Some(envelope), _) => parse_value(envelope, unwraps, sent_at),
        (None, Some(body)) => parse_wrapped(body, unwraps, sent_at_of(record).unwrap_or(sent_at)),
        (None, None) => Parsed::Ignored("a record of another service"),
    }
}

/// Returns when a message of SQS was sent, in milliseconds since 1970.
fn sent_at_of(record: &Value) -> Option<Timestamp> {
    let millisecond = record.pointer("/attributes/SentTimestamp")?.as_str()?.parse().ok()?;
    Timestamp::from_millisecond(millisecond).ok()
}

/// Reads the content of an envelope: usually a text, or an object if a tool has parsed it already.
fn parse_wrapped(content: &Value, unwraps: u8, sent_at: Timestamp) -> Parsed {
    match content {
        Value::String(text) => parse_text(text, unwraps, sent_at),
        content => parse_value(content, unwraps, sent_at),
    }
}

/// Joins the results of a text's parts: the first malformed one, else all reports, else nothing.
fn combined(parts: impl Iterator<Item = Parsed>) -> Parsed {
    let mut reports = Vec::new();
    let mut ignored = None;
    for part in parts {
        match part {
            Parsed::Reports(found) => reports.extend(found),
            Parsed::Ignored(why) => {
                ignored.get_or_insert(why);
            }
            malformed @ Parsed::Malformed(_) => return malformed,
        }
        if reports.len() > REPORTS_MAX {
            return Parsed::Malformed("more than 500 events in one text".to_owned());
        }
    }
    if reports.is_empty() {
        return Parsed::Ignored(ignored.unwrap_or("nothing in it"));
    }
    Parsed::Reports(reports)
}

fn text_of<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Parsed {
        super::parse(text, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn bounds_hold() {
        let event = r#"{"eventType": "Send", "mail": {"timestamp": "2026-03-01T10:00:00Z"}}"#;
        let large = format!("{{\"padding\": \"{}\"}}", "x".repeat(TEXT_MAX_BYTES));
        assert_eq!(parse(&large), Parsed::Malformed("the text is larger than 256 KiB".to_owned()));
        assert!(
            matches!(parse(&event.repeat(500)), Parsed::Reports(reports) if reports.len() == 500)
        );
        assert!(matches!(parse(&event.repeat(501)), Parsed::Malformed(_)));
        let deep = format!("{{\"a\": {}1{}}}", "[".repeat(9_000), "]".repeat(9_000));
        assert!(matches!(parse(&deep), Parsed::Malformed(_)));
    }

    #[test]
    fn four_wrappings_are_taken_off_and_no_more() {
        let event = r#"{"eventType": "Send", "mail": {"timestamp": "2026-03-01T10:00:00Z"}}"#;
        let mut text = event.to_owned();
        for wrappings in 1..=6 {
            text = serde_json::json!({"Type": "Notification", "Message": text}).to_string();
            let reported = matches!(parse(&text), Parsed::Reports(_));
            assert_eq!(reported, wrappings <= 4, "{wrappings} wrappings");
        }
    }

    #[test]
    fn one_broken_event_is_not_lost_among_good_ones() {
        let good = r#"{"eventType": "Send", "mail": {"timestamp": "2026-03-01T10:00:00Z"}}"#;
        let broken = r#"{"eventType": "Send"}"#;
        assert!(matches!(parse(&format!("{good}\n{broken}\n{good}")), Parsed::Malformed(_)));
        assert!(matches!(parse(&format!("{good}\n{{")), Parsed::Malformed(_)));
        let foreign = r#"{"eventType": "OrderPlaced"}"#;
        assert!(
            matches!(parse(&format!("{foreign}{good}")), Parsed::Reports(reports) if reports.len() == 1)
        );
    }
}
