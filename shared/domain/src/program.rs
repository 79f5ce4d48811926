//! The programme: the settings and rules of one brand, in immutable versions.
//!
//! A purchase is rated by the version in force at its `purchased_at`; before the first, by the first.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::calendar::Expiry;
use crate::earning::Earning;
use crate::field::{FieldError, FieldErrors, LABEL_MAX_CHARS, bounded, text};
use crate::money::{AMOUNT_MAX_MINOR, Currency, Money};
use crate::points::{POINTS_MAX, Points};
use crate::reward::VALID_DAYS_MAX;

/// The most skus or categories that a programme may exclude.
pub const EXCLUDED_MAX: usize = 500;
/// The most versions that a programme may have.
pub const VERSIONS_MAX: u32 = 300;
/// The longest wait that a programme may set, in minutes: a week.
const WAIT_MINUTES_MAX: u16 = 10_080;
/// The worth of a gift, in minor units, if neither the programme nor the agent says otherwise.
const GIFT_WORTH_MINOR: i64 = 20_000;

mod branch;
mod head;
mod payment;
mod promotion;
mod tier;

pub use branch::{BRANCHES_MAX, Branch};
pub use head::{ProgramHead, ProgramVersion, WithdrawalRefused, WrittenVersion};
pub use payment::{Negative, Payment, PointValue, ReturnRule};
pub use promotion::{Day, Effect, Multiplier, ONCE_MAX, Once, PROMOTIONS_MAX, Promotion};
pub use tier::{Descent, TIERS_MAX, Tier, TierMeasure, TierRule, WINDOW_MONTHS_MAX};

use promotion::Frame;

/// The programme as an admin writes it (`PUT /v1/program`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The IANA time zone of every local date.
    pub time_zone: String,
    /// The currency of every amount.
    #[schema(value_type = String)]
    pub currency: Currency,
    /// The language of mails to members without one of their own.
    pub locale: String,
    /// How many local days points wait before they can be spent, 0 to 365.
    #[serde(default)]
    pub pending_days: u16,
    /// How long points live; null is for ever.
    #[serde(default)]
    pub expiry: Option<Expiry>,
    /// When this version comes into force; null is now.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "date-time")]
    pub effective_from: Option<Timestamp>,
    /// The earning table.
    pub earning: Earning,
    /// Goods that earn nothing.
    #[serde(default)]
    pub excluded: Excluded,
    #[serde(default)]
    pub promotions: Vec<Promotion>,
    /// What members can reach, in rising order; none is no tiers.
    #[serde(default)]
    pub tiers: Vec<Tier>,
    /// How tiers are reached and lost.
    #[serde(default)]
    pub tier_rule: TierRule,
    /// Paying with points; null is not possible.
    #[serde(default)]
    pub payment: Option<Payment>,
    /// What happens to points that a return takes back.
    #[serde(default)]
    pub returns: ReturnRule,
    /// What points are worth in reports.
    #[serde(default)]
    pub value: Option<PointValue>,
    /// How many days before points expire their member is warned by mail, 1 to 365; null is never.
    #[serde(default)]
    pub expiry_warning_days: Option<u16>,
    /// Whether members are told by mail when a re-rate changed their points.
    #[serde(default)]
    pub rerate_mails: bool,
    /// When members are asked to rate a visit; null is never.
    #[serde(default)]
    pub invitations: Option<Invitations>,
    /// For how many days after the purchase its points can be claimed, 1 to 3650.
    #[serde(default = "default_claim_days")]
    pub claim_days: u16,
    /// How many days of life a reversal grants to points that expired meanwhile, 0 to 365.
    #[serde(default)]
    pub reversal_grace_days: u16,
    /// How much an agent may credit or take without a supervisor.
    #[serde(default)]
    pub agent_limits: AgentLimits,
    /// The worth of a gift outside the catalogue that has no amount and for which the agent states none;
    /// null is 20000 minor units.
    #[serde(default)]
    pub gift_worth: Option<Money>,
    /// For how many days a gift outside the catalogue can be used at most, 1 to 3650.
    #[serde(default = "default_gift_days")]
    pub gift_valid_days: u16,
    /// The lowest score of a rating, 0 to 6.
    #[serde(default)]
    pub lowest_score: u8,
    /// When customers are called.
    #[serde(default)]
    pub care: CareSettings,
    /// What is promised of claims.
    #[serde(default)]
    pub claims: ClaimSettings,
    /// The branches that are known; empty is any.
    #[serde(default)]
    pub branches: Vec<Branch>,
}

