//! The report of movements: the route and its shape.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use puntos_domain::points::Points;
use puntos_domain::report::Run;
use puntos_domain::report::movements::{BranchSums, MonthSums, Months};
use puntos_domain::standing::Month;
use serde::Serialize;

use super::READERS;
use crate::{KeyRule, Reply, Route};

/// Shows what gave and took points, by month and branch.
pub const MOVEMENTS: Route = Route {
    key: "GET /v1/reports/movements",
    operation_id: "get_movements_report",
    tag: "Reports",
    summary: "Show what gave and took points",
    description: "Shows the newest finished run: its newest 24 local months, oldest first, each \
        with the points at its start and its end. The points of all members are the available, \
        pending and reserved ones, less the debt. `opening` + `issued` − `clawed` − `redeemed` − \
        `paid` + `restored` + `given_back` + `adjusted` + `corrected` − `expired` is `closing`, and \
        the last `closing` is `outstanding` + `pending` − `debt` of the liability, if the reconcile \
        report shows no difference. An entry counts in the local month in which it was written, and \
        points expire in the month of the last day on which they could be used. `branches` show \
        where points were earned, of which purchases they were clawed, where they paid, and, as \
        `redeemed`, what the coupons cost that the branch took in that month. So `redeemed` of a \
        month is what was spent on coupons, and `redeemed` of its branches what was used. A coupon \
        of a reversed redemption counts at no branch. A month shows 200 branches; the rest is one \
        row without a name. With `Accept: text/csv` it is a sheet.",
    roles: READERS,
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<MovementsAnswer>(200, "The report").or_csv()],
    problems: &[(404, &["not_found"])],
};

/// What gave and took points.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MovementsAnswer {
    /// When the run was requested.
    #[schema(value_type = String, format = "date-time")]
    pub as_of: Timestamp,
    /// The months from the first one with an entry, oldest first.
    pub months: Vec<MonthMovements>,
}

/// What gave and took points in one local month.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MonthMovements {
    pub month: String,
    /// The points of all members before the month, less the debt.
    pub opening: Points,
    /// Points earned by purchases.
    pub issued: Points,
    /// Points taken back by returns.
    pub clawed: Points,
    /// Points spent on coupons.
    pub redeemed: Points,
    /// Points that paid a part of a basket.
    pub paid: Points,
    /// Points that reversals gave back.
    pub restored: Points,
    /// Points that had paid and that returns gave back.
    pub given_back: Points,
    /// Points given by hand, gifts and fixes of claims included, less those taken.
    pub adjusted: Points,
    /// Points given by re-ratings, moves and merges, less those taken.
    pub corrected: Points,
    /// Points that expired unspent.
    pub expired: Points,
    /// The points of all members after the month, less the debt.
    pub closing: Points,
    pub branches: Vec<BranchMovements>,
}

/// What a branch gave and took in one local month.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BranchMovements {
    /// Null for all branches beyond the first 200 of the month.
    pub branch: Option<String>,
    /// Points earned by its purchases.
    pub issued: Points,
    /// Points taken back of its purchases.
    pub clawed: Points,
    /// What the coupons cost that it took.
    pub redeemed: Points,
    /// Points that paid a part of its baskets.
    pub paid: Points,
}

impl MovementsAnswer {
    /// Returns the report of a finished run.
    pub fn new(run: &Run, mut months: Months, zone: &TimeZone) -> Self {
        let mut opening = months.remove(&None).unwrap_or_default().net();
        let newest = Month::of(run.as_of, zone);
        let first = months.keys().flatten().min().map_or(newest, |first| *first);
        let mut answer = Self { as_of: run.as_of, months: Vec::new() };
        for number in first.0..=newest.0 {
            let month = Month(number);
            let sums = months.remove(&Some(month)).unwrap_or_default();
            let shown = MonthMovements::new(month, opening, sums);
            opening = shown.closing;
            answer.months.push(shown);
        }
        answer
    }
}

impl MonthMovements {
    fn new(month: Month, opening: Points, sums: MonthSums) -> Self {
        let closing = opening + sums.net();
        let others = (!sums.others.is_empty()).then(|| BranchMovements::new(None, &sums.others));
        let branches = sums.branches.iter().map(|(key, branch)| {
            BranchMovements::new(Some(branch.name.clone().unwrap_or_else(|| key.clone())), branch)
        });
        Self {
            month: month.name(),
            opening,
            issued: sums.issued,
            clawed: sums.clawed,
            redeemed: sums.redeemed,
            paid: sums.paid,
            restored: sums.restored,
            given_back: sums.given_back,
            adjusted: sums.adjusted,
            corrected: sums.corrected,
            expired: sums.expired,
            closing,
            branches: branches.chain(others).collect(),
        }
    }
}

impl BranchMovements {
    fn new(branch: Option<String>, sums: &BranchSums) -> Self {
        Self {
            branch,
            issued: sums.issued,
            clawed: sums.clawed,
            redeemed: sums.redeemed,
            paid: sums.paid,
        }
    }
}

#[cfg(test)]
mod tests {
    use puntos_domain::id::RunId;

    use super::*;

    #[test]
    fn months_without_entries_are_shown_and_each_opens_where_the_last_one_closed() {
        let run = Run::new(RunId::from_key("k"), "2026-04-30T22:00:00Z".parse().unwrap());
        let of = |issued, expired| {
            let (issued, expired) = (Points::new(issued), Points::new(expired));
            MonthSums { issued, expired, ..MonthSums::default() }
        };
        let mut february = of(100, 0);
        let others = BranchSums { issued: Points::new(40), ..BranchSums::default() };
        let one = BranchSums {
            name: Some("B1".to_owned()),
            issued: Points::new(60),
            ..BranchSums::default()
        };
        february.branches.insert("b1".to_owned(), one);
        february.others = others;
        let months = Months::from([
            (None, of(50, 20)),
            (Month::parse("2026-02"), february),
            (Month::parse("2026-04"), of(0, 25)),
        ]);
        let answer = MovementsAnswer::new(&run, months, &TimeZone::UTC);
        let found: Vec<(&str, i64, i64)> = answer
            .months
            .iter()
            .map(|month| (month.month.as_str(), month.opening.get(), month.closing.get()))
            .collect();
        let expected = [("2026-02", 30, 130), ("2026-03", 130, 130), ("2026-04", 130, 105)];
        assert_eq!(found, expected);
        let branches = answer.months[0].branches.iter();
        let branches: Vec<_> =
            branches.map(|branch| (branch.branch.as_deref(), branch.issued.get())).collect();
        assert_eq!(branches, [(Some("B1"), 60), (None, 40)]);
        // Nothing has moved yet.
        let empty = MovementsAnswer::new(&run, Months::new(), &TimeZone::UTC);
        assert_eq!((empty.months.len(), empty.months[0].closing.get()), (1, 0));
    }
}
