//! Gives a gift for a rating: points at once, or a coupon that the till accepts.

use puntos_api::adjustments::above_limits;
use puntos_api::ratings::gifts::{
    GiftAnswer, GiftRequest, Offer, gifts_full, refused, unknown_reward,
};
use puntos_api::{Problem, Role};
use puntos_domain::adjustment;
use puntos_domain::agent_limits::{AboveLimits, day_limit, worth_day_limit};
use puntos_domain::calendar::local_date;
use puntos_domain::coupon::CouponCode;
use puntos_domain::gift::{self, GIFTS_MAX, Gift, GivenGift};
use puntos_domain::id::{AdjustmentId, GiftId, RatingId};
use puntos_domain::language::Language;
use puntos_domain::mail::{Composer, Email};
use puntos_domain::outcome::Outcome;
use puntos_domain::program::ProgramVersion;
use puntos_domain::text;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{AdjustmentWrite, AgentDay, GiftOutcome, GiftState, GiftWrite, StoreError};

use crate::AnswerRating;

type Given = Outcome<GiftAnswer, Problem>;

/// A parsed gift, ready to be decided.
struct Request {
    gift_id: GiftId,
    rating_id: RatingId,
    offer: Offer,
    fingerprint: String,
    code: CouponCode,
    is_supervisor: bool,
}

pub(crate) async fn give(function: &AnswerRating, call: &Call) -> Result<Answer, Failure> {
    let request = parse(call)?;
    let outcome = call.decide(|_| attempt(function, call, &request)).await?;
    Ok(Answer::of_outcome(201, outcome)?)
}

fn parse(call: &Call) -> Result<Request, Failure> {
    let rating_id: RatingId = call.request.path_id("rating_id")?;
    let offer = call.request.body::<GiftRequest>()?.checked()?;
    let fingerprint = offer.fingerprint();
    Ok(Request {
        gift_id: GiftId::from_key(&rating_id, call.request.key()),
        rating_id,
        offer,
        fingerprint,
        code: CouponCode::issue(call.environment.random(), call.now),
        is_supervisor: call.request.caller()?.is(Role::Supervisor),
    })
}

async fn attempt(
    function: &AnswerRating,
    call: &Call,
    request: &Request,
) -> Result<Option<Given>, Failure> {
    let reward_id = request.offer.reward_id();
    let state = call.store.gift_state(&request.rating_id, &request.gift_id, reward_id).await?;
    let mut state = state.ok_or_else(Problem::not_found)?;
    if let Some(first) = state.gift.take() {
        let language = call.language(state.profile.profile.locale.as_deref()).await?;
        return Ok(Some(replayed(call, request, first, language)));
    }
    let rules = call.store.program_at(&state.head, call.now).await?;
    let gift = match decide(call, request, &state, &rules) {
        Ok(gift) => gift,
        Err(problem) => return Ok(Some(Outcome::Refused(problem))),
    };
    if call.store.gift_count(&request.rating_id.member_id()).await? >= GIFTS_MAX {
        return Ok(Some(Outcome::Refused(gifts_full())));
    }
    let composer = Composer { program: &rules, brand: &function.brand };
    let (rating, profile) = (&state.rating.rating, &state.profile.profile);
    let mail = composer.gift(&request.gift_id, &gift, rating, profile, &call.stamp()?);
    commit(call, request, &state, &rules, gift, mail.as_ref()).await
}

fn decide(
    call: &Call,
    request: &Request,
    state: &GiftState,
    rules: &ProgramVersion,
) -> Result<Gift, Problem> {
    let program = &rules.program;
    let (reward, units_left) = match &request.offer {
        Offer::MadeUp(reward) => {
            gift::check_terms(reward, program)?;
            (&**reward, None)
        }
        Offer::Catalogued(_) => {
            let listing = state.listing.as_ref().ok_or_else(unknown_reward)?;
            (&listing.reward, listing.units_left())
        }
    };
    let (reward_id, code) = (request.offer.reward_id(), request.code.clone());
    let gift = gift::decide(reward_id, (reward, units_left), program, code, call.now);
    let gift = gift.map_err(refused)?;
    let (limits, is_supervisor) = (program.agent_limits, request.is_supervisor);
    day_limit(gift.size_points, limits, is_supervisor).map_err(above_limits)?;
    worth_day_limit(gift.worth_minor, limits, is_supervisor).map_err(above_limits)?;
    Ok(gift)
}

async fn commit(
    call: &Call,
    request: &Request,
    state: &GiftState,
    rules: &ProgramVersion,
    gift: Gift,
    mail: Option<&Email>,
) -> Result<Option<Given>, Failure> {
    let given = GivenGift {
        gift_id: request.gift_id.clone(),
        rating_id: request.rating_id.clone(),
        gift,
        used: None,
        email_id: mail.map(|mail| mail.email_id.clone()),
        created_at: call.now,
        fingerprint: request.fingerprint.clone(),
    };
    let (asked, locale) = (call.request.language(), state.profile.profile.locale.as_deref());
    let language = Language::of_reader(asked, locale, &rules.program.locale);
    Ok(match record(call, request, state, rules, &given, mail).await? {
        GiftOutcome::Recorded => Some(Outcome::Done(GiftAnswer::new(given, call.now, language))),
        GiftOutcome::Exists(first) => Some(replayed(call, request, *first, language)),
        GiftOutcome::DayFull => Some(Outcome::Refused(above_limits(AboveLimits))),
        GiftOutcome::Outdated => None,
    })
}

/// Writes the gift, and for points the credit: an entry of the ledger that names the gift.
async fn record(
    call: &Call,
    request: &Request,
    state: &GiftState,
    rules: &ProgramVersion,
    given: &GivenGift,
    mail: Option<&Email>,
) -> Result<GiftOutcome, Failure> {
    let subject = call.request.caller()?.subject.as_str();
    let limits = rules.program.agent_limits;
    let agent_day = (!request.is_supervisor).then_some(AgentDay {
        subject,
        day: local_date(call.now, &rules.zone()),
        points_max: limits.points_per_day,
        worth_max: limits.worth_per_day,
    });
    let account = &state.account.account;
    let credited = given
        .gift
        .points
        .map(|points| adjustment::decide(account.clone(), points, rules, call.now));
    // The adjustment cannot lack points: a gift adds points and never takes any.
    let decision = credited.transpose().map_err(|_| StoreError::Busy)?;
    // No caller's key has this character, so no other adjustment has the same id.
    let adjustment_id = AdjustmentId::from_key(&format!("gift#{}", given.gift_id));
    let reason = text::reason_gift(&given.gift.in_words()).into();
    let points = given.gift.points.zip(decision.as_ref());
    let credit = points.map(|(points, decision)| AdjustmentWrite {
        adjustment_id: &adjustment_id,
        account: &state.account,
        points,
        decision,
        reason: &reason,
        note: None,
        invoice: None,
        agent_day: None,
        fingerprint: &given.fingerprint,
    });
    let write = GiftWrite { gift: given, credit, agent_day, mail };
    Ok(call.store.record_gift(&write, &call.stamp()?).await?)
}

fn replayed(call: &Call, request: &Request, first: GivenGift, language: Language) -> Given {
    match first.fingerprint == request.fingerprint {
        true => Outcome::Replayed(GiftAnswer::new(first, call.now, language)),
        false => Outcome::Conflict,
    }
}