fn default_claim_days() -> u16 {
    30
}

fn default_gift_days() -> u16 {
    365
}

/// What an admin has to accept before a programme goes live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Somewhere in the table, more money earns fewer points.
    EarnsLessForMore,
}

impl Warning {
    /// The name of the only warning.
    pub const NAME: &str = "earns_less_for_more";
}

/// Goods that earn nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Excluded {
    /// Stock-keeping units.
    pub skus: Vec<String>,
    pub categories: Vec<String>,
}

/// How much an agent may credit or take by hand without a supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AgentLimits {
    /// The most points of one adjustment.
    pub points_per_call: Points,
    /// The most points of one agent's adjustments in one local day.
    pub points_per_day: Points,
    /// The most worth of one gift, in minor units.
    pub worth_per_call: i64,
    /// The most worth of one agent's gifts in one local day, in minor units.
    pub worth_per_day: i64,
}

impl Default for AgentLimits {
    fn default() -> Self {
        Self {
            points_per_call: Points::new(10_000),
            points_per_day: Points::new(100_000),
            worth_per_call: 1_000_000,
            worth_per_day: 10_000_000,
        }
    }
}

/// When customers are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CareSettings {
    /// Whether a purchase at the till starts a care cycle, as an order does.
    pub purchases_start_cycles: bool,
    /// After how many calendar months without an order a customer is called, 1 to 60.
    pub reconnect_months: u16,
}

impl Default for CareSettings {
    fn default() -> Self {
        Self { purchases_start_cycles: false, reconnect_months: 4 }
    }
}

/// When members are asked by mail to rate a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitations {
    /// After what.
    pub after: Vec<InvitedAfter>,
    /// How many minutes after the visit, 0 to 10080.
    pub wait_minutes: u16,
}

/// What a member is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitedAfter {
    Purchase,
    Order,
}

/// What is promised of claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimSettings {
    /// In how many days a new claim is promised to be resolved, 1 to 365.
    pub promise_days: u16,
    /// Every how many days an unresolved claim asks for a follow-up, 1 to 365.
    pub follow_up_days: u16,
    /// Every how many days the customer of an unresolved claim is written to, 1 to 365.
    pub tell_every_days: u16,
    /// After how many minutes money that arrived without an order becomes a claim, 1 to 10080.
    pub money_without_order_minutes: u16,
}

impl Default for ClaimSettings {
    fn default() -> Self {
        Self {
            promise_days: 7,
            follow_up_days: 3,
            tell_every_days: 7,
            money_without_order_minutes: 60,
        }
    }
}

impl Program {
    /// Returns what an admin should know before the programme goes live, each with its place.
    pub fn warnings(&self) -> Vec<(Warning, FieldError)> {
        let falls = self.earning.earns_less_for_more().map(|bracket| {
            let field = format!("earning.brackets[{bracket}].points_per_step");
            let detail = "the first amount of this bracket earns less than the one before it";
            let error = FieldError::invalid(field, detail);
            (Warning::EarnsLessForMore, error)
        });
        Vec::from_iter(falls)
    }

    /// Returns a tier by its id.
    pub fn tier(&self, id: &str) -> Option<&Tier> {
        self.tiers.iter().find(|tier| tier.id == id)
    }

    /// Returns the worth, in minor units, of a gift for which nobody stated one.
    pub fn gift_worth_minor(&self) -> i64 {
        self.gift_worth.as_ref().map_or(GIFT_WORTH_MINOR, |worth| worth.amount)
    }

