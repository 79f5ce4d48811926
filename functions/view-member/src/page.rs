//! The member's page: profile and balance, read strongly.

use puntos_api::Problem;
use puntos_domain::id::MemberId;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::ViewMember;

pub(crate) async fn show(_: &ViewMember, call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    call.only_own(&member_id).await?;
    let state = call.store.member(&member_id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(call.member_answer(&state).await?))
}
