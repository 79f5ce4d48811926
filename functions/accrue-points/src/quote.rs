//! Says what a purchase would earn, and writes nothing.

use puntos_api::MemberNamed;
use puntos_api::purchases::{QuoteAnswer, QuoteRequest};
use puntos_api::reservations::not_paid;
use puntos_domain::{accrual, reservation};
use puntos_runtime::http::{Answer, Call, Failure};

use crate::AccruePoints;
use crate::record::{load, member_of};

pub(crate) async fn quote(_: &AccruePoints, call: &Call) -> Result<Answer, Failure> {
    let (command, has_branch) = call.request.body::<QuoteRequest>()?.command(call.now)?;
    let purchased_at = command.purchase.purchased_at;
    let named = command.member.as_ref();
    let (member_id, is_card_replaced) = member_of(&call.store, named, purchased_at).await?;
    if is_card_replaced {
        return Err(MemberNamed::card_replaced().into());
    }
    let basis = load(&call.store, &command, (purchased_at, call.now), member_id.as_ref()).await?;
    if has_branch {
        accrual::check_branch(&command.purchase, &basis.terms)?;
    }
    let account = basis.account.as_ref().map(|found| found.account.clone()).unwrap_or_default();
    let (reservation, current) = (basis.reservation.as_ref(), &basis.terms.current);
    reservation::check_quote(&command.purchase, reservation, &account, current, call.now)
        .map_err(not_paid)?;
    let (explanation, not_applied) =
        accrual::quote(&command.purchase, &account, &basis.terms, call.now)?;
    let language = basis.language(call.request.language());
    Ok(Answer::ok(QuoteAnswer::new(&explanation, not_applied, language)))
}
