//! An agent's adjustment: points added or taken with a reason, within the agent's limits.

use std::sync::Arc;

use puntos_api::adjustments::{
    AdjustmentAnswer, AdjustmentCommand, AdjustmentRequest, above_limits, already_credited,
    insufficient,
};
use puntos_api::purchases::invoice_conflict;
use puntos_api::{Problem, Role};
use puntos_domain::account::{Balance, MemberAccount};
use puntos_domain::adjustment::{self, Adjustment, Decision};
use puntos_domain::agent_limits::{self, AboveLimits};
use puntos_domain::calendar::local_date;
use puntos_domain::fingerprint;
use puntos_domain::id::{AdjustmentId, MemberId};
use puntos_domain::invoice::Invoice;
use puntos_domain::outcome::Outcome;
use puntos_domain::points::Points;
use puntos_domain::program::ProgramVersion;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{AdjustmentOutcome, AdjustmentWrite, AgentDay};

use crate::AdjustPoints;

type Adjusted = Outcome<AdjustmentAnswer, Problem>;

/// A parsed adjustment, ready to be decided.
struct Request {
    adjustment_id: AdjustmentId,
    member_id: MemberId,
    command: AdjustmentCommand,
    fingerprint: String,
    by_supervisor: bool,
}

/// What an adjustment is decided on.
struct Basis {
    account: MemberAccount,
    rules: Arc<ProgramVersion>,
}

pub(crate) async fn adjust(_: &AdjustPoints, call: &Call) -> Result<Answer, Failure> {
    let request = parse(call)?;
    let outcome = call.decide(|_| attempt(call, &request)).await?;
    Ok(Answer::of_outcome(201, outcome)?)
}

fn parse(call: &Call) -> Result<Request, Problem> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    let command = call.request.body::<AdjustmentRequest>()?.command()?;
    let fingerprint = fingerprint::adjustment(
        &member_id,
        command.points,
        &command.reason,
        command.note.as_deref(),
        invoice(&command),
    );
    Ok(Request {
        adjustment_id: AdjustmentId::from_key(call.request.key()),
        fingerprint,
        by_supervisor: call.request.caller()?.is(Role::Supervisor),
        member_id,
        command,
    })
}

async fn attempt(call: &Call, request: &Request) -> Result<Option<Adjusted>, Failure> {
    let basis = load(call, &request.member_id).await?;
    match decide(&basis, request, call) {
        Ok((decision, day_limit)) => commit(call, request, &basis, &decision, day_limit).await,
        Err(problem) => replay_or(call, request, problem).await.map(Some),
    }
}

async fn load(call: &Call, member_id: &MemberId) -> Result<Basis, Failure> {
    let (account, head) = call.store.account_and_program(Some(member_id)).await?;
    let account = account.ok_or_else(Problem::not_found)?;
    let head = head.ok_or_else(Problem::program_missing)?;
    let rules = call.store.program_at(&head, call.now).await?;
    Ok(Basis { account, rules })
}

/// Returns the decision, and the agent's daily limit that the commit must keep.
fn decide(
    basis: &Basis,
    request: &Request,
    call: &Call,
) -> Result<(Decision, Option<Points>), Problem> {
    let (points, rules) = (request.command.points, &basis.rules);
    let limits = rules.program.agent_limits;
    let day_limit = agent_limits::day_limit(points, limits, request.by_supervisor);
    let day_limit = day_limit.map_err(above_limits)?;
    let decided = adjustment::decide(basis.account.account.clone(), points, rules, call.now);
    Ok((decided.map_err(insufficient)?, day_limit))
}

async fn commit(
    call: &Call,
    request: &Request,
    basis: &Basis,
    decision: &Decision,
    day_limit: Option<Points>,
) -> Result<Option<Adjusted>, Failure> {
    let command = &request.command;
    let subject = call.request.caller()?.subject.as_str();
    let day = local_date(call.now, &basis.rules.zone());
    let worth_max = basis.rules.program.agent_limits.worth_per_day;
    let write = AdjustmentWrite {
        adjustment_id: &request.adjustment_id,
        account: &basis.account,
        points: command.points,
        decision,
        reason: &command.reason.clone().into(),
        note: command.note.as_deref(),
        invoice: invoice(command),
        agent_day: day_limit.map(|points_max| AgentDay { subject, day, points_max, worth_max }),
        fingerprint: &request.fingerprint,
    };
    let problem = match call.store.record_adjustment(&write, &call.stamp()?).await? {
        AdjustmentOutcome::Recorded => {
            let recorded = Adjustment {
                member_id: basis.account.member_id.clone(),
                points: command.points,
                fingerprint: request.fingerprint.clone(),
                created_at: call.now,
            };
            let answer = answer(request, &recorded, decision.balance.clone());
            return Ok(Some(Outcome::Done(answer)));
        }
        AdjustmentOutcome::Exists(first) => {
            return replay(call, request, &first).await.map(Some);
        }
        AdjustmentOutcome::AccountMoved => return Ok(None),
        AdjustmentOutcome::InvoiceTaken => invoice_taken(call, command).await?,
        AdjustmentOutcome::DayFull => above_limits(AboveLimits),
    };
    replay_or(call, request, problem).await.map(Some)
}

/// A retry gets the first answer, even if a new request would be refused now. Therefore a refusal looks for
/// the key first.
async fn replay_or(call: &Call, request: &Request, problem: Problem) -> Result<Adjusted, Failure> {
    match call.store.adjustment(&request.adjustment_id).await? {
        Some(first) => replay(call, request, &first).await,
        None => Ok(Outcome::Refused(problem)),
    }
}

/// Reads the account again: the first request may have been under way when this one read it.
async fn replay(call: &Call, request: &Request, first: &Adjustment) -> Result<Adjusted, Failure> {
    if first.fingerprint != request.fingerprint {
        return Ok(Outcome::Conflict);
    }
    let account = call.store.account(&first.member_id).await?.ok_or_else(Problem::not_found)?;
    Ok(Outcome::Replayed(answer(request, first, account.account.balance(call.now))))
}

fn answer(request: &Request, adjustment: &Adjustment, balance: Balance) -> AdjustmentAnswer {
    AdjustmentAnswer::new(&request.adjustment_id, adjustment, balance)
}

/// Returns why the invoice cannot be credited: it has a credit, or its purchase arrived.
async fn invoice_taken(call: &Call, command: &AdjustmentCommand) -> Result<Problem, Failure> {
    let Some(invoice) = invoice(command) else { return Ok(already_credited()) };
    let purchase_id = invoice.purchase_id();
    let recorded = call.store.purchase(&purchase_id).await?;
    Ok(match recorded.and_then(|recorded| recorded.credit) {
        Some(_) => already_credited(),
        None => invoice_conflict(&purchase_id, "this purchase has arrived: it is not missing"),
    })
}

fn invoice(command: &AdjustmentCommand) -> Option<Invoice<'_>> {
    command.invoice.as_ref().map(|(branch, number)| Invoice::new(branch, number))
}
