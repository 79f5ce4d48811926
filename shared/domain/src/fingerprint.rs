//! Fingerprints of requests: the same key with the same fingerprint is a replay, with another one a conflict.
//!
//! A fingerprint is the digest of a written form (`form`) of the request, as this file lists its fields. If a
//! form has to change, it gets a new version, and a stored fingerprint is compared with the form of its own
//! version.

#[cfg(test)]
mod tests;

use crate::care::OrderEvent;
use crate::claim::{Attachment, ClaimKind, Evidence, Update};
use crate::form::Form;
use crate::id::{ClaimId, MemberId, PurchaseId};
use crate::invoice::{BranchKey, Invoice, number_key};
use crate::member::ProfileRequest;
use crate::money::Money;
use crate::points::Points;
use crate::purchase::Purchase;
use crate::rating::RateVisit;
use crate::rerating::OverCredit;
use crate::returns::Goods;
use crate::reward::{Reward, RewardKind};

/// The version of the forms in this file.
const VERSION: u32 = 1;

impl Form {
    fn money(self, name: &str, money: &Money) -> Self {
        self.field(&format!("{name}.amount"), money.amount)
            .field(&format!("{name}.currency"), money.currency.as_str())
    }

    /// Adds the branch and number of an invoice, as they compare.
    fn invoice(self, prefix: &str, invoice: Invoice<'_>) -> Self {
        self.field(&format!("{prefix}branch"), invoice.branch_key())
            .field(&format!("{prefix}invoice_number"), invoice.number_key())
    }

    fn evidence(self, evidence: &Evidence) -> Self {
        self.optional("evidence.branch", evidence.branch.as_deref().map(BranchKey::of))
            .optional("evidence.invoice_number", evidence.invoice_number.as_deref().map(number_key))
            .optional("evidence.purchased_at", evidence.purchased_at)
            .optional("evidence.card_number", evidence.card_number.as_ref())
            .optional("evidence.total.amount", evidence.total.as_ref().map(|total| total.amount))
            .optional(
                "evidence.total.currency",
                evidence.total.as_ref().map(|total| total.currency.as_str()),
            )
            .optional("evidence.order_id", evidence.order_id.as_ref())
            .optional("evidence.note", evidence.note.as_ref())
    }

    fn fingerprint(self) -> String {
        self.digest(VERSION)
    }
}

/// Returns the fingerprint of an enrolment.
pub fn enrolment(request: &ProfileRequest) -> String {
    Form::of("enrolment")
        .field("name", &request.name)
        .optional("email", request.email.as_ref())
        .optional("phone", request.phone.as_ref())
        .optional("document", request.document.as_ref())
        .optional("card_number", request.card_number.as_ref())
        .optional("locale", request.locale.as_ref())
        .optional("birth_date", request.birth_date)
        .optional("optional_emails", request.optional_emails)
        .fingerprint()
}

/// Returns the fingerprint of a purchase, with the resolved member, so that the card and the member id give
/// the same one. A retry may have another `purchased_at`.
pub fn purchase(purchase: &Purchase, member_id: Option<&MemberId>) -> String {
    let mut form = Form::of("purchase")
        .optional("member_id", member_id)
        .invoice("", purchase.invoice())
        .money("total", &purchase.total)
        .optional(
            "paid_with_points",
            (purchase.paid_with_points_minor > 0).then_some(purchase.paid_with_points_minor),
        );
    for (index, line) in purchase.lines.iter().enumerate() {
        let name = |field: &str| format!("lines[{index}].{field}");
        form = form
            .field(&name("sku"), &line.sku)
            .optional(&name("category"), line.category.as_ref())
            .field(&name("quantity"), line.quantity)
            .field(&name("amount"), line.amount_minor)
            .field(&name("discount"), line.discount_minor);
    }
    form.fingerprint()
}

/// Returns the fingerprint of a return. A retry may have another `returned_at`.
pub fn purchase_return(purchase_id: &PurchaseId, goods: &Goods) -> String {
    let mut form = Form::of("return").field("purchase_id", purchase_id);
    match goods {
        Goods::Amount(amount) => form = form.field("amount", amount),
        Goods::Lines(lines) => {
            for (index, line) in lines.iter().enumerate() {
                let name = |field: &str| format!("lines[{index}].{field}");
                form = form
                    .field(&name("sku"), &line.sku)
                    .field(&name("quantity"), line.quantity)
                    .field(&name("amount"), line.amount_minor);
            }
        }
    }
    form.fingerprint()
}

