//! The tier that a member has, from what counts in a rolling window of local months.
//!
//! A member goes up at once. At the start of a local month a member whose window no longer gives the tier
//! goes down. No job does this: it is computed when the account is looked at.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::calendar::{local_date, start_of_day};
use crate::points::Points;
use crate::program::{Descent, Program, ProgramVersion, TierMeasure, WINDOW_MONTHS_MAX};

/// A local month, counted from the year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(pub i32);

impl Month {
    /// Returns the local month of an instant.
    pub fn of(at: Timestamp, zone: &TimeZone) -> Self {
        let day = local_date(at, zone);
        Self(i32::from(day.year()) * 12 + i32::from(day.month()) - 1)
    }

    /// Returns the month that a name such as `2026-03` means.
    pub fn parse(name: &str) -> Option<Self> {
        let (year, month) = name.split_once('-')?;
        let (year, month): (i32, i32) = (year.parse().ok()?, month.parse().ok()?);
        (1..=12).contains(&month).then_some(Self(year * 12 + month - 1))
    }

    /// Returns the name of the month, such as `2026-03`.
    pub fn name(self) -> String {
        format!("{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }

    /// Returns the first instant of the month.
    pub fn start(self, zone: &TimeZone) -> Timestamp {
        start_of_day(self.first_day(), zone)
    }

    fn first_day(self) -> Date {
        let year = i16::try_from(self.0.div_euclid(12)).unwrap_or(i16::MAX);
        let month = i8::try_from(self.0.rem_euclid(12) + 1).unwrap_or(1);
        if (-9999..=9999).contains(&year) { date(year, month, 1) } else { Date::MAX }
    }
}

/// What counts in one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthSum {
    pub month: Month,
    /// Points that purchases earned, less what was clawed back.
    pub points: Points,
    /// Minor units paid in money and not returned.
    pub spent_minor: i64,
}

/// A change of a member's tier. Tiers have their names; `None` is below the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierChange {
    /// When: at the start of a month, or with the entry that recorded it.
    pub at: Timestamp,
    pub from: Option<String>,
    pub to: Option<String>,
    /// The first instant at which the member goes down if nothing more counts.
    pub until: Option<Timestamp>,
}

/// The tier of a member, and what counts for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The tier held since `settled`, by id.
    pub tier: Option<String>,
    /// The month in which the tier was last decided.
    pub settled: Option<Month>,
    /// The months that count, in rising order.
    pub months: Vec<MonthSum>,
}

/// A tier as the contract shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TierAnswer {
    /// The tier; null below the first.
    pub id: Option<String>,
    pub name: Option<String>,
    /// The first instant at which the member goes down if nothing more counts; null below the first.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub until: Option<Timestamp>,
    /// The next tier; null for the highest.
    pub next: Option<NextTier>,
}

/// The next tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NextTier {
    pub id: String,
    pub name: String,
    /// The points or minor units that are missing.
    pub missing: i64,
    /// Which of the two.
    pub by: TierMeasure,
}

impl Standing {
    /// Returns the tier at an instant, by id.
    pub fn tier_at(&self, rules: &ProgramVersion, now: Timestamp) -> Option<String> {
        if rules.program.tiers.is_empty() {
            return None;
        }
        self.settled(&rules.program, Month::of(now, &rules.zone())).tier
    }

    /// Adds what a purchase counts, and lifts the tier. It counts also while the programme has no tiers, so
    /// that tiers which come later know the months before. Returns how the tier changed since it was last
    /// recorded, oldest first.
    pub fn add(
        &mut self,
        counted: MonthSum,
        rules: &ProgramVersion,
        now: Timestamp,
    ) -> Vec<TierChange> {
        let program = &rules.program;
        let month = Month::of(now, &rules.zone());
        let recorded = std::mem::take(self);
        *self = recorded.settled(program, month);
        self.count(counted, program, month);
        let reached = reached(program, self.sum(program, month));
        if reached > held(program, self.tier.as_deref()) {
            self.tier = tier_id(program, reached);
        }
        recorded.changes(self, rules, now)
    }

