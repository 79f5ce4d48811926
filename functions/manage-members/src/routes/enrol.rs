//! Enrolment: a member with an empty account, who alone has their document, card and address.

use puntos_api::shape::MemberAnswer;
use puntos_api::{Problem, ProblemBody};
use puntos_domain::field::FieldError;
use puntos_domain::id::{MemberId, digest};
use puntos_domain::member::{Profile, ProfileRequest};
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::EnrolOutcome;

#[utoipa::path(
    post, path = "/v1/members", tag = "Members", request_body = ProfileRequest,
    params(("Idempotency-Key" = String, Header)),
    description = "Enrols a member. A document, a card and an address have one owner each.",
    responses(
        (status = 201, description = "Enrolled, or enrolled before with this key (Idempotency-Replayed: true)", body = MemberAnswer),
        (status = 409, description = "already_enrolled: the fields at fault are named", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn enrol(call: &Call) -> Result<Answer, Failure> {
    let request: ProfileRequest = call.request.body()?;
    let content = digest(&[&serde_json::to_string(&request).unwrap_or_default()]);
    let profile = Profile::checked(request, call.now)?;
    let member_id = MemberId::from_key(call.request.key());
    let enrolled = call.store.enrol(&member_id, &profile, &content, &call.stamp()?).await?;
    let replayed = match enrolled {
        EnrolOutcome::Enrolled => false,
        EnrolOutcome::Exists(first) if first.content == content => true,
        EnrolOutcome::Exists(_) => return Err(Problem::key_reused().into()),
        EnrolOutcome::Taken(fields) => return Err(already_enrolled(&fields).into()),
    };
    let (stored, account) = call.store.member(&member_id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::created(call.member_answer(&stored, &account).await?).replayed(replayed))
}

/// Returns the refusal of what somebody else has.
pub(crate) fn already_enrolled(fields: &[&'static str]) -> Problem {
    let errors = fields.iter().map(|field| FieldError {
        field: (*field).to_owned(),
        code: "already_enrolled".to_owned(),
        detail: "a member is enrolled with it already".to_owned(),
    });
    let detail = format!("a member is enrolled already with this {}", fields.join(", "));
    Problem::conflict("already_enrolled", detail).with_errors(errors.collect())
}
