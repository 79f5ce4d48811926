//! News of a claim: what its member is written to about, and on which day at the latest.

use super::{Claim, MoneyAt, Party, Step, StepKind, Today};

/// Why a member is written to about their claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum News {
    /// A step was taken.
    Step,
    /// The system found money without an order.
    Found,
    /// The order that the money waited for came.
    OrderCame,
    /// The refund was requested.
    RefundRequested,
    /// The refund was sent.
    RefundSent,
    /// The money is back.
    RefundReceived,
    /// Nothing happened for some days.
    Reminder,
    /// The promised day has passed.
    BrokenPromise,
}

impl Claim {
    /// Returns whether its member is written to about it. What the system found out about its own mails and purchases is
    /// for the agents.
    pub fn tells_member(&self) -> bool {
        let is_theirs = self.opened_by != Party::System || self.evidence.order_id.is_some();
        is_theirs && self.claim_id.member_id().is_known()
    }

    /// Returns the last step that a person took, if its member is written to about it: not about internal steps, and not
    /// about their own, except that the claim was opened.
    pub fn step_to_tell(&self) -> Option<&Step> {
        let step = self.history.iter().rev().find(|step| step.by != Party::System)?;
        let is_by_member = step.by == Party::Member && step.what != StepKind::Opened;
        (self.tells_member() && !step.internal && !is_by_member).then_some(step)
    }

    /// Returns the news of the money, if its member sees it at another place than before, or again without an order.
    pub fn money_news(&self, before: Option<&Self>) -> Option<News> {
        let is_reopened = before.is_some_and(Self::is_ended) && !self.is_ended();
        let known = before.and_then(|before| before.for_member().money_at);
        let money_at = self.for_member().money_at?;
        if known == Some(money_at) && !is_reopened {
            return None;
        }
        Some(match money_at {
            MoneyAt::Shop if is_reopened => News::Found,
            MoneyAt::Shop => return None,
            MoneyAt::Provider => News::RefundRequested,
            MoneyAt::Bank => News::RefundSent,
            MoneyAt::Customer => News::RefundReceived,
        })
    }

    /// Counts the days to the next mail anew.
    pub(super) fn put_off_mail(&mut self, today: &Today) {
        self.tell_on = self.tells_member().then(|| today.tell());
    }
}
