//! The earning table: how many points an amount of money earns.
//!
//! Only whole steps count, rounded down, in integers. `points` decides which money counts.

use serde::{Deserialize, Serialize};

use crate::explanation::{Reason, Row};
use crate::field::{FieldError, FieldErrors};
use crate::money::AMOUNT_MAX_MINOR;
use crate::points::Points;

/// The most brackets a table may have.
pub const BRACKETS_MAX: usize = 20;

/// The most points that a table may give for the largest amount.
const POINTS_TABLE_MAX: Points = Points::new(1_000_000_000_000_000);

/// The table by which money becomes points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Earning {
    /// Whether one bracket rates the whole amount or each rates its part.
    pub mode: Mode,
    /// The step in minor units; only complete steps earn.
    pub step_amount: i64,
    /// The brackets, in rising order; the last is open.
    pub brackets: Vec<Bracket>,
}

/// How the brackets are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The bracket that holds the whole amount rates all of it.
    Slab,
    /// Each bracket rates the part of the amount that lies in it; steps are counted per bracket.
    Marginal,
}

/// One bracket of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bracket {
    /// The last amount of the bracket in minor units, inclusive; null for the open one.
    #[serde(default)]
    pub up_to: Option<i64>,
    /// The points for each complete step.
    pub points_per_step: Points,
}

impl Earning {
    /// Returns the rows that an amount earns; an amount of zero or less earns one row of 0 points.
    pub fn rows(&self, base_minor: i64) -> Vec<Row> {
        match self.mode {
            Mode::Slab => vec![self.slab_row(base_minor)],
            Mode::Marginal => self.marginal_rows(base_minor),
        }
    }

    fn slab_row(&self, base_minor: i64) -> Row {
        let index = self
            .brackets
            .iter()
            .position(|bracket| bracket.up_to.is_none_or(|up_to| base_minor <= up_to))
            .unwrap_or(self.brackets.len() - 1);
        self.row(index, base_minor)
    }

