//! Fixes that give points: for a purchase that names nobody, or for one that did not arrive.

use puntos_api::adjustments::above_limits;
use puntos_api::claims::refused;
use puntos_api::{Problem, Role};
use puntos_domain::account::MemberAccount;
use puntos_domain::accrual::Credit;
use puntos_domain::claim::{Fix, Refusal};
use puntos_domain::id::{AdjustmentId, digest};
use puntos_domain::{accrual, adjustment, agent_limits};
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
        let outcome = call.store.fix_by_receipt(&write, &change, &stamp).await?;
        written(outcome, after)
    }

    /// Credits points for a purchase that did not arrive, within the agent's limits. If it comes, the
    /// credit nets off.
    pub(super) async fn credit_points(&self, fix: &Fix, invoice: (&str, &str)) -> Fixed {
        let points = self.request.credit()?;
        let (call, claim) = (self.call, &self.before.claim);
        let rules = self.composer.program;
        let caller = call.request.caller()?;
        let by_supervisor = caller.is(Role::Supervisor);
        let day_limit = agent_limits::day_limit(points, rules.program.agent_limits, by_supervisor);
        let day_limit = day_limit.map_err(above_limits)?;
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
        let (reason, amount) = (format!("claim {claim_id}"), points.to_string());
        let write = AdjustmentWrite {
            adjustment_id: &adjustment_id,
            account: &account,
            points,
            decision: &decision,
            reason: &reason,
            note: None,
            invoice: Some(invoice),
            agent_day: day_limit.map(|most| (caller.subject.as_str(), self.today.date, most)),
            content: &digest(&["claim-fix", claim_id, key, &amount]),
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
