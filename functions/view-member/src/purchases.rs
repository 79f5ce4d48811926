//! The search for purchases: by invoice, by number in all branches, or of a member in a period.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use puntos_api::period::Period;
use puntos_api::purchases::{PurchaseAnswer, PurchaseFilter};
use puntos_api::{Problem, Role};
use puntos_domain::accrual::Receipt;
use puntos_domain::id::MemberId;
use puntos_domain::language::Language;
use puntos_domain::page::{Page, PageQuery};
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::StoreError;

use crate::ViewMember;

type Found = (Vec<Receipt>, Option<String>);

pub(crate) async fn find(_: &ViewMember, call: &Call) -> Result<Answer, Failure> {
    let caller = call.request.caller()?;
    let is_till = !caller.is(Role::Agent) && !caller.is(Role::Supervisor);
    let filter = PurchaseFilter::of(|name| call.request.query(name), is_till)?;
    let page = call.request.page()?;
    let (receipts, next_cursor) = match filter {
        // None or one has no next page.
        PurchaseFilter::Invoice(_) | PurchaseFilter::Member(None, _) if page.cursor.is_some() => {
            return Err(StoreError::BadCursor.into());
        }
        PurchaseFilter::Invoice(invoice) => {
            let invoice = call.store.purchase(&invoice.purchase_id()).await?;
            (Vec::from_iter(invoice.and_then(|invoice| invoice.receipt)), None)
        }
        PurchaseFilter::Number(number) => numbered(call, number, &page).await?,
        PurchaseFilter::Member(None, _) => (Vec::new(), None),
        PurchaseFilter::Member(Some(member_id), period) => {
            of_member(call, &member_id, period, &page).await?
        }
    };
    let language = language(call, &receipts).await?;
    let shown = |receipt: &Receipt| {
        PurchaseAnswer::new(&receipt.purchase, receipt.earned.as_ref(), None, call.now, language)
    };
    Ok(Answer::ok(Page { data: receipts.iter().map(shown).collect(), next_cursor }))
}

/// Returns the language of the caller, else that of the only member whose purchases they are.
async fn language(call: &Call, receipts: &[Receipt]) -> Result<Language, Failure> {
    let members = receipts.iter().filter_map(|receipt| Some(&receipt.earned.as_ref()?.member_id));
    let members: BTreeSet<&MemberId> = members.collect();
    match members.first().filter(|_| members.len() == 1) {
        Some(member_id) => call.language_for(member_id).await,
        None => call.language(None).await,
    }
}

async fn numbered(call: &Call, number: &str, page: &PageQuery) -> Result<Found, Failure> {
    let rules = call.store.program_in_force(call.now).await?;
    let branches = call.store.searched_branches(rules.as_deref()).await?;
    Ok(call.store.purchases_numbered(number, &branches, page).await?)
}

async fn of_member(
    call: &Call,
    member_id: &MemberId,
    period: Period,
    page: &PageQuery,
) -> Result<Found, Failure> {
    let zone = match period.need_zone() {
        true => {
            let rules = call.store.program_in_force(call.now).await?;
            rules.ok_or_else(Problem::program_missing)?.zone()
        }
        false => TimeZone::UTC,
    };
    let bounds: (Option<Timestamp>, Option<Timestamp>) = period.instants(&zone)?;
    Ok(call.store.purchases_of_member(member_id, bounds, page).await?)
}
