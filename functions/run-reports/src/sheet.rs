//! Reports as sheets of comma-separated values. Amounts are in minor units, as in JSON.

use puntos_api::reports::{LiabilityAnswer, MonthMovements, MovementsAnswer};
use puntos_domain::money::Money;
use puntos_domain::points::Points;
use puntos_runtime::sheet::{self, Row, safe};

/// Returns the sheet of the liability: a row for each figure, then a row for each month.
pub(crate) fn liability(report: &LiabilityAnswer) -> String {
    let header = ["row", "at", "points", "amount", "currency"];
    let row = |name: &str, points: Option<Points>, money: Option<&Money>| -> Row {
        let mut row = vec![("row", name.to_owned())];
        row.extend(points.map(|points| ("points", points.to_string())));
        if let Some(money) = money {
            row.push(("amount", money.amount.to_string()));
            row.push(("currency", money.currency.to_string()));
        }
        row
    };
    let mut rows = vec![
        vec![("row", "as_of".to_owned()), ("at", report.as_of.to_string())],
        row("outstanding", Some(report.outstanding), None),
        row("pending", Some(report.pending), None),
        row("debt", Some(report.debt), None),
        row("value", None, report.value.as_ref()),
        row("expected", None, report.expected.as_ref()),
        row("breakage", report.breakage_points, None),
    ];
    rows.extend(report.expiring.iter().map(|expiring| {
        let mut row = row("expiring", Some(expiring.points), expiring.money.as_ref());
        row.push(("at", expiring.month.clone()));
        row
    }));
    sheet::of(&header, &rows)
}

/// Returns the sheet of the movements: a row for each month, followed by a row for each of its branches.
pub(crate) fn movements(report: &MovementsAnswer) -> String {
    let header = [
        "row",
        "month",
        "branch",
        "opening",
        "issued",
        "clawed",
        "redeemed",
        "paid",
        "restored",
        "given_back",
        "adjusted",
        "corrected",
        "expired",
        "closing",
    ];
    sheet::of(&header, &report.months.iter().flat_map(of_month).collect::<Vec<_>>())
}

fn of_month(month: &MonthMovements) -> Vec<Row> {
    let mut rows = vec![vec![
        ("row", "month".to_owned()),
        ("month", month.month.clone()),
        ("opening", month.opening.to_string()),
        ("issued", month.issued.to_string()),
        ("clawed", month.clawed.to_string()),
        ("redeemed", month.redeemed.to_string()),
        ("paid", month.paid.to_string()),
        ("restored", month.restored.to_string()),
        ("given_back", month.given_back.to_string()),
        ("adjusted", month.adjusted.to_string()),
        ("corrected", month.corrected.to_string()),
        ("expired", month.expired.to_string()),
        ("closing", month.closing.to_string()),
    ]];
    rows.extend(month.branches.iter().map(|branch| {
        vec![
            ("row", "branch".to_owned()),
            ("month", month.month.clone()),
            ("branch", safe(branch.branch.as_deref().unwrap_or_default())),
            ("issued", branch.issued.to_string()),
            ("clawed", branch.clawed.to_string()),
            ("redeemed", branch.redeemed.to_string()),
            ("paid", branch.paid.to_string()),
        ]
    }));
    rows
}
