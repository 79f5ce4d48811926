//! Fixes that give points: for a purchase that names nobody, or for one that did not arrive.

use puntos_api::claims::{above_limits, refused};
use puntos_api::{Problem, Role};
use puntos_domain::account::MemberAccount;
use puntos_domain::accrual::Credit;
use puntos_domain::claim::{Fix, Refusal};
use puntos_domain::fingerprint;
use puntos_domain::id::AdjustmentId;
use puntos_domain::{accrual, adjustment};
use puntos_runtime::http::Failure;
use puntos_store::{AdjustmentWrite, ClaimChange, PurchaseWrite};

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
        let rules = call.store.program_at(self.head, receipt.purchase.purchased_at).await?;
        let credit = purchase.credit.as_ref();
        let credited = Credit::points_for(credit, &account.member_id);
        let accrual = accrual::decide(
            &receipt.purchase,
            account.account.clone(),
            &rules,
            credited,
            call.now,
        )?;
        let write = PurchaseWrite {
            purchase: &receipt.purchase,
            earned: Some((&account.member_id, account.account.version, &accrual)),
            content: receipt.content.clone(),
            credit,
            claim: Some((call.request.key(), &receipt.recorded)),
            starts_cycle: false,
        };
        let note = format!("the purchase earned {} points", accrual.lot.points);
        let after = claim.fixed(Some(note), &self.act);
        let stamp = call.stamp()?;
        let mail = self.mail(&after, &stamp);
        let change = ClaimChange {
            mail: mail.as_ref(),
            ..ClaimChange::new(Some(self.before), &after, self.today.date)
        };
        let outcome = call.store.fix_by_claiming(&write, &change, &stamp).await?;
        written(outcome, after)
    }

    /// Credits points for a purchase that did not arrive, within the agent's limits. If it comes, the
    /// credit nets off.
    pub(super) async fn credit_points(&self, fix: &Fix, invoice: (&str, &str)) -> Fixed {
        let points = self.request.credit()?;
        let (call, claim) = (self.call, &self.before.claim);
        let rules = self.composer.program;
        let limits = rules.program.agent_limits;
        let caller = call.request.caller()?;
        let is_bounded = !caller.is(Role::Supervisor);
        if is_bounded && (points > limits.points_per_call || points > limits.points_per_day) {
            return Err(above_limits().into());
        }
        if self.unchanged_invoice(fix, invoice).await?.is_none() {
            return Ok(None);
        }
        let account = self.account().await?;
        let decided = adjustment::decide(account.account.clone(), points, rules, call.now);
        // A credit takes nothing, so nothing can be missing.
        let decision = decided.map_err(|_| refused(Refusal::NoFix, false))?;
        let (claim_id, key) = (claim.claim_id.as_str(), call.request.key());
        // No key of an adjustment has spaces.
        let adjustment_id = AdjustmentId::from_key(&format!("claim {claim_id} {key}"));
        let reason = format!("claim {claim_id}");
        let day = (caller.subject.as_str(), self.today.date, limits.points_per_day);
        let write = AdjustmentWrite {
            adjustment_id: &adjustment_id,
            account: &account,
            points,
            decision: &decision,
            reason: &reason,
            note: None,
            invoice: Some(invoice),
            agent_day: is_bounded.then_some(day),
            content: &fingerprint::claim_fix(&claim.claim_id, Some(points)),
        };
        let note = format!("{points} points credited");
        let after = claim.fixed(Some(note), &self.act);
        let stamp = call.stamp()?;
        let mail = self.mail(&after, &stamp);
        let change = ClaimChange {
            mail: mail.as_ref(),
            ..ClaimChange::new(Some(self.before), &after, self.today.date)
        };
        let outcome = call.store.fix_by_credit(&write, invoice, &change, &stamp).await?;
        written(outcome, after)
    }

    async fn account(&self) -> Result<MemberAccount, Failure> {
        let member_id = self.before.claim.claim_id.member_id();
        Ok(self.call.store.account(&member_id).await?.ok_or_else(Problem::not_found)?)
    }
}
