//! A re-rate or a preview as a sheet: the totals, then a row for each branch, tier, promotion and example.

use puntos_api::comparisons::{ComparisonAnswer, PreviewReportAnswer, RerateReportAnswer};
use puntos_domain::comparison::ComparedPart;
use puntos_runtime::sheet::{self, Row, safe};

const HEADER: [&str; 9] = [
    "row",
    "id",
    "member_id",
    "members",
    "purchases",
    "points_now",
    "points_then",
    "points",
    "status",
];

pub(crate) fn of_rerate(rerate: &RerateReportAnswer) -> String {
    let mut rows = totals(&rerate.comparison);
    for (name, points) in [
        ("given", rerate.given),
        ("clawed", rerate.clawed),
        ("forgiven", rerate.forgiven),
        ("let_go", rerate.let_go),
    ] {
        rows.push(vec![("row", name.to_owned()), ("points", points.to_string())]);
    }
    let told = rerate.members_told.to_string();
    rows.push(vec![("row", "members_told".to_owned()), ("members", told)]);
    rows.extend(details(&rerate.comparison));
    sheet::of(&HEADER, &rows)
}

pub(crate) fn of_preview(preview: &PreviewReportAnswer) -> String {
    let mut rows = totals(&preview.comparison);
    rows.extend(details(&preview.comparison));
    sheet::of(&HEADER, &rows)
}

fn totals(comparison: &ComparisonAnswer) -> Vec<Row> {
    let total = vec![
        ("row", "total".to_owned()),
        ("purchases", comparison.purchases.to_string()),
        ("points_now", comparison.points_now.to_string()),
        ("points_then", comparison.points_then.to_string()),
        ("points", (comparison.points_then - comparison.points_now).to_string()),
        ("status", comparison.status.name().to_owned()),
    ];
    let mut rows = vec![total];
    for (name, side) in [("more", comparison.more), ("less", comparison.less)] {
        rows.push(vec![
            ("row", name.to_owned()),
            ("members", side.members.to_string()),
            ("points", side.points.to_string()),
        ]);
    }
    rows
}

fn details(comparison: &ComparisonAnswer) -> impl Iterator<Item = Row> {
    let parts = |name: &'static str, parts: &[ComparedPart]| {
        parts.iter().map(|part| part_row(name, part)).collect::<Vec<Row>>()
    };
    let examples = comparison.examples.iter().map(|example| {
        vec![
            ("row", "example".to_owned()),
            ("id", example.purchase_id.to_string()),
            ("member_id", example.member_id.to_string()),
            ("points_now", example.points_now.to_string()),
            ("points_then", example.points_then.to_string()),
            ("points", (example.points_then - example.points_now).to_string()),
        ]
    });
    parts("branch", &comparison.by_branch)
        .into_iter()
        .chain(parts("tier", &comparison.by_tier))
        .chain(parts("promotion", &comparison.by_promotion))
        .chain(examples)
}

fn part_row(name: &str, part: &ComparedPart) -> Row {
    vec![
        ("row", name.to_owned()),
        ("id", safe(part.id.as_deref().unwrap_or_default())),
        ("purchases", part.purchases.to_string()),
        ("points", part.points.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use puntos_domain::points::Points;

    #[test]
    fn a_branch_is_no_formula() {
        let part =
            ComparedPart { id: Some("=1+1".to_owned()), purchases: 2, points: Points::new(-3) };
        let sheet = sheet::of(&HEADER, &[part_row("branch", &part)]);
        assert_eq!(sheet.lines().nth(1), Some("branch,'=1+1,,,2,,,-3,"));
    }
}
