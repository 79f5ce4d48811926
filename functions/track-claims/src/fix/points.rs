//! Fixes that give points, for a purchase that names nobody or did not arrive, or that take a credit back.

use puntos_api::adjustments::above_limits;
use puntos_api::claims::refused;
use puntos_api::{Problem, Role};
use puntos_domain::account::MemberAccount;
use puntos_domain::accrual::Credit;
use puntos_domain::claim::{Claim, Fix, Refusal};
use puntos_domain::id::AdjustmentId;
use puntos_domain::invoice::Invoice;
use puntos_domain::mail::Email;
use puntos_domain::points::Points;
use puntos_domain::text::{self, Remark, Text};
use puntos_domain::{accrual, adjustment, agent_limits, fingerprint};
use puntos_runtime::http::Failure;
use puntos_store::{
    AdjustmentWrite, AgentDay, AttachedReceipt, ClaimChange, CorrectionWrite, EarnedPoints,
    PurchaseWrite,
};

use super::{Basis, Fixed, written};

impl Basis<'_> {
    /// Gives the member the points of a purchase that names nobody, under the rules of its own day.
    pub(super) async fn attach_receipt(&self, fix: &Fix) -> Fixed {
        self.request.no_points()?;
        let (call, claim) = (self.call, &self.before.claim);
        let no_fix = || refused(Refusal::NoFix, false);
        let invoice = claim.evidence.invoice().ok_or_else(no_fix)?;
        let Some(unchanged) = self.unchanged_invoice(fix, invoice).await? else { return Ok(None) };
        let purchase = unchanged.purchase.ok_or_else(no_fix)?;
        let receipt = purchase.receipt.as_ref().ok_or_else(no_fix)?;
        let account = self.account().await?;
        let purchased_at = receipt.purchase.purchased_at;
        let terms = call.store.terms(self.head, purchased_at, call.now).await?;
        let credit = purchase.credit.clone();
        let credit = call.store.current_credit(credit, Some(&account.member_id)).await?;
        let credit = credit.as_ref();
        let credited = Credit::points_for(credit, &account.member_id);
        let accrual = accrual::decide(
            &receipt.purchase,
            &receipt.returned,
            account.account.clone(),
            &terms,
            credited,
            call.now,
        )?;
        let double = credit.and_then(|credit| {
            let (earner, today) = (&account.member_id, &self.today);
            Claim::of_double_credit(credit, &receipt.purchase, earner, today, call.now)
        });
        let write = PurchaseWrite {
            purchase: &receipt.purchase,
            earned: Some(EarnedPoints { account: &account, accrual: &accrual }),
            fingerprint: receipt.fingerprint.clone(),
            credit,
            attached_receipt: Some(AttachedReceipt { key: Some(call.request.key()), receipt }),
            claim: double.as_ref(),
            reservation: None,
            starts_cycle: false,
            invitation_due: None,
        };
        let note = text::claim_earned(accrual.lot.points);
        let after = claim.fixed(Some(note), &self.act);
        let stamp = call.stamp()?;
        let mail = self.mail(&after, &stamp);
        let change = self.change(&after, mail.as_ref());
        let outcome = call.store.fix_by_receipt(&write, &change, &stamp).await?;
        written(outcome, after)
    }

    /// Rates the purchase again under the newest rules that have begun, within the agent's limits. The correction names
    /// the claim.
    pub(super) async fn rerate(&self, fix: &Fix) -> Fixed {
        self.request.no_points()?;
        let (call, claim) = (self.call, &self.before.claim);
        let no_fix = || refused(Refusal::NoFix, false);
        let invoice = claim.evidence.invoice().ok_or_else(no_fix)?;
        let Some(unchanged) = self.unchanged_invoice(fix, invoice).await? else { return Ok(None) };
        let purchase = unchanged.purchase.ok_or_else(no_fix)?;
        let receipt = purchase.receipt.as_ref().ok_or_else(no_fix)?;
        let decided = self.lookup().rerated(&purchase).await?;
        let Some((account, decision)) = decided else { return Ok(None) };
        let agent_day = self.agent_day(decision.change.points())?;
        let claim_id = claim.claim_id.as_str();
        let write = CorrectionWrite {
            purchase_id: &purchase.purchase_id,
            read_revision: receipt.revision,
            // No idempotency key of a re-rating has spaces.
            cause: &format!("claim {claim_id} {}", call.request.key()),
            account: &account,
            decision: &decision,
            reason: &text::reason_claim(claim_id).into(),
            fingerprint: &fingerprint::claim_fix(&claim.claim_id, None),
        };
        let note = text::claim_rerated(decision.correction);
        let after = claim.fixed(Some(note), &self.act);
        let stamp = call.stamp()?;
        let mail = self.mail(&after, &stamp);
        let change = self.change(&after, mail.as_ref());
        let outcome = call.store.fix_by_correction(&write, agent_day, &change, &stamp).await?;
        written(outcome, after)
    }

    /// Credits points for a purchase that did not arrive, within the agent's limits. If it comes, the
    /// credit nets off.
    pub(super) async fn credit_points(&self, fix: &Fix, invoice: Invoice<'_>) -> Fixed {
        let points = self.request.credit()?;
        self.agent_day(points)?;
        if self.unchanged_invoice(fix, invoice).await?.is_none() {
            return Ok(None);
        }
        let account = self.account().await?;
        self.adjust(&account, points, Some(invoice), text::claim_points_credited(points)).await
    }

    /// Takes back a credit for a purchase that another member made, within the agent's limits. Takes no more
    /// than is available.
    pub(super) async fn take_back_credit(&self, credited: Points) -> Fixed {
        self.request.no_points()?;
        let account = self.account().await?;
        let points = credited.min(account.account.balance(self.call.now).available);
        self.agent_day(points)?;
        let note = text::claim_credit_taken_back(points.get(), credited);
        if points > Points::ZERO {
            return self.adjust(&account, -points, None, note).await;
        }
        let after = self.before.claim.fixed(Some(note), &self.act);
        let stamp = self.call.stamp()?;
        let mail = self.mail(&after, &stamp);
        let change = self.change(&after, mail.as_ref());
        let is_saved = self.call.store.save_claim(&change, &stamp).await?;
        Ok(is_saved.then_some(after))
    }

    /// Adds or takes points, in the write that ends the claim.
    async fn adjust(
        &self,
        account: &MemberAccount,
        points: Points,
        invoice: Option<Invoice<'_>>,
        note: Text,
    ) -> Fixed {
        let (call, rules) = (self.call, self.composer.program);
        let decided = adjustment::decide(account.account.clone(), points, rules, call.now);
        // No fix takes more than is available, so nothing can be missing.
        let decision = decided.map_err(|_| refused(Refusal::NoFix, false))?;
        let (claim_id, key) = (self.before.claim.claim_id.as_str(), call.request.key());
        // No key of an adjustment has spaces.
        let adjustment_id = AdjustmentId::from_key(&format!("claim {claim_id} {key}"));
        let reason = Remark::from(text::reason_claim(claim_id));
        let write = AdjustmentWrite {
            adjustment_id: &adjustment_id,
            account,
            points,
            decision: &decision,
            reason: &reason,
            note: None,
            invoice,
            agent_day: self.agent_day(points)?,
            fingerprint: &fingerprint::claim_fix(&self.before.claim.claim_id, Some(points)),
        };
        let after = self.before.claim.fixed(Some(note), &self.act);
        let stamp = call.stamp()?;
        let mail = self.mail(&after, &stamp);
        let change = self.change(&after, mail.as_ref());
        let outcome = call.store.fix_by_adjustment(&write, &change, &stamp).await?;
        written(outcome, after)
    }

    /// Returns the agent's day, if a limit applies to these points.
    fn agent_day(&self, points: Points) -> Result<Option<AgentDay<'_>>, Failure> {
        let limits = self.composer.program.program.agent_limits;
        let caller = self.call.request.caller()?;
        let by_supervisor = caller.is(Role::Supervisor);
        let most = agent_limits::day_limit(points, limits, by_supervisor).map_err(above_limits)?;
        Ok(most.map(|points_max| AgentDay {
            subject: &caller.subject,
            day: self.today.date,
            points_max,
            worth_max: limits.worth_per_day,
        }))
    }

    fn change<'a>(&'a self, after: &'a Claim, mail: Option<&'a Email>) -> ClaimChange<'a> {
        ClaimChange { mail, ..ClaimChange::new(Some(self.before), after, self.today.date) }
    }

    async fn account(&self) -> Result<MemberAccount, Failure> {
        let member_id = self.before.claim.claim_id.member_id();
        Ok(self.call.store.account(&member_id).await?.ok_or_else(Problem::not_found)?)
    }
}
