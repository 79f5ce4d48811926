//! Explanations of points: rows that add up to the points of an entry, each with a sentence.
//!
//! The breakdown is stored. The sentences are made from it on each read, in the reader's language.

use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::money::{Currency, Money};
use crate::points::Points;
use crate::program::{Effect, Multiplier, Promotion};
use crate::text::{self, Text};

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
    pub points: Points,
}

/// The rule behind a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// A bracket of the earning table: its place from 1, its points per step, the step in minor units.
    #[serde(rename = "r")]
    Rate(usize, Points, i64),
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
    Returned(Points),
    /// Points that a return should take back and that the member no longer has.
    #[serde(rename = "l")]
    LetGo,
    /// Points that had paid for what was returned.
    #[serde(rename = "g")]
    GivenBack,
    /// A purchase rated again: the points that it gave, and those that it gives.
    #[serde(rename = "n")]
    Rerated(Points, Points),
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
    pub points: Points,
}

impl Explanation {
    /// Returns an explanation without rows.
    pub fn empty(rule_version: u32, currency: Currency) -> Self {
        Self { rule_version, currency, tier: None, limited: Vec::new(), rows: Vec::new() }
    }

    /// Returns the sum of the rows: the points of the entry.
    pub fn points(&self) -> Points {
        self.rows.iter().map(|row| row.points).sum()
    }

    /// Returns the rows of an entry that also took the points that paid: together they are what the entry
    /// changed.
    #[must_use]
    pub fn with_points_paid(mut self, points: Points) -> Self {
        for row in self.rows.iter_mut().filter(|row| row.reason == Reason::PaidWithPoints) {
            row.points = -points;
        }
        self
    }

    /// Returns the rows with their sentences in a language.
    pub fn in_language(&self, language: Language) -> Vec<ExplanationRow> {
        let row_in_language = |row: &Row| ExplanationRow {
            rule_id: row.reason.rule_id(),
            rule_version: self.rule_version,
            text: self.text(row).in_language(language),
            base: self.money(row.base_minor),
            points: row.points,
        };
        self.rows.iter().map(row_in_language).collect()
    }

    /// Returns the sentence of each row.
    pub fn texts(&self) -> Vec<Text> {
        self.rows.iter().map(|row| self.text(row)).collect()
    }

    fn text(&self, row: &Row) -> Text {
        let base = &self.money(row.base_minor);
        match &row.reason {
            Reason::Rate(_, per_step, step) => {
                text::explanation_rate(base, *per_step, &self.money(*step))
            }
            Reason::Excluded => text::explanation_excluded(base),
            Reason::Promotion(_, name, Effect::Multiplier(factor)) | Reason::Tier(name, factor) => {
                text::explanation_multiplier(name, base, &factor.to_string())
            }
            Reason::Promotion(_, name, Effect::BonusPoints(_)) => {
                text::explanation_bonus(name, row.points)
            }
            Reason::Returned(left) => text::explanation_returned(base, *left),
            Reason::LetGo => text::explanation_let_go(),
            Reason::Rerated(before, after) => text::explanation_rerated(base, *before, *after),
            Reason::Forgiven => text::explanation_forgiven(),
            Reason::Expired => text::explanation_expired(),
            Reason::Moved if row.points < Points::ZERO => text::explanation_moved_away(),
            Reason::Moved => text::explanation_moved_here(),
            Reason::GivenBack => text::explanation_given_back(),
            Reason::PaidWithPoints => text::explanation_paid_with_points(base),
            Reason::AlreadyCredited => text::explanation_already_credited(),
        }
    }

    fn money(&self, amount: i64) -> Money {
        Money { amount, currency: self.currency }
    }
}

impl Reason {
    fn rule_id(&self) -> String {
        let id = match self {
            Self::Rate(bracket, ..) => return format!("earning-{bracket}"),
            Self::Promotion(id, ..) => id,
            Self::Excluded => "excluded",
            Self::Tier(..) => "tier",
            Self::Returned(_) => "returned",
            Self::LetGo => "let-go",
            Self::Rerated(..) => "rerated",
            Self::Forgiven => "forgiven",
            Self::Expired => "expired",
            Self::Moved => "moved",
            Self::GivenBack => "given-back",
            Self::PaidWithPoints => "paid-with-points",
            Self::AlreadyCredited => "already-credited",
        };
        id.to_owned()
    }
}
