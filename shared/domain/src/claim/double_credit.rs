//! The claim about an invoice that two members got points for: one by a credit by hand, the other by the
//! purchase.
//!
//! The credit is the mistake. Its member may have spent the points, so no more is taken than is available.

use jiff::Timestamp;

use super::{Act, Checked, Claim, ClaimKind, Evidence, Finding, Fix, Today};
use crate::accrual::Credit;
use crate::id::{ClaimId, MemberId, digest};
use crate::purchase::Purchase;
use crate::text;

impl Claim {
    /// Returns the claim of the credited member, if another member earns the points of the purchase.
    pub fn of_double_credit(
        credit: &Credit,
        purchase: &Purchase,
        earner: &MemberId,
        today: &Today,
        now: Timestamp,
    ) -> Option<Self> {
        if credit.member_id == *earner {
            return None;
        }
        let cause = digest(&["double-credit", purchase.id().as_str()]);
        let (branch, invoice_number) = (purchase.branch.clone(), purchase.invoice_number.clone());
        let evidence = Evidence {
            branch: Some(branch.clone()),
            invoice_number: Some(invoice_number.clone()),
            purchased_at: Some(purchase.purchased_at),
            ..Evidence::default()
        };
        let checked = Checked {
            finding: Some(Finding::OfAnotherMember),
            fix: Some(Fix::TakeBackCredit { branch, invoice_number, points: credit.points }),
            note: Some(text::claim_credit_of_another()),
            internal: true,
            branch: None,
        };
        let claim_id = ClaimId::of_cause(&cause, &credit.member_id);
        let (kind, act) = (ClaimKind::ReceiptData, Act::of_system(now));
        Some(Self::open(claim_id, kind, evidence, &act, today).checked(checked, now))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{member, now, today};
    use super::*;
    use crate::claim::FixAction;
    use crate::invoice::Invoice;
    use crate::money::{Currency, Money};
    use crate::points::Points;

    #[test]
    fn only_another_members_purchase_makes_a_claim_of_the_credit() {
        let currency = Currency::try_from("RUB".to_owned()).unwrap();
        let purchase = Purchase {
            branch: "b".into(),
            invoice_number: "i".into(),
            purchased_at: now(),
            total: Money { amount: 100, currency },
            lines: vec![],
            paid_with_points_minor: 0,
        };
        let credit = Credit { member_id: member(), points: Points::new(30) };
        let open = |earner| Claim::of_double_credit(&credit, &purchase, &earner, &today(), now());
        assert_eq!(open(member()), None);
        let claim = open(MemberId::from_key("other")).unwrap();
        assert_eq!(claim.claim_id.member_id(), member());
        assert_eq!(claim.evidence.invoice(), Some(Invoice::new("b", "i")));
        assert_eq!(claim.fix().map(Fix::action), Ok(FixAction::TakeBackCredit));
        // The member is not told whose purchase it is, and no run ends the claim.
        assert_eq!(claim.finding.map(Finding::for_member), Some(Finding::NotReceived));
        assert!(claim.history.iter().all(|step| step.internal || step.note.is_none()));
        assert_eq!((claim.watched(), claim.missed()), (None, None));
    }
}
