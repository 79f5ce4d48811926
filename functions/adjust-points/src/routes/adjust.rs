//! An agent's adjustment: credited or taken points with a reason, within the agent's limits.

use jiff::Timestamp;
use puntos_api::{Problem, ProblemBody, Role};
use puntos_domain::account::Balance;
use puntos_domain::adjustment;
use puntos_domain::calendar::local_date;
use puntos_domain::id::{AdjustmentId, EntryId, MemberId, PurchaseId, digest};
use puntos_domain::program::ProgramVersion;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::{AdjustmentOutcome, AdjustmentWrite, StoreError, pause};
use serde::Serialize;

use crate::event::{AdjustmentRequest, InvoiceRequest};

/// How often an adjustment is decided again because another write moved the account.
const TRIES_MAX: u32 = 60;

/// An adjustment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AdjustmentAnswer {
    /// The entry of the timeline.
    #[schema(value_type = String)]
    pub entry_id: EntryId,
    /// Whose points were adjusted.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The points credited, or taken when negative.
    pub points: i64,
    /// What the member has now.
    pub balance: Balance,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

#[utoipa::path(
    post, path = "/v1/members/{member_id}/adjustments", tag = "Members", request_body = AdjustmentRequest,
    params(("member_id" = String, Path), ("Idempotency-Key" = String, Header)),
    description = "Credits or takes points by hand. A credit for a missing invoice nets off when the purchase arrives. Above the programme's agent_limits a supervisor is needed.",
    responses(
        (status = 201, description = "Adjusted, or adjusted before with this key (Idempotency-Replayed: true)", body = AdjustmentAnswer),
        (status = 403, description = "forbidden: above the agent's limits", body = ProblemBody),
        (status = 409, description = "insufficient_points (with missing_points), already_credited, invoice_conflict (with purchase_id)", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn adjust(call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    let request = call.request.body::<AdjustmentRequest>()?.checked()?;
    let adjustment_id = AdjustmentId::from_key(call.request.key());
    let content = content_of(&member_id, &request);
    let stamp = call.stamp()?;
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let (account, head) = call.store.account_and_program(Some(&member_id)).await?;
        let account = account.ok_or_else(Problem::not_found)?;
        let head = head.ok_or_else(Problem::not_found)?;
        let rules = call.store.program_at(&head, call.now).await?;
        let balance_now = account.account.balance(call.now);
        let decided: Result<_, Failure> =
            check_limits(call, request.points, &rules).and_then(|()| {
                adjustment::decide(account.account.clone(), request.points, &rules, call.now)
                    .map_err(|short| {
                        Problem::conflict("insufficient_points", "the balance cannot go below zero")
                            .with("missing_points", short.missing)
                            .into()
                    })
            });
        let decision = match decided {
            Ok(decision) => decision,
            // A retry must answer as the first request did, also when it would be refused by now.
            Err(problem) => {
                return replay_or(call, &adjustment_id, &content, balance_now, problem).await;
            }
        };
        let caller = call.request.caller()?;
        let today = local_date(call.now, &rules.zone());
        let most = rules.program.agent_limits.points_per_day;
        let write = AdjustmentWrite {
            adjustment_id: &adjustment_id,
            account: &account,
            points: request.points,
            decision: &decision,
            reason: &request.reason,
            note: request.note.as_deref(),
            invoice: request.invoice.as_ref().map(named),
            agent_day: (!caller.is(Role::Supervisor)).then_some((
                caller.subject.as_str(),
                today,
                most,
            )),
            content: &content,
        };
        let refusal = match call.store.record_adjustment(&write, &stamp).await? {
            AdjustmentOutcome::Recorded => {
                let (points, created_at) = (request.points, call.now);
                let body = answer(&adjustment_id, member_id, points, decision.balance, created_at);
                return Ok(Answer::created(body));
            }
            AdjustmentOutcome::Exists(_) => Problem::key_reused(),
            AdjustmentOutcome::InvoiceTaken => taken(call, request.invoice.as_ref()).await?,
            AdjustmentOutcome::DayFull => above_limits(),
            AdjustmentOutcome::AccountMoved => continue,
        };
        return replay_or(call, &adjustment_id, &content, balance_now, refusal.into()).await;
    }
    Err(StoreError::Busy.into())
}

/// An agent's single adjustment has a limit; the sum of a day is checked by the write itself.
fn check_limits(call: &Call, points: i64, rules: &ProgramVersion) -> Result<(), Failure> {
    let limits = rules.program.agent_limits;
    let size = points.abs();
    let above = size > limits.points_per_call || size > limits.points_per_day;
    if above && !call.request.caller()?.is(Role::Supervisor) {
        return Err(above_limits().into());
    }
    Ok(())
}

fn above_limits() -> Problem {
    Problem::forbidden("above the programme's limits for agents: a supervisor is needed")
}

async fn replay_or(
    call: &Call,
    adjustment_id: &AdjustmentId,
    content: &str,
    balance: Balance,
    refusal: Failure,
) -> Result<Answer, Failure> {
    match call.store.adjustment(adjustment_id).await? {
        None => Err(refusal.into()),
        Some(first) if first.content != content => Err(Problem::key_reused().into()),
        Some(first) => {
            let body =
                answer(adjustment_id, first.member_id, first.points, balance, first.created_at);
            Ok(Answer::created(body).replayed(true))
        }
    }
}

/// Says what stands under the invoice: a credit that came first, or the purchase itself.
async fn taken(call: &Call, invoice: Option<&InvoiceRequest>) -> Result<Problem, Failure> {
    let Some(invoice) = invoice else { return Ok(Problem::key_reused()) };
    let purchase_id = PurchaseId::from_invoice(&invoice.branch, &invoice.invoice_number);
    let stored = call.store.purchase(&purchase_id).await?;
    let credited = stored.as_ref().is_some_and(|stored| stored.credit.is_some());
    Ok(if credited {
        Problem::conflict("already_credited", "this invoice was credited by hand before")
    } else {
        let detail = "this purchase has arrived: it is not missing";
        Problem::conflict("invoice_conflict", detail).with("purchase_id", purchase_id.as_str())
    })
}

fn named(invoice: &InvoiceRequest) -> (&str, &str) {
    (&invoice.branch, &invoice.invoice_number)
}

fn answer(
    adjustment_id: &AdjustmentId,
    member_id: MemberId,
    points: i64,
    balance: Balance,
    created_at: Timestamp,
) -> AdjustmentAnswer {
    let entry_id = EntryId::of("adjustment", adjustment_id.as_str());
    AdjustmentAnswer { entry_id, member_id, points, balance, created_at }
}

fn content_of(member_id: &MemberId, request: &AdjustmentRequest) -> String {
    let (branch, invoice_number) = request.invoice.as_ref().map(named).unwrap_or_default();
    let note = request.note.as_deref().unwrap_or_default();
    let points = request.points.to_string();
    digest(&[member_id.as_str(), &points, &request.reason, note, branch, invoice_number])
}
