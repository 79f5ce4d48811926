//! Reads one SES event, without its wrapping, into delivery reports.
//!
//! Takes only what the domain decides by; diagnostics, headers and user agents stay where they are.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use puntos_domain::mail::{BounceKind, DeliveryReport, EmailAddress, Outcome};
use puntos_runtime::mailer::OPTIONAL_TOPIC;
use serde_json::Value;

use super::{Parsed, text_of};

/// How many recipients one mail of SES can have.
const RECIPIENTS_MAX: usize = 50;
/// The longest message id, in bytes; SES's have 60.
const MESSAGE_ID_MAX_BYTES: usize = 256;

/// Reads an event of this kind: the value of its `eventType` or `notificationType`. `envelope_at` is the time of
/// the event if it has none itself.
pub(super) fn parse(kind: &str, event: &Value, envelope_at: Timestamp) -> Parsed {
    let event = &Event { content: event, envelope_at };
    // The two families of events spell the kinds alike, except for a space in "Rendering Failure".
    let reports = match kind.replace(' ', "").as_str() {
        "Send" => destination_report(event, Outcome::Sent),
        "Delivery" => delivery(event),
        "DeliveryDelay" => delay(event),
        "Bounce" => bounce(event),
        "Complaint" => complaint(event),
        "Reject" => reject(event),
        "RenderingFailure" => destination_report(event, Outcome::RenderingFailed),
        "Open" => destination_report(event, Outcome::Opened),
        "Click" => destination_report(event, Outcome::Clicked),
        "Subscription" => subscription(event),
        "Received" => return Parsed::Ignored("a mail that SES received"),
        "AmazonSnsSubscriptionSucceeded" => return Parsed::Ignored("a topic check of SES"),
        _ => return Parsed::Ignored("an event of an unknown kind"),
    };
    match reports {
        Ok(reports) if reports.is_empty() => Parsed::Ignored("a bounce that concerns nobody"),
        Ok(reports) => Parsed::Reports(reports),
        Err(Broken(why)) => Parsed::Malformed(format!("a broken event of SES: {why}")),
    }
}

/// One event, and when its envelope was sent.
struct Event<'a> {
    content: &'a Value,
    envelope_at: Timestamp,
}

/// Why an event of a known kind cannot be read.
struct Broken(&'static str);

type Reports = Result<Vec<DeliveryReport>, Broken>;

impl<'a> Event<'a> {
    /// Returns the part that says what happened.
    fn part(&self, name: &str) -> Option<&'a Value> {
        object(self.content, name)
    }

    /// Returns the addresses that the mail went to.
    fn destination(&self) -> Result<Vec<EmailAddress>, Broken> {
        match self.part("mail") {
            Some(mail) => Ok(addresses(list(mail, "destination")?.iter())),
            None => Ok(Vec::new()),
        }
    }

    /// Returns the one address that the mail went to. Of several, any may be the one in question.
    fn only_destination(&self) -> Result<Vec<EmailAddress>, Broken> {
        let destination = self.destination()?;
        Ok(if destination.len() == 1 { destination } else { Vec::new() })
    }

    /// Returns the one report of an event.
    ///
    /// Its time is that of the outcome, else of the mail, else of the envelope. An event without a mail has a
    /// report only if that blocks an address.
    fn report(
        &self,
        at: Option<Timestamp>,
        outcome: Outcome,
        recipients: Vec<EmailAddress>,
    ) -> Reports {
        // The flat records of an analytics stream have the fields of the mail at the top.
        let (mail, time_field) = match self.part("mail") {
            Some(mail) => (mail, "timestamp"),
            None => (self.content, "ses_timestamp"),
        };
        let message_id = text_of(mail, "messageId").filter(|id| id.len() <= MESSAGE_ID_MAX_BYTES);
        let email_id = mail.pointer("/tags/email_id/0").and_then(Value::as_str);
        let report = DeliveryReport {
            message_id: message_id.map(str::to_owned),
            email_id: email_id.and_then(|id| id.parse().ok()),
            at: at.or_else(|| time_of(mail, time_field)).unwrap_or(self.envelope_at),
            outcome,
            recipients,
        };
        let is_known = self.part("mail").is_some() || report.message_id.is_some();
        let blocks = report.blocks().is_some() && !report.recipients.is_empty();
        if is_known || blocks { Ok(vec![report]) } else { Err(Broken("no mail")) }
    }
}

