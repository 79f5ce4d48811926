//! The statement of a member for a period: the route and its shape.

use jiff::Timestamp;
use puntos_domain::account::Expiring;
use puntos_domain::id::{EntryId, MemberId, PurchaseId, RedemptionId};
use puntos_domain::money::Money;
use puntos_domain::points::Points;
use puntos_domain::timeline::EntryKind;
use serde::Serialize;

use crate::purchases::LineAnswer;
use crate::{KeyRule, Parameter, Problem, Reply, Role, Route};

/// The most entries of a statement, and the most lines of their purchases.
pub const ENTRIES_MAX: usize = 1_000;
pub const LINES_MAX: usize = 10_000;

/// Shows what moved the points of a member in a period.
pub const SHOW: Route = Route {
    key: "GET /v1/members/{member_id}/statement",
    operation_id: "get_statement",
    tag: "Members",
    summary: "Show the statement of a period",
    description: "Shows the balance before a period, every entry that moved points in it, with the \
        lines of its purchase, and the balance after it; without `from` and `to`, of the current \
        local month. The balance of a statement is everything that the member holds: available, \
        pending and reserved points, less the debt. `opening` and the points of the entries add up \
        to `closing`. An expiry is an entry of its own at the instant at which the points expired. \
        Points that had expired before they came, as those of an old purchase, expire with the \
        entry that gave them. `expiring` and `chain` are current: `chain` is `whole`, or it \
        names the first entry of the whole ledger that was changed, removed or put in later. A \
        statement has at most 1,000 entries with 10,000 lines; a longer period is refused. With \
        `Accept: text/csv` it is a sheet: a text that a spreadsheet would take for a formula \
        begins with an apostrophe.",
    roles: &[Role::Agent, Role::Supervisor, Role::Member],
    idempotency: KeyRule::Ignored,
    query: &[
        Parameter::optional::<String>("from", "The start of the period: a date or an instant"),
        Parameter::optional::<String>(
            "to",
            "The end of the period: a date, included, or an instant, excluded",
        ),
    ],
    request: None,
    answers: &[Reply::new::<StatementAnswer>(200, "The statement").or_csv()],
    problems: &[(404, &["not_found"])],
};

/// The statement of a period.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StatementAnswer {
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The first instant of the period.
    #[schema(value_type = String, format = "date-time")]
    pub from: Timestamp,
    /// The first instant after the period; null where it has no end.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub to: Option<Timestamp>,
    /// The balance before the period.
    pub opening: Points,
    /// What moved points, oldest first.
    pub entries: Vec<StatementEntry>,
    /// The balance after the period, or now if it has not ended.
    pub closing: Points,
    /// Every coming expiry, soonest first.
    pub expiring: Vec<Expiring>,
    pub chain: ChainAnswer,
}

/// An entry of a statement.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StatementEntry {
    #[schema(value_type = String)]
    pub entry_id: EntryId,
    pub kind: EntryKind,
    /// When it counted.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    /// The points given, or taken when negative.
    pub points: Points,
    /// The balance of the statement right after it.
    pub balance: Points,
    /// A sentence for people.
    pub summary: String,
    /// The purchase, or the one that was returned.
    #[schema(value_type = Option<String>)]
    pub purchase_id: Option<PurchaseId>,
    /// The branch of the purchase, of the return, or of the invoice of an adjustment.
    pub branch: Option<String>,
    /// The number of the invoice of the purchase or of the adjustment.
    pub invoice_number: Option<String>,
    /// The total of the purchase.
    pub total: Option<Money>,
    /// The lines of the purchase; empty if the till sent none.
    pub lines: Vec<LineAnswer>,
    /// The redemption of a redemption or its reversal.
    #[schema(value_type = Option<String>)]
    pub redemption_id: Option<RedemptionId>,
}

/// Whether the entries of a ledger are as they were written.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum ChainAnswer {
    Whole(WholeChain),
    Broken(BrokenChain),
}

/// All entries are as they were written.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WholeChain {
    Whole,
}

/// The first entry that was changed, removed or put in later.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BrokenChain {
    #[schema(value_type = String)]
    pub broken_at: EntryId,
}

impl From<Option<EntryId>> for ChainAnswer {
    fn from(broken_at: Option<EntryId>) -> Self {
        match broken_at {
            None => Self::Whole(WholeChain::Whole),
            Some(broken_at) => Self::Broken(BrokenChain { broken_at }),
        }
    }
}

/// Returns the refusal of a period with too many entries or lines.
pub fn too_long() -> Problem {
    let detail = format!(
        "the period has more than {ENTRIES_MAX} entries or {LINES_MAX} lines: ask for a shorter one"
    );
    Problem::invalid_field("from", &detail)
}

/// Returns the refusal of a period that begins before the oldest entries that can be read.
pub fn too_early() -> Problem {
    Problem::invalid_field("from", "is before the oldest entries that can be read: begin later")
}