    fn marginal_rows(&self, base_minor: i64) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut floor = 0;
        for (index, bracket) in self.brackets.iter().enumerate() {
            if index > 0 && base_minor <= floor {
                break;
            }
            let ceiling = bracket.up_to.unwrap_or(i64::MAX);
            rows.push(self.row(index, base_minor.min(ceiling) - floor));
            floor = ceiling;
        }
        rows
    }

    fn row(&self, index: usize, part_minor: i64) -> Row {
        let per_step = self.brackets[index].points_per_step;
        let points = per_step * (part_minor.max(0) / self.step_amount);
        Row {
            reason: Reason::Rate(index + 1, per_step, self.step_amount),
            base_minor: part_minor,
            points,
        }
    }

    /// Returns the first bracket, from 0, whose first amount earns less than the bracket before it gives at
    /// most. Only a slab table can have one: the parts of a marginal table add up.
    pub fn earns_less_for_more(&self) -> Option<usize> {
        if self.mode == Mode::Marginal {
            return None;
        }
        let pairs = self.brackets.windows(2).enumerate();
        let mut falls = pairs.filter_map(|(index, pair)| {
            let last = pair[0].up_to?;
            let before = pair[0].points_per_step * (last / self.step_amount);
            let after = pair[1].points_per_step * ((last + 1) / self.step_amount);
            (after < before).then_some(index + 1)
        });
        falls.next()
    }

    /// Refuses a table with a gap, an overlap or a rate that could overflow.
    pub fn check(&self, errors: &mut FieldErrors) {
        if !(1..=AMOUNT_MAX_MINOR).contains(&self.step_amount) {
            errors.push(FieldError::invalid("earning.step_amount", "must be at least 1"));
        }
        if self.brackets.is_empty() || self.brackets.len() > BRACKETS_MAX {
            let detail = format!("must have from 1 to {BRACKETS_MAX} brackets");
            errors.push(FieldError::invalid("earning.brackets", detail));
        }
        let mut floor = 0;
        for (index, bracket) in self.brackets.iter().enumerate() {
            let field = |name: &str| format!("earning.brackets[{index}].{name}");
            let last = index + 1 == self.brackets.len();
            match bracket.up_to {
                None if last => {}
                None => errors
                    .push(FieldError::invalid(field("up_to"), "only the last bracket is open")),
                Some(_) if last => {
                    errors.push(FieldError::invalid(
                        field("up_to"),
                        "the last bracket must be open (null)",
                    ));
                }
                Some(up_to) if up_to <= floor || up_to > AMOUNT_MAX_MINOR => {
                    errors.push(FieldError::invalid(
                        field("up_to"),
                        "must rise from bracket to bracket",
                    ));
                }
                Some(up_to) => floor = up_to,
            }
            // The largest amount in single-unit steps must still be a number of points.
            let most = AMOUNT_MAX_MINOR / self.step_amount.max(1);
            let bounded = bracket
                .points_per_step
                .checked_mul(most)
                .is_some_and(|points| points <= POINTS_TABLE_MAX);
            if bracket.points_per_step < Points::ZERO || !bounded {
                errors.push(FieldError::invalid(
                    field("points_per_step"),
                    "must be 0 or more, and bounded",
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut Earning);
    use proptest::prelude::*;

    fn default_table(mode: Mode) -> Earning {
        Earning {
            mode,
            step_amount: 10_000,
            brackets: vec![
                Bracket { up_to: Some(100_000), points_per_step: Points::new(5) },
                Bracket { up_to: None, points_per_step: Points::new(10) },
            ],
        }
    }

    fn points(earning: &Earning, base_minor: i64) -> i64 {
        earning.rows(base_minor).iter().map(|row| row.points.get()).sum()
    }

    #[test]
    fn the_default_table_rates_whole_slabs() {
        let table = [
            (99_999, 45),
            (100_000, 50),
            (100_001, 100),
            (109_999, 100),
            (110_000, 110),
            (90_000, 45),
            (9_999, 0),
            (10_000, 5),
            (0, 0),
            (-5, 0),
        ];
        for (base, expected) in table {
            assert_eq!(points(&default_table(Mode::Slab), base), expected, "{base}");
        }
    }

    #[test]
    fn marginal_rates_each_part_by_its_bracket() {
        for (base, expected) in
            [(99_999, 45), (100_000, 50), (109_999, 50), (110_000, 60), (0, 0), (-5, 0)]
        {
            assert_eq!(points(&default_table(Mode::Marginal), base), expected, "{base}");
        }
    }

    #[test]
    fn bad_tables_are_refused_with_their_place() {
        let refused = |change: fn(&mut Earning)| {
            let mut earning = default_table(Mode::Slab);
            change(&mut earning);
            let mut errors = FieldErrors::default();
            earning.check(&mut errors);
            errors.into_result(Some(())).map_err(|errors| errors[0].field.clone())
        };
        assert_eq!(refused(|_| ()), Ok(()));
        let table: [(Change, &str); 6] = [
            (|table| table.step_amount = 0, "earning.step_amount"),
            (|table| table.brackets.clear(), "earning.brackets"),
            (|table| table.brackets[0].up_to = None, "earning.brackets[0].up_to"),
            (|table| table.brackets[1].up_to = Some(5), "earning.brackets[1].up_to"),
            (|table| table.brackets[0].up_to = Some(0), "earning.brackets[0].up_to"),
            (
                |table| table.brackets[1].points_per_step = Points::new(-1),
                "earning.brackets[1].points_per_step",
            ),
        ];
        for (change, field) in table {
            assert_eq!(refused(change), Err(field.to_owned()));
        }
    }

    #[test]
    fn a_slab_table_that_falls_is_found() {
        let mut earning = default_table(Mode::Slab);
        assert_eq!(earning.earns_less_for_more(), None);
        earning.brackets[1].points_per_step = Points::new(4);
        assert_eq!(earning.earns_less_for_more(), Some(1));
        earning.mode = Mode::Marginal;
        assert_eq!(earning.earns_less_for_more(), None);
    }

    proptest! {
        #[test]
        fn rows_of_marginal_cover_the_amount(base in 0_i64..1_000_000_000) {
            let rows = default_table(Mode::Marginal).rows(base);
            prop_assert_eq!(rows.iter().map(|row| row.base_minor).sum::<i64>(), base);
        }
    }
}