fn delivery(event: &Event<'_>) -> Reports {
    let delivery = event.part("delivery").ok_or(Broken("no delivery"))?;
    let recipients = addresses(list(delivery, "recipients")?.iter());
    event.report(time_of(delivery, "timestamp"), Outcome::Delivered, recipients)
}

fn delay(event: &Event<'_>) -> Reports {
    let delay = event.part("deliveryDelay").ok_or(Broken("no deliveryDelay"))?;
    let recipients = addresses(list(delay, "delayedRecipients")?.iter());
    let outcome = Outcome::Delayed { reason: text_of(delay, "delayType").map(str::to_owned) };
    event.report(time_of(delay, "timestamp"), outcome, recipients)
}

/// Reads a bounce. If it has several recipients, those whose mail is only late get a report of their own:
/// they must not be blocked with the others.
fn bounce(event: &Event<'_>) -> Reports {
    let bounce = event.part("bounce").ok_or(Broken("no bounce"))?;
    let kind = text_of(bounce, "bounceType").ok_or(Broken("no bounceType"))?;
    let at = time_of(bounce, "timestamp");
    let recipients = list(bounce, "bouncedRecipients")?;
    let with_action = |wanted: &str| -> Vec<&Value> {
        let action = |recipient| text_of(recipient, "action").unwrap_or("failed");
        recipients.iter().filter(|recipient| action(recipient) == wanted).collect()
    };
    let (failed, delayed) = (with_action("failed"), with_action("delayed"));
    let mut reports = Vec::new();
    if !failed.is_empty() || recipients.is_empty() {
        let subtype = text_of(bounce, "bounceSubType").map(str::to_owned);
        let outcome = Outcome::Bounced { kind: BounceKind::from_ses(kind), subtype };
        let failed = match recipients.is_empty() {
            true => event.only_destination()?,
            false => addresses(failed.into_iter()),
        };
        reports.extend(event.report(at, outcome, failed)?);
    }
    if !delayed.is_empty() {
        let outcome = Outcome::Delayed { reason: None };
        reports.extend(event.report(at, outcome, addresses(delayed.into_iter()))?);
    }
    Ok(reports)
}

fn complaint(event: &Event<'_>) -> Reports {
    let complaint = event.part("complaint").unwrap_or(&Value::Null);
    let feedback = text_of(complaint, "complaintFeedbackType").map(str::to_owned);
    let recipients = match list(complaint, "complainedRecipients")? {
        [] => event.only_destination()?,
        named => addresses(named.iter()),
    };
    if complaint.is_null() && recipients.is_empty() {
        return Err(Broken("no complaint"));
    }
    event.report(time_of(complaint, "timestamp"), Outcome::Complained { feedback }, recipients)
}

fn reject(event: &Event<'_>) -> Reports {
    let reason = event.part("reject").and_then(|reject| text_of(reject, "reason"));
    destination_report(event, Outcome::Rejected { reason: reason.map(str::to_owned) })
}

