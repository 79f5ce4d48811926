//! Claims: the routes and their shapes.

mod answer;
mod attachment;
mod request;

use puntos_domain::claim::{ClaimStatus, MEMBER_STEPS_PER_DAY_MAX, Refusal};

use crate::{KeyRule, Parameter, Problem, Reply, Role, Route, Shape};

pub use answer::{ClaimAnswer, EvidenceAnswer, FixAnswer, InvoiceAnswer, StepAnswer};
pub use attachment::{
    ATTACH, AttachRequest, AttachmentAnswer, DownloadAnswer, SHOW_ATTACHMENT, SignedCall,
    UploadAnswer,
};
pub use request::{EvidenceRequest, FixRequest, OpenCommand, OpenRequest, UpdateRequest};

/// Opens a claim.
pub const OPEN: Route = Route {
    key: "POST /v1/claims",
    operation_id: "open_claim",
    tag: "Claims",
    summary: "Open a claim",
    description: "For missing points with invoice_number the invoice is looked up at once, without branch \
        in every branch: \
        `finding` is the result, and an agent sees the fix. A member sees the same for a wrong guess \
        and for a receipt that is not theirs: a purchase without a member is found once `total` and \
        `purchased_at`, to the minute, agree with its receipt. A member has at most 200 claims, \
        without those of the system, and opens and updates at most 50 a day (429).",
    roles: &[Role::Agent, Role::Supervisor, Role::Member],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<OpenRequest>()),
    answers: &[Reply::new::<ClaimAnswer>(201, "Opened, or opened before with this key")],
    problems: &[
        (404, &["not_found"]),
        (409, &["member_merged", "program_missing", "too_many_claims"]),
        (422, &["idempotency_key_reused", "invalid_field", "unknown_field"]),
    ],
};

/// Lists claims.
pub const LIST: Route = Route {
    key: "GET /v1/claims",
    operation_id: "list_claims",
    tag: "Claims",
    summary: "List claims",
    description: "The claims of a member come newest first, by strong read; a member sees their own. \
        Without a member: those with the status, or all that are not resolved, longest open first; \
        resolved and rejected ones newest first. A page may be short and still carry a cursor.",
    roles: &[Role::Agent, Role::Supervisor, Role::Member],
    idempotency: KeyRule::Ignored,
    query: &[
        Parameter::optional::<String>("member_id", "Whose claims"),
        Parameter::optional::<ClaimStatus>("status", "The status of the claims"),
        Parameter::LIMIT,
        Parameter::CURSOR,
    ],
    request: None,
    answers: &[Reply::page::<ClaimAnswer>(200, "The claims")],
    problems: &[(400, &["cursor_mismatch"]), (404, &["not_found"]), (422, &["invalid_field"])],
};

/// Shows a claim.
pub const SHOW: Route = Route {
    key: "GET /v1/claims/{claim_id}",
    operation_id: "show_claim",
    tag: "Claims",
    summary: "Show a claim",
    description: "Shows a claim with every step. A member sees no fix, no names, and of an internal step \
        only a new status or promise.",
    roles: &[Role::Agent, Role::Supervisor, Role::Member],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<ClaimAnswer>(200, "The claim")],
    problems: &[(404, &["not_found"])],
};

/// Adds a step to a claim.
pub const UPDATE: Route = Route {
    key: "POST /v1/claims/{claim_id}/updates",
    operation_id: "update_claim",
    tag: "Claims",
    summary: "Add a step to a claim",
    description: "Agents set the status; a member adds a note or evidence, confirms, or disagrees with \
        a note, which opens a closed claim again. A claim is proven once it is resolved and the \
        customer confirms; a bank reference alone proves nothing. Follow-ups go on until then. The member gets \
        a mail about each step that is not internal, some days after the last one, and about a broken \
        promise. A member opens and updates at most 50 claims a day \
        (429).",
    roles: &[Role::Agent, Role::Supervisor, Role::Member],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<UpdateRequest>()),
    answers: &[Reply::new::<ClaimAnswer>(
        201,
        "The claim, or the claim as it is now if this key came before",
    )],
    problems: &[
        (403, &["forbidden"]),
        (404, &["not_found"]),
        (409, &["claim_ended", "claim_full", "program_missing"]),
        (422, &["idempotency_key_reused", "invalid_field", "unknown_field"]),
    ],
};

/// Does the proposed fix of a claim.
pub const FIX: Route = Route {
    key: "POST /v1/claims/{claim_id}/fix",
    operation_id: "fix_claim",
    tag: "Claims",
    summary: "Do the proposed fix of a claim",
    description: "Points are given or taken in the write that ends the claim, proven. For a mail or a purchase \
        the work is requested: the claim waits on the system, and ends by itself on success or \
        proposes a fix again. After `finding_changed`, look at the claim again. `forbidden` also \
        refuses points above the agent's limits.",
    roles: &[Role::Agent, Role::Supervisor],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<FixRequest>()),
    answers: &[Reply::new::<ClaimAnswer>(
        200,
        "The claim, or the claim as it is now if this key came before",
    )],
    problems: &[
        (403, &["forbidden"]),
        (404, &["not_found"]),
        (
            409,
            &[
                "claim_ended",
                "no_fix",
                "claim_full",
                "finding_changed",
                "resend_pending",
                "unsubscribed",
                "no_address",
                "address_blocked",
                "program_missing",
            ],
        ),
        (422, &["idempotency_key_reused", "invalid_field", "unknown_field"]),
    ],
};

/// Returns the status that a list is filtered by.
///
/// # Errors
/// Refuses an unknown one.
pub fn status(name: &str) -> Result<ClaimStatus, Problem> {
    name.parse().map_err(|_| Problem::invalid_field("status", "must be a status of claims"))
}

/// Returns the problem that a refused step or fix is answered with.
pub fn refused(refusal: Refusal, by_member: bool) -> Problem {
    let detail = refusal.to_string();
    let field = match refusal {
        Refusal::Ended => return Problem::conflict("claim_ended", detail),
        Refusal::NoFix => return Problem::conflict("no_fix", detail),
        Refusal::Full => return Problem::conflict("claim_full", detail),
        Refusal::TooManyAttachments => return Problem::conflict("too_many_attachments", detail),
        Refusal::NoteNeeded => "note",
        Refusal::NotAStep => "status",
        Refusal::Contradiction if by_member => "confirmed",
        Refusal::Contradiction => "confirmed_by_member",
        Refusal::WaitingOnNeeded | Refusal::WaitingOnUnasked => "waiting_on",
        Refusal::PromisePast => "promised_by",
        Refusal::ExpectedPast => "expected_by",
    };
    Problem::invalid_field(field, &detail)
}

/// Returns the refusal of a claim of a member who has the most claims.
pub fn too_many(most: usize) -> Problem {
    Problem::conflict("too_many_claims", format!("a member has at most {most} claims"))
}

/// Returns the refusal of a fix whose invoice has another finding now.
pub fn finding_changed() -> Problem {
    Problem::conflict("finding_changed", "the finding has changed: look at the claim again")
}

/// Returns the refusal of a member who has opened and updated claims too often on a local day, which ends in
/// so many seconds.
pub fn day_full(ends_in_s: u32) -> Problem {
    let most = MEMBER_STEPS_PER_DAY_MAX;
    let detail = format!("a member opens and updates at most {most} claims a day");
    Problem::throttled(detail, ends_in_s)
}
