//! What must be right after a fault at one call of the journey: the only definition of it.

use super::wire::Mishap;
use puntos::{Call, Fault};

/// A call of the journey: the n-th of its function and action, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub call: Call,
    /// Which of them.
    pub nth: usize,
}

/// The ways in which a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// The function dies before the call.
    DiesBefore,
    /// The function dies after the call.
    DiesAfter,
    /// The connection breaks before the call, once.
    BrokenOnce,
    /// The answer is lost, once.
    LostOnce,
    /// The connection breaks before the call, until the SDK gives up.
    BrokenThroughout,
    /// The answer is lost, until the SDK gives up.
    LostThroughout,
}

/// What SES reports of the coupon's mail in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    /// It was delivered.
    Delivery,
    /// It bounced for good: the address is blocked.
    Bounce,
}

/// A mail once everything is worked off, before SES reports anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MailState {
    /// How many of it SES accepted.
    pub accepted: usize,
    pub status: &'static str,
}

const SENT: MailState = MailState { accepted: 1, status: "sent" };

impl Target {
    /// Returns how many attempts go wrong: one, or as many as the clients make
    /// (shared/runtime/src/clients.rs).
    pub(super) fn attempts(&self, manner: Manner) -> usize {
        match (manner, self.call.service) {
            (Manner::BrokenThroughout | Manner::LostThroughout, "dynamodb") => 4,
            (Manner::BrokenThroughout | Manner::LostThroughout, "sqs") => 3,
            _ => 1,
        }
    }

    /// Returns what goes wrong with an attempt where this call goes wrong in a manner.
    pub(super) fn mishap(&self, manner: Manner, call: &Call, nth: usize) -> Option<Mishap> {
        let attempts = self.nth..self.nth + self.attempts(manner);
        let is_hit = *call == self.call && attempts.contains(&nth);
        is_hit.then_some(match manner {
            Manner::DiesBefore => Mishap::DiesBefore,
            Manner::DiesAfter => Mishap::DiesAfter,
            Manner::BrokenOnce | Manner::BrokenThroughout => Mishap::Wire(Fault::BeforeEffect),
            Manner::LostOnce | Manner::LostThroughout => Mishap::Wire(Fault::AfterEffect),
        })
    }
}

/// Returns what becomes of the journey's n-th mail where a call goes wrong, and its address is open.
///
/// A mail is uncertain only if its sender may have died after it locked the mail.
pub(super) fn mail_after(fault: Option<(&Target, Manner)>, nth: usize) -> MailState {
    let uncertain = |accepted| MailState { accepted, status: "uncertain" };
    let Some((target, manner)) = fault else { return SENT };
    if target.call.function != "send-coupon-email" || target.nth != nth {
        return SENT;
    }
    use Manner::{BrokenOnce, BrokenThroughout, DiesAfter, DiesBefore, LostOnce, LostThroughout};
    match (target.call.action.as_str(), manner) {
        // The mail is locked, and nobody knows by which sender.
        ("TransactWriteItems", DiesAfter | LostThroughout) => uncertain(0),
        ("SendEmail", DiesBefore | BrokenOnce | BrokenThroughout) => uncertain(0),
        ("SendEmail", DiesAfter | LostOnce | LostThroughout) => uncertain(1),
        // Sent, and not recorded.
        ("PutItem", DiesBefore | BrokenThroughout) => uncertain(1),
        _ => SENT,
    }
}
