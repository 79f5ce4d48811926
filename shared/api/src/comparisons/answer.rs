//! The answers about re-rates and previews.

use jiff::Timestamp;
use puntos_domain::comparison::{
    ComparedPart, ComparedPurchase, Comparison, MembersAndPoints, Sums,
};
use puntos_domain::id::{PreviewId, RerateId};
use puntos_domain::points::Points;
use puntos_domain::rerating::OverCredit;
use puntos_domain::walk::WalkStatus;
use serde::Serialize;

/// Whether a re-rate goes on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RerateStateAnswer {
    #[schema(value_type = String)]
    pub rerate_id: RerateId,
    pub status: WalkStatus,
}

/// Whether a preview goes on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PreviewStateAnswer {
    #[schema(value_type = String)]
    pub preview_id: PreviewId,
    pub status: WalkStatus,
}

/// What the purchases of a period earned, and what they earn under other rules.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ComparisonAnswer {
    pub status: WalkStatus,
    /// The first instant of the period.
    #[schema(value_type = String, format = "date-time")]
    pub from: Timestamp,
    /// The first instant after the period.
    #[schema(value_type = String, format = "date-time")]
    pub to: Timestamp,
    /// The version that rates; null for a preview.
    pub version: Option<u32>,
    /// Whether nothing is corrected, as in a preview.
    pub dry_run: bool,
    /// The purchases that were rated.
    pub purchases: u64,
    /// What they earned, with corrections and returns.
    pub points_now: Points,
    /// What they earn under the other rules.
    pub points_then: Points,
    /// The members whose purchases earn more in all, and how many points.
    pub more: MembersAndPoints,
    /// The members whose purchases earn less in all, and how many points.
    pub less: MembersAndPoints,
    /// All purchases by branch, as branches compare; the first 199 branches, and the others together.
    pub by_branch: Vec<ComparedPart>,
    /// All purchases by the tier that rated them.
    pub by_tier: Vec<ComparedPart>,
    /// The purchases to which a promotion gives more or less than before, and how much, without returns.
    pub by_promotion: Vec<ComparedPart>,
    /// The largest changes, largest first.
    pub examples: Vec<ComparedPurchase>,
}

/// What a re-rate did, or would do as a dry run.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RerateReportAnswer {
    #[schema(value_type = String)]
    pub rerate_id: RerateId,
    #[serde(flatten)]
    pub comparison: ComparisonAnswer,
    /// What happens to points too many.
    pub over_credit: OverCredit,
    /// Why, in the words of the admin.
    pub reason: Option<String>,
    /// The members who were told by mail.
    pub members_told: u64,
    /// The points given: by the corrections, or by those that a dry run leaves out.
    pub given: Points,
    /// The points taken: from the balance, or as debt.
    pub clawed: Points,
    /// The points too many that members keep, because the request forgives them.
    pub forgiven: Points,
    /// The points too many that had expired, or that the balance no longer had and the programme lets go.
    pub let_go: Points,
}

/// What a preview found; it has no version, because its draft has none yet.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PreviewReportAnswer {
    #[schema(value_type = String)]
    pub preview_id: PreviewId,
    #[serde(flatten)]
    pub comparison: ComparisonAnswer,
}

impl From<Comparison> for ComparisonAnswer {
    fn from(comparison: Comparison) -> Self {
        let Sums {
            purchases,
            points_now,
            points_then,
            more,
            less,
            by_branch,
            by_tier,
            by_promotion,
            examples,
            ..
        } = comparison.sums;
        Self {
            status: comparison.walk.status,
            from: comparison.from,
            to: comparison.to,
            version: comparison.version,
            dry_run: comparison.dry_run,
            purchases,
            points_now,
            points_then,
            more,
            less,
            by_branch,
            by_tier,
            by_promotion,
            examples,
        }
    }
}

impl RerateReportAnswer {
    pub fn new(rerate_id: RerateId, comparison: Comparison) -> Self {
        let (moved, members_told) = (comparison.sums.moved, comparison.sums.members_told);
        Self {
            rerate_id,
            over_credit: comparison.over_credit,
            reason: comparison.reason.clone(),
            members_told,
            given: moved.given,
            clawed: moved.clawed,
            forgiven: moved.forgiven,
            let_go: moved.let_go,
            comparison: comparison.into(),
        }
    }
}
