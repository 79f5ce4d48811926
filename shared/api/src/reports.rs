//! Reports over all members: the routes and their shapes.

mod liability;
mod movements;

use jiff::Timestamp;
use puntos_domain::id::{EntryId, MemberId, RunId};
use puntos_domain::points::Points;
use puntos_domain::report::Run;
use puntos_domain::walk::WalkStatus;
use serde::Serialize;

use crate::statement::WholeChain;
use crate::{KeyRule, Reply, Role, Route};

pub use liability::{ExpiringMonth, LIABILITY, LiabilityAnswer};
pub use movements::{BranchMovements, MOVEMENTS, MonthMovements, MovementsAnswer};

const READERS: &[Role] = &[Role::Supervisor, Role::Admin];

/// Starts a run.
pub const START: Route = Route {
    key: "POST /v1/reports/runs",
    operation_id: "start_report_run",
    tag: "Reports",
    summary: "Start a run of the reports",
    description: "Starts a run that reads all members, in segments, and takes minutes to hours. A \
        run also starts by itself once a day. When it has finished, the reports answer it.",
    roles: READERS,
    idempotency: KeyRule::Required,
    query: &[],
    request: None,
    answers: &[Reply::new::<RunAnswer>(202, "The run")],
    problems: &[],
};

/// Shows whether all balances are the sums of their entries.
pub const RECONCILE: Route = Route {
    key: "GET /v1/reports/reconcile",
    operation_id: "get_reconcile_report",
    tag: "Reports",
    summary: "Show whether balances are the sums of their entries",
    description: "Shows the newest finished run. `difference` sums over all members, without \
        signs, by how much the entries differ from the account: available, pending and reserved \
        points, and expired ones that no entry records yet, less the debt. `chain` is `whole`, or \
        names the first entry of a ledger that was changed, removed or put in later. Of `unproven` \
        members there are more entries than a run reads; they are not in the difference.",
    roles: READERS,
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<ReconcileAnswer>(200, "The report")],
    problems: &[(404, &["not_found"])],
};

/// A run that was started; its figures come with the report.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RunAnswer {
    #[schema(value_type = String)]
    pub run_id: RunId,
    pub status: WalkStatus,
}

impl RunAnswer {
    pub fn new(run: &Run) -> Self {
        Self { run_id: run.run_id.clone(), status: run.walk.status }
    }
}

/// Whether all balances are the sums of their entries.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReconcileAnswer {
    /// When the run was requested.
    #[schema(value_type = String, format = "date-time")]
    pub as_of: Timestamp,
    /// The members that were read.
    pub members: u64,
    pub difference: Points,
    /// The members with too many entries to be read.
    pub unproven: u64,
    pub chain: LedgersAnswer,
}

/// Whether the entries of all ledgers are as they were written.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum LedgersAnswer {
    Whole(WholeChain),
    Broken(BrokenLedger),
}

/// The first broken ledger that was found, and its first entry that was changed, removed or put in later.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BrokenLedger {
    #[schema(value_type = String)]
    pub member_id: MemberId,
    #[schema(value_type = String)]
    pub broken_at: EntryId,
}

impl ReconcileAnswer {
    /// Returns the report of a finished run.
    pub fn new(run: Run) -> Self {
        let chain = match run.sums.broken {
            None => LedgersAnswer::Whole(WholeChain::Whole),
            Some((member_id, broken_at)) => {
                LedgersAnswer::Broken(BrokenLedger { member_id, broken_at })
            }
        };
        Self {
            as_of: run.as_of,
            members: run.sums.members,
            difference: run.sums.difference,
            unproven: run.sums.unproven,
            chain,
        }
    }
}
