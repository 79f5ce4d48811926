//! Promotions: more points for some purchases, for some time.
//!
//! This file has their shape and refuses the ones that can never apply. `accrual::rules` applies them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use crate::field::{FieldError, FieldErrors, NAME_MAX_CHARS, bounded, text};
use crate::invoice::BranchKey;
use crate::money::AMOUNT_MAX_MINOR;
use crate::points::{POINTS_MAX, Points};
use crate::program::{Excluded, Tier, check_labels, rule_id};

/// The most promotions of one version.
pub const PROMOTIONS_MAX: usize = 256;
/// The most promotions of one version that apply once, because an account remembers each.
pub const ONCE_MAX: usize = 10;

/// A promotion. Empty lists mean "any".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// The `rule_id` in explanations, unique in the programme.
    pub id: String,
    /// What a shopper calls it.
    pub name: String,
    /// The first instant of its purchases; null is no limit.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "date-time")]
    pub from: Option<Timestamp>,
    /// The first instant after its purchases; null is no limit.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "date-time")]
    pub until: Option<Timestamp>,
    #[serde(default)]
    pub branches: Vec<String>,
    /// The goods that count for it: a line counts if its sku or its category is listed.
    #[serde(default)]
    pub skus: Vec<String>,
    /// The categories that count for it.
    #[serde(default)]
    pub categories: Vec<String>,
    /// The tiers, by id, whose members get it.
    #[serde(default)]
    pub tiers: Vec<String>,
    /// The local days of the week on which it applies.
    #[serde(default)]
    pub weekdays: Vec<Day>,
    /// The lowest total of a receipt, in minor units.
    #[serde(default)]
    pub lowest_total: Option<i64>,
    /// Whether a member gets it once, or once on a local day; null is each time.
    #[serde(default)]
    pub once: Option<Once>,
    /// The most points that it gives for one purchase.
    #[serde(default)]
    pub points_max: Option<Points>,
    /// What it gives.
    pub effect: Effect,
}

/// What a promotion gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The points of the lines that count, multiplied. The highest multiplier of a line wins.
    Multiplier(Multiplier),
    /// Points for the purchase, once, if any line counts.
    BonusPoints(Points),
}

/// How often a member gets a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Once {
    Member,
    /// Once on a local day, by `purchased_at`.
    Day,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    /// Returns the day as the calendar names it.
    pub fn weekday(self) -> Weekday {
        match self {
            Self::Mon => Weekday::Monday,
            Self::Tue => Weekday::Tuesday,
            Self::Wed => Weekday::Wednesday,
            Self::Thu => Weekday::Thursday,
            Self::Fri => Weekday::Friday,
            Self::Sat => Weekday::Saturday,
            Self::Sun => Weekday::Sunday,
        }
    }
}

/// A factor for points, exact to a thousandth, from 1 to 100.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "2.5")]
pub struct Multiplier(u32);

impl Multiplier {
    /// The factor that changes nothing.
    pub const ONE: Self = Self(1_000);

    /// Returns the factor in thousandths.
    pub fn thousandths(self) -> u32 {
        self.0
    }
}

impl TryFrom<String> for Multiplier {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let refused = "a multiplier is a decimal from \"1\" to \"100\" with at most three decimals";
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, "0"));
        let is_number = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(whole, 3) || !is_number(decimals, 3) {
            return Err(refused);
        }
        let number = |text: &str| text.parse::<u32>().map_err(|_| refused);
        let thousandths = number(whole)? * 1_000 + number(&format!("{decimals:0<3}"))?;
        if !(1_000..=100_000).contains(&thousandths) {
            return Err(refused);
        }
        Ok(Self(thousandths))
    }
}

impl From<Multiplier> for String {
    fn from(multiplier: Multiplier) -> Self {
        multiplier.to_string()
    }
}

impl std::fmt::Display for Multiplier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, rest) = (self.0 / 1_000, self.0 % 1_000);
        if rest == 0 {
            return write!(formatter, "{whole}");
        }
        let decimals = format!("{rest:03}");
        write!(formatter, "{whole}.{}", decimals.trim_end_matches('0'))
    }
}

/// The parts of a programme that its promotions refer to.
pub(super) struct Frame<'a> {
    pub(super) begins: Option<Timestamp>,
    pub(super) tiers: &'a [Tier],
    pub(super) excluded: &'a Excluded,
    /// The branches that are known; empty is any.
    pub(super) branches: &'a BTreeSet<BranchKey>,
}

