//! Our own sample events: what each means, in every wrapping, and that no broken form of one panics.
//!
//! Reads `events/handle-bounce`; a sample without an expectation here fails.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use handle_bounce::event::Parsed;
use jiff::Timestamp;
use puntos_domain::mail::{DeliveryReport, Outcome};
use serde_json::{Value, json};

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/handle-bounce");
const MESSAGE_ID: &str = "0100019cabcdef01-3f6c2a10-5b7e-4d1c-9a44-2e6f0c8d1b27-000000";
const EMAIL_ID: &str = "eml_7k3mq9xtv2hb4rne5w8c1z6yj0dgfasp";

/// What each sample says, in the words of [`described`]: one line a file, in the order of names.
const EXPECTED: &str = "\
bounce-account-suppressed.json: bounced (permanent: OnAccountSuppressionList), Suppressed
bounce-failed-and-delayed.json: bounced (permanent: General), HardBounce; delayed
bounce-permanent.json: bounced (permanent: General), HardBounce
bounce-suppressed.json: bounced (permanent: Suppressed), Suppressed
bounce-transient.json: bounced (transient: MailboxFull)
bounce-undetermined.json: bounced (undetermined: Undetermined)
broken-bounce.json: malformed: a broken event of SES: no bounce
broken-timestamp.json: sent
click.json: no change
complaint-not-spam.json: no change
complaint.json: complained (abuse), Complaint
delivery-delay.json: delayed (MailboxFull)
delivery.json: delivered
eventbridge-other.json: ignored: not an event of SES
eventbridge.json: bounced (permanent: General), HardBounce
firehose.ndjson: sent; delivered; no change
notification-bounce.json: bounced (permanent: NoEmail), HardBounce
notification-received.json: ignored: a mail that SES received
open.json: no change
reject.json: rejected (Bad content)
rendering-failure.json: rejected (rendering failure)
send.json: sent
sns-http-confirmation.json: ignored: a message of SNS about the subscription
sns-http.json: bounced (permanent: General), HardBounce
sns-lambda-topic-check.json: ignored: a topic check of SES
sns-lambda.json: bounced (permanent: General), HardBounce
sqs-raw.json: delivered
sqs-sns.json: delivered; complained (abuse), Complaint
subscription-again.json: subscribed
subscription-topic.json: unsubscribed
subscription.json: unsubscribed
topic-check.txt: ignored: a topic check of SES
unknown-kind.json: ignored: an event of an unknown kind
";

/// Reads a text that was sent in 1970.
fn parse(text: &str) -> Parsed {
    handle_bounce::event::parse(text, Timestamp::UNIX_EPOCH)
}

fn samples() -> BTreeMap<String, String> {
    let files = fs::read_dir(SAMPLES).expect("the samples");
    files
        .map(|file| {
            let path = file.expect("a sample").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
            (name.to_owned(), fs::read_to_string(&path).expect("a text"))
        })
        .collect()
}

fn sample(name: &str) -> String {
    fs::read_to_string(Path::new(SAMPLES).join(name)).expect(name)
}

fn reports(text: &str) -> Vec<DeliveryReport> {
    match parse(text) {
        Parsed::Reports(reports) => reports,
        other => panic!("expected reports, not {other:?}"),
    }
}

/// Returns what a text says in a few words: status, detail and block of each report.
fn described(text: &str) -> String {
    let report = |report: &DeliveryReport| {
        let mut words = match report.status_change() {
            None => "no change".to_owned(),
            Some(change) => match change.detail {
                None => change.status.to_string(),
                Some(detail) => format!("{} ({detail})", change.status),
            },
        };
        if let Outcome::Subscription { consents: Some(consents) } = report.outcome {
            words = if consents { "subscribed" } else { "unsubscribed" }.to_owned();
        }
        if let Some(reason) = report.blocks() {
            words = format!("{words}, {reason:?}");
        }
        words
    };
    match parse(text) {
        Parsed::Reports(reports) => reports.iter().map(report).collect::<Vec<_>>().join("; "),
        Parsed::Ignored(why) => format!("ignored: {why}"),
        Parsed::Malformed(why) => format!("malformed: {why}"),
    }
}

#[test]
fn each_sample_means_what_it_should() {
    let mut said = String::new();
    for (name, text) in samples() {
        said.push_str(&format!("{name}: {}\n", described(&text)));
    }
    assert_eq!(said, EXPECTED);
}

