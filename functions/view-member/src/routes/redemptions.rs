//! Redemptions: a member's list, one by id, and the proof by idempotency key.

use puntos_api::redemptions::RedemptionAnswer;
use puntos_api::{Problem, ProblemBody};
use puntos_domain::id::{MemberId, RedemptionId};
use puntos_domain::mail::EmailAddress;
use puntos_domain::page::Page;
use puntos_domain::redemption::Redemption;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::EntryKind;
use puntos_store::keys::OwnerKind;

#[utoipa::path(
    get, path = "/v1/redemptions", tag = "Redemptions",
    params(
        ("member_id" = Option<String>, Query), ("document" = Option<String>, Query),
        ("email" = Option<String>, Query), ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query),
    ),
    description = "Lists a member's redemptions, newest first. A page may be short and still carry a cursor.",
    responses(
        (status = 200, description = "The redemptions with their coupons", body = Page<RedemptionAnswer>),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn list(call: &Call) -> Result<Answer, Failure> {
    let member_id = match filtered_member(call).await? {
        Some(member_id) => member_id,
        None => {
            return Ok(Answer::ok(Page::<RedemptionAnswer> {
                data: Vec::new(),
                next_cursor: None,
            }));
        }
    };
    let page = call.request.page()?;
    let (entries, next_cursor) =
        call.store.timeline(&member_id, Some(EntryKind::Redemption), &page).await?;
    let ids: Vec<RedemptionId> =
        entries.into_iter().filter_map(|entry| entry.redemption_id).collect();
    // The index is only the order; what is shown is read strongly.
    let mut found = call.store.redemptions(&ids).await?;
    found.sort_by_key(|redemption| ids.iter().position(|id| *id == redemption.redemption_id));
    let data =
        found.iter().map(|redemption| RedemptionAnswer::new(redemption, None, call.now)).collect();
    Ok(Answer::ok(Page { data, next_cursor }))
}

/// A member sees their own whatever they ask for; everybody else names one member.
async fn filtered_member(call: &Call) -> Result<Option<MemberId>, Failure> {
    let filters = ["member_id", "document", "email"];
    let given: Vec<(&str, &str)> = filters
        .iter()
        .filter_map(|name| call.request.query(name).map(|value| (*name, value)))
        .collect();
    let only_member = call.request.caller()?.is_only_member();
    let found = match given[..] {
        [] if only_member => return call.own_member_id().await.map(Some),
        [("member_id", value)] => value.parse().ok(),
        [("document", value)] => call.store.owner(OwnerKind::Document, value).await?,
        [("email", value)] => match EmailAddress::parse(value) {
            Ok(email) => call.store.owner(OwnerKind::Email, email.normalized()).await?,
            Err(_) => None,
        },
        _ => {
            return Err(Problem::invalid_field(
                "member_id",
                "give exactly one of member_id, document, email",
            )
            .into());
        }
    };
    if only_member && found != Some(call.own_member_id().await?) {
        return Err(Problem::not_found().into());
    }
    Ok(found)
}

#[utoipa::path(
    get, path = "/v1/redemptions/{redemption_id}", tag = "Redemptions", params(("redemption_id" = String, Path)),
    description = "Shows a redemption with its coupon, read strongly.",
    responses(
        (status = 200, description = "The redemption", body = RedemptionAnswer),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn one(call: &Call) -> Result<Answer, Failure> {
    let redemption_id: RedemptionId = call.request.path_id("redemption_id")?;
    show(call, call.store.redemption(&redemption_id).await?).await
}

#[utoipa::path(
    get, path = "/v1/redemptions/by-key/{idempotency_key}", tag = "Redemptions",
    params(("idempotency_key" = String, Path)),
    description = "Proves whether the redemption with this idempotency key happened: 200 or 404, by a strong read of the primary key.",
    responses(
        (status = 200, description = "It happened", body = RedemptionAnswer),
        (status = 404, description = "It did not", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn by_key(call: &Call) -> Result<Answer, Failure> {
    show(call, call.store.redemption_by_key(call.request.path("idempotency_key")).await?).await
}

async fn show(call: &Call, found: Option<Redemption>) -> Result<Answer, Failure> {
    let redemption = found.ok_or_else(Problem::not_found)?;
    call.only_own(&redemption.member_id).await?;
    let account = call.store.account(&redemption.member_id).await?;
    let balance = account.map(|account| account.account.balance(call.now));
    Ok(Answer::ok(RedemptionAnswer::new(&redemption, balance, call.now)))
}
