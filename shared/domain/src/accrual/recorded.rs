//! What is recorded for an invoice: the purchase with its points, or the credit by hand that came before it.

use jiff::Timestamp;

use super::Accrual;
use crate::account::{Allocation, Lot};
use crate::explanation::{Explanation, Reason, Row};
use crate::fingerprint;
use crate::id::{MemberId, PurchaseId};
use crate::points::Points;
use crate::purchase::Purchase;
use crate::returns::Returned;
use crate::stamp::Stamp;

/// The purchase or credit recorded for an invoice.
#[derive(Debug, Clone)]
pub struct RecordedInvoice {
    pub purchase_id: PurchaseId,
    /// The branch that issued it.
    pub branch: String,
    /// Its number at the branch.
    pub invoice_number: String,
    /// The purchase; none while only a credit is recorded.
    pub receipt: Option<Receipt>,
    /// The credit by hand that came before the purchase.
    pub credit: Option<Credit>,
}

impl RecordedInvoice {
    /// Returns whether it is a purchase of this member.
    pub fn is_purchase_of(&self, member_id: &MemberId) -> bool {
        let bought = self.receipt.as_ref().and_then(Receipt::of_member);
        bought.is_some_and(|bought| bought.earned.member_id == *member_id)
    }
}

/// A recorded purchase.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The purchase as the till sent it.
    pub purchase: Purchase,
    /// The fingerprint of the request.
    pub fingerprint: String,
    /// Who recorded it, when, and under which request.
    pub recorded: Stamp,
    /// The points it earned; none while it has no member.
    pub earned: Option<Earned>,
    /// What was returned of it.
    pub returned: Returned,
    /// How often it was changed since it was recorded.
    pub revision: u32,
}

/// A recorded purchase of a member, with the points that the member earned.
#[derive(Debug, Clone, Copy)]
pub struct MemberPurchase<'a> {
    pub receipt: &'a Receipt,
    pub earned: &'a Earned,
}

/// The points of a recorded purchase.
#[derive(Debug, Clone)]
pub struct Earned {
    /// The member who earned them.
    pub member_id: MemberId,
    /// How many.
    pub points: Points,
    /// The first instant at which they can be spent; none is at once.
    pub available_at: Option<Timestamp>,
    /// The first instant at which they can no longer be spent; none is never.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub explanation: Explanation,
    /// The breakdown that counts since the purchase was rated again.
    pub corrected: Option<Explanation>,
    /// The points that paid for it, by their lots.
    pub paid: Vec<Allocation>,
    /// When they were earned: when the purchase was recorded, its receipt attached, or the purchase moved here.
    pub at: Timestamp,
    /// The idempotency key of the request that attached the receipt.
    pub claim_key: Option<String>,
}

/// How a purchase that comes again relates to the recorded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// It is the same request.
    Same,
    /// The recorded purchase has no member yet, and now it comes with one.
    NowWithMember,
    /// It came with its member before, after it was recorded without one.
    WithItsMember,
    /// The fingerprint differs.
    Other,
}

impl Receipt {
    /// Returns the purchase with its member's points; `None` while it has no member.
    pub fn of_member(&self) -> Option<MemberPurchase<'_>> {
        self.earned.as_ref().map(|earned| MemberPurchase { receipt: self, earned })
    }

    /// Compares a purchase that comes again, for this member, with the recorded one.
    pub fn compare(&self, again: &Purchase, member_id: Option<&MemberId>) -> Repeat {
        if self.fingerprint == fingerprint::purchase(again, member_id) {
            return Repeat::Same;
        }
        if self.fingerprint != fingerprint::purchase(again, None) {
            return Repeat::Other;
        }
        match &self.earned {
            None => Repeat::NowWithMember,
            Some(earned) if Some(&earned.member_id) == member_id => Repeat::WithItsMember,
            Some(_) => Repeat::Other,
        }
    }
}

impl Earned {
    /// Returns the breakdown that counts: the last correction's, else the first.
    pub fn current(&self) -> &Explanation {
        self.corrected.as_ref().unwrap_or(&self.explanation)
    }

    /// Returns what the purchase earns before a credit by hand is subtracted.
    pub fn gross(&self) -> Points {
        self.current().points() + self.netted()
    }