/// Refuses promotions that are out of bounds or can never apply.
pub(super) fn check(promotions: &[Promotion], frame: &Frame<'_>, errors: &mut FieldErrors) {
    if promotions.len() > PROMOTIONS_MAX {
        let detail = format!("must have at most {PROMOTIONS_MAX} promotions");
        errors.push(FieldError::invalid("promotions", detail));
        return;
    }
    if promotions.iter().filter(|promotion| promotion.once.is_some()).count() > ONCE_MAX {
        let detail = format!("at most {ONCE_MAX} promotions can have `once`");
        errors.push(FieldError::invalid("promotions", detail));
    }
    let mut ids = BTreeSet::new();
    for (index, promotion) in promotions.iter().enumerate() {
        let place = format!("promotions[{index}]");
        if !ids.insert(&promotion.id) {
            let detail = "another promotion has the same id";
            errors.push(FieldError::invalid(format!("{place}.id"), detail));
        }
        check_bounds(promotion, &place, errors);
        check_can_apply(promotion, frame, &place, errors);
    }
}

fn check_bounds(promotion: &Promotion, place: &str, errors: &mut FieldErrors) {
    let field = |name: &str| format!("{place}.{name}");
    errors.keep(rule_id(&field("id"), &promotion.id));
    errors.keep(text(&field("name"), promotion.name.clone(), NAME_MAX_CHARS));
    check_labels(errors, &field("branches"), &promotion.branches);
    check_labels(errors, &field("skus"), &promotion.skus);
    check_labels(errors, &field("categories"), &promotion.categories);
    if promotion.lowest_total.is_some_and(|lowest| !(0..=AMOUNT_MAX_MINOR).contains(&lowest)) {
        let detail = format!("must be from 0 to {AMOUNT_MAX_MINOR} minor units");
        errors.push(FieldError::invalid(field("lowest_total"), detail));
    }
    if let Some(most) = promotion.points_max {
        bounded(errors, &field("points_max"), most, Points::new(1), POINTS_MAX);
    }
    match promotion.effect {
        Effect::Multiplier(Multiplier::ONE) => {
            let detail = "a multiplier of 1 gives nothing";
            errors.push(FieldError::invalid(field("effect.multiplier"), detail));
        }
        Effect::BonusPoints(points) => {
            let field = field("effect.bonus_points");
            bounded(errors, &field, points, Points::new(1), POINTS_MAX);
        }
        Effect::Multiplier(_) => {}
    }
}

fn check_can_apply(
    promotion: &Promotion,
    frame: &Frame<'_>,
    place: &str,
    errors: &mut FieldErrors,
) {
    let field = |name: &str| format!("{place}.{name}");
    if let (Some(from), Some(until)) = (promotion.from, promotion.until)
        && until <= from
    {
        let detail = "the window must end after it starts";
        errors.push(FieldError::invalid(field("until"), detail));
    }
    if let (Some(begins), Some(until)) = (frame.begins, promotion.until)
        && until <= begins
    {
        let detail = "can never apply: the window ends before this version begins";
        errors.push(FieldError::invalid(field("until"), detail));
    }
    for (index, tier) in promotion.tiers.iter().enumerate() {
        if !frame.tiers.iter().any(|known| known.id == *tier) {
            let detail = "the programme has no tier with this id";
            errors.push(FieldError::invalid(field(&format!("tiers[{index}]")), detail));
        }
    }
    for (index, branch) in promotion.branches.iter().enumerate() {
        if !frame.branches.is_empty() && !frame.branches.contains(&BranchKey::of(branch)) {
            let detail = "the programme has no branch with this id";
            errors.push(FieldError::invalid(field(&format!("branches[{index}]")), detail));
        }
    }
    let lists = !promotion.skus.is_empty() || !promotion.categories.is_empty();
    let earns = promotion.skus.iter().any(|sku| !frame.excluded.skus.contains(sku))
        || promotion.categories.iter().any(|name| !frame.excluded.categories.contains(name));
    if lists && !earns {
        let detail = "can never apply: all its goods are excluded from earning";
        let name = if promotion.skus.is_empty() { "categories" } else { "skus" };
        errors.push(FieldError::invalid(field(name), detail));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multipliers_are_exact_decimals() {
        for (text, thousandths, written) in [
            ("1", 1_000, "1"),
            ("2.5", 2_500, "2.5"),
            ("1.250", 1_250, "1.25"),
            ("100", 100_000, "100"),
            ("1.005", 1_005, "1.005"),
        ] {
            let multiplier = Multiplier::try_from(text.to_owned()).unwrap();
            assert_eq!(
                (multiplier.thousandths(), multiplier.to_string()),
                (thousandths, written.into())
            );
        }
        for bad in
            ["", "0.9", "100.001", "2,5", "2.", ".5", "1.0005", "-2", "+2", "1e1", "x", "1000"]
        {
            assert!(Multiplier::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
