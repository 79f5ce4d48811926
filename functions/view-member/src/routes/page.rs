//! The member's page: who they are and what they have, read strongly.

use puntos_api::enrolment::MemberAnswer;
use puntos_api::{Problem, ProblemBody};
use puntos_domain::id::MemberId;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};

#[utoipa::path(
    get, path = "/v1/members/{member_id}", tag = "Members", params(("member_id" = String, Path)),
    description = "Shows a member with balance and e-mail status, read strongly: it shows every write before it.",
    responses(
        (status = 200, description = "The member", body = MemberAnswer),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn page(call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    call.only_own(&member_id).await?;
    let (stored, account) = call.store.member(&member_id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(call.member_answer(&stored, &account).await?))
}
