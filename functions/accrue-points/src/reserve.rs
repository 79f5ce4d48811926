//! Reserves points for a basket, and releases them.

use puntos_api::Problem;
use puntos_api::reservations::{
    ReservationAnswer, ReservationCommand, ReservationRequest, confirmed, refused,
};
use puntos_domain::fingerprint;
use puntos_domain::id::{MemberId, ReservationId};
use puntos_domain::outcome::Outcome;
use puntos_domain::reservation::{self, Reservation, ReservationState};
use puntos_runtime::http::{Answer, Call, Failure, NamedMember};
use puntos_store::{ReservationOutcome, ReservationWrite, StoreError};

use crate::AccruePoints;

type Reserved = Outcome<ReservationAnswer, Problem>;

/// A parsed reservation, ready to be decided.
struct Request {
    reservation_id: ReservationId,
    member_id: MemberId,
    command: ReservationCommand,
    fingerprint: String,
    /// Why it is refused if it is new.
    refusal: Option<Problem>,
}

pub(crate) async fn reserve(_: &AccruePoints, call: &Call) -> Result<Answer, Failure> {
    let request = match parse(call).await {
        Ok(request) => request,
        Err(failure) => return Err(failure.unless_key_used(is_key_used(call)).await),
    };
    let outcome = call.decide(|_| attempt(call, &request)).await?;
    Ok(Answer::of_outcome(201, outcome)?)
}

async fn parse(call: &Call) -> Result<Request, Failure> {
    let command = call.request.body::<ReservationRequest>()?.command()?;
    let NamedMember { member_id, refusal } = call.named_member(&command.member).await?;
    let invoice_number = command.invoice_number.as_deref();
    Ok(Request {
        reservation_id: ReservationId::from_key(call.request.key(), &member_id),
        fingerprint: fingerprint::reservation(
            &member_id,
            command.points,
            &command.branch,
            invoice_number,
        ),
        command,
        member_id,
        refusal,
    })
}

async fn is_key_used(call: &Call) -> Result<bool, StoreError> {
    let Ok(key) = call.request.needed_key() else { return Ok(false) };
    Ok(call.store.reservation_by_key(key).await?.is_some())
}

async fn attempt(call: &Call, request: &Request) -> Result<Option<Reserved>, Failure> {
    let id = &request.reservation_id;
    let basis = call.store.purchase_basis(Some(&request.member_id), Some(id)).await?;
    if let Some(first) = &basis.reservation {
        return Ok(Some(replayed(request, first)));
    }
    if let Some(problem) = &request.refusal {
        return Ok(Some(Outcome::Refused(problem.clone())));
    }
    let account = basis.account.ok_or_else(|| request.command.member.not_found())?;
    let head = basis.head.ok_or_else(Problem::program_missing)?;
    let rules = call.store.program_at(&head, call.now).await?;
    let mut after = account.account.clone();
    let (points, fingerprint) = (request.command.points, request.fingerprint.clone());
    let decided =
        reservation::reserve(&mut after, id.clone(), points, &rules, fingerprint, call.now);
    let reservation = match decided {
        Ok(reservation) => reservation,
        Err(refusal) => return Ok(Some(Outcome::Refused(refused(&refusal)))),
    };
    let write = ReservationWrite {
        reservation: &reservation,
        branch: &request.command.branch,
        invoice_number: request.command.invoice_number.as_deref(),
        account: &account,
        after: &after,
    };
    Ok(match call.store.record_reservation(&write, &call.stamp()?).await? {
        ReservationOutcome::Recorded => Some(Outcome::Done((&reservation).into())),
        ReservationOutcome::Exists(first) => Some(replayed(request, &first)),
        ReservationOutcome::Outdated => None,
    })
}

fn replayed(request: &Request, first: &Reservation) -> Reserved {
    match first.fingerprint == request.fingerprint {
        true => Outcome::Replayed(first.into()),
        false => Outcome::Conflict,
    }
}

pub(crate) async fn release(_: &AccruePoints, call: &Call) -> Result<Answer, Failure> {
    let reservation_id = call.request.path_id("reservation_id")?;
    let outcome = call.decide(|_| attempt_release(call, &reservation_id)).await?;
    Ok(Answer::of_outcome(200, outcome)?)
}

async fn attempt_release(
    call: &Call,
    reservation_id: &ReservationId,
) -> Result<Option<Reserved>, Failure> {
    let found = call.store.reservation_and_account(reservation_id).await?;
    let (reservation, account) = found.ok_or_else(Problem::not_found)?;
    let (answer, key) = (ReservationAnswer::from(&reservation), call.request.key());
    Ok(match &reservation.state {
        ReservationState::Confirmed(_) => Some(Outcome::Refused(confirmed())),
        ReservationState::Released(first) if first == key => Some(Outcome::Replayed(answer)),
        ReservationState::Open if reservation.is_open(call.now) => {
            let mut after = account.account.clone();
            reservation.release(&mut after);
            let change = (&account, &after);
            let is_written = call.store.release_reservation(&reservation, change, key).await?;
            is_written.then_some(Outcome::Done(answer))
        }
        // Its points are free already.
        ReservationState::Released(_) | ReservationState::Open => Some(Outcome::Done(answer)),
    })
}
