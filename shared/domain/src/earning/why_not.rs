//! Why not: the promotions that gave nothing, each with the first condition that failed.

use serde::Serialize;

use super::basket::{Basket, Circumstances};
use super::rules::{Unmet, unmet};
use crate::explanation::{Explanation, Reason};
use crate::program::{Effect, ProgramVersion, Promotion};

/// A promotion that gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NotApplied {
    pub rule_id: String,
    /// The first condition that failed, in the order of this list.
    pub reason: WhyNot,
    /// A sentence for people.
    pub text: String,
}

/// Why a promotion gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// It had not begun, or it was over.
    Window,
    /// The branch does not take part.
    Branch,
    /// None of the goods that earn has one of its skus.
    Sku,
    /// None of the goods that earn has one of its categories.
    Category,
    /// The member has none of its tiers.
    Tier,
    /// It does not apply on this day of the week.
    Weekday,
    /// The total, or the points to multiply, are too low.
    LowestTotal,
    /// The member has had it as often as it can be had.
    Limit,
    /// A higher multiplier won all its lines.
    Outbid,
}

/// Returns the promotions of a version that gave this basket nothing.
pub fn not_applied(
    version: &ProgramVersion,
    basket: &Basket<'_>,
    of_member: Circumstances<'_>,
    explanation: &Explanation,
) -> Vec<NotApplied> {
    let day = version.rules().local_day(basket.purchased_at);
    let silent = version.program.promotions.iter().enumerate().filter(|(_, promotion)| {
        !explanation.rows.iter().any(|row| row.reason.is_promotion(&promotion.id))
    });
    let lost = silent.map(|(place, promotion)| {
        let counts = version.rules().counts(place, basket);
        let unmet = unmet(version, place, basket, of_member, &day);
        let reason = reason(promotion, counts, unmet, of_member, explanation);
        NotApplied {
            rule_id: promotion.id.clone(),
            reason,
            text: format!("{}: {}", promotion.name, sentence(reason)),
        }
    });
    lost.collect()
}

fn reason(
    promotion: &Promotion,
    counts: bool,
    unmet: Option<Unmet>,
    of_member: Circumstances<'_>,
    explanation: &Explanation,
) -> WhyNot {
    match unmet {
        Some(Unmet::Window) => return WhyNot::Window,
        Some(Unmet::Branch) => return WhyNot::Branch,
        _ if !counts && promotion.skus.is_empty() && !promotion.categories.is_empty() => {
            return WhyNot::Category;
        }
        _ if !counts => return WhyNot::Sku,
        Some(Unmet::Tier) => return WhyNot::Tier,
        Some(Unmet::Weekday) => return WhyNot::Weekday,
        Some(Unmet::LowestTotal) => return WhyNot::LowestTotal,
        None => {}
    }
    let of_table = explanation.rows.iter().filter(|row| matches!(row.reason, Reason::Rate(..)));
    let nothing_to_multiply = of_table.map(|row| row.points).sum::<i64>() == 0;
    let is_multiplier = matches!(promotion.effect, Effect::Multiplier(_));
    if of_member.used_up.contains(&promotion.id) {
        WhyNot::Limit
    } else if is_multiplier && !nothing_to_multiply {
        WhyNot::Outbid
    } else {
        WhyNot::LowestTotal
    }
}

fn sentence(reason: WhyNot) -> &'static str {
    match reason {
        WhyNot::Window => "it did not run at the time of the purchase",
        WhyNot::Branch => "this branch does not take part",
        WhyNot::Sku | WhyNot::Category => "none of the goods that earn points takes part",
        WhyNot::Tier => "it is for members of another tier",
        WhyNot::Weekday => "it does not run on this day of the week",
        WhyNot::LowestTotal => "the amount is too low",
        WhyNot::Limit => "the member has had it as often as it can be had",
        WhyNot::Outbid => "a higher multiplier counted instead",
    }
}
