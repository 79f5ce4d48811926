//! Finds a purchase by its invoice.

use puntos_api::Problem;
use puntos_api::purchases::PurchaseAnswer;
use puntos_domain::invoice::Invoice;
use puntos_domain::page::Page;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::AccruePoints;

pub(crate) async fn find(_: &AccruePoints, call: &Call) -> Result<Answer, Failure> {
    let needed = |name: &'static str| {
        call.request.query(name).ok_or_else(|| Problem::invalid_field(name, "must be given"))
    };
    let invoice = Invoice::new(needed("branch")?, needed("invoice_number")?);
    let invoice = call.store.purchase(&invoice.purchase_id()).await?;
    let receipt = invoice.and_then(|invoice| invoice.receipt);
    let found = receipt.map(|receipt| {
        PurchaseAnswer::new(&receipt.purchase, receipt.earned.as_ref(), None, call.now)
    });
    Ok(Answer::ok(Page { data: Vec::from_iter(found), next_cursor: None }))
}
