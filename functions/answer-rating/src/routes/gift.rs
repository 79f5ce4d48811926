//! A gift for a rating: points at once, or a coupon that the till takes, within the agent's limits.

use puntos_api::{Problem, ProblemBody, Role};
use puntos_domain::adjustment;
use puntos_domain::calendar::local_date;
use puntos_domain::coupon::CouponCode;
use puntos_domain::gift::{self, Gift, Refusal};
use puntos_domain::id::{AdjustmentId, EmailId, GiftId, RatingId, digest};
use puntos_domain::mail::Composer;
use puntos_domain::mail::Email;
use puntos_domain::mail::{MailKind, MailVariables};
use puntos_domain::program::ProgramVersion;
use puntos_domain::reward::{Reward, reward_id};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::{
    AdjustmentWrite, GIFTS_MAX, GiftOutcome, GiftState, GiftWrite, StoreError, StoredGift, pause,
};

use crate::answer::GiftAnswer;
use crate::event::{GiftRequest, Offer};

/// How often a gift is decided again because another write moved what it was decided on.
const TRIES_MAX: u32 = 60;

#[utoipa::path(
    post, path = "/v1/ratings/{rating_id}/gifts", tag = "Ratings", request_body = GiftRequest,
    params(("rating_id" = String, Path), ("Idempotency-Key" = String, Header)),
    description = "Gives something for a rating. Points are credited at once; anything else comes as a coupon that the till takes and that expires. Points, and the cost of a reward, count against the programme's agent_limits, above which a supervisor is needed. It is mailed where the member has an address.",
    responses(
        (status = 201, description = "Given, or given before with this key (Idempotency-Replayed: true)", body = GiftAnswer),
        (status = 403, description = "forbidden: above the agent's limits", body = ProblemBody),
        (status = 404, description = "not_found: no such rating, or (gift.reward_id) no such reward", body = ProblemBody),
        (status = 409, description = "reward_inactive, out_of_stock, gifts_full", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn give(call: &Call, brand: &str) -> Result<Answer, Failure> {
    let rating_id: RatingId = call.request.path_id("rating_id")?;
    let offer = call.request.body::<GiftRequest>()?.checked()?;
    let gift_id = GiftId::from_key(&rating_id, call.request.key());
    let content = content_of(&offer)?;
    let code = CouponCode::issue(call.environment.random(), call.now);
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let state = call.store.gift_state(&rating_id, &gift_id, catalogued(&offer)).await?;
        let mut state = state.ok_or_else(Problem::not_found)?;
        if let Some(first) = state.gift.take() {
            return replay(call, first, &content);
        }
        let gift = decide(&offer, &state, code.clone(), call)?;
        let rules = call.store.program_at(&state.head, call.now).await?;
        check_limits(call, gift.size_points, &rules)?;
        if call.store.gift_count(&rating_id.member_id()).await? >= GIFTS_MAX {
            let detail = format!("a member is given at most {GIFTS_MAX} gifts");
            return Err(Problem::conflict("gifts_full", detail).into());
        }
        let mail = mail(call, brand, &rules, &state, &gift_id, &gift)?;
        let given = StoredGift {
            gift_id: gift_id.clone(),
            rating_id: rating_id.clone(),
            gift,
            used: None,
            email_id: mail.as_ref().map(|mail| mail.email_id.clone()),
            created_at: call.now,
            content: content.clone(),
        };
        match record(call, &state, &rules, &given, mail.as_ref()).await? {
            GiftOutcome::Recorded => return Ok(Answer::created(GiftAnswer::new(given, call.now))),
            GiftOutcome::Exists(first) => return replay(call, *first, &content),
            GiftOutcome::DayFull => return Err(above_limits().into()),
            GiftOutcome::Moved => {}
        }
    }
    Err(StoreError::Busy.into())
}

/// Writes the gift, and the credit that its points are: an entry of the ledger that names it.
async fn record(
    call: &Call,
    state: &GiftState,
    rules: &ProgramVersion,
    given: &StoredGift,
    mail: Option<&Email>,
) -> Result<GiftOutcome, Failure> {
    let caller = call.request.caller()?;
    let today = local_date(call.now, &rules.zone());
    let most = rules.program.agent_limits.points_per_day;
    let agent_day =
        (!caller.is(Role::Supervisor)).then_some((caller.subject.as_str(), today, most));
    let account = &state.account.account;
    let credited = given
        .gift
        .points
        .map(|points| adjustment::decide(account.clone(), points, rules, call.now));
    // A credit is never short of points: what is given is more than 0.
    let decision = credited.transpose().map_err(|_| StoreError::Busy)?;
    // No key of a caller has this character: no adjustment by hand comes under the same id.
    let adjustment_id = AdjustmentId::from_key(&format!("gift#{}", given.gift_id));
    let reason = format!("gift for a rating: {}", given.gift.name);
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
        content: &given.content,
    });
    let write = GiftWrite { gift: given, credit, agent_day, mail };
    Ok(call.store.record_gift(&write, &call.stamp()?).await?)
}

