//! The routes of `track-claims`, and what they share: who acts, on which day, and why not.

pub(crate) mod fix;
pub(crate) mod open;
pub(crate) mod read;
pub(crate) mod update;

use puntos_api::{Problem, Role};
use puntos_domain::calendar::local_date;
use puntos_domain::claim::{Act, Party, Refusal, Request, Today};
use puntos_domain::id::{ClaimId, digest};
use puntos_domain::program::{ProgramHead, ProgramVersion};
use puntos_runtime::http::Call;
use puntos_runtime::http::Failure;
use puntos_store::ClaimSources;

/// How often a change is decided again because somebody was faster.
const TRIES_MAX: u32 = 60;

/// Returns the claim that the path names, where it is the caller's to see.
async fn named_claim(call: &Call) -> Result<ClaimId, Failure> {
    let claim_id: ClaimId = call.request.path_id("claim_id")?;
    call.only_own(&claim_id.member_id()).await?;
    Ok(claim_id)
}

/// Returns who acts now; the request names the act, so that a retry is known.
fn act(call: &Call, request: Option<Request>) -> Result<Act, Failure> {
    let caller = call.request.caller()?;
    let by = match caller.role() {
        Role::Supervisor => Party::Supervisor,
        Role::Member => Party::Member,
        Role::Agent | Role::Admin | Role::Pos => Party::Agent,
    };
    Ok(Act { at: call.now, by, actor: Some(caller.actor()), request })
}

/// Returns what names a request: its key belongs to the claim and the route.
fn request(call: &Call, content: &[&str]) -> Request {
    let key = digest(&[call.request.route.key, call.request.key()]);
    Request { key, content: digest(content) }
}

/// Returns the programme of now, and the local day.
async fn rules(call: &Call, head: &ProgramHead) -> Result<(ProgramVersion, Today), Failure> {
    let rules = call.store.program_at(head, call.now).await?;
    let date = local_date(call.now, &rules.zone());
    let today = Today { date, settings: rules.program.claims };
    Ok((rules, today))
}

fn head_of(sources: &ClaimSources) -> Result<&ProgramHead, Problem> {
    let missing = || Problem::conflict("program_missing", "no programme is set up yet");
    sources.head.as_ref().ok_or_else(missing)
}

fn refused(refusal: Refusal, by_member: bool) -> Problem {
    let detail = refusal.to_string();
    let field = match refusal {
        Refusal::Ended => return Problem::conflict("claim_ended", detail),
        Refusal::NoFix => return Problem::conflict("no_fix", detail),
        Refusal::Full => return Problem::conflict("claim_full", detail),
        Refusal::NoteNeeded => "note",
        Refusal::NotAStep => "status",
        Refusal::Contradiction if by_member => "confirmed",
        Refusal::Contradiction => "confirmed_by_member",
        Refusal::WaitingOnNeeded | Refusal::WaitingOnUnasked => "waiting_on",
        Refusal::PromisePast => "promised_by",
    };
    Problem::invalid_field(field, &detail)
}