#[test]
fn reports_name_the_message_its_recipient_and_the_time_of_the_outcome() {
    let table = [
        ("send.json", "2026-03-01T10:00:00Z"),
        ("delivery.json", "2026-03-01T10:00:02.25Z"),
        ("delivery-delay.json", "2026-03-01T10:05:00Z"),
        ("bounce-permanent.json", "2026-03-01T10:00:07.5Z"),
        ("complaint.json", "2026-03-02T08:30:00Z"),
        ("reject.json", "2026-03-01T10:00:00Z"),
        ("rendering-failure.json", "2026-03-01T10:00:00Z"),
        ("subscription.json", "2026-03-01T11:01:00Z"),
    ];
    for (name, at) in table {
        let report = &reports(&sample(name))[0];
        assert_eq!(report.message_id.as_deref(), Some(MESSAGE_ID), "{name}");
        assert_eq!(report.email_id.as_ref().map(|id| id.as_str()), Some(EMAIL_ID), "{name}");
        assert_eq!(report.at.to_string(), at, "{name}");
        assert_eq!(recipients(report), ["ana.lopez@example.com"], "{name}");
    }
    let untagged = &reports(&sample("notification-bounce.json"))[0];
    assert_eq!(untagged.email_id, None);
    assert_eq!(untagged.message_id.as_deref(), Some(MESSAGE_ID));
}

fn recipients(report: &DeliveryReport) -> Vec<&str> {
    report.recipients.iter().map(|address| address.as_given()).collect()
}

#[test]
fn a_late_recipient_is_kept_apart_from_one_that_failed() {
    let reports = reports(&sample("bounce-failed-and-delayed.json"));
    assert!(matches!(reports[0].outcome, Outcome::Bounced { .. }));
    assert_eq!(recipients(&reports[0]), ["ana.lopez@example.com"]);
    assert_eq!(reports[1].outcome, Outcome::Delayed { reason: None });
    assert_eq!(recipients(&reports[1]), ["luz.vega@example.com"]);
}

#[test]
fn recipients_are_cleaned_and_bounded() {
    let bounce_of = |recipients: Vec<Value>| {
        let mut event: Value =
            serde_json::from_str(&sample("bounce-permanent.json")).expect("JSON");
        event["bounce"]["bouncedRecipients"] = Value::Array(recipients);
        event.to_string()
    };
    let to = |address: &str| json!({ "emailAddress": address });
    let mixed = ["Ana <ANA@example.com>", "ana@example.com", "not an address", "eva@example.com"];
    let cleaned = reports(&bounce_of(mixed.map(to).to_vec()));
    assert_eq!(recipients(&cleaned[0]), ["ANA@example.com", "eva@example.com"]);
    // A bounce marks its message even when nobody in it can be told.
    assert_eq!(recipients(&reports(&bounce_of(vec![to("?")]))[0]), Vec::<&str>::new());
    assert_eq!(reports(&bounce_of(Vec::new())).len(), 1);
    let relayed = json!({"emailAddress": "ana@example.com", "action": "relayed"});
    let nobody = Parsed::Ignored("a bounce that concerns nobody");
    assert_eq!(parse(&bounce_of(vec![relayed])), nobody);
    let crowd = |count: usize| {
        bounce_of((0..count).map(|index| to(&format!("ana{index}@example.com"))).collect())
    };
    assert_eq!(reports(&crowd(50))[0].recipients.len(), 50);
    assert!(matches!(parse(&crowd(51)), Parsed::Malformed(_)));
}

#[test]
fn an_event_without_its_time_has_that_of_the_mail_or_of_the_nearest_envelope() {
    let event = |outcome: Value, mail: Value| json!({"eventType": "Delivery", "mail": mail, "delivery": outcome});
    let (outcome_at, mail_at) = ("2026-03-01T10:00:02Z", "2026-03-01T10:00:00Z");
    let (sns_at, bus_at, sqs_at) =
        ("2026-03-01T10:00:03Z", "2026-03-01T10:00:04Z", "2026-03-01T10:00:05Z");
    let timed = |at: Value| json!({"timestamp": at, "messageId": "m"});
    let none = event(timed(json!(null)), timed(json!(7)));
    let sns = |event: &Value| json!({"Type": "Notification", "Timestamp": sns_at, "Message": event.to_string()});
    let sqs = |body: &Value| {
        let attributes = json!({"SentTimestamp": "1772359205000"});
        json!({"Records": [{"body": body.to_string(), "attributes": attributes}]})
    };
    let table = [
        (event(timed(json!(outcome_at)), timed(json!(mail_at))), outcome_at),
        (sns(&event(timed(json!("soon")), timed(json!(mail_at)))), mail_at),
        (sns(&none), sns_at),
        (sqs(&sns(&none)), sns_at),
        (sqs(&none), sqs_at),
        (json!({"detail-type": "d", "time": bus_at, "detail": none}), bus_at),
        (none, "1970-01-01T00:00:00Z"),
    ];
    for (text, at) in table {
        assert_eq!(reports(&text.to_string())[0].at.to_string(), at, "{text}");
    }
}

