//! The rules of one version, prepared once: which promotions look at which goods.
//!
//! Finding the promotions of a line takes two look-ups, however many promotions there are.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::basket::{Basket, BasketLine, Circumstances};
use crate::calendar::local_date;
use crate::member::comparable;
use crate::program::{Effect, PROMOTIONS_MAX, Program, ProgramVersion};

const WORDS: usize = PROMOTIONS_MAX / 64;

/// A set of promotions, by their place in the programme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PromotionSet([u64; WORDS]);

impl PromotionSet {
    pub(super) fn insert(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    pub(super) fn has(&self, place: usize) -> bool {
        self.0[place / 64] & (1 << (place % 64)) != 0
    }

    pub(super) fn and(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word &= other);
        self
    }

    pub(super) fn or(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word |= other);
        self
    }

    pub(super) fn without(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word &= !other);
        self
    }

    /// Returns the places, in rising order.
    pub(super) fn places(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(index, word)| {
            std::iter::successors((word != 0).then_some(word), |word| {
                let rest = word & (word - 1);
                (rest != 0).then_some(rest)
            })
            .map(move |word| index * 64 + word.trailing_zeros() as usize)
        })
    }
}

/// The prepared rules of one version.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    pub(crate) zone: Zone,
    excluded_skus: HashSet<String>,
    excluded_categories: HashSet<String>,
    /// The promotions for any goods.
    any_goods: PromotionSet,
    by_sku: HashMap<String, PromotionSet>,
    by_category: HashMap<String, PromotionSet>,
    pub(super) bonuses: PromotionSet,
    /// The branches of each promotion, in their compared form.
    branches: Vec<Vec<String>>,
}

/// A time zone. The default is UTC.
#[derive(Debug, Clone)]
pub(crate) struct Zone(pub(crate) TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

/// The local day of a purchase.
pub(super) struct LocalDay {
    weekday: Weekday,
}

/// The first condition of a promotion that a purchase does not meet, apart from its goods and its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmet {
    Window,
    Branch,
    Tier,
    Weekday,
    LowestTotal,
}

impl Rules {
    /// Prepares the rules of a programme.
    pub fn prepare(program: &Program) -> Self {
        let zone = TimeZone::get(&program.time_zone).unwrap_or(TimeZone::UTC);
        let mut rules = Self {
            zone: Zone(zone),
            excluded_skus: program.excluded.skus.iter().cloned().collect(),
            excluded_categories: program.excluded.categories.iter().cloned().collect(),
            ..Self::default()
        };
        for (place, promotion) in program.promotions.iter().enumerate().take(PROMOTIONS_MAX) {
            let branches = promotion.branches.iter().map(|branch| comparable(branch));
            rules.branches.push(branches.collect());
            if matches!(promotion.effect, Effect::BonusPoints(_)) {
                rules.bonuses.insert(place);
            }
            if promotion.skus.is_empty() && promotion.categories.is_empty() {
                rules.any_goods.insert(place);
            }
            for sku in &promotion.skus {
                rules.by_sku.entry(sku.clone()).or_default().insert(place);
            }
            for category in &promotion.categories {
                rules.by_category.entry(category.clone()).or_default().insert(place);
            }
        }
        rules
    }

    pub(super) fn is_excluded(&self, line: &BasketLine<'_>) -> bool {
        line.sku.is_some_and(|sku| self.excluded_skus.contains(sku))
            || line.category.is_some_and(|name| self.excluded_categories.contains(name))
    }

    /// Returns the promotions that a line counts for.
    pub(super) fn of_line(&self, line: &BasketLine<'_>) -> PromotionSet {
        let by_sku = line.sku.and_then(|sku| self.by_sku.get(sku));
        let by_category = line.category.and_then(|name| self.by_category.get(name));
        let both = [by_sku, by_category].into_iter().flatten();
        both.fold(self.any_goods, |all, set| all.or(set))
    }

    /// Returns whether any line that is not excluded counts for a promotion.
    pub(super) fn counts(&self, place: usize, basket: &Basket<'_>) -> bool {
        let earning = basket.lines.iter().filter(|line| !self.is_excluded(line));
        earning.into_iter().any(|line| self.of_line(line).has(place))
    }

    /// Returns whether a branch, in its compared form, takes part in a promotion.
    fn has_branch(&self, place: usize, compared: &str) -> bool {
        let branches = &self.branches[place];
        branches.is_empty() || branches.iter().any(|branch| branch == compared)
    }

    pub(super) fn local_day(&self, at: Timestamp) -> LocalDay {
        LocalDay { weekday: local_date(at, &self.zone.0).weekday() }
    }
}

/// Returns the promotions whose conditions hold, apart from goods and limits.
pub(super) fn holding(
    version: &ProgramVersion,
    basket: &Basket<'_>,
    of_member: Circumstances<'_>,
    day: LocalDay,
) -> PromotionSet {
    let mut holding = PromotionSet::default();
    for place in 0..version.program.promotions.len().min(PROMOTIONS_MAX) {
        if unmet(version, place, basket, of_member, &day).is_none() {
            holding.insert(place);
        }
    }
    holding
}

/// Returns the first condition of a promotion, by its place, that a purchase does not meet.
pub(super) fn unmet(
    version: &ProgramVersion,
    place: usize,
    basket: &Basket<'_>,
    of_member: Circumstances<'_>,
    day: &LocalDay,
) -> Option<Unmet> {
    let promotion = &version.program.promotions[place];
    let at = basket.purchased_at;
    if promotion.from.is_some_and(|from| at < from)
        || promotion.until.is_some_and(|until| at >= until)
    {
        return Some(Unmet::Window);
    }
    if !version.rules().has_branch(place, &basket.branch) {
        return Some(Unmet::Branch);
    }
    let is_of_tier = |tier: &str| promotion.tiers.iter().any(|wanted| wanted == tier);
    if !promotion.tiers.is_empty() && !of_member.tier.is_some_and(is_of_tier) {
        return Some(Unmet::Tier);
    }
    if !promotion.weekdays.is_empty()
        && !promotion.weekdays.iter().any(|wanted| wanted.weekday() == day.weekday)
    {
        return Some(Unmet::Weekday);
    }
    if promotion.lowest_total.is_some_and(|lowest| basket.total_minor < lowest) {
        return Some(Unmet::LowestTotal);
    }
    None
}
