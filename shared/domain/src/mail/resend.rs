//! Resends: a new mail with the content of an earlier one, to the member's current address.
//!
//! There is one at a time: the first mail names its newest resend. A mail that is stuck in the queue is
//! cancelled together with the resend, so that it is not sent too. Reads and sends nothing.

use jiff::{SignedDuration, Timestamp};

use super::{
    AddressBlock, Email, EmailAddress, EmailStatus, MailKind, StatusChange, StatusHistory,
};
use crate::id::EmailId;
use crate::language::Language;
use crate::member::Profile;
use crate::stamp::Stamp;
use crate::{email_confirmation, invitation};

/// How long SES has to report an uncertain mail, before it may be sent again.
const UNCERTAIN_FOR: SignedDuration = SignedDuration::from_hours(1);
/// How long a mail may wait for its sender before it counts as stuck.
const QUEUED_FOR: SignedDuration = SignedDuration::from_hours(1);

/// The inputs of the decision about a resend.
#[derive(Debug, Clone)]
pub struct Basis {
    /// The first mail.
    pub first: Email,
    /// Whether the mail that the request names has an item in the table.
    pub stored: bool,
    /// The newest resend of the first mail.
    pub newest: Option<Email>,
    /// The member.
    pub profile: Profile,
    /// The block of the member's current address.
    pub block: Option<AddressBlock>,
}

/// The mails to write, all or none.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub resend: Email,
    /// The first mail, which names the resend.
    pub first: Email,
    /// The earlier resend that is cancelled.
    pub given_up: Option<Email>,
}

/// Why a mail is not sent again. The first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The earlier mail is still on its way.
    #[error("the mail before is still on its way")]
    Pending,
    /// Its link works without signing in, and until a time that is over.
    #[error("the link of the mail works no more")]
    LinkExpired,
    /// The mail is optional, and the member wants no optional mails.
    #[error("the member wants no optional e-mails")]
    Unsubscribed,
    /// The member has no address.
    #[error("the member has no e-mail address")]
    NoAddress,
    /// The member's address is blocked.
    #[error("the member's address is blocked")]
    AddressBlocked,
}

impl Decision {
    /// Returns the mails to write.
    pub fn into_emails(self) -> Vec<Email> {
        [self.resend, self.first].into_iter().chain(self.given_up).collect()
    }
}

/// Decides the resend that gets this id.
///
/// # Errors
/// Refuses with the first reason that applies.
pub fn decide(basis: Basis, resend_id: EmailId, stamp: &Stamp) -> Result<Decision, Refusal> {
    let Basis { mut first, stored, mut newest, profile, block } = basis;
    let last = newest.as_mut().unwrap_or(&mut first);
    if !stored || is_on_its_way(last, stamp.at) {
        return Err(Refusal::Pending);
    }
    let is_stuck = last.status() == EmailStatus::Queued;
    if is_stuck {
        let given_up = StatusChange::new(EmailStatus::Rejected, stamp.at);
        last.history.record(given_up.with_detail("stuck: given up for a resend"));
    }
    if link_ends_at(&first).is_some_and(|end| end <= stamp.at) {
        return Err(Refusal::LinkExpired);
    }
    if first.kind.is_optional() && !profile.optional_emails {
        return Err(Refusal::Unsubscribed);
    }
    let to = recipient(&first, &profile).ok_or(Refusal::NoAddress)?;
    if block.is_some() {
        return Err(Refusal::AddressBlocked);
    }
    let mut variables = first.variables.clone();
    variables.name = Some(profile.first_name());
    let resend = Email {
        email_id: resend_id.clone(),
        to,
        variables,
        language: profile.locale.as_deref().map_or(first.language, Language::of_locale),
        history: StatusHistory::queued(stamp.at),
        resend_of: Some(first.email_id.clone()),
        last_resend_id: None,
        message_id: None,
        created_at: stamp.at,
        ordered_by: Some((stamp.actor.clone(), stamp.request_id.clone())),
        version: 0,
        ..first.clone()
    };
    first.last_resend_id = Some(resend_id);
    first.version += 1;
    let given_up = newest.filter(|_| is_stuck).map(|mut newest| {
        newest.version += 1;
        newest
    });
    Ok(Decision { resend, first, given_up })
}

