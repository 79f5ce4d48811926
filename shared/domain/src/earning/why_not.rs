//! Why not: the promotions that gave nothing, each with the first condition that failed.

use serde::Serialize;

use super::basket::{Basket, Circumstances};
use super::rules::{Unmet, unmet};
use crate::explanation::{Explanation, Reason};
use crate::language::Language;
use crate::points::Points;
use crate::program::{Effect, ProgramVersion, Promotion};
use crate::text;

/// A promotion that gave nothing, as a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotApplied {
    pub rule_id: String,
    /// The name of the promotion.
    pub name: String,
    pub reason: WhyNot,
}

/// A promotion that gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = NotApplied)]
pub struct NotAppliedRow {
    pub rule_id: String,
    /// The first condition that failed, in the order of this list.
    pub reason: WhyNot,
    /// A sentence for people.
    pub text: String,
}

impl NotApplied {
    /// Returns it with its sentence in a language.
    pub fn in_language(self, language: Language) -> NotAppliedRow {
        let text = text::not_applied(&self.name, &self.reason.into());
        NotAppliedRow {
            rule_id: self.rule_id,
            reason: self.reason,
            text: text.in_language(language),
        }
    }
}

/// Why a promotion gave nothing.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    utoipa::ToSchema,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
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
        NotApplied { rule_id: promotion.id.clone(), name: promotion.name.clone(), reason }
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
    let nothing_to_multiply = of_table.map(|row| row.points).sum::<Points>() == Points::ZERO;
    let is_multiplier = matches!(promotion.effect, Effect::Multiplier(_));
    if of_member.used_up.contains(&promotion.id) {
        WhyNot::Limit
    } else if is_multiplier && !nothing_to_multiply {
        WhyNot::Outbid
    } else {
        WhyNot::LowestTotal
    }
}