/// Reads whether a recipient is subscribed to our topic.
fn subscription(event: &Event<'_>) -> Reports {
    let subscription = event.part("subscription").ok_or(Broken("no subscription"))?;
    let preferences =
        object(subscription, "newTopicPreferences").ok_or(Broken("no newTopicPreferences"))?;
    let topics = list(preferences, "topicSubscriptionStatus")?;
    let ours = topics.iter().find(|topic| text_of(topic, "topicName") == Some(OPTIONAL_TOPIC));
    let from_all = preferences.get("unsubscribeAll").and_then(Value::as_bool) == Some(true);
    let consents = match ours.and_then(|topic| text_of(topic, "subscriptionStatus")) {
        _ if from_all => Some(false),
        Some("OptOut") => Some(false),
        Some("OptIn") => Some(true),
        _ => None,
    };
    let at = time_of(subscription, "timestamp");
    event.report(at, Outcome::Subscription { consents }, event.destination()?)
}

/// Returns the report of an event that concerns the whole mail, at the time of the mail.
fn destination_report(event: &Event<'_>, outcome: Outcome) -> Reports {
    event.report(None, outcome, event.destination()?)
}

fn object<'a>(value: &'a Value, field: &str) -> Option<&'a Value> {
    value.get(field).filter(|value| value.is_object())
}

/// Returns a list of recipients, empty when it is not there.
fn list<'a>(value: &'a Value, field: &str) -> Result<&'a [Value], Broken> {
    match value.get(field) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(recipients)) if recipients.len() > RECIPIENTS_MAX => {
            Err(Broken("more than 50 recipients"))
        }
        Some(Value::Array(recipients)) => Ok(recipients),
        Some(_) => Err(Broken("recipients that are no list")),
    }
}

/// Returns the addresses of recipients, given as texts or as objects, each once.
///
/// Leaves out every text that is not a valid address.
fn addresses<'a>(recipients: impl Iterator<Item = &'a Value>) -> Vec<EmailAddress> {
    let mut addresses = Vec::new();
    for recipient in recipients {
        let text = recipient.as_str().or_else(|| text_of(recipient, "emailAddress"));
        let address = text.and_then(|text| EmailAddress::parse(bare_address(text)).ok());
        addresses.extend(address.filter(|address| !addresses.contains(address)));
    }
    addresses
}

/// Returns the text in angle brackets after a display name, or the whole text.
fn bare_address(text: &str) -> &str {
    let bracketed = text.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<'));
    bracketed.map_or(text, |(_, address)| address)
}

/// Returns the time in a field; `None` if it is missing or cannot be read.
fn time_of(value: &Value, field: &str) -> Option<Timestamp> {
    text_of(value, field).and_then(parse_time)
}

/// Reads a time of SES: RFC 3339 as a rule, a space before the offset in older mail objects, and
/// neither `T` nor offset, in UTC, in flat records.
pub(super) fn parse_time(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let compact = text.replacen(" +", "+", 1).replacen(" -", "-", 1);
    if let Ok(at) = compact.parse() {
        return Some(at);
    }
    let civil: DateTime = text.parse().ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_family_are_read() {
        let table = [
            ("2026-03-01T10:00:00.250Z", Some("2026-03-01T10:00:00.25Z")),
            ("2026-03-01T05:00:00.000-05:00", Some("2026-03-01T10:00:00Z")),
            ("2026-03-01T10:00:00 +0000", Some("2026-03-01T10:00:00Z")),
            ("2026-03-01T10:00:00 -0530", Some("2026-03-01T15:30:00Z")),
            ("2026-03-01 10:00:00.092", Some("2026-03-01T10:00:00.092Z")),
            ("timestamp", None),
            ("", None),
            ("2026-02-30T10:00:00Z", None),
        ];
        for (text, expected) in table {
            let time = parse_time(text).map(|at| at.to_string());
            assert_eq!(time.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn addresses_are_taken_out_of_names() {
        let table = [
            ("ana@example.com", "ana@example.com"),
            ("Ana <ana@example.com>", "ana@example.com"),
            ("\"Pérez, <Ana>\" <ana@example.com> ", "ana@example.com"),
            ("<ana@example.com>", "ana@example.com"),
            ("Ana", "Ana"),
        ];
        for (text, expected) in table {
            assert_eq!(bare_address(text), expected, "{text}");
        }
    }
}
