//! The search: by document, e-mail, card or the beginning of a name, one filter at a time.

use puntos_api::members::{Filter, TillMember};
use puntos_api::{MemberNamed, Role};
use puntos_domain::id::MemberId;
use puntos_domain::mail::EmailAddress;
use puntos_domain::member::{is_named, search_words};
use puntos_domain::page::Page;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::keys::OwnerKind;

use crate::ManageMembers;

/// The most members with the longest of several words that are checked for the other words.
const SEVERAL_WORDS_MOST: u32 = 100;

pub(crate) async fn search(_: &ManageMembers, call: &Call) -> Result<Answer, Failure> {
    let caller = call.request.caller()?;
    let is_till = !caller.is(Role::Agent) && !caller.is(Role::Supervisor);
    let filter = Filter::of(|name| call.request.query(name), is_till)?;
    let limit = call.request.page()?.limit;
    let ids = match filter {
        Filter::Document(number) => owner(call, OwnerKind::Document, number).await?,
        Filter::Card(number) => card_holder(call, number, is_till).await?,
        Filter::Email(address) => match EmailAddress::parse(address) {
            Ok(email) => owner(call, OwnerKind::Email, email.normalized()).await?,
            Err(_) => Vec::new(),
        },
        Filter::Name(words) => by_name(call, words, limit).await?,
    };
    if is_till {
        return till_page(call, &ids).await;
    }
    let mut data = Vec::with_capacity(ids.len());
    for id in &ids {
        let Some(state) = call.store.member(id).await? else { continue };
        if matches!(filter, Filter::Name(words) if !is_named(&state.member.profile.name, words)) {
            continue;
        }
        if data.len() == limit as usize {
            break;
        }
        data.push(call.member_answer(&state).await?);
    }
    Ok(Answer::ok(Page { data, next_cursor: None }))
}

async fn owner(call: &Call, kind: OwnerKind, value: &str) -> Result<Vec<MemberId>, Failure> {
    Ok(call.store.owner(kind, value).await?.into_iter().collect())
}

/// Finds the member of a card. A till is told that another card replaced it; people find its member.
async fn card_holder(call: &Call, number: &str, is_till: bool) -> Result<Vec<MemberId>, Failure> {
    let Some(holder) = call.store.card_holder(number).await? else { return Ok(Vec::new()) };
    if is_till && holder.at(call.now).is_err() {
        return Err(MemberNamed::card_replaced().into());
    }
    Ok(vec![holder.member_id])
}

/// Searches for the longest of several words; the others are checked on each member found.
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
        data.push(TillMember::new(&account, call.now));
    }
    Ok(Answer::ok(Page { data, next_cursor: None }))
}