    /// Subtracts what a return takes away. If the window gave the tier and no longer does, the member
    /// has the tier that the window gives, at once. Returns how the tier changed since it was last recorded,
    /// oldest first.
    pub fn subtract(
        &mut self,
        counted: MonthSum,
        rules: &ProgramVersion,
        now: Timestamp,
    ) -> Vec<TierChange> {
        let program = &rules.program;
        let month = Month::of(now, &rules.zone());
        let recorded = std::mem::take(self);
        *self = recorded.settled(program, month);
        let before = reached(program, self.sum(program, month));
        let taken =
            MonthSum { points: -counted.points, spent_minor: -counted.spent_minor, ..counted };
        self.count(taken, program, month);
        let after = reached(program, self.sum(program, month));
        if after < before && after < held(program, self.tier.as_deref()) {
            self.tier = tier_id(program, after);
        }
        recorded.changes(self, rules, now)
    }

    /// Returns the tiers that were lost at the starts of months and that no entry has recorded yet, oldest
    /// first.
    pub fn losses(&self, rules: &ProgramVersion, now: Timestamp) -> Vec<TierChange> {
        let (program, zone) = (&rules.program, rules.zone());
        let mut before = held(program, self.tier.as_deref());
        let mut losses = Vec::new();
        for (month, place) in self.steps_down(program, Month::of(now, &zone)) {
            let standing =
                Self { tier: tier_id(program, place), settled: Some(month), ..self.clone() };
            losses.push(TierChange {
                at: month.start(&zone),
                from: tier_name(program, before),
                to: tier_name(program, place),
                until: standing.until(rules, month),
            });
            before = place;
        }
        losses
    }

    /// Returns the changes since this standing was recorded, of which the last one leads to the next.
    fn changes(&self, next: &Self, rules: &ProgramVersion, now: Timestamp) -> Vec<TierChange> {
        let program = &rules.program;
        let mut changes = self.losses(rules, now);
        let recorded = || {
            // A tier that the programme no longer has has no name any more.
            let name = |id: &String| program.tier(id).map_or(id, |tier| &tier.name).clone();
            self.tier.as_ref().map(name)
        };
        let from = changes.last().map_or_else(recorded, |last| last.to.clone());
        let to = tier_name(program, held(program, next.tier.as_deref()));
        if from != to {
            let until = next.until(rules, Month::of(now, &rules.zone()));
            changes.push(TierChange { at: now, from, to, until });
        }
        changes
    }

    /// Returns the first instant at which the tier is lost if nothing more counts; `None` below the first.
    fn until(&self, rules: &ProgramVersion, month: Month) -> Option<Timestamp> {
        self.tier.as_ref()?;
        self.ends(&rules.program, month).map(|end| end.start(&rules.zone()))
    }

    /// Adds the sums of another standing of the same person. The higher tier stays, and the sums may lift it.
    pub(crate) fn absorb(&mut self, other: Self, rules: &ProgramVersion, now: Timestamp) {
        let program = &rules.program;
        let month = Month::of(now, &rules.zone());
        let other = other.settled(program, month);
        *self = self.settled(program, month);
        let place = held(program, self.tier.as_deref()).max(held(program, other.tier.as_deref()));
        for sum in other.months {
            self.count(sum, program, month);
        }
        self.tier = tier_id(program, place.max(reached(program, self.sum(program, month))));
    }

    /// Returns the tier as the contract shows it; `None` if the programme has no tiers.
    pub fn answer(&self, rules: &ProgramVersion, now: Timestamp) -> Option<TierAnswer> {
        let program = &rules.program;
        if program.tiers.is_empty() {
            return None;
        }
        let month = Month::of(now, &rules.zone());
        let standing = self.settled(program, month);
        let sum = standing.sum(program, month);
        let place = held(program, standing.tier.as_deref());
        let tier = place.checked_sub(1).and_then(|index| program.tiers.get(index));
        let until = standing.until(rules, month);
        let next = program.tiers.get(place).map(|next| NextTier {
            id: next.id.clone(),
            name: next.name.clone(),
            missing: (next.threshold - sum).max(0),
            by: program.tier_rule.by,
        });
        Some(TierAnswer {
            id: tier.map(|tier| tier.id.clone()),
            name: tier.map(|tier| tier.name.clone()),
            until,
            next,
        })
    }

