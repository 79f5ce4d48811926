//! Tiers: what members reach by the points they earn or the money they spend in a window of months.
//!
//! `standing` decides which tier a member has.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::promotion::Multiplier;
use super::rule_id;
use crate::field::{FieldError, FieldErrors, NAME_MAX_CHARS, bounded, text};
use crate::money::AMOUNT_MAX_MINOR;

/// The most tiers of a programme.
pub const TIERS_MAX: usize = 10;
/// The longest window, in months, so that an account stays small.
pub const WINDOW_MONTHS_MAX: u16 = 24;

/// A tier, with its benefit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Unique in the programme. Promotions name it.
    pub id: String,
    /// What a shopper calls it.
    pub name: String,
    /// The points or minor units in the window from which a member has it. Tiers rise by it.
    pub threshold: i64,
    /// One more multiplier for every line; the highest multiplier of a line wins.
    #[serde(default = "one")]
    #[schema(value_type = String)]
    pub multiplier: Multiplier,
}

fn one() -> Multiplier {
    Multiplier::ONE
}

/// How tiers are reached and lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TierRule {
    /// What counts.
    pub by: TierMeasure,
    /// How many local months count: the current one and those before it, 1 to 24.
    pub window_months: u16,
    /// How far a member falls at the start of a month.
    pub down: Descent,
}

impl Default for TierRule {
    fn default() -> Self {
        Self { by: TierMeasure::Points, window_months: 12, down: Descent::OneStep }
    }
}

/// What counts for a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TierMeasure {
    /// Points that purchases earned, less what was clawed back.
    Points,
    /// Money paid and not returned, in minor units.
    Spend,
}

/// How far a member falls when the window no longer gives the tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Descent {
    /// One tier a month.
    OneStep,
    /// To the tier that the window gives.
    ToRule,
}

/// Refuses tiers that do not rise, and a window out of bounds.
pub(super) fn check(tiers: &[Tier], rule: TierRule, errors: &mut FieldErrors) {
    bounded(errors, "tier_rule.window_months", rule.window_months, 1, WINDOW_MONTHS_MAX);
    if tiers.len() > TIERS_MAX {
        let detail = format!("must have at most {TIERS_MAX} tiers");
        errors.push(FieldError::invalid("tiers", detail));
    }
    let mut ids = BTreeSet::new();
    let mut lower = 0;
    for (index, tier) in tiers.iter().enumerate() {
        let field = |name: &str| format!("tiers[{index}].{name}");
        errors.keep(rule_id(&field("id"), &tier.id));
        errors.keep(text(&field("name"), tier.name.clone(), NAME_MAX_CHARS));
        if !ids.insert(&tier.id) {
            errors.push(FieldError::invalid(field("id"), "another tier has the same id"));
        }
        if tier.threshold <= lower || tier.threshold > AMOUNT_MAX_MINOR {
            let detail = "must rise from tier to tier, above 0";
            errors.push(FieldError::invalid(field("threshold"), detail));
        }
        lower = tier.threshold;
    }
}