/// Returns the fingerprint of a re-rating of one purchase.
pub fn rerating(purchase_id: &PurchaseId, reason: &str, over_credit: OverCredit) -> String {
    Form::of("rerating")
        .field("purchase_id", purchase_id)
        .field("reason", reason)
        .field("over_credit", over_credit_name(over_credit))
        .fingerprint()
}

fn over_credit_name(over_credit: OverCredit) -> &'static str {
    match over_credit {
        OverCredit::Claw => "claw",
        OverCredit::Forgive => "forgive",
    }
}

/// What a request to re-rate the purchases of a period says.
pub struct RerateForm<'a> {
    pub dry_run: bool,
    /// The bounds of the period as they were written.
    pub from: &'a str,
    pub to: &'a str,
    pub version: Option<u32>,
    pub over_credit: OverCredit,
    pub reason: Option<&'a str>,
}

/// Returns the fingerprint of a re-rate of the purchases of a period.
pub fn rerate(request: &RerateForm<'_>) -> String {
    Form::of("rerate")
        .field("dry_run", request.dry_run)
        .field("from", request.from)
        .field("to", request.to)
        .optional("version", request.version)
        .field("over_credit", over_credit_name(request.over_credit))
        .optional("reason", request.reason)
        .fingerprint()
}

/// Returns the fingerprint of a preview, of the programme and the accepted warnings as JSON.
pub fn preview(program: &str, from: &str, to: &str, acknowledge: Option<&str>) -> String {
    Form::of("preview")
        .field("program", program)
        .field("from", from)
        .field("to", to)
        .optional("acknowledge", acknowledge)
        .fingerprint()
}

/// Returns the fingerprint of an adjustment.
pub fn adjustment(
    member_id: &MemberId,
    points: Points,
    reason: &str,
    note: Option<&str>,
    invoice: Option<Invoice<'_>>,
) -> String {
    let form = Form::of("adjustment")
        .field("member_id", member_id)
        .field("points", points)
        .field("reason", reason)
        .optional("note", note);
    match invoice {
        Some(invoice) => form.invoice("invoice.", invoice),
        None => form,
    }
    .fingerprint()
}

/// Returns the fingerprint of a redemption, with the resolved member.
pub fn redemption(member_id: &MemberId, reward_id: &str) -> String {
    Form::of("redemption").field("member_id", member_id).field("reward_id", reward_id).fingerprint()
}

/// Returns the fingerprint of a reversal.
pub fn reversal(reason: &str, overridden: bool, note: Option<&str>) -> String {
    Form::of("reversal")
        .field("reason", reason)
        .field("override", overridden)
        .optional("note", note)
        .fingerprint()
}

/// Returns the fingerprint of a rating, with the resolved member. A retry may have another `visited_at`.
pub fn rating(visit: &RateVisit, member_id: &MemberId) -> String {
    Form::of("rating")
        .field("member_id", member_id)
        .field("score", visit.score)
        .optional("comment", visit.comment.as_ref())
        .field("branch", BranchKey::of(&visit.branch))
        .optional("invoice_number", visit.invoice_number.as_deref().map(number_key))
        .fingerprint()
}

/// Returns the fingerprint of a gift from the catalogue.
pub fn catalogue_gift(reward_id: &str) -> String {
    Form::of("gift").field("reward_id", reward_id).fingerprint()
}

/// Returns the fingerprint of a gift that was made for its case. The name of a gift of points is ours.
pub fn made_up_gift(reward: &Reward) -> String {
    let kind = match reward.kind {
        RewardKind::Product => "product",
        RewardKind::Gift => "gift",
        RewardKind::Discount => "discount",
        RewardKind::Points => "points",
    };
    let form = Form::of("gift").field("kind", kind).optional("points", reward.points);
    if reward.kind == RewardKind::Points {
        return form.fingerprint();
    }
    let discount = reward.discount.as_ref();
    let form = form
        .field("name", &reward.name)
        .field("valid_days", reward.valid_days)
        .optional("discount.percent", discount.and_then(|discount| discount.percent))
        .optional("worth.amount", reward.worth.as_ref().map(|worth| worth.amount))
        .optional("worth.currency", reward.worth.as_ref().map(|worth| worth.currency.as_str()));
    match discount.and_then(|discount| discount.amount.as_ref()) {
        Some(amount) => form.money("discount.amount", amount),
        None => form,
    }
    .fingerprint()
}

