//! Redemptions: a member's list, one by id, and the proof by idempotency key.

use puntos_api::Problem;
use puntos_api::redemptions::RedemptionAnswer;
use puntos_domain::id::{MemberId, RedemptionId};
use puntos_domain::mail::EmailAddress;
use puntos_domain::page::Page;
use puntos_domain::redemption::Redemption;
use puntos_domain::timeline::EntryKind;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::keys::OwnerKind;

use crate::ViewMember;

pub(crate) async fn list(_: &ViewMember, call: &Call) -> Result<Answer, Failure> {
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
        entries.iter().filter_map(|entry| entry.row.redemption_id().cloned()).collect();
    // The index gives the order. The facts are read strongly.
    let mut found = call.store.redemptions(&ids).await?;
    found.sort_by_key(|redemption| ids.iter().position(|id| *id == redemption.redemption_id));
    let data =
        found.iter().map(|redemption| RedemptionAnswer::new(redemption, None, call.now)).collect();
    Ok(Answer::ok(Page { data, next_cursor }))
}

/// Returns the member whose redemptions are asked for. A member who names nobody asks for their own.
async fn filtered_member(call: &Call) -> Result<Option<MemberId>, Failure> {
    let filters = ["member_id", "document", "email"];
    let given: Vec<(&str, &str)> = filters
        .iter()
        .filter_map(|name| call.request.query(name).map(|value| (*name, value)))
        .collect();
    let only_member = call.request.caller()?.is_only_member();
    let found = match given[..] {
        [] if only_member => return call.current_member_id().await.map(Some),
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
    match &found {
        Some(member_id) => call.only_own(member_id).await?,
        None if only_member => return Err(Problem::not_found().into()),
        None => {}
    }
    Ok(found)
}

pub(crate) async fn one(_: &ViewMember, call: &Call) -> Result<Answer, Failure> {
    let redemption_id: RedemptionId = call.request.path_id("redemption_id")?;
    show(call, call.store.redemption(&redemption_id).await?).await
}

pub(crate) async fn by_key(_: &ViewMember, call: &Call) -> Result<Answer, Failure> {
    show(call, call.store.redemption_by_key(call.request.path("idempotency_key")).await?).await
}

async fn show(call: &Call, found: Option<Redemption>) -> Result<Answer, Failure> {
    let redemption = found.ok_or_else(Problem::not_found)?;
    call.only_own(&redemption.member_id).await?;
    let account = call.store.account(&redemption.member_id).await?;
    let balance = account.map(|account| account.account.balance(call.now));
    Ok(Answer::ok(RedemptionAnswer::new(&redemption, balance, call.now)))
}
