//! The route of `reverse-redemption`.

use puntos_api::reversals::{ReversalAnswer, ReversalCommand, ReversalRequest, refused};
use puntos_api::{Problem, Role};
use puntos_domain::fingerprint;
use puntos_domain::id::RedemptionId;
use puntos_domain::outcome::Outcome;
use puntos_domain::program::ProgramVersion;
use puntos_domain::reversal::{self, Decision, Refusal, Reversal};
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{ReversalOutcome, ReversalState, ReversalWrite};

use crate::ReverseRedemption;

/// What a reversal comes to, with the status of its answer.
type Reversed = (u16, Outcome<ReversalAnswer, Problem>);

/// A parsed reversal, ready to be decided.
struct Request {
    redemption_id: RedemptionId,
    command: ReversalCommand,
    fingerprint: String,
}

pub(crate) async fn reverse(_: &ReverseRedemption, call: &Call) -> Result<Answer, Failure> {
    let request = parse(call)?;
    let (status, outcome) = call.decide(|_| attempt(call, &request)).await?;
    Ok(Answer::of_outcome(status, outcome)?)
}

fn parse(call: &Call) -> Result<Request, Problem> {
    let redemption_id = call.request.path_id("redemption_id")?;
    let by_supervisor = call.request.caller()?.is(Role::Supervisor);
    let command = call.request.body::<ReversalRequest>()?.command(by_supervisor)?;
    let note = command.note.as_deref();
    let fingerprint = fingerprint::reversal(&command.reason, command.overridden, note);
    Ok(Request { redemption_id, fingerprint, command })
}

async fn attempt(call: &Call, request: &Request) -> Result<Option<Reversed>, Failure> {
    let state = call.store.reversal_state(&request.redemption_id).await?;
    let state = state.ok_or_else(Problem::not_found)?;
    if let Some(first) = &state.reversal {
        return Ok(Some((200, replayed(call, request, &state, first))));
    }
    let rules = call.store.program_at(&state.head, call.now).await?;
    let decision = decide(&state, &rules, request, call).map_err(refused)?;
    commit(call, request, &state, &decision).await
}

fn decide(
    state: &ReversalState,
    rules: &ProgramVersion,
    request: &Request,
    call: &Call,
) -> Result<Decision, Refusal> {
    reversal::decide(
        state.account.account.clone(),
        &state.redemption.coupon,
        &state.redemption.allocations,
        rules,
        request.command.overridden,
        call.now,
    )
}

async fn commit(
    call: &Call,
    request: &Request,
    state: &ReversalState,
    decision: &Decision,
) -> Result<Option<Reversed>, Failure> {
    let write = ReversalWrite {
        state,
        decision,
        reason: &request.command.reason,
        note: request.command.note.as_deref(),
        key: call.request.key(),
        fingerprint: &request.fingerprint,
    };
    Ok(match call.store.record_reversal(&write, &call.stamp()?).await? {
        ReversalOutcome::Recorded => {
            let restored = (decision.points_restored, decision.points_expired);
            let has_mail = state.account.contact.email.is_some();
            let balance = decision.balance.clone();
            let answer = ReversalAnswer::new(&state.redemption, restored, balance, has_mail);
            Some((201, Outcome::Done(answer)))
        }
        ReversalOutcome::Outdated => None,
    })
}

/// A second reversal gets the facts of the first one, with the current balance.
fn replayed(
    call: &Call,
    request: &Request,
    state: &ReversalState,
    first: &Reversal,
) -> Outcome<ReversalAnswer, Problem> {
    let same_key = first.key == call.request.key();
    if same_key && first.fingerprint != request.fingerprint {
        return Outcome::Conflict;
    }
    let restored = (first.points_restored, first.points_expired);
    let balance = state.account.account.balance(call.now);
    let answer = ReversalAnswer::new(&state.redemption, restored, balance, first.mail.is_some());
    if same_key { Outcome::Replayed(answer) } else { Outcome::Done(answer) }
}
