//! What every change of a claim needs: the claim of the path, who acts, and under which rules.

use std::sync::Arc;

use puntos_api::claims::{ClaimAnswer, day_full};
use puntos_api::{Problem, Role};
use puntos_domain::calendar::start_of_day_after;
use puntos_domain::claim::{Act, Claim, MEMBER_STEPS_PER_DAY_MAX, Party, Request, Today};
use puntos_domain::id::{ClaimId, digest};
use puntos_domain::language::Language;
use puntos_domain::outcome::Outcome;
use puntos_domain::program::{ProgramHead, ProgramVersion};
use puntos_runtime::http::{Call, Failure};
use puntos_store::{ClaimChange, ClaimOutcome, ClaimSources};

/// The outcome of a request that changes a claim.
pub(crate) type Settled = Outcome<ClaimAnswer, Problem>;

/// The rules of the day.
pub(crate) struct Rules {
    /// The current programme.
    pub(crate) program: Arc<ProgramVersion>,
    /// The local day, and the programme's rules for claims.
    pub(crate) today: Today,
}

/// Returns the claim that the path names, where the caller may see it.
pub(crate) async fn named_claim(call: &Call) -> Result<ClaimId, Failure> {
    let claim_id: ClaimId = call.request.path_id("claim_id")?;
    call.only_own(&claim_id.member_id()).await?;
    Ok(claim_id)
}

/// Returns who acts. The request identifies the step, so that a retry is recognised.
pub(crate) fn act(call: &Call, request: Option<Request>) -> Result<Act, Failure> {
    let caller = call.request.caller()?;
    let by = match caller.role() {
        Role::Supervisor => Party::Supervisor,
        Role::Member => Party::Member,
        Role::Agent | Role::Admin | Role::Pos => Party::Agent,
    };
    Ok(Act { at: call.now, by, actor: Some(caller.actor()), request })
}

/// Names a request by its key and its fingerprint. The key belongs to the claim and the route.
pub(crate) fn request(call: &Call, fingerprint: String) -> Request {
    let key = digest(&[call.request.route.key, call.request.key()]);
    Request { key, fingerprint }
}

/// Returns the outcome of a request that took its step before; `None` if its key is new.
pub(crate) fn replayed(
    claim: &Claim,
    request: &Request,
    for_member: bool,
    language: Language,
) -> Option<Settled> {
    let step = claim.step_of(&request.key)?;
    Some(match &step.request {
        Some(first) if first == request => {
            Outcome::Replayed(ClaimAnswer::new(claim, for_member, language))
        }
        _ => Outcome::Conflict,
    })
}

/// Returns the language of the answer: the one that the caller asks for, else the member's, else the programme's.
pub(crate) async fn language(call: &Call, sources: &ClaimSources) -> Result<Language, Failure> {
    let locale = sources.profile.as_ref().and_then(|member| member.profile.locale.as_deref());
    let asked = call.request.language();
    match (asked.or_else(|| locale.map(Language::of_locale)), &sources.head) {
        (Some(language), _) => Ok(language),
        (None, None) => Ok(Language::En),
        (None, Some(head)) => {
            let rules = call.store.program_at(head, call.now).await?;
            Ok(Language::of_locale(&rules.program.locale))
        }
    }
}

/// Reads the rules of the day.
pub(crate) async fn rules(call: &Call, head: &ProgramHead) -> Result<Rules, Failure> {
    let program = call.store.program_at(head, call.now).await?;
    let today = Today::of(&program, call.now);
    Ok(Rules { program, today })
}

pub(crate) fn head_of(sources: &ClaimSources) -> Result<&ProgramHead, Problem> {
    let missing = || Problem::conflict("program_missing", "no programme is set up yet");
    sources.head.as_ref().ok_or_else(missing)
}

/// Writes the step of the caller; `None` if another write came first. A member's steps are limited per day.
pub(crate) async fn save_step(
    call: &Call,
    change: ClaimChange<'_>,
    rules: &Rules,
    language: Language,
) -> Result<Option<Settled>, Failure> {
    let for_member = call.request.caller()?.is_only_member();
    let member_day_max = for_member.then_some(MEMBER_STEPS_PER_DAY_MAX);
    let change = ClaimChange { member_day_max, ..change };
    Ok(match call.store.save_step(&change, &call.stamp()?).await? {
        ClaimOutcome::Done => {
            Some(Outcome::Done(ClaimAnswer::new(change.after, for_member, language)))
        }
        ClaimOutcome::Outdated => None,
        ClaimOutcome::DayFull => {
            let ends_at = start_of_day_after(rules.today.date, 1, &rules.program.zone());
            let ends_in_s = ends_at.duration_since(call.now).as_secs();
            Some(Outcome::Refused(day_full(u32::try_from(ends_in_s).unwrap_or(1))))
        }
    })
}
