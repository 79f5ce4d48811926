//! The points of a basket: the table, the multipliers of its lines, and the bonuses.
//!
//! Points = ⌊P(base) + Σ (mᵢ − 1) · P(base) · netᵢ / N + Σ bonuses⌋. N is the money of the lines that are
//! not excluded, base the part of it that was paid in money, P the table, and mᵢ the highest multiplier of
//! line i, the tier's included. A promotion with `points_max` gives no more than that for one purchase.

use super::basket::{Basket, Circumstances};
use super::rules::{PromotionSet, holding};
use crate::explanation::{Explanation, Reason, Row};
use crate::points::Points;
use crate::program::{Effect, Multiplier, ProgramVersion, Promotion, Tier};

/// What multiplies the points of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// A promotion, by its place in the programme.
    Promotion(usize),
    Tier,
}

/// The money of the lines that one promotion or the tier multiplies.
struct Multiplied {
    source: Source,
    factor: Multiplier,
    net_minor: i64,
}

/// A basket under the rules of one version.
struct Calculation<'a> {
    version: &'a ProgramVersion,
    basket: &'a Basket<'a>,
    of_member: Circumstances<'a>,
    tier: Option<&'a Tier>,
    /// The money of the lines that are not excluded.
    net_minor: i64,
}

/// What the lines of a basket lead to.
#[derive(Default)]
struct Lines {
    multiplied: Vec<Multiplied>,
    bonuses: PromotionSet,
    /// The promotions that only their `once` kept out.
    limited: PromotionSet,
}

/// Returns what a basket earns under one version of the rules, with the reasons.
pub fn rate(
    version: &ProgramVersion,
    basket: &Basket<'_>,
    of_member: Circumstances<'_>,
) -> Explanation {
    let (program, rules) = (&version.program, version.rules());
    let earning = basket.lines.iter().filter(|line| !rules.is_excluded(line));
    let net_minor: i64 = earning.map(|line| line.net_minor).sum();
    let all_minor: i64 = basket.lines.iter().map(|line| line.net_minor).sum();
    let base_minor = basket.paid.of(net_minor);
    let mut rows = program.earning.rows(base_minor);
    let mut limited = Vec::new();
    if base_minor > 0 {
        let tier = of_member.tier.and_then(|id| program.tier(id));
        let calculation = Calculation { version, basket, of_member, tier, net_minor };
        let of_table: Points = rows.iter().map(|row| row.points).sum();
        let lines = calculation.lines();
        rows.extend(calculation.multiplied_rows(&lines.multiplied, of_table));
        rows.extend(bonus_rows(&program.promotions, lines.bonuses, base_minor));
        let ids = lines.limited.places().map(|place| program.promotions[place].id.clone());
        limited.extend(ids);
    }
    if all_minor > net_minor {
        let excluded_minor = basket.paid.of(all_minor - net_minor);
        rows.push(Row {
            reason: Reason::Excluded,
            base_minor: excluded_minor,
            points: Points::ZERO,
        });
    }
    if basket.points_paid_minor > 0 {
        let base_minor = basket.points_paid_minor;
        rows.push(Row { reason: Reason::PaidWithPoints, base_minor, points: Points::ZERO });
    }
    Explanation {
        rule_version: version.version,
        currency: program.currency,
        tier: of_member.tier.map(str::to_owned),
        limited,
        rows,
    }
}

