//! Mails for agents: the routes and their shapes.

use jiff::Timestamp;
use puntos_domain::id::{EmailId, MemberId, RedemptionId};
use puntos_domain::mail::resend::Refusal;
use puntos_domain::mail::{
    Email, EmailStatus, MailKind, MailVariables, PagePath, PagesUrl, RenderError, StatusChange,
    render,
};
use serde::Serialize;

use crate::{KeyRule, Parameter, Problem, Reply, Role, Route};

/// Lists mails.
pub const LIST: Route = Route {
    key: "GET /v1/emails",
    operation_id: "list_emails",
    tag: "E-mails",
    summary: "List mails by status",
    description: "Lists the mails with a status, newest first.",
    roles: &[Role::Agent, Role::Supervisor],
    idempotency: KeyRule::Ignored,
    query: &[
        Parameter::required::<EmailStatus>("status", "The status of the mails"),
        Parameter::LIMIT,
        Parameter::CURSOR,
    ],
    request: None,
    answers: &[Reply::page::<EmailAnswer>(200, "The mails")],
    problems: &[(400, &["cursor_mismatch"]), (422, &["invalid_field"])],
};

/// Shows a mail.
pub const SHOW: Route = Route {
    key: "GET /v1/emails/{email_id}",
    operation_id: "show_email",
    tag: "E-mails",
    summary: "Show a mail",
    description: "Shows a mail: subject, text and html as sent, and everything that happened to it. Links that work \
        without signing in are cut.",
    roles: &[Role::Agent, Role::Supervisor],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<EmailAnswer>(200, "The mail")],
    problems: &[(404, &["not_found"])],
};

/// Sends a mail again.
pub const RESEND: Route = Route {
    key: "POST /v1/emails/{email_id}/resend",
    operation_id: "resend_email",
    tag: "E-mails",
    summary: "Send a mail again",
    description: "Sends a mail once more, to the member's current address. The new mail is linked to \
        the first. `unsubscribed` refuses an optional mail to a member who wants none, `link_expired` an \
        invitation or a confirmation whose link works no more.",
    roles: &[Role::Agent, Role::Supervisor],
    idempotency: KeyRule::Required,
    query: &[],
    request: None,
    answers: &[Reply::new::<EmailAnswer>(201, "Requested, or requested before with this key")],
    problems: &[
        (404, &["not_found"]),
        (409, &["resend_pending", "link_expired", "unsubscribed", "no_address", "address_blocked"]),
        (422, &["unknown_field"]),
    ],
};

/// Returns the status that a list is filtered by.
///
/// # Errors
/// Refuses a missing or unknown one.
pub fn status(name: Option<&str>) -> Result<EmailStatus, Problem> {
    let status = name.and_then(|name| name.parse().ok());
    status.ok_or_else(|| Problem::invalid_field("status", "must be a status of mails"))
}

/// Returns the problem that a refused resend is answered with.
pub fn refused(refusal: Refusal) -> Problem {
    let code = match refusal {
        Refusal::Pending => "resend_pending",
        Refusal::LinkExpired => "link_expired",
        Refusal::Unsubscribed => "unsubscribed",
        Refusal::NoAddress => "no_address",
        Refusal::AddressBlocked => "address_blocked",
    };
    Problem::conflict(code, refusal.to_string())
}

/// A mail with its content.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EmailAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub email_id: EmailId,
    /// Whom it is written to.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The redemption it tells of.
    #[schema(value_type = Option<String>)]
    pub redemption_id: Option<RedemptionId>,
    /// What it is about.
    pub kind: MailKind,
    /// The address.
    pub to: String,
    /// Its status.
    pub status: EmailStatus,
    /// Everything that happened to it, oldest first.
    pub status_history: Vec<StatusAnswer>,
    /// The subject.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
    /// The mail that it repeats.
    #[schema(value_type = Option<String>)]
    pub resend_of: Option<EmailId>,
    /// When it was requested.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

/// One thing that happened to a mail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StatusAnswer {
    /// What it made of the mail.
    pub status: EmailStatus,
    /// When it happened.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    /// Why, in a few words without personal data.
    pub detail: Option<String>,
}

impl StatusAnswer {
    fn of(change: &StatusChange) -> Self {
        Self { status: change.status, at: change.at, detail: change.detail.clone() }
    }
}

impl EmailAnswer {
    /// Returns a mail with the content that its template revision gives it. Its reader is not the recipient, so a link
    /// that works without signing in is cut.
    ///
    /// # Errors
    /// Refuses a mail of a revision that was never published.
    pub fn new(email: &Email, pages: Option<&PagesUrl>) -> Result<Self, RenderError> {
        let Email { kind, revision, language, variables, .. } = email;
        let page = variables.page.as_ref().map(PagePath::without_token);
        let variables = MailVariables { page, ..variables.clone() };
        let rendered = render(*kind, *revision, *language, &variables, pages)?;
        Ok(Self {
            email_id: email.email_id.clone(),
            member_id: email.member_id.clone(),
            redemption_id: email.redemption_id.clone(),
            kind: email.kind,
            to: email.to.as_given().to_owned(),
            status: email.status(),
            status_history: email.history.changes().iter().map(StatusAnswer::of).collect(),
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            resend_of: email.resend_of.clone(),
            created_at: email.created_at,
        })
    }
}