#[test]
fn what_blocks_an_address_blocks_it_whatever_else_is_missing() {
    let to = json!([{"emailAddress": "ana@example.com"}]);
    let permanent = json!({"bounceType": "Permanent", "bouncedRecipients": to});
    let complained = json!({"complainedRecipients": to});
    let one = json!({"destination": ["ana@example.com"]});
    let table = [
        json!({"eventType": "Bounce", "bounce": permanent}),
        json!({"notificationType": "Bounce", "bounce": permanent, "mail": null}),
        json!({"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}, "mail": one}),
        json!({"eventType": "Complaint", "complaint": complained}),
        json!({"eventType": "Complaint", "mail": one}),
    ];
    for event in table {
        let report = &reports(&event.to_string())[0];
        assert!(report.blocks().is_some(), "{event}");
        assert_eq!(recipients(report), ["ana@example.com"], "{event}");
    }
    // Nobody is named, or any of several could be meant.
    let two = json!({"destination": ["ana@example.com", "eva@example.com"]});
    let transient = json!({"bounceType": "Transient", "bouncedRecipients": to});
    for event in [
        json!({"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}}),
        json!({"eventType": "Bounce", "bounce": transient}),
        json!({"eventType": "Complaint", "complaint": {}}),
        json!({"eventType": "Complaint", "mail": two}),
    ] {
        assert!(matches!(parse(&event.to_string()), Parsed::Malformed(_)), "{event}");
    }
    let several =
        json!({"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}, "mail": two});
    assert_eq!(recipients(&reports(&several.to_string())[0]), [""; 0]);
}

#[test]
fn a_foreign_tag_is_no_id_of_ours() {
    let mut event: Value = serde_json::from_str(&sample("send.json")).expect("JSON");
    for tag in [json!(["eml_short"]), json!(["'; --"]), json!([]), json!("text"), json!(null)] {
        event["mail"]["tags"]["email_id"] = tag.clone();
        assert_eq!(reports(&event.to_string())[0].email_id, None, "{tag}");
    }
}

#[test]
fn wrapping_changes_nothing() {
    for (name, text) in samples() {
        let sns = json!({"Type": "Notification", "Message": &text}).to_string();
        let lambda = json!({"Records": [{"Sns": {"Type": "Notification", "Message": &text}}]});
        let wrapped = [
            lambda.to_string(),
            json!({"Records": [{"body": &sns}]}).to_string(),
            json!({"Records": [{"body": &text}]}).to_string(),
            sns,
        ];
        for wrapped in wrapped {
            assert_eq!(parse(&wrapped), parse(&text), "{name}");
        }
    }
}

#[test]
fn no_broken_form_panics() {
    for (name, text) in samples() {
        let text = text.trim_end();
        for end in (0..text.len()).step_by(7).filter(|end| text.is_char_boundary(*end)) {
            let cut = parse(&text[..end]);
            assert!(
                !matches!(cut, Parsed::Reports(_)) || name == "firehose.ndjson",
                "{name} {end}"
            );
        }
        let Ok(event) = serde_json::from_str::<Value>(text) else {
            continue;
        };
        for place in places(&event, String::new()) {
            for other in [json!(null), json!(0), json!(""), json!([]), json!({}), json!([null])] {
                let mut event = event.clone();
                *event.pointer_mut(&place).expect("a place of the event") = other;
                parse(&event.to_string());
            }
        }
    }
}

/// Returns the JSON pointers of everything inside a value.
fn places(value: &Value, here: String) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
            fields.iter().map(|(name, child)| (escaped(name), child)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, child)| (index.to_string(), child)).collect()
        }
        _ => Vec::new(),
    };
    let inside = children
        .into_iter()
        .flat_map(|(name, child)| places(child, format!("{here}/{name}")))
        .collect::<Vec<_>>();
    std::iter::once(here).chain(inside).collect()
}