impl Calculation<'_> {
    /// Finds what multiplies each line, and the bonuses that any line counts for.
    fn lines(&self) -> Lines {
        let (promotions, rules) = (&self.version.program.promotions, self.version.rules());
        let day = rules.local_day(self.basket.purchased_at);
        let holding = holding(self.version, self.basket, self.of_member, day);
        let used_up = used_up(promotions, self.of_member.used_up);
        let mut lines = Lines::default();
        for line in self.basket.lines.iter().filter(|line| !rules.is_excluded(line)) {
            let counting = rules.of_line(line).and(&holding);
            lines.limited = lines.limited.or(&counting.and(&used_up));
            let counting = counting.without(&used_up);
            lines.bonuses = lines.bonuses.or(&counting.and(&rules.bonuses));
            let winner = self.winner(highest(promotions, counting.without(&rules.bonuses)));
            if let Some((source, factor)) = winner {
                add(&mut lines.multiplied, source, factor, line.net_minor);
            }
        }
        lines.multiplied.sort_by_key(|multiplied| multiplied.source);
        lines
    }

    /// Returns the higher of a promotion's multiplier and the tier's; of equal ones, the promotion's.
    fn winner(&self, promoted: Option<(usize, Multiplier)>) -> Option<(Source, Multiplier)> {
        let least = promoted.map_or(Multiplier::ONE, |(_, factor)| factor);
        let of_tier = self.tier.map(|tier| tier.multiplier).filter(|factor| *factor > least);
        of_tier
            .map(|factor| (Source::Tier, factor))
            .or_else(|| promoted.map(|(place, factor)| (Source::Promotion(place), factor)))
    }

    /// Returns the rows of the multipliers. Each is a whole number: the floor of its exact part. The
    /// points left of the floor of their sum go to the largest remainders.
    fn multiplied_rows(&self, multiplied: &[Multiplied], of_table: Points) -> Vec<Row> {
        // Every exact part is a numerator over this.
        let denominator = 1_000 * i128::from(self.net_minor);
        let parts: Vec<i128> = multiplied
            .iter()
            .map(|multiplied| {
                let more = multiplied.factor.thousandths() - Multiplier::ONE.thousandths();
                let part = i128::from(of_table.get())
                    * i128::from(more)
                    * i128::from(multiplied.net_minor);
                match self.points_max(multiplied.source) {
                    Some(most) => part.min(i128::from(most.get()) * denominator),
                    None => part,
                }
            })
            .collect();
        let points = whole_parts(&parts, denominator);
        // What multiplies nothing gives nothing, and is no row.
        let giving = multiplied.iter().zip(points).zip(&parts).filter(|(_, part)| **part > 0);
        let rows = giving.map(|((multiplied, points), _)| Row {
            reason: self.reason(multiplied.source),
            base_minor: self.basket.paid.of(multiplied.net_minor),
            points,
        });
        rows.collect()
    }

    fn points_max(&self, source: Source) -> Option<Points> {
        match source {
            Source::Promotion(place) => self.version.program.promotions[place].points_max,
            Source::Tier => None,
        }
    }

    fn reason(&self, source: Source) -> Reason {
        match (source, self.tier) {
            (Source::Promotion(place), _) => {
                Reason::promotion(&self.version.program.promotions[place])
            }
            (Source::Tier, Some(tier)) => Reason::Tier(tier.name.clone(), tier.multiplier),
            (Source::Tier, None) => Reason::Tier(String::new(), Multiplier::ONE),
        }
    }
}

/// Rounds parts over one denominator to whole numbers that add up to the floor of their sum.
fn whole_parts(parts: &[i128], denominator: i128) -> Vec<Points> {
    let mut points: Vec<i128> = parts.iter().map(|part| part / denominator).collect();
    let left = parts.iter().sum::<i128>() / denominator - points.iter().sum::<i128>();
    let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
    by_remainder.sort_by_key(|index| std::cmp::Reverse(parts[*index] % denominator));
    for index in by_remainder.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        points[index] += 1;
    }
    let narrowed = |points| Points::new(i64::try_from(points).unwrap_or(i64::MAX));
    points.into_iter().map(narrowed).collect()
}

fn add(multiplied: &mut Vec<Multiplied>, source: Source, factor: Multiplier, net_minor: i64) {
    match multiplied.iter_mut().find(|known| known.source == source) {
        Some(known) => known.net_minor += net_minor,
        None => multiplied.push(Multiplied { source, factor, net_minor }),
    }
}

fn used_up(promotions: &[Promotion], ids: &[String]) -> PromotionSet {
    let mut set = PromotionSet::default();
    for id in ids {
        if let Some(place) = promotions.iter().position(|promotion| promotion.id == *id) {
            set.insert(place);
        }
    }
    set
}

/// Returns the highest multiplier of some promotions; of equal ones, the first in the programme.
fn highest(promotions: &[Promotion], set: PromotionSet) -> Option<(usize, Multiplier)> {
    let mut best: Option<(usize, Multiplier)> = None;
    for place in set.places() {
        if let Effect::Multiplier(factor) = promotions[place].effect
            && best.is_none_or(|(_, highest)| highest < factor)
        {
            best = Some((place, factor));
        }
    }
    best
}

fn bonus_rows(
    promotions: &[Promotion],
    bonuses: PromotionSet,
    base_minor: i64,
) -> impl Iterator<Item = Row> {
    bonuses.places().filter_map(move |place| {
        let promotion = &promotions[place];
        let Effect::BonusPoints(points) = promotion.effect else { return None };
        let points = promotion.points_max.map_or(points, |most| points.min(most));
        Some(Row { reason: Reason::promotion(promotion), base_minor, points })
    })
}
