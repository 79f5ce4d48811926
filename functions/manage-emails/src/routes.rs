//! Reading mails: one with its content, and lists by status.

use puntos_api::shape::EmailAnswer;
use puntos_api::{Problem, ProblemBody};
use puntos_domain::id::EmailId;
use puntos_domain::mail::Email;
use puntos_domain::mail::{EmailStatus, render};
use puntos_domain::page::Page;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_runtime::resend::find;

#[utoipa::path(
    get, path = "/v1/emails", tag = "E-mails",
    params(("status" = EmailStatus, Query), ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    description = "Lists the mails with a status, newest first.",
    responses(
        (status = 200, description = "The mails", body = Page<EmailAnswer>),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn list(call: &Call) -> Result<Answer, Failure> {
    let status = call.request.query("status").and_then(EmailStatus::from_name);
    let status =
        status.ok_or_else(|| Problem::invalid_field("status", "must be a status of mails"))?;
    let (emails, next_cursor) =
        call.store.emails_with_status(status, &call.request.page()?).await?;
    let data: Result<Vec<EmailAnswer>, Failure> = emails.iter().map(answer).collect();
    Ok(Answer::ok(Page { data: data?, next_cursor }))
}

#[utoipa::path(
    get, path = "/v1/emails/{email_id}", tag = "E-mails", params(("email_id" = String, Path)),
    description = "Shows a mail: subject, text and html as sent, and everything that happened to it.",
    responses(
        (status = 200, description = "The mail", body = EmailAnswer),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn show(call: &Call, brand: &str) -> Result<Answer, Failure> {
    let email_id: EmailId = call.request.path_id("email_id")?;
    let found = find(&call.store, brand, &email_id, call.now).await?;
    Ok(Answer::ok(answer(&found.ok_or_else(Problem::not_found)?.email)?))
}

/// Returns a mail with the content that its template revision gives it.
pub(crate) fn answer(email: &Email) -> Result<EmailAnswer, Failure> {
    let rendered =
        render(email.kind, email.revision, email.language, &email.variables).map_err(|error| {
            tracing::error!(email_id = %email.email_id, %error, "a mail cannot be rendered");
            Problem::new(500, "internal_error", "this mail's template is missing")
        })?;
    Ok(EmailAnswer {
        email_id: email.email_id.clone(),
        member_id: email.member_id.clone(),
        redemption_id: email.redemption_id.clone(),
        kind: email.kind,
        to: email.to.as_given().to_owned(),
        status: email.status(),
        status_history: email.history.changes().to_vec(),
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        resend_of: email.resend_of.clone(),
        created_at: email.created_at,
    })
}
