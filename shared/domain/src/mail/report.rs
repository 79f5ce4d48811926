//! SES reports about a mail, and what they mean for the mail and for the address.
//!
//! Knows no JSON, SNS or queues: `handle-bounce` parses the event into a [`DeliveryReport`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{EmailAddress, EmailStatus, StatusChange};
use crate::id::EmailId;

/// The subtypes of a permanent bounce if the mailbox cannot be reached.
const UNREACHABLE_SUBTYPES: [&str; 2] = ["General", "NoEmail"];
/// The subtypes of a permanent bounce if SES itself blocks the address.
const SUPPRESSED_SUBTYPES: [&str; 2] = ["Suppressed", "OnAccountSuppressionList"];
/// The feedback type of a recipient who takes a mail out of the spam folder.
const NOT_SPAM: &str = "not-spam";

/// One SES event, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    /// The message id that SES gave to the mail.
    pub message_id: Option<String>,
    /// Our own id of the mail, from the message tag; events without tags have none.
    pub email_id: Option<EmailId>,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub outcome: Outcome,
    /// The affected addresses, without those that mail cannot be sent to.
    pub recipients: Vec<EmailAddress>,
}

/// What happened to a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// SES accepted it.
    Sent,
    /// The recipient's server accepted it.
    Delivered,
    /// The recipient's server has not accepted it yet.
    Delayed {
        /// Why, in SES's word, such as `MailboxFull`.
        reason: Option<String>,
    },
    /// The recipient's server returned it, or SES gave up.
    Bounced {
        /// Whether a retry can help.
        kind: BounceKind,
        /// SES's word for the reason, such as `General`.
        subtype: Option<String>,
    },
    /// The recipient's provider sent feedback about it, usually a complaint.
    Complained {
        /// The kind of feedback, such as `abuse` or `not-spam`.
        feedback: Option<String>,
    },
    /// SES refused it after accepting it, for instance for a virus.
    Rejected {
        /// Why, in SES's words.
        reason: Option<String>,
    },
    /// SES could not fill in its template.
    RenderingFailed,
    /// The recipient opened it.
    Opened,
    /// The recipient followed a link.
    Clicked,
    /// The recipient changed what they are subscribed to.
    Subscription {
        /// Whether optional mails may come from now on; `None` if the event does not say.
        consents: Option<bool>,
    },
}

/// Whether a bounced mail could arrive some other time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum BounceKind {
    /// Never.
    Permanent,
    /// Perhaps later.
    Transient,
    /// Unknown, including values that SES may add.
    Undetermined,
}

/// Why an address is not written to.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum BlockReason {
    /// A mail to it bounced for good.
    HardBounce,
    /// Its owner marked a mail as spam.
    Complaint,
    /// SES keeps it on a suppression list.
    Suppressed,
}

impl DeliveryReport {
    /// Returns the status that the report gives its mail, or `None` if it is not about delivery.
    pub fn status_change(&self) -> Option<StatusChange> {
        let (status, detail) = match &self.outcome {
            Outcome::Sent => (EmailStatus::Sent, None),
            Outcome::Delivered => (EmailStatus::Delivered, None),
            Outcome::Delayed { reason } => (EmailStatus::Delayed, reason.clone()),
            Outcome::Bounced { kind, subtype } => {
                (EmailStatus::Bounced, Some(bounce_detail(*kind, subtype.as_deref())))
            }
            Outcome::Complained { feedback } if is_not_spam(feedback.as_deref()) => return None,
            Outcome::Complained { feedback } => (EmailStatus::Complained, feedback.clone()),
            Outcome::Rejected { reason } => (EmailStatus::Rejected, reason.clone()),
            Outcome::RenderingFailed => {
                (EmailStatus::Rejected, Some("rendering failure".to_owned()))
            }
            Outcome::Opened | Outcome::Clicked | Outcome::Subscription { .. } => return None,
        };
        Some(StatusChange { status, at: self.at, detail })
    }

    /// Returns why the recipients must be blocked, or `None` if they need not be.
    ///
    /// Only kinds and subtypes that SES documents as final block an address. An unknown one changes the mail
    /// and not the address.
    pub fn blocks(&self) -> Option<BlockReason> {
        match &self.outcome {
            Outcome::Bounced { kind: BounceKind::Permanent, subtype } => match subtype.as_deref() {
                None => Some(BlockReason::HardBounce),
                Some(subtype) if UNREACHABLE_SUBTYPES.contains(&subtype) => {
                    Some(BlockReason::HardBounce)
                }
                Some(subtype) if SUPPRESSED_SUBTYPES.contains(&subtype) => {
                    Some(BlockReason::Suppressed)
                }
                Some(_) => None,
            },
            Outcome::Complained { feedback } if !is_not_spam(feedback.as_deref()) => {
                Some(BlockReason::Complaint)
            }
            _ => None,
        }
    }
}