/// Returns the fingerprint of a merge; without `into` of the end of one.
pub fn merge(member_id: &MemberId, into: Option<&str>, reason: &str) -> String {
    Form::of("merge")
        .field("member_id", member_id)
        .optional("into", into)
        .field("reason", reason)
        .fingerprint()
}

/// Returns the fingerprint of the move of a purchase.
pub fn purchase_move(purchase_id: &PurchaseId, member_id: &str, reason: &str) -> String {
    Form::of("purchase move")
        .field("purchase_id", purchase_id)
        .field("member_id", member_id)
        .field("reason", reason)
        .fingerprint()
}

/// Returns the fingerprint of a reservation, with the resolved member.
pub fn reservation(
    member_id: &MemberId,
    points: Points,
    branch: &str,
    invoice_number: Option<&str>,
) -> String {
    Form::of("reservation")
        .field("member_id", member_id)
        .field("points", points)
        .field("branch", BranchKey::of(branch))
        .optional("invoice_number", invoice_number.map(number_key))
        .fingerprint()
}

/// Returns the fingerprint of an order event.
pub fn order_event(event: &OrderEvent) -> String {
    Form::of("order event")
        .field("kind", event.kind.name())
        .field("member_id", &event.member_id)
        .field("order_id", &event.order_id)
        .field("at", event.at)
        .optional("scheduled_for", event.scheduled_for)
        .optional("amount.amount", event.amount.as_ref().map(|amount| amount.amount))
        .optional("amount.currency", event.amount.as_ref().map(|amount| amount.currency.as_str()))
        .optional("bank_reference", event.bank_reference.as_ref())
        .optional("detail", event.detail.as_ref())
        .fingerprint()
}

/// Returns the fingerprint of the completion of a task.
pub fn task_completion(note: Option<&str>) -> String {
    Form::of("task completion").optional("note", note).fingerprint()
}

/// Returns the fingerprint of a new claim, with the resolved member.
pub fn claim(
    member_id: &MemberId,
    kind: ClaimKind,
    amount: Option<&Money>,
    method: Option<&str>,
    evidence: &Evidence,
) -> String {
    Form::of("claim")
        .field("member_id", member_id)
        .field("kind", kind.name())
        .optional("amount.amount", amount.map(|amount| amount.amount))
        .optional("amount.currency", amount.map(|amount| amount.currency.as_str()))
        .optional("method", method)
        .evidence(evidence)
        .fingerprint()
}

/// Returns the fingerprint of an update of a claim.
pub fn claim_update(update: &Update) -> String {
    let form = Form::of("claim update")
        .optional("status", update.status.map(|status| status.name()))
        .optional("waiting_on", update.waiting_on.as_ref())
        .optional("note", update.note.as_ref())
        .field("internal", update.internal)
        .optional("promised_by", update.promised_by)
        .optional("bank_reference", update.bank_reference.as_ref())
        .optional("money_at", update.money_at.map(|money_at| money_at.name()))
        .optional("expected_by", update.expected_by)
        .optional("confirmed", update.confirmed);
    match &update.evidence {
        Some(evidence) => form.evidence(evidence),
        None => form,
    }
    .fingerprint()
}

/// Returns the fingerprint of an attachment. Its id has the claim and the key.
pub fn attachment(attachment: &Attachment) -> String {
    Form::of("attachment")
        .field("content_type", attachment.content_type.name())
        .field("bytes", attachment.bytes)
        .fingerprint()
}

/// Returns the fingerprint of a fix of a claim.
pub fn claim_fix(claim_id: &ClaimId, points: Option<Points>) -> String {
    Form::of("claim fix").field("claim_id", claim_id).optional("points", points).fingerprint()
}