    /// Returns how much of a credit by hand is subtracted.
    pub fn netted(&self) -> Points {
        let netted = |row: &&Row| row.reason == Reason::AlreadyCredited;
        self.current().rows.iter().filter(netted).map(|row| -row.points).sum()
    }

    /// Returns the lot that the points were given in.
    pub fn lot(&self) -> Lot {
        Lot { points: self.points, available_at: self.available_at, expires_at: self.expires_at }
    }

    /// Returns how many points paid for it.
    pub fn points_paid(&self) -> Points {
        self.paid.iter().map(|part| part.points).sum()
    }

    /// Returns the points of an accrual that is made at an instant.
    pub fn new(member_id: &MemberId, accrual: &Accrual, at: Timestamp) -> Self {
        Self {
            member_id: member_id.clone(),
            points: accrual.lot.points,
            available_at: accrual.lot.available_at,
            expires_at: accrual.lot.expires_at,
            explanation: accrual.explanation.clone(),
            corrected: None,
            paid: accrual.paid.clone(),
            at,
            claim_key: None,
        }
    }
}

/// An adjustment for an invoice that has not arrived yet.
#[derive(Debug, Clone)]
pub struct Credit {
    /// The member who got the points.
    pub member_id: MemberId,
    /// How many.
    pub points: Points,
}

impl Credit {
    /// Returns the points that a purchase of this member nets off: none of another member's credit.
    pub fn points_for(credit: Option<&Self>, member_id: &MemberId) -> Points {
        let own = credit.filter(|credit| credit.member_id == *member_id);
        own.map(|credit| credit.points).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Currency, Money};

    fn currency() -> Currency {
        Currency::try_from("RUB".to_owned()).unwrap()
    }

    fn purchase(amount: i64) -> Purchase {
        Purchase {
            branch: "B1".into(),
            invoice_number: "1".into(),
            purchased_at: Timestamp::UNIX_EPOCH,
            total: Money { amount, currency: currency() },
            lines: vec![],
            paid_with_points_minor: 0,
        }
    }

    /// Returns a receipt that was recorded for a member or for nobody, and who earned its points.
    fn receipt(recorded_for: Option<&str>, earned_by: Option<&str>) -> Receipt {
        let recorded_for = recorded_for.map(MemberId::from_key);
        let explanation = Explanation::empty(1, currency());
        Receipt {
            purchase: purchase(100),
            fingerprint: fingerprint::purchase(&purchase(100), recorded_for.as_ref()),
            recorded: Stamp {
                at: Timestamp::UNIX_EPOCH,
                actor: "pos:1".into(),
                request_id: "r".into(),
            },
            earned: earned_by.map(|key| Earned {
                member_id: MemberId::from_key(key),
                points: Points::new(5),
                available_at: None,
                expires_at: None,
                explanation,
                corrected: None,
                paid: vec![],
                at: Timestamp::UNIX_EPOCH,
                claim_key: None,
            }),
            returned: Returned::default(),
            revision: 0,
        }
    }

    #[test]
    fn a_purchase_that_comes_again_is_compared_with_the_recorded_one() {
        use Repeat::{NowWithMember, Other, Same, WithItsMember};
        let theirs = receipt(Some("a"), Some("a"));
        let kept = receipt(None, None);
        let attached = receipt(None, Some("a"));
        let table = [
            (&theirs, 100, Some("a"), Same),
            (&theirs, 100, Some("b"), Other),
            (&theirs, 100, None, Other),
            (&theirs, 101, Some("a"), Other),
            (&kept, 100, None, Same),
            (&kept, 100, Some("a"), NowWithMember),
            (&kept, 101, Some("a"), Other),
            (&attached, 100, None, Same),
            (&attached, 100, Some("a"), WithItsMember),
            (&attached, 100, Some("b"), Other),
            (&attached, 101, Some("a"), Other),
        ];
        for (index, (recorded, amount, member, expected)) in table.into_iter().enumerate() {
            let member_id = member.map(MemberId::from_key);
            let found = recorded.compare(&purchase(amount), member_id.as_ref());
            assert_eq!(found, expected, "row {index}");
        }
    }
}
