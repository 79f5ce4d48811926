//! Explanations of points: rows that add up to the points of an entry, each with a sentence.
//!
//! The breakdown is stored. The sentences are made from it on each read.

use serde::{Deserialize, Serialize};

use crate::money::{Currency, Money, grouped};
use crate::program::{Effect, Multiplier, Promotion};

/// The breakdown that produced the points of an entry, under one version of the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The version of the programme that rated.
    #[serde(rename = "v")]
    pub rule_version: u32,
    /// The currency of every base.
    #[serde(rename = "c")]
    pub currency: Currency,
    /// The tier that the member had, by id.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// The promotions, by id, that only their `once` kept out.
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    pub limited: Vec<String>,
    /// The rows; their points add up to the entry's.
    #[serde(rename = "r")]
    pub rows: Vec<Row>,
}

/// One part of the breakdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The rule that gave the points.
    #[serde(rename = "w")]
    pub reason: Reason,
    /// The money that the rule looked at, in minor units.
    #[serde(rename = "b")]
    pub base_minor: i64,
    /// The points given, or taken when negative.
    #[serde(rename = "p")]
    pub points: i64,
}

/// The rule behind a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// A bracket of the earning table: its place from 1, its points per step, the step in minor units.
    #[serde(rename = "r")]
    Rate(usize, i64, i64),
    /// Lines that the programme excludes from earning.
    #[serde(rename = "x")]
    Excluded,
    /// Points that an agent had already credited for the missing purchase.
    #[serde(rename = "a")]
    AlreadyCredited,
    /// A promotion: its id, its name, and what it gives.
    #[serde(rename = "m")]
    Promotion(String, String, Effect),
    /// The member's tier: its name and its multiplier.
    #[serde(rename = "t")]
    Tier(String, Multiplier),
    /// Money that was paid with points.
    #[serde(rename = "q")]
    PaidWithPoints,
    /// A return: what is left of its purchase earns so many points.
    #[serde(rename = "b")]
    Returned(i64),
    /// Points that a return should take back and that the member no longer has.
    #[serde(rename = "l")]
    LetGo,
    /// Points that had paid for what was returned.
    #[serde(rename = "g")]
    GivenBack,
    /// A purchase rated again: the points that it gave, and those that it gives.
    #[serde(rename = "n")]
    Rerated(i64, i64),
    /// Points too many that the member keeps.
    #[serde(rename = "f")]
    Forgiven,
    /// Points too many that have expired.
    #[serde(rename = "e")]
    Expired,
    /// A purchase that moves to another member.
    #[serde(rename = "v")]
    Moved,
}

impl Reason {
    /// Returns the reason of a row of a promotion.
    pub fn promotion(promotion: &Promotion) -> Self {
        Self::Promotion(promotion.id.clone(), promotion.name.clone(), promotion.effect)
    }

    /// Returns whether it is the promotion with this id.
    pub fn is_promotion(&self, id: &str) -> bool {
        matches!(self, Self::Promotion(promotion, ..) if promotion == id)
    }
}

/// A row as the contract shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ExplanationRow {
    /// The rule, such as `earning-2` for the second bracket.
    pub rule_id: String,
    /// The version of the programme that holds the rule.
    pub rule_version: u32,
    /// A sentence for people.
    pub text: String,
    /// The money that the rule looked at.
    pub base: Money,
    /// The points given, or taken when negative.
    pub points: i64,
}

impl Explanation {
    /// Returns an explanation without rows.
    pub fn empty(rule_version: u32, currency: Currency) -> Self {
        Self { rule_version, currency, tier: None, limited: Vec::new(), rows: Vec::new() }
    }

    /// Returns the sum of the rows: the points of the entry.
    pub fn points(&self) -> i64 {
        self.rows.iter().map(|row| row.points).sum()
    }

    /// Returns the rows of an entry that also took the points that paid: together they are what the entry
    /// changed.
    #[must_use]
    pub fn with_points_paid(mut self, points: i64) -> Self {
        for row in self.rows.iter_mut().filter(|row| row.reason == Reason::PaidWithPoints) {
            row.points = -points;
        }
        self
    }

    /// Returns the rows with their sentences.
    pub fn for_people(&self) -> Vec<ExplanationRow> {
        self.rows.iter().map(|row| self.row_for_people(row)).collect()
    }

    fn row_for_people(&self, row: &Row) -> ExplanationRow {
        let base = self.money(row.base_minor);
        let (rule_id, text) = match &row.reason {
            Reason::Rate(bracket, per_step, step_minor) => {
                let (per_step, step_minor) = (*per_step, *step_minor);
                let step = self.money(step_minor).for_people();
                let rate = format!("{} for each complete {step}", points_for_people(per_step));
                let text = format!("{} earns {rate}", base.for_people());
                (format!("earning-{bracket}"), text)
            }
            Reason::Excluded => (
                "excluded".to_owned(),
                format!("{} of excluded goods earns nothing", base.for_people()),
            ),
            Reason::Promotion(id, name, Effect::Multiplier(factor)) => {
                let text = format!("{name}: {} earns {factor} times its points", base.for_people());
                (id.clone(), text)
            }
            Reason::Promotion(id, name, Effect::BonusPoints(_)) => {
                (id.clone(), format!("{name}: {} more", points_for_people(row.points)))
            }
            Reason::Tier(name, factor) => {
                let text = format!("{name}: {} earns {factor} times its points", base.for_people());
                ("tier".to_owned(), text)
            }
            Reason::Returned(left) => (
                "returned".to_owned(),
                format!(
                    "{} came back; what is left of the purchase earns {}",
                    base.for_people(),
                    points_for_people(*left)
                ),
            ),
            Reason::LetGo => (
                "let-go".to_owned(),
                "The balance has no more points, and no debt is made".to_owned(),
            ),
            Reason::Rerated(before, after) => (
                "rerated".to_owned(),
                format!(
                    "{} earns {} under the corrected rules, and had earned {}",
                    base.for_people(),
                    points_for_people(*after),
                    points_for_people(*before)
                ),
            ),
            Reason::Forgiven => ("forgiven".to_owned(), "The difference is forgiven".to_owned()),
            Reason::Expired => {
                ("expired".to_owned(), "These points have expired, and none move".to_owned())
            }
            Reason::Moved if row.points < 0 => {
                ("moved".to_owned(), "The purchase belongs to another member".to_owned())
            }
            Reason::Moved => {
                let text = "The purchase had been recorded for another member";
                ("moved".to_owned(), text.to_owned())
            }
            Reason::GivenBack => {
                ("given-back".to_owned(), "Points that had paid for the goods come back".to_owned())
            }
            Reason::PaidWithPoints => (
                "paid-with-points".to_owned(),
                format!("{} paid with points earns nothing", base.for_people()),
            ),
            Reason::AlreadyCredited => (
                "already-credited".to_owned(),
                "An agent had already credited these points for this invoice".to_owned(),
            ),
        };
        ExplanationRow { rule_id, rule_version: self.rule_version, text, base, points: row.points }
    }

    fn money(&self, amount: i64) -> Money {
        Money { amount, currency: self.currency }
    }
}

/// Returns points as text: `1 point`, `1,200 points`.
pub fn points_for_people(points: i64) -> String {
    let sign = if points < 0 { "-" } else { "" };
    let unit = if points.unsigned_abs() == 1 { "point" } else { "points" };
    format!("{sign}{} {unit}", grouped(points.unsigned_abs()))
}
