//! Tests of the programme.

use serde_json::json;

use super::*;

type Change = fn(&mut Program);

/// Returns the programme that the local stack starts with.
pub(crate) fn demo() -> ProgramVersion {
    let program: Program = serde_json::from_value(serde_json::json!({
        "time_zone": "Europe/Moscow", "currency": "RUB", "locale": "ru", "pending_days": 0,
        "expiry": {"months": 12, "align": "month_end"}, "effective_from": "2020-01-01T00:00:00Z",
        "earning": {"mode": "slab", "step_amount": 10000, "brackets": [
            {"up_to": 100000, "points_per_step": 5}, {"up_to": null, "points_per_step": 10}]},
        "excluded": {"skus": ["gift-card"], "categories": ["tobacco"]}, "promotions": []
    }))
    .unwrap();
    ProgramVersion::new(1, program.checked(Timestamp::UNIX_EPOCH).unwrap())
}

fn money(amount: i64, currency: &str) -> Money {
    Money { amount, currency: currency.to_owned().try_into().unwrap() }
}

#[test]
fn the_version_in_force_is_the_latest_begun() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let head = ProgramHead {
        newest: 4,
        effective_from: vec![
            at("2024-01-01T00:00:00Z"),
            at("2025-01-01T00:00:00Z"),
            at("2024-06-01T00:00:00Z"),
            at("2025-01-01T00:00:00Z"),
        ],
        withdrawn: vec![],
    };
    let table = [
        ("2020-01-01T00:00:00Z", 1),
        ("2024-01-01T00:00:00Z", 1),
        ("2024-05-31T23:59:59Z", 1),
        ("2024-06-01T00:00:00Z", 3),
        ("2025-01-01T00:00:00Z", 4),
    ];
    for (instant, version) in table {
        assert_eq!(head.version_at(at(instant)), version, "{instant}");
    }
}

#[test]
fn a_version_is_withdrawn_before_it_begins_and_never_counts_again() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let head = ProgramHead {
        newest: 3,
        effective_from: vec![
            at("2025-01-01T00:00:00Z"),
            at("2025-03-01T00:00:00Z"),
            at("2025-02-01T00:00:00Z"),
        ],
        withdrawn: vec![],
    };
    let now = at("2025-01-15T00:00:00Z");
    for (version, refusal) in [
        (0, WithdrawalRefused::Unknown),
        (4, WithdrawalRefused::Unknown),
        (1, WithdrawalRefused::Begun),
    ] {
        assert_eq!(head.without(version, now), Err(refusal), "{version}");
    }
    let left = head.without(3, now).unwrap().unwrap();
    assert_eq!((left.newest, left.newest_valid()), (3, 2));
    assert_eq!(left.version_at(at("2025-02-01T00:00:00Z")), 1);
    assert_eq!(left.version_at(at("2025-03-01T00:00:00Z")), 2);
    assert_eq!(left.without(3, at("2026-01-01T00:00:00Z")), Ok(None));
    let dates = ["2025-01-15T00:00:00Z", "2025-02-01T00:00:00Z", "2025-03-01T00:00:00Z"];
    assert_eq!(dates.map(|date| head.newest_begun(at(date))), [1, 3, 3]);
    assert_eq!(dates.map(|date| left.newest_begun(at(date))), [1, 1, 2]);
    // A version begins at its instant.
    assert_eq!(left.without(2, at("2025-03-01T00:00:00Z")), Err(WithdrawalRefused::Begun));
    // Before the first version begins, it is in force all the same.
    let early = at("2024-01-01T00:00:00Z");
    assert_eq!(left.without(1, early), Err(WithdrawalRefused::Begun));
    let only_first = left.without(2, early).unwrap().unwrap();
    assert_eq!(only_first.without(1, early), Err(WithdrawalRefused::Begun));
    assert_eq!((only_first.newest_valid(), only_first.version_at(now)), (1, 1));
}