impl BounceKind {
    /// Returns the kind of this SES `bounceType`.
    pub fn from_ses(bounce_type: &str) -> Self {
        match bounce_type {
            "Permanent" => Self::Permanent,
            "Transient" => Self::Transient,
            _ => Self::Undetermined,
        }
    }
}

fn bounce_detail(kind: BounceKind, subtype: Option<&str>) -> String {
    match subtype {
        Some(subtype) => format!("{kind}: {subtype}"),
        None => kind.to_string(),
    }
}

fn is_not_spam(feedback: Option<&str>) -> bool {
    feedback.is_some_and(|feedback| feedback.eq_ignore_ascii_case(NOT_SPAM))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounced(bounce_type: &str, subtype: Option<&str>) -> Outcome {
        let kind = BounceKind::from_ses(bounce_type);
        Outcome::Bounced { kind, subtype: subtype.map(str::to_owned) }
    }

    fn complained(feedback: Option<&str>) -> Outcome {
        Outcome::Complained { feedback: feedback.map(str::to_owned) }
    }

    #[test]
    fn each_outcome_has_its_meaning() {
        use BlockReason::{Complaint, HardBounce, Suppressed};
        use EmailStatus::{Bounced, Complained, Delayed, Delivered, Rejected, Sent};
        let full = Outcome::Delayed { reason: Some("MailboxFull".to_owned()) };
        let virus = Outcome::Rejected { reason: Some("Bad content".to_owned()) };
        let table = [
            (Outcome::Sent, Some((Sent, None)), None),
            (Outcome::Delivered, Some((Delivered, None)), None),
            (full, Some((Delayed, Some("MailboxFull"))), None),
            (virus, Some((Rejected, Some("Bad content"))), None),
            (Outcome::RenderingFailed, Some((Rejected, Some("rendering failure"))), None),
            (Outcome::Opened, None, None),
            (Outcome::Clicked, None, None),
            (Outcome::Subscription { consents: None }, None, None),
            (Outcome::Subscription { consents: Some(false) }, None, None),
            (
                bounced("Permanent", Some("General")),
                Some((Bounced, Some("permanent: General"))),
                Some(HardBounce),
            ),
            (
                bounced("Permanent", Some("NoEmail")),
                Some((Bounced, Some("permanent: NoEmail"))),
                Some(HardBounce),
            ),
            (bounced("Permanent", None), Some((Bounced, Some("permanent"))), Some(HardBounce)),
            (
                bounced("Permanent", Some("Suppressed")),
                Some((Bounced, Some("permanent: Suppressed"))),
                Some(Suppressed),
            ),
            (
                bounced("Permanent", Some("OnAccountSuppressionList")),
                Some((Bounced, Some("permanent: OnAccountSuppressionList"))),
                Some(Suppressed),
            ),
            (
                bounced("Permanent", Some("Unheard")),
                Some((Bounced, Some("permanent: Unheard"))),
                None,
            ),
            (
                bounced("Transient", Some("MailboxFull")),
                Some((Bounced, Some("transient: MailboxFull"))),
                None,
            ),
            (
                bounced("Undetermined", Some("Undetermined")),
                Some((Bounced, Some("undetermined: Undetermined"))),
                None,
            ),
            (
                bounced("Unheard", Some("General")),
                Some((Bounced, Some("undetermined: General"))),
                None,
            ),
            (complained(None), Some((Complained, None)), Some(Complaint)),
            (complained(Some("abuse")), Some((Complained, Some("abuse"))), Some(Complaint)),
            (complained(Some("unheard")), Some((Complained, Some("unheard"))), Some(Complaint)),
            (complained(Some("not-spam")), None, None),
            (complained(Some("Not-Spam")), None, None),
        ];
        for (outcome, status, block) in table {
            let report = DeliveryReport {
                message_id: None,
                email_id: None,
                at: Timestamp::UNIX_EPOCH,
                outcome,
                recipients: Vec::new(),
            };
            let change = report.status_change();
            let change = change.as_ref().map(|change| (change.status, change.detail.as_deref()));
            assert_eq!(change, status, "{:?}", report.outcome);
            assert_eq!(report.blocks(), block, "{:?}", report.outcome);
        }
    }
}