/// Returns the address that a mail is sent to again: the member's current one. The mail that asks to confirm an address
/// goes to that address, while it waits.
pub fn recipient(first: &Email, profile: &Profile) -> Option<EmailAddress> {
    match first.kind {
        MailKind::EmailConfirmation => {
            profile.email_pending.clone().filter(|waits| *waits == first.to)
        }
        _ => profile.email.clone(),
    }
}

/// Returns until when the link of a mail can be used, if it works without signing in. A resend has the same link.
fn link_ends_at(first: &Email) -> Option<Timestamp> {
    match first.kind {
        MailKind::Invitation => Some(invitation::valid_until(first.created_at)),
        MailKind::EmailConfirmation => Some(email_confirmation::valid_until(first.created_at)),
        _ => None,
    }
}

/// A mail is on its way until SES accepts or refuses it, or until its status was uncertain for an hour.
fn is_on_its_way(email: &Email, now: Timestamp) -> bool {
    let since = now.duration_since(email.status_since());
    match email.status() {
        EmailStatus::Sending | EmailStatus::Delayed => true,
        EmailStatus::Queued => since < QUEUED_FOR,
        EmailStatus::Uncertain => since < UNCERTAIN_FOR,
        EmailStatus::Blocked
        | EmailStatus::Sent
        | EmailStatus::Delivered
        | EmailStatus::Rejected
        | EmailStatus::Bounced
        | EmailStatus::Complained => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::MemberId;
    use crate::mail::{BlockReason, MailVariables};
    use crate::member::ProfileRequest;

    const MINUTE: i64 = 60;
    const HOUR: i64 = 3_600;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn stamp(second: i64) -> Stamp {
        Stamp { at: at(second), actor: "agent:a".into(), request_id: "r".into() }
    }

    fn profile(email: Option<&str>, optional_emails: bool) -> Profile {
        let json = serde_json::json!({"name": "Ana Luz", "locale": "ru", "email": email,
            "optional_emails": optional_emails});
        let request: ProfileRequest = serde_json::from_value(json).unwrap();
        Profile::checked(request, at(0)).unwrap()
    }

    /// A mail that entered a status at 0, with version 3.
    fn mail(kind: MailKind, status: EmailStatus) -> Email {
        let mut history = StatusHistory::queued(at(0));
        history.record(StatusChange::new(status, at(0)));
        Email {
            email_id: EmailId::of_cause(&["mail"], &MemberId::from_key("m")),
            member_id: MemberId::from_key("m"),
            kind,
            revision: 1,
            language: Language::En,
            to: EmailAddress::parse("old@example.com").unwrap(),
            variables: MailVariables::default(),
            history,
            redemption_id: None,
            resend_of: None,
            last_resend_id: None,
            message_id: Some("ses".into()),
            created_at: at(0),
            ordered_by: None,
            version: 3,
        }
    }

    fn basis(status: EmailStatus) -> Basis {
        Basis {
            first: mail(MailKind::Coupon, status),
            stored: true,
            newest: None,
            profile: profile(Some("new@example.com"), true),
            block: None,
        }
    }

    fn decided(basis: Basis, second: i64) -> Result<Decision, Refusal> {
        let resend_id = basis.first.email_id.resend("key");
        decide(basis, resend_id, &stamp(second))
    }

    #[test]
    fn the_mail_about_an_address_goes_to_it_while_it_waits() {
        let waiting = |pending: Option<&str>| {
            let mut basis = basis(EmailStatus::Bounced);
            basis.first.kind = MailKind::EmailConfirmation;
            basis.profile.email_pending = pending.map(|text| EmailAddress::parse(text).unwrap());
            decided(basis, 0).map(|decision| decision.resend.to.as_given().to_owned())
        };
        assert_eq!(waiting(Some("old@example.com")).as_deref(), Ok("old@example.com"));
        assert_eq!(waiting(Some("later@example.com")), Err(Refusal::NoAddress));
        assert_eq!(waiting(None), Err(Refusal::NoAddress));
    }

    #[test]
    fn refusals_come_in_their_order() {
        let mut basis = Basis {
            first: mail(MailKind::AutoReply, EmailStatus::Sent),
            stored: false,
            newest: None,
            profile: profile(None, false),
            block: Some(AddressBlock { reason: BlockReason::Complaint, since: at(0) }),
        };
        assert_eq!(decided(basis.clone(), HOUR), Err(Refusal::Pending));
        basis.stored = true;
        assert_eq!(decided(basis.clone(), HOUR), Err(Refusal::Unsubscribed));
        basis.profile = profile(None, true);
        assert_eq!(decided(basis.clone(), HOUR), Err(Refusal::NoAddress));
        basis.profile = profile(Some("new@example.com"), true);
        assert_eq!(decided(basis.clone(), HOUR), Err(Refusal::AddressBlocked));
        basis.block = None;
        assert!(decided(basis, HOUR).is_ok());
    }

    #[test]
    fn a_mail_on_its_way_is_not_sent_again() {
        use EmailStatus::{
            Blocked, Bounced, Complained, Delayed, Delivered, Queued, Rejected, Sending, Sent,
            Uncertain,
        };
        let table = [
            (Queued, 59 * MINUTE, false),
            (Queued, HOUR, true),
            (Sending, 48 * HOUR, false),
            (Uncertain, 59 * MINUTE, false),
            (Uncertain, HOUR, true),
            (Blocked, 0, true),
            (Sent, 0, true),
            (Delayed, 48 * HOUR, false),
            (Delivered, 0, true),
            (Rejected, 0, true),
            (Bounced, 0, true),
            (Complained, 0, true),
        ];
        for (status, second, is_allowed) in table {
            let as_first = decided(basis(status), second);
            assert_eq!(as_first.is_ok(), is_allowed, "{status} after {second} s");
            let newest = Some(mail(MailKind::Coupon, status));
            let as_newest = decided(Basis { newest, ..basis(Sent) }, second);
            assert_eq!(as_newest.is_ok(), is_allowed, "newest {status} after {second} s");
        }
    }

    #[test]
    fn a_resend_goes_to_the_current_address_and_is_linked_to_the_first() {
        let decision = decided(basis(EmailStatus::Bounced), HOUR).unwrap();
        let Decision { resend, first, given_up } = &decision;
        assert_eq!(resend.to.as_given(), "new@example.com");
        assert_eq!(resend.language, Language::Ru);
        assert_eq!(resend.variables.name.as_deref(), Some("Ana"));
        assert_eq!(resend.resend_of.as_ref(), Some(&first.email_id));
        assert_eq!((resend.version, resend.status()), (0, EmailStatus::Queued));
        assert_eq!(resend.message_id, None);
        assert_eq!(first.last_resend_id.as_ref(), Some(&resend.email_id));
        assert_eq!((first.version, first.status()), (4, EmailStatus::Bounced));
        assert_eq!(given_up, &None);
        assert_eq!(decision.into_emails().len(), 2);
    }

    #[test]
    fn a_mail_is_not_sent_again_once_its_link_has_expired() {
        for (kind, hours) in [(MailKind::Invitation, 30 * 24), (MailKind::EmailConfirmation, 72)] {
            let sent_at = |second| {
                decided(
                    Basis { first: mail(kind, EmailStatus::Sent), ..basis(EmailStatus::Sent) },
                    second,
                )
            };
            let expired = Err(Refusal::LinkExpired);
            assert_ne!(sent_at(hours * HOUR - 1).map(drop), expired, "{kind}");
            assert_eq!(sent_at(hours * HOUR).map(drop), expired, "{kind}");
        }
    }

    #[test]
    fn a_stuck_mail_is_given_up() {
        let decision = decided(basis(EmailStatus::Queued), HOUR).unwrap();
        assert_eq!(decision.first.status(), EmailStatus::Rejected);
        assert_eq!(decision.given_up, None);
        let newest = Some(mail(MailKind::Coupon, EmailStatus::Queued));
        let decision = decided(Basis { newest, ..basis(EmailStatus::Sent) }, HOUR).unwrap();
        assert_eq!(decision.first.status(), EmailStatus::Sent);
        let given_up = decision.given_up.unwrap();
        assert_eq!((given_up.status(), given_up.version), (EmailStatus::Rejected, 4));
    }

    #[test]
    fn a_mail_that_is_tried_again_and_again_is_stuck_since_it_was_requested() {
        let mut tried = basis(EmailStatus::Queued);
        for minute in [15, 30, 45, 60] {
            tried.first.history.put_back(at(minute * MINUTE), "MessageRejected");
            assert_eq!(tried.first.listed_since(), at(minute * MINUTE));
        }
        assert_eq!(decided(tried.clone(), 59 * MINUTE), Err(Refusal::Pending));
        assert!(decided(tried, HOUR).is_ok());
    }
}