#[test]
fn what_cannot_be_kept_is_refused_with_its_place() {
    let refused = |change: fn(&mut Program)| {
        let mut program = demo().program;
        change(&mut program);
        program.checked(Timestamp::UNIX_EPOCH).map_err(|errors| errors[0].field.clone()).err()
    };
    assert_eq!(refused(|_| ()), None);
    let table: [(Change, &str); 9] = [
        (|program| program.time_zone = "Mars/Olympus".into(), "time_zone"),
        (|program| program.locale = "!".into(), "locale"),
        (|program| program.pending_days = 400, "pending_days"),
        (|program| program.excluded.skus.push(String::new()), "excluded.skus[1]"),
        (
            |program| program.agent_limits.points_per_day = Points::new(-1),
            "agent_limits.points_per_day",
        ),
        (|program| program.agent_limits.worth_per_call = -1, "agent_limits.worth_per_call"),
        (|program| program.gift_valid_days = 0, "gift_valid_days"),
        (|program| program.gift_worth = Some(money(-1, "RUB")), "gift_worth.amount"),
        (|program| program.gift_worth = Some(money(1, "EUR")), "gift_worth.currency"),
    ];
    for (change, field) in table {
        assert_eq!(refused(change).as_deref(), Some(field));
    }
}

/// Returns the place of the first refusal of a programme with this change, as JSON merged into the demo.
fn refused(changed: serde_json::Value) -> Option<String> {
    let mut program = serde_json::to_value(demo().program).unwrap();
    for (name, value) in changed.as_object().unwrap() {
        program[name] = value.clone();
    }
    let program: Program = serde_json::from_value(program).unwrap();
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    program.checked(now).map_err(|errors| errors[0].field.clone()).err()
}

#[test]
fn promotions_that_cannot_apply_are_refused_with_their_place() {
    let tiers = json!([{"id": "silver", "name": "Silver", "threshold": 100}]);
    let promotion = |changed: serde_json::Value| {
        let mut promotion = json!({"id": "p", "name": "P", "effect": {"multiplier": "2"}});
        for (name, value) in changed.as_object().unwrap() {
            promotion[name] = value.clone();
        }
        refused(json!({"tiers": tiers, "promotions": [promotion]}))
    };
    assert_eq!(promotion(json!({})), None);
    assert_eq!(promotion(json!({"tiers": ["silver"], "weekdays": ["mon"], "once": "day"})), None);
    let table = [
        (json!({"id": ""}), "id"),
        (json!({"name": " "}), "name"),
        (json!({"from": "2026-02-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}), "until"),
        (json!({"until": "2020-01-01T00:00:00Z"}), "until"),
        (json!({"skus": ["gift-card"]}), "skus"),
        (json!({"categories": ["tobacco"]}), "categories"),
        (json!({"tiers": ["gold"]}), "tiers[0]"),
        (json!({"lowest_total": -1}), "lowest_total"),
        (json!({"points_max": 0}), "points_max"),
        (json!({"effect": {"multiplier": "1"}}), "effect.multiplier"),
        (json!({"effect": {"bonus_points": 0}}), "effect.bonus_points"),
    ];
    for (changed, field) in table {
        assert_eq!(promotion(changed.clone()), Some(format!("promotions[0].{field}")), "{changed}");
    }
    let one = json!({"id": "p", "name": "P", "effect": {"bonus_points": 5}});
    assert_eq!(refused(json!({"promotions": [one, one]})).as_deref(), Some("promotions[1].id"));
    let once = |n: usize| json!({"id": n.to_string(), "name": "P", "once": "member", "effect": {"bonus_points": 5}});
    let many: Vec<serde_json::Value> = (0..11).map(once).collect();
    assert_eq!(refused(json!({"promotions": many})).as_deref(), Some("promotions"));
}

#[test]
fn tiers_rise_and_payment_has_bounds() {
    let tier = |id: &str, threshold: i64| json!({"id": id, "name": id, "threshold": threshold});
    let table = [
        (json!({"tiers": [tier("a", 0)]}), "tiers[0].threshold"),
        (json!({"tiers": [tier("a", 5), tier("b", 5)]}), "tiers[1].threshold"),
        (json!({"tiers": [tier("a", 5), tier("a", 6)]}), "tiers[1].id"),
        (
            json!({"tier_rule": {"by": "spend", "window_months": 25, "down": "to_rule"}}),
            "tier_rule.window_months",
        ),
        (
            json!({"payment": {"amount_per_point": 0, "basket_percent_max": 50, "reservation_minutes": 30}}),
            "payment.amount_per_point",
        ),
        (
            json!({"payment": {"amount_per_point": 1, "basket_percent_max": 101, "reservation_minutes": 30}}),
            "payment.basket_percent_max",
        ),
        (
            json!({"value": {"amount_per_point": 1, "expected_redemption_percent": 101}}),
            "value.expected_redemption_percent",
        ),
    ];
    for (changed, field) in table {
        assert_eq!(refused(changed.clone()).as_deref(), Some(field), "{changed}");
    }
}
