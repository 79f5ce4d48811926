//! What a comparison has summed up, a member at a time. It is kept between segments, so every list has a limit.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::{Line, MemberLines, Settlement};
use crate::id::{MemberId, PurchaseId};
use crate::points::Points;

/// The most branches, tiers or promotions that are counted apart. Others are counted together, without an id.
pub const PARTS_MAX: usize = 200;
/// The most purchases that are shown.
pub const EXAMPLES_MAX: usize = 20;

/// The sums of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    pub purchases: u64,
    pub points_now: Points,
    pub points_then: Points,
    /// Members whose purchases earn more in all.
    pub more: MembersAndPoints,
    /// Members whose purchases earn less in all. The points have no sign.
    pub less: MembersAndPoints,
    pub by_branch: Vec<ComparedPart>,
    pub by_tier: Vec<ComparedPart>,
    pub by_promotion: Vec<ComparedPart>,
    /// The largest changes, largest first.
    pub examples: Vec<ComparedPurchase>,
    /// Members who are told by mail.
    pub members_told: u64,
    pub moved: Settlement,
}

/// How many members, and how many points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MembersAndPoints {
    pub members: u64,
    pub points: Points,
}

/// The purchases of a branch, of a tier or with a promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ComparedPart {
    /// The branch, the tier or the promotion; null for purchases without a tier, and for all that the limit of
    /// the list leaves out.
    pub id: Option<String>,
    pub purchases: u64,
    /// How many points more they earn; less when negative.
    pub points: Points,
}

/// A purchase that earns more or less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ComparedPurchase {
    #[schema(value_type = String)]
    pub purchase_id: PurchaseId,
    #[schema(value_type = String)]
    pub member_id: MemberId,
    pub points_now: Points,
    pub points_then: Points,
}

impl Sums {
    /// Adds the purchases of a member.
    pub fn add(&mut self, member: &MemberLines<'_>) {
        let change: Points = member.lines.iter().map(|line| line.change.points()).sum();
        let side = if change > Points::ZERO { &mut self.more } else { &mut self.less };
        if change != Points::ZERO {
            side.members += 1;
            side.points = side.points.saturating_add(change.abs());
        }
        for line in member.lines {
            self.add_line(member.member_id, line);
        }
        self.members_told += u64::from(member.told);
    }

    fn add_line(&mut self, member_id: &MemberId, line: &Line) {
        let Line { change, moved, .. } = line;
        self.purchases += 1;
        self.points_now = self.points_now.saturating_add(change.now);
        self.points_then = self.points_then.saturating_add(change.then);
        add_part(&mut self.by_branch, Some(&line.branch), change.points());
        add_part(&mut self.by_tier, line.tier.as_deref(), change.points());
        for (id, points) in &change.promotions {
            add_part(&mut self.by_promotion, Some(id), *points);
        }
        self.moved = Settlement {
            given: self.moved.given.saturating_add(moved.given),
            clawed: self.moved.clawed.saturating_add(moved.clawed),
            forgiven: self.moved.forgiven.saturating_add(moved.forgiven),
            let_go: self.moved.let_go.saturating_add(moved.let_go),
        };
        if change.points() != Points::ZERO {
            self.examples.push(ComparedPurchase {
                purchase_id: line.purchase_id.clone(),
                member_id: member_id.clone(),
                points_now: change.now,
                points_then: change.then,
            });
            let by_size = |example: &ComparedPurchase| {
                let size = example.points_then.abs_diff(example.points_now);
                (Reverse(size), example.purchase_id.clone())
            };
            self.examples.sort_by_cached_key(by_size);
            self.examples.truncate(EXAMPLES_MAX);
        }
    }
}

/// Adds a purchase to its part. The parts are sorted by id.
fn add_part(parts: &mut Vec<ComparedPart>, id: Option<&str>, points: Points) {
    // One place is left for the others.
    let is_full = parts.iter().filter(|part| part.id.is_some()).count() >= PARTS_MAX - 1;
    let (id, found) = match place_of(parts, id) {
        Err(_) if is_full => (None, place_of(parts, None)),
        found => (id, found),
    };
    let index = found.unwrap_or_else(|index| {
        parts.insert(
            index,
            ComparedPart { id: id.map(str::to_owned), purchases: 0, points: Points::ZERO },
        );
        index
    });
    parts[index].purchases += 1;
    parts[index].points = parts[index].points.saturating_add(points);
}

/// Returns the place of a part, or the one at which it is missing.
fn place_of(parts: &[ComparedPart], id: Option<&str>) -> Result<usize, usize> {
    parts.binary_search_by(|part| part.id.as_deref().cmp(&id))
}
