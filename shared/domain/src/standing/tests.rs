//! Tests of tiers over the months.

use serde_json::json;

use super::*;
use crate::program::tests::demo;

/// Returns the demo programme with silver from 100, gold from 300, and platinum from 1000.
fn rules(by: &str, window_months: u16, down: &str) -> ProgramVersion {
    let mut program = serde_json::to_value(demo().program).unwrap();
    let tier = |id: &str, threshold: i64| json!({"id": id, "name": id.to_uppercase(), "threshold": threshold});
    program["tiers"] = json!([tier("silver", 100), tier("gold", 300), tier("platinum", 1_000)]);
    program["tier_rule"] = json!({"by": by, "window_months": window_months, "down": down});
    let program: Program = serde_json::from_value(program).unwrap();
    ProgramVersion::new(1, program.checked(Timestamp::UNIX_EPOCH).unwrap())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn bought(rules: &ProgramVersion, on: &str, points: i64) -> MonthSum {
    MonthSum {
        month: Month::of(at(on), &rules.zone()),
        points: Points::new(points),
        spent_minor: points * 1_000,
    }
}

/// Returns a standing after purchases, each recorded when it was made.
fn after(rules: &ProgramVersion, purchases: &[(&str, i64)]) -> Standing {
    let mut standing = Standing::default();
    for (on, points) in purchases {
        standing.add(bought(rules, on, *points), rules, at(on));
    }
    standing
}

#[test]
fn a_purchase_lifts_at_once_and_counts_in_its_own_month() {
    let rules = rules("points", 2, "one_step");
    let mut standing = after(&rules, &[("2025-03-15T12:00:00Z", 99)]);
    assert_eq!(standing.tier_at(&rules, at("2025-03-15T12:00:00Z")), None);
    // A purchase of February that arrives in March counts in February.
    standing.add(bought(&rules, "2025-02-10T12:00:00Z", 300), &rules, at("2025-03-16T12:00:00Z"));
    assert_eq!(standing.tier_at(&rules, at("2025-03-16T12:00:00Z")).as_deref(), Some("gold"));
    // One of January is outside the window of February and March.
    let mut late = after(&rules, &[]);
    late.add(bought(&rules, "2025-01-10T12:00:00Z", 5_000), &rules, at("2025-03-16T12:00:00Z"));
    assert_eq!(late.tier_at(&rules, at("2025-03-16T12:00:00Z")), None);
}

#[test]
fn a_member_goes_down_at_the_local_start_of_a_month() {
    let purchases = [("2025-03-15T12:00:00Z", 1_000)];
    let table = [
        (
            "one_step",
            [
                ("2025-04-30T20:59:59Z", "platinum"),
                ("2025-04-30T21:00:00Z", "gold"),
                ("2025-05-31T21:00:00Z", "silver"),
                ("2025-06-30T21:00:00Z", ""),
                ("2035-06-30T21:00:00Z", ""),
            ],
        ),
        (
            "to_rule",
            [
                ("2025-04-30T20:59:59Z", "platinum"),
                ("2025-04-30T21:00:00Z", ""),
                ("2025-05-31T21:00:00Z", ""),
                ("2025-06-30T21:00:00Z", ""),
                ("2035-06-30T21:00:00Z", ""),
            ],
        ),
    ];
    for (down, expected) in table {
        let rules = rules("points", 2, down);
        let standing = after(&rules, &purchases);
        for (instant, tier) in expected {
            let held = standing.tier_at(&rules, at(instant)).unwrap_or_default();
            assert_eq!(held, tier, "{down} {instant}");
        }
    }
}

#[test]
fn a_return_takes_the_tier_that_the_window_no_longer_gives() {
    let rules = rules("spend", 12, "one_step");
    let mut standing =
        after(&rules, &[("2025-03-15T12:00:00Z", 150), ("2025-05-15T12:00:00Z", 150)]);
    let now = at("2025-06-01T12:00:00Z");
    // 300,000 minor units are beyond every threshold of this table.
    assert_eq!(standing.tier_at(&rules, now).as_deref(), Some("platinum"));
    let part = MonthSum { spent_minor: 299_600, ..bought(&rules, "2025-03-15T12:00:00Z", 0) };
    standing.subtract(part, &rules, now);
    assert_eq!(standing.tier_at(&rules, now).as_deref(), Some("gold"));
}

#[test]
fn the_answer_says_until_when_and_what_is_missing() {
    let rules = rules("points", 3, "one_step");
    let standing = after(&rules, &[("2025-03-15T12:00:00Z", 120)]);
    let answer = standing.answer(&rules, at("2025-04-01T12:00:00Z")).unwrap();
    assert_eq!((answer.id.as_deref(), answer.name.as_deref()), (Some("silver"), Some("SILVER")));
    assert_eq!(answer.until, Some(at("2025-05-31T21:00:00Z")));
    let next = |id: &str, name: &str, missing| {
        let (id, name) = (id.to_owned(), name.to_owned());
        Some(NextTier { id, name, missing, by: TierMeasure::Points })
    };
    assert_eq!(answer.next, next("gold", "GOLD", 180));
    let none = Standing::default().answer(&rules, at("2025-04-01T12:00:00Z")).unwrap();
    assert_eq!((none.id, none.until), (None, None));
    assert_eq!(none.next, next("silver", "SILVER", 100));
    assert_eq!(Standing::default().answer(&demo(), at("2025-04-01T12:00:00Z")), None);
}

#[test]
fn months_outside_the_window_are_forgotten() {
    let rules = rules("points", 12, "one_step");
    let mut standing = Standing::default();
    for month in 0..60 {
        let now = at("2020-01-15T12:00:00Z") + jiff::SignedDuration::from_hours(24 * 30 * month);
        let counted = MonthSum {
            month: Month::of(now, &rules.zone()),
            points: Points::new(10),
            spent_minor: 9,
        };
        standing.add(counted, &rules, now);
    }
    assert!(standing.months.len() <= 12, "{}", standing.months.len());
}

#[test]
fn each_change_is_told_once_with_its_time_and_until_when_it_holds() {
    let rules = rules("points", 2, "one_step");
    let mut standing = Standing::default();
    let change = |at_: &str, from: &str, to: &str, until: &str| TierChange {
        at: at(at_),
        from: Some(from.to_owned()).filter(|name| !name.is_empty()),
        to: Some(to.to_owned()).filter(|name| !name.is_empty()),
        until: Some(until).filter(|until| !until.is_empty()).map(at),
    };
    let mut buy = |on: &str, points: i64| standing.add(bought(&rules, on, points), &rules, at(on));
    assert_eq!(buy("2025-03-15T12:00:00Z", 99), []);
    let up = buy("2025-03-16T12:00:00Z", 201);
    let may = "2025-04-30T21:00:00Z";
    assert_eq!(up, [change("2025-03-16T12:00:00Z", "", "GOLD", may)]);
    assert_eq!(buy("2025-03-17T12:00:00Z", 1), [], "it holds");
    // Nothing counted in April and May: a step down with each month, recorded with the next entry.
    let found = buy("2025-06-10T12:00:00Z", 1_000);
    let expected = [
        change(may, "GOLD", "SILVER", "2025-05-31T21:00:00Z"),
        change("2025-05-31T21:00:00Z", "SILVER", "", ""),
        change("2025-06-10T12:00:00Z", "", "PLATINUM", "2025-07-31T21:00:00Z"),
    ];
    assert_eq!(found, expected);
    assert_eq!(standing.losses(&rules, at("2025-07-31T20:59:59Z")), []);
    let lost = standing.losses(&rules, at("2025-07-31T21:00:00Z"));
    assert_eq!(lost.iter().map(|loss| loss.at).collect::<Vec<_>>(), [at("2025-07-31T21:00:00Z")]);
    let taken = bought(&rules, "2025-06-10T12:00:00Z", 800);
    let down = standing.subtract(taken, &rules, at("2025-06-11T12:00:00Z"));
    let silver = change("2025-06-11T12:00:00Z", "PLATINUM", "SILVER", "2025-07-31T21:00:00Z");
    assert_eq!(down, [silver]);
}

#[test]
fn a_programme_without_tiers_tells_of_none() {
    let plain = demo();
    let mut standing = Standing::default();
    let counted = bought(&plain, "2025-03-15T12:00:00Z", 5_000);
    assert_eq!(standing.add(counted, &plain, at("2025-03-15T12:00:00Z")), []);
    assert_eq!(standing.losses(&plain, at("2026-03-15T12:00:00Z")), []);
}
