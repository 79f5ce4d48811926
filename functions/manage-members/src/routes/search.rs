//! The search: by document, e-mail, card or the beginning of a name, one filter at a time.

use puntos_api::shape::MemberAnswer;
use puntos_api::{Problem, ProblemBody, Role};
use puntos_domain::account::Balance;
use puntos_domain::id::MemberId;
use puntos_domain::mail::EmailAddress;
use puntos_domain::member::{is_named, search_words};
use puntos_domain::page::Page;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::keys::OwnerKind;
use serde::Serialize;

/// How many members with the longest word of several are looked at for the others.
const SEVERAL_WORDS_MOST: u32 = 100;

/// What a till sees of a member.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TillMember {
    /// The id.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The first word of the name.
    pub first_name: String,
    /// What the member has.
    pub balance: Balance,
}

#[utoipa::path(
    get, path = "/v1/members", tag = "Members",
    params(
        ("document" = Option<String>, Query), ("email" = Option<String>, Query),
        ("card_number" = Option<String>, Query), ("name" = Option<String>, Query),
        ("limit" = Option<u32>, Query),
    ),
    description = "Finds members by one filter. `name` is the beginning of any word, or of several, accents and case ignored: write more of it where there are more members than `limit`. A till finds by card only, and sees the id, the first name and the balance.",
    responses(
        (status = 200, description = "The members found", body = Page<MemberAnswer>),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn search(call: &Call) -> Result<Answer, Failure> {
    let filters = ["document", "email", "card_number", "name"];
    let given: Vec<(&str, &str)> = filters
        .iter()
        .filter_map(|name| call.request.query(name).map(|value| (*name, value)))
        .collect();
    let [(filter, value)] = given[..] else {
        return Err(Problem::invalid_field(
            "document",
            "give exactly one of document, email, card_number, name",
        )
        .into());
    };
    let limit = call.request.page()?.limit;
    let caller = call.request.caller()?;
    let only_till = !caller.is(Role::Agent) && !caller.is(Role::Supervisor);
    if only_till && filter != "card_number" {
        return Err(Problem::forbidden("a till finds members by card_number only").into());
    }
    let ids: Vec<MemberId> = match filter {
        "document" => call.store.owner(OwnerKind::Document, value).await?.into_iter().collect(),
        "card_number" => call.store.owner(OwnerKind::Card, value).await?.into_iter().collect(),
        "email" => match EmailAddress::parse(value) {
            Ok(email) => {
                call.store.owner(OwnerKind::Email, email.normalized()).await?.into_iter().collect()
            }
            Err(_) => Vec::new(),
        },
        _ => by_name(call, value, limit).await?,
    };
    if only_till {
        return till_page(call, &ids).await;
    }
    let mut data = Vec::with_capacity(ids.len());
    for id in &ids {
        let Some((stored, account)) = call.store.member(id).await? else { continue };
        if filter == "name" && !is_named(&stored.profile.name, value) {
            continue;
        }
        if data.len() == limit as usize {
            break;
        }
        data.push(call.member_answer(&stored, &account).await?);
    }
    Ok(Answer::ok(Page { data, next_cursor: None }))
}

/// Several words are all looked for; the longest says where.
async fn by_name(call: &Call, value: &str, limit: u32) -> Result<Vec<MemberId>, Failure> {
    let words = search_words(value);
    let Some(longest) = words.iter().max_by_key(|word| word.len()) else { return Ok(Vec::new()) };
    let most = if words.len() > 1 { SEVERAL_WORDS_MOST } else { limit };
    Ok(call.store.members_by_name(longest, most).await?)
}

async fn till_page(call: &Call, ids: &[MemberId]) -> Result<Answer, Failure> {
    let mut data = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(account) = call.store.account(id).await? else { continue };
        data.push(TillMember {
            member_id: id.clone(),
            first_name: account.contact.first_name,
            balance: account.account.balance(call.now),
        });
    }
    Ok(Answer::ok(Page { data, next_cursor: None }))
}