/// Returns the id to be read; one that cannot be a reward's names none.
fn catalogued(offer: &Offer) -> Option<&str> {
    match offer {
        Offer::Catalogued(id) => reward_id(id).ok(),
        Offer::MadeUp(_) => None,
    }
}

fn decide(
    offer: &Offer,
    state: &GiftState,
    code: CouponCode,
    call: &Call,
) -> Result<Gift, Problem> {
    let reward: &Reward = match offer {
        Offer::MadeUp(reward) => reward,
        Offer::Catalogued(_) => state
            .reward
            .as_ref()
            .ok_or_else(|| Problem::not_found_field("gift.reward_id", "there is no such reward"))?,
    };
    gift::decide(catalogued(offer), reward, code, call.now).map_err(|refusal| {
        let code = match refusal {
            Refusal::NotOffered => "reward_inactive",
            Refusal::OutOfStock => "out_of_stock",
        };
        Problem::conflict(code, refusal.to_string())
    })
}

/// An agent's single gift has a limit; the sum of a day is checked by the write itself.
fn check_limits(call: &Call, size: i64, rules: &ProgramVersion) -> Result<(), Failure> {
    let limits = rules.program.agent_limits;
    let above = size > limits.points_per_call || size > limits.points_per_day;
    if above && !call.request.caller()?.is(Role::Supervisor) {
        return Err(above_limits().into());
    }
    Ok(())
}

fn above_limits() -> Problem {
    Problem::forbidden("above the programme's limits for agents: a supervisor is needed")
}

fn mail(
    call: &Call,
    brand: &str,
    rules: &ProgramVersion,
    state: &GiftState,
    gift_id: &GiftId,
    gift: &Gift,
) -> Result<Option<Email>, Failure> {
    let rating = &state.rating.rating;
    let context = Composer { program: rules, brand };
    let coupon = gift.coupon.as_ref();
    let variables = MailVariables {
        reward: gift.name.clone(),
        code: coupon.map(|coupon| coupon.code.to_string()).unwrap_or_default(),
        expires_on: coupon.map(|coupon| context.last_day(coupon.expires_at)),
        points_given: gift.points.unwrap_or_default(),
        branch: Some(rating.branch.clone()),
        visited_on: Some(rating.day),
        ..MailVariables::default()
    };
    let email_id = EmailId::of_cause(&["gift", gift_id.as_str()], &rating.member_id);
    let profile = &state.profile.profile;
    Ok(context.email(MailKind::Gift, email_id, profile, variables, &call.stamp()?))
}

fn replay(call: &Call, first: StoredGift, content: &str) -> Result<Answer, Failure> {
    if first.content != content {
        return Err(Problem::key_reused().into());
    }
    Ok(Answer::created(GiftAnswer::new(first, call.now)).replayed(true))
}

fn content_of(offer: &Offer) -> Result<String, Failure> {
    Ok(match offer {
        Offer::Catalogued(reward_id) => digest(&["catalogued", reward_id]),
        Offer::MadeUp(reward) => {
            let facts = serde_json::to_string(reward);
            let facts = facts.map_err(StoreError::unavailable)?;
            digest(&["made-up", &facts])
        }
    })
}
