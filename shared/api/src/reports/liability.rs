//! The report of the liability: the route and its shape.

use jiff::Timestamp;
use puntos_domain::money::Money;
use puntos_domain::points::Points;
use puntos_domain::program::Program;
use puntos_domain::report::Run;
use puntos_domain::report::liability::Worth;
use serde::Serialize;

use super::READERS;
use crate::{KeyRule, Reply, Route};

/// Shows what the points of all members are worth.
pub const LIABILITY: Route = Route {
    key: "GET /v1/reports/liability",
    operation_id: "get_liability_report",
    tag: "Reports",
    summary: "Show what all points are worth",
    description: "Shows the newest finished run. `outstanding` points can be spent or are reserved, \
        `pending` ones come later, and `debt` is kept apart. In money, points are worth what \
        `value` of the programme in force says. `expected` is the part of `value` that is expected \
        to be redeemed, rounded up: the liability by IFRS 15. `breakage_points` are the points \
        that are expected to expire unspent. They are null if the programme has no `value`. \
        `expiring` lists the points by the local month of the last day on which they can be used. \
        With `Accept: text/csv` it is a sheet.",
    roles: READERS,
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<LiabilityAnswer>(200, "The report").or_csv()],
    problems: &[(404, &["not_found"])],
};

/// What the points of all members are worth.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LiabilityAnswer {
    /// When the run was requested.
    #[schema(value_type = String, format = "date-time")]
    pub as_of: Timestamp,
    /// The members that were read.
    pub members: u64,
    /// Points that can be spent, or that a reservation holds.
    pub outstanding: Points,
    /// Points that can be spent later.
    pub pending: Points,
    /// Points owed, which the next points pay first.
    pub debt: Points,
    /// The worth of the outstanding and pending points.
    pub value: Option<Money>,
    /// The part of the worth that is expected to be redeemed.
    pub expected: Option<Money>,
    /// The points that are expected to expire unspent.
    pub breakage_points: Option<Points>,
    /// The points that expire, by local month.
    pub expiring: Vec<ExpiringMonth>,
}

/// Points that expire in one local month.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ExpiringMonth {
    pub month: String,
    pub points: Points,
    /// What they are worth.
    pub money: Option<Money>,
}

impl LiabilityAnswer {
    /// Returns the report of a finished run, in the money of a programme.
    pub fn new(run: Run, program: &Program) -> Self {
        let worth = |points| program.value.map(|value| Worth::of(points, value));
        let money = |amount| Money { amount, currency: program.currency };
        let whole = worth(run.sums.points());
        let expiring = run.sums.expiring.into_iter().map(|(month, points)| ExpiringMonth {
            month,
            points,
            money: worth(points).map(|worth| money(worth.value_minor)),
        });
        Self {
            as_of: run.as_of,
            members: run.sums.members,
            outstanding: run.sums.outstanding,
            pending: run.sums.pending,
            debt: run.sums.debt,
            value: whole.map(|worth| money(worth.value_minor)),
            expected: whole.map(|worth| money(worth.expected_minor)),
            breakage_points: whole.map(|worth| worth.breakage_points),
            expiring: expiring.collect(),
        }
    }
}
