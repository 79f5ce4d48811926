//! Reads mails: one with its content, and lists by status.

use puntos_api::Problem;
use puntos_api::emails::{self, EmailAnswer};
use puntos_domain::id::EmailId;
use puntos_domain::page::Page;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_runtime::mails;

use crate::ManageEmails;

pub(crate) async fn list(function: &ManageEmails, call: &Call) -> Result<Answer, Failure> {
    let status = emails::status(call.request.query("status"))?;
    let page = call.request.page()?;
    let (found, next_cursor) = call.store.emails_with_status(status, &page).await?;
    let data: Result<Vec<EmailAnswer>, Failure> =
        found.iter().map(|email| function.answer(email)).collect();
    Ok(Answer::ok(Page { data: data?, next_cursor }))
}

pub(crate) async fn show(function: &ManageEmails, call: &Call) -> Result<Answer, Failure> {
    let email_id: EmailId = call.request.path_id("email_id")?;
    let found = mails::find(&call.store, &function.brand, &email_id, call.now).await?;
    Ok(Answer::ok(function.answer(&found.ok_or_else(Problem::not_found)?.email)?))
}