    /// Returns the programme when every rule of it can be kept.
    ///
    /// # Errors
    /// Returns every field that is refused, with its place and the reason.
    pub fn checked(self, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        if TimeZone::get(&self.time_zone).is_err() {
            errors.push(FieldError::invalid(
                "time_zone",
                "must be an IANA time zone, such as Europe/Moscow",
            ));
        }
        let locale = text("locale", self.locale.clone(), 35);
        if errors.keep(locale).is_some_and(|locale| !is_locale(&locale)) {
            errors
                .push(FieldError::invalid("locale", "must be a language tag, such as ru or pt-BR"));
        }
        bounded(&mut errors, "pending_days", self.pending_days, 0, 365);
        bounded(&mut errors, "claim_days", self.claim_days, 1, 3650);
        bounded(&mut errors, "reversal_grace_days", self.reversal_grace_days, 0, 365);
        bounded(&mut errors, "gift_valid_days", self.gift_valid_days, 1, VALID_DAYS_MAX);
        bounded(&mut errors, "lowest_score", u16::from(self.lowest_score), 0, 6);
        bounded(&mut errors, "care.reconnect_months", self.care.reconnect_months, 1, 60);
        bounded(&mut errors, "claims.promise_days", self.claims.promise_days, 1, 365);
        let claims = self.claims;
        bounded(&mut errors, "claims.follow_up_days", claims.follow_up_days, 1, 365);
        bounded(&mut errors, "claims.tell_every_days", claims.tell_every_days, 1, 365);
        let minutes = claims.money_without_order_minutes;
        bounded(&mut errors, "claims.money_without_order_minutes", minutes, 1, WAIT_MINUTES_MAX);
        if let Some(days) = self.expiry_warning_days {
            bounded(&mut errors, "expiry_warning_days", days, 1, 365);
        }
        if let Some(invitations) = &self.invitations {
            let minutes = invitations.wait_minutes;
            bounded(&mut errors, "invitations.wait_minutes", minutes, 0, WAIT_MINUTES_MAX);
            if invitations.after.is_empty() || invitations.after.len() > 2 {
                errors.push(FieldError::invalid("invitations.after", "must have 1 or 2 entries"));
            }
        }
        if let Some(expiry) = self.expiry {
            bounded(&mut errors, "expiry.months", expiry.months, 1, 240);
        }
        self.earning.check(&mut errors);
        check_labels(&mut errors, "excluded.skus", &self.excluded.skus);
        check_labels(&mut errors, "excluded.categories", &self.excluded.categories);
        let limits = self.agent_limits;
        let most = POINTS_MAX;
        let per_call = limits.points_per_call;
        bounded(&mut errors, "agent_limits.points_per_call", per_call, Points::ZERO, most);
        let per_day = limits.points_per_day;
        bounded(&mut errors, "agent_limits.points_per_day", per_day, Points::ZERO, most);
        let most = AMOUNT_MAX_MINOR;
        bounded(&mut errors, "agent_limits.worth_per_call", limits.worth_per_call, 0, most);
        bounded(&mut errors, "agent_limits.worth_per_day", limits.worth_per_day, 0, most);
        if let Some(worth) = &self.gift_worth {
            errors.keep(worth.check("gift_worth"));
            errors.keep(worth.check_currency("gift_worth", self.currency));
        }
        tier::check(&self.tiers, self.tier_rule, &mut errors);
        payment::check(self.payment.as_ref(), self.value.as_ref(), &mut errors);
        let begins = Some(self.effective_from.unwrap_or(now));
        branch::check(&self.branches, &mut errors);
        let frame = Frame {
            begins,
            tiers: &self.tiers,
            excluded: &self.excluded,
            branches: &branch::keys_of(&self.branches),
        };
        promotion::check(&self.promotions, &frame, &mut errors);
        errors.into_result(Some(self))
    }
}

/// Returns whether a text looks like a BCP 47 language tag.
pub fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

/// Refuses an id that is not 1 to 64 of `A-Z a-z 0-9 . _ -`.
fn rule_id(field: &str, id: &str) -> Result<(), FieldError> {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=LABEL_MAX_CHARS).contains(&id.len()) && id.bytes().all(is_known) {
        return Ok(());
    }
    Err(FieldError::invalid(field, "must be 1 to 64 of the characters A-Z a-z 0-9 . _ -"))
}

fn check_labels(errors: &mut FieldErrors, field: &str, labels: &[String]) {
    if labels.len() > EXCLUDED_MAX {
        errors
            .push(FieldError::invalid(field, format!("must have at most {EXCLUDED_MAX} entries")));
    }
    for (index, label) in labels.iter().enumerate().take(EXCLUDED_MAX) {
        errors.keep(text(&format!("{field}[{index}]"), label.clone(), LABEL_MAX_CHARS));
    }
}

#[cfg(test)]
pub(crate) mod tests;