    /// Returns the first month in which the tier is lost if nothing more counts.
    fn ends(&self, program: &Program, month: Month) -> Option<Month> {
        let later = (1..=i32::from(WINDOW_MONTHS_MAX) + 1).map(|more| Month(month.0 + more));
        later.into_iter().find(|later| self.settled(program, *later).tier != self.tier)
    }

    /// Returns the standing at a month: each start of a month since may lower the tier.
    fn settled(&self, program: &Program, month: Month) -> Self {
        let mut standing = self.clone();
        // A tier that the programme no longer has is decided anew.
        let known = self.tier.as_deref().is_none_or(|id| program.tier(id).is_some());
        let Some(settled) = self.settled.filter(|_| known) else {
            standing.tier = tier_id(program, reached(program, self.sum(program, month)));
            standing.settled = Some(month);
            return standing;
        };
        let lowest = self.steps_down(program, month).last().map(|(_, place)| *place);
        let place = lowest.unwrap_or_else(|| held(program, self.tier.as_deref()));
        // The programme may have changed: up at once.
        let place = place.max(reached(program, self.sum(program, month)));
        standing.tier = tier_id(program, place);
        standing.settled = Some(settled.max(month));
        standing
    }

    /// Returns the months until a month at whose start the member went down, each with the place of the tier
    /// from then on.
    fn steps_down(&self, program: &Program, month: Month) -> Vec<(Month, usize)> {
        let known = self.tier.as_deref().is_none_or(|id| program.tier(id).is_some());
        let Some(settled) = self.settled.filter(|_| known) else { return Vec::new() };
        let mut place = held(program, self.tier.as_deref());
        let mut steps = Vec::new();
        // After the longest window and a step down for each tier nothing changes any more.
        let most = i32::from(WINDOW_MONTHS_MAX) + i32::try_from(program.tiers.len()).unwrap_or(0);
        for passed in (settled.0 + 1..=month.0).take(usize::try_from(most).unwrap_or(0)) {
            let given = reached(program, self.sum(program, Month(passed)));
            if given < place {
                place = match program.tier_rule.down {
                    Descent::OneStep => place - 1,
                    Descent::ToRule => given,
                };
                steps.push((Month(passed), place));
            }
        }
        steps
    }

    /// Adds to a month and forgets those that no window reaches.
    fn count(&mut self, counted: MonthSum, program: &Program, now: Month) {
        let oldest = oldest_of_window(program, now);
        match self.months.iter_mut().find(|sum| sum.month == counted.month) {
            Some(sum) => {
                sum.points += counted.points;
                sum.spent_minor += counted.spent_minor;
            }
            None => self.months.push(counted),
        }
        self.months.retain(|sum| {
            sum.month.0 >= oldest && (sum.points != Points::ZERO || sum.spent_minor != 0)
        });
        self.months.sort_by_key(|sum| sum.month);
    }

    /// Returns what counts in the window that ends with a month.
    fn sum(&self, program: &Program, month: Month) -> i64 {
        let oldest = oldest_of_window(program, month);
        let within = self.months.iter().filter(|sum| (oldest..=month.0).contains(&sum.month.0));
        let measure = |sum: &MonthSum| match program.tier_rule.by {
            TierMeasure::Points => sum.points.get(),
            TierMeasure::Spend => sum.spent_minor,
        };
        within.map(measure).sum()
    }
}

fn oldest_of_window(program: &Program, month: Month) -> i32 {
    month.0 - i32::from(program.tier_rule.window_months) + 1
}

/// Returns how many tiers a sum reaches.
fn reached(program: &Program, sum: i64) -> usize {
    program.tiers.iter().take_while(|tier| tier.threshold <= sum).count()
}

/// Returns the place of a tier from 1; 0 for none.
fn held(program: &Program, id: Option<&str>) -> usize {
    let place = id.and_then(|id| program.tiers.iter().position(|tier| tier.id == id));
    place.map_or(0, |index| index + 1)
}

fn tier_id(program: &Program, place: usize) -> Option<String> {
    place.checked_sub(1).and_then(|index| program.tiers.get(index)).map(|tier| tier.id.clone())
}

fn tier_name(program: &Program, place: usize) -> Option<String> {
    place.checked_sub(1).and_then(|index| program.tiers.get(index)).map(|tier| tier.name.clone())
}

#[cfg(test)]
mod tests;
