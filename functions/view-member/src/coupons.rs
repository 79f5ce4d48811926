//! The coupons of a member.

use puntos_api::Problem;
use puntos_api::coupons::TillCoupon;
use puntos_domain::page::Page;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::ViewMember;

pub(crate) async fn list(_: &ViewMember, call: &Call) -> Result<Answer, Failure> {
    let page = call.request.page()?;
    let needed = || Problem::invalid_field("member_id", "must be given");
    let member_id = call.filtered_member().await?.ok_or_else(needed)?;
    let (coupons, next_cursor) = call.store.coupons_of_member(&member_id, &page).await?;
    let data = coupons.iter().map(|coupon| TillCoupon::new(coupon, call.now)).collect();
    Ok(Answer::ok(Page { data, next_cursor }))
}
