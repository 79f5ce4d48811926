//! Says what a purchase would earn, and writes nothing.

use puntos_api::purchases::{PurchaseRequest, QuoteAnswer};
use puntos_domain::accrual;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::AccruePoints;
use crate::record::{load, member_of};

pub(crate) async fn quote(_: &AccruePoints, call: &Call) -> Result<Answer, Failure> {
    let command = call.request.body::<PurchaseRequest>()?.command(call.now)?;
    let member_id = member_of(&call.store, command.member.as_ref()).await?;
    let purchased_at = command.purchase.purchased_at;
    let basis = load(&call.store, &command, (purchased_at, call.now), member_id.as_ref()).await?;
    accrual::check_branch(&command.purchase, &basis.terms)?;
    let account = basis.account.as_ref().map(|found| found.account.clone()).unwrap_or_default();
    let (explanation, not_applied) =
        accrual::quote(&command.purchase, &account, &basis.terms, call.now)?;
    Ok(Answer::ok(QuoteAnswer::new(&explanation, not_applied)))
}
