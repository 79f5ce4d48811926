//! One purchase, with its lines and why it earned its points.

use puntos_api::Problem;
use puntos_api::purchases::WholePurchase;
use puntos_domain::accrual;
use puntos_domain::id::PurchaseId;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::ViewMember;

pub(crate) async fn show(_: &ViewMember, call: &Call) -> Result<Answer, Failure> {
    let purchase_id: PurchaseId = call.request.path_id("purchase_id")?;
    let invoice = call.store.purchase(&purchase_id).await?;
    let receipt = invoice.and_then(|invoice| invoice.receipt).ok_or_else(Problem::not_found)?;
    let Some(earned) = &receipt.earned else {
        if call.request.caller()?.is_only_member() {
            return Err(Problem::not_found().into());
        }
        let language = call.language(None).await?;
        return Ok(Answer::ok(WholePurchase::new(&receipt, Vec::new(), call.now, language)));
    };
    call.only_own(&earned.member_id).await?;
    let rules = call.store.program_version(earned.current().rule_version).await?;
    let not_applied = accrual::not_applied(&receipt.purchase, earned.current(), &rules);
    let language = call.language_for(&earned.member_id).await?;
    Ok(Answer::ok(WholePurchase::new(&receipt, not_applied, call.now, language)))
}
