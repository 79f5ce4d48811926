//! Events as AWS documents and sends them, collected elsewhere: each is read, or left alone, as it should.
//!
//! The collection is no part of this project; where it is absent these tests say so and do nothing.

use std::fs;
use std::path::Path;

use handle_bounce::event::Parsed;
use jiff::Timestamp;
use puntos_domain::mail::{BlockReason, DeliveryReport, EmailStatus};
use serde_json::{Value, json};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases");

/// Returns the files of a folder of the collection, by name, or none where it is absent.
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn cases(folder: &str) -> Vec<(String, String)> {
    let Ok(files) = fs::read_dir(Path::new(CASES).join(folder)) else {
        println!("skipped: no cases of {folder} at hand");
        return Vec::new();
    };
    let mut cases: Vec<_> = files
        .map(|file| {
            let path = file.expect("a case").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
            (name.to_owned(), fs::read_to_string(&path).expect("a text"))
        })
        .collect();
    cases.sort();
    cases
}

/// Reads a text that was sent in 1970.
fn parse(text: &str) -> Parsed {
    handle_bounce::event::parse(text, Timestamp::UNIX_EPOCH)
}

fn reports(name: &str, text: &str) -> Vec<DeliveryReport> {
    match parse(text) {
        Parsed::Reports(reports) => reports,
        other => panic!("{name}: expected reports, not {other:?}"),
    }
}

fn status(report: &DeliveryReport) -> Option<EmailStatus> {
    report.status_change().map(|change| change.status)
}

#[test]
fn published_events_are_reports() {
    for (name, text) in cases("ses-event") {
        let kind = name.trim_start_matches("aws-docs-sns-").trim_end_matches(".json");
        let (count, expected, blocks) = match kind {
            "aws-docs-firehose-flat-ndjson.txt" => (2, Some(EmailStatus::Sent), None),
            "bounce" => (1, Some(EmailStatus::Bounced), Some(BlockReason::HardBounce)),
            "complaint" => (1, Some(EmailStatus::Complained), Some(BlockReason::Complaint)),
            "delivery" => (1, Some(EmailStatus::Delivered), None),
            "delivery-delay" => (1, Some(EmailStatus::Delayed), None),
            "reject" | "rendering-failure" => (1, Some(EmailStatus::Rejected), None),
            "send" => (1, Some(EmailStatus::Sent), None),
            "click" | "open" | "subscription" => (1, None, None),
            other => panic!("{other}: a case without an expectation"),
        };
        let reports = reports(&name, &text);
        assert_eq!(reports.len(), count, "{name}");
        for report in reports {
            assert_eq!((status(&report), report.blocks()), (expected, blocks), "{name}");
            assert!(report.message_id.is_some(), "{name}");
            let flat = kind.ends_with(".txt");
            assert_eq!(report.recipients.len(), usize::from(!flat), "{name}");
        }
    }
}

#[test]
fn notifications_are_reports_without_tags() {
    for (name, text) in cases("ses-notification") {
        let (expected, recipients) = match name.trim_start_matches("aws-docs-") {
            "bounce-with-dsn.json" => (EmailStatus::Bounced, 1),
            "bounce-without-dsn.json" => (EmailStatus::Bounced, 2),
            "delivery.json" => (EmailStatus::Delivered, 1),
            other if other.starts_with("complaint-") => (EmailStatus::Complained, 1),
            "received-0.json" => {
                assert_eq!(parse(&text), Parsed::Ignored("a mail that SES received"));
                continue;
            }
            // As printed it is not valid JSON, and what nobody can read is not acknowledged.
            "received-1.json" => {
                assert!(matches!(parse(&text), Parsed::Malformed(_)), "{name}");
                continue;
            }
            other => panic!("{other}: a case without an expectation"),
        };
        let reports = reports(&name, &text);
        assert_eq!(reports.len(), 1, "{name}");
        assert_eq!(status(&reports[0]), Some(expected), "{name}");
        assert_eq!(reports[0].recipients.len(), recipients, "{name}");
        assert_eq!(reports[0].email_id, None, "{name}");
    }
}

/// Their times are placeholders, so those of their envelopes count.
#[test]
fn recorded_messages_are_read() {
    for (name, text) in cases("ses-recorded") {
        assert_eq!(parse(&text), Parsed::Ignored("not an event of SES"), "{name}");
        let recording: Value = serde_json::from_str(&text).expect("JSON");
        let messages = recording["recorded-content"]["messages"].as_array().expect("messages");
        for message in messages {
            let recorded = message.to_string();
            if message["Message"].is_string() {
                assert_eq!(parse(&recorded), Parsed::Ignored("a topic check of SES"), "{name}");
                continue;
            }
            let mut envelope = message.clone();
            let as_object = reports(&name, &recorded);
            envelope["Message"] = json!(envelope["Message"].to_string());
            assert_eq!(as_object, reports(&name, &envelope.to_string()), "{name}");
            assert!(as_object.iter().all(|report| status(report).is_some()), "{name}");
        }
    }
}

#[test]
fn fragments_are_no_events_until_they_are_put_together() {
    let fragments = cases("ses-fragment");
    for (name, text) in &fragments {
        assert_eq!(parse(text), Parsed::Ignored("not an event of SES"), "{name}");
    }
    let fragment = |name: &str| -> Value {
        let text = fragments.iter().find(|(found, _)| found.contains(name));
        text.map_or(Value::Null, |(_, text)| serde_json::from_str(text).expect("JSON"))
    };
    if fragments.is_empty() {
        return;
    }
    let mail = fragment("mail-object");
    let bounce = json!({"notificationType": "Bounce", "mail": mail, "bounce": fragment("mixed")});
    let [failed, delayed] = &reports("mixed", &bounce.to_string())[..] else {
        panic!("a report for the failed recipient and one for the delayed");
    };
    assert_eq!(failed.blocks(), Some(BlockReason::HardBounce));
    assert_eq!(failed.recipients[0].as_given(), "recipient1@example.com");
    assert_eq!(delayed.blocks(), None);
    assert_eq!(delayed.recipients[0].as_given(), "recipient2@example.com");
    let sent = json!({"eventType": "Send", "mail": mail}).to_string();
    assert_eq!(reports("send", &sent)[0].at.to_string(), "2018-10-08T14:05:45Z");
}

#[test]
fn messages_of_others_are_left_alone() {
    for folder in ["sns-envelope", "sns-lambda", "sqs", "eventbridge"] {
        for (name, text) in cases(folder) {
            assert!(matches!(parse(&text), Parsed::Ignored(_)), "{folder}/{name}");
        }
    }
}

#[test]
fn every_envelope_of_aws_can_carry_an_event() {
    let Some((_, bounce)) =
        cases("ses-event").into_iter().find(|(name, _)| name.contains("-bounce"))
    else {
        return;
    };
    let expected = parse(&bounce);
    let mut carried = 0;
    for (name, text) in ["sns-lambda", "sqs", "eventbridge"].into_iter().flat_map(cases) {
        let mut envelope: Value = serde_json::from_str(&text).expect("JSON");
        if let Some(records) = envelope["Records"].as_array_mut() {
            records.truncate(1);
            match records[0].get_mut("Sns") {
                Some(sns) => sns["Message"] = json!(bounce),
                None => records[0]["body"] = json!(bounce),
            }
        } else if envelope["detail-type"].is_string() {
            envelope["detail"] = serde_json::from_str(&bounce).expect("JSON");
        } else {
            continue;
        }
        assert_eq!(parse(&envelope.to_string()), expected, "{name}");
        carried += 1;
    }
    assert!(carried > 10, "only {carried} envelopes");
}
