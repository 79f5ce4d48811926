//! Tests of what baskets earn, and of what they do not.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::basket::Share;
use super::points::rate;
use super::why_not::{WhyNot, not_applied};
use super::{Basket, BasketLine, Circumstances};
use crate::explanation::Explanation;
use crate::language::Language;
use crate::program::tests::demo;
use crate::program::{Program, ProgramVersion};

/// Returns the demo programme with these promotions and a silver tier of 1.5.
fn rules(promotions: Value) -> ProgramVersion {
    let mut program = serde_json::to_value(demo().program).unwrap();
    program["promotions"] = promotions;
    program["tiers"] =
        json!([{"id": "silver", "name": "Silver", "threshold": 100, "multiplier": "1.5"}]);
    let program: Program = serde_json::from_value(program).unwrap();
    ProgramVersion::new(7, program.checked(Timestamp::UNIX_EPOCH).unwrap())
}

fn promotion(id: &str, effect: Value, changed: Value) -> Value {
    let mut promotion = json!({"id": id, "name": id.to_uppercase(), "effect": effect});
    for (name, value) in changed.as_object().unwrap() {
        promotion[name] = value.clone();
    }
    promotion
}

fn times(id: &str, factor: &str, changed: Value) -> Value {
    promotion(id, json!({"multiplier": factor}), changed)
}

fn bonus(id: &str, points: i64, changed: Value) -> Value {
    promotion(id, json!({"bonus_points": points}), changed)
}

/// A basket of (sku, category, net) on a Tuesday in Moscow.
fn basket<'a>(lines: &[(&'a str, Option<&'a str>, i64)]) -> Basket<'a> {
    let total_minor = lines.iter().map(|(_, _, net)| net).sum();
    let lines = lines.iter().map(|(sku, category, net_minor)| BasketLine {
        sku: Some(sku),
        category: *category,
        net_minor: *net_minor,
    });
    Basket {
        branch: "b1".to_owned(),
        purchased_at: "2025-06-10T12:00:00Z".parse().unwrap(),
        total_minor,
        paid: Share { part: total_minor, whole: total_minor },
        points_paid_minor: 0,
        lines: lines.collect(),
    }
}

fn rows(explanation: &Explanation) -> Vec<(String, i64)> {
    let rows = explanation.in_language(Language::En).into_iter();
    rows.map(|row| (row.rule_id, row.points.get())).collect()
}

fn silver() -> Circumstances<'static> {
    Circumstances { tier: Some("silver"), used_up: &[] }
}

#[test]
fn the_highest_multiplier_of_each_line_wins_and_bonuses_add() {
    let rules = rules(json!([
        times("x2-dairy", "2", json!({"categories": ["dairy"]})),
        times("x3-milk", "3", json!({"skus": ["milk"]})),
        bonus("plus-5", 5, json!({"lowest_total": 100_000})),
        bonus("plus-7", 7, json!({"categories": ["wine"]})),
    ]));
    // P(1100.00) = 110: milk 300.00 three times, cheese 500.00 twice, the rest once.
    let bought = basket(&[
        ("milk", Some("dairy"), 30_000),
        ("cheese", Some("dairy"), 50_000),
        ("bread", None, 30_000),
    ]);
    let explanation = rate(&rules, &bought, Circumstances::default());
    let expected = [("earning-2", 110), ("x2-dairy", 50), ("x3-milk", 60), ("plus-5", 5)];
    assert_eq!(rows(&explanation), expected.map(|(id, points)| (id.to_owned(), points)));
    assert_eq!(explanation.points().get(), 225);
    // The tier's 1.5 wins where no promotion gives more: 110 · 0.5 · 300/1100 = 15.
    let of_silver = rate(&rules, &bought, silver());
    assert!(rows(&of_silver).contains(&("tier".to_owned(), 15)), "{of_silver:?}");
    assert_eq!(of_silver.points().get(), 240);
    assert_eq!(of_silver.tier.as_deref(), Some("silver"));
}

#[test]
fn fractions_are_exact_and_the_rows_add_up_by_the_largest_remainder() {
    // P(1000.00) = 50 over three lines: a half of 50 · 333.33/1000 = 8.33, and so on: 25 in all.
    let rules = rules(json!([
        times("a", "1.5", json!({"skus": ["a"]})),
        times("b", "1.5", json!({"skus": ["b"]})),
        times("c", "1.5", json!({"skus": ["c"]})),
    ]));
    let bought = basket(&[("a", None, 33_333), ("b", None, 33_333), ("c", None, 33_334)]);
    let explanation = rate(&rules, &bought, Circumstances::default());
    let points: Vec<i64> = explanation.rows.iter().map(|row| row.points.get()).collect();
    assert_eq!(points, [50, 8, 8, 9]);
}

#[test]
fn what_is_paid_with_points_lowers_the_base_of_every_line() {
    let rules = rules(json!([times("x2", "2", json!({"skus": ["milk"]}))]));
    let mut bought = basket(&[("milk", None, 60_000), ("bread", None, 60_000)]);
    bought.paid = Share { part: 90_000, whole: 120_000 };
    bought.points_paid_minor = 30_000;
    // base = 900.00 → 45; half of it is milk: 22.5 more, one floor.
    let explanation = rate(&rules, &bought, Circumstances::default());
    assert_eq!(explanation.points().get(), 67);
    let row = explanation.in_language(Language::En).pop().unwrap();
    assert_eq!((row.rule_id.as_str(), row.base.amount), ("paid-with-points", 30_000));
}

#[test]
fn a_promotion_gives_at_most_its_points_max() {
    let rules = rules(json!([
        times("x10", "10", json!({"points_max": 30})),
        bonus("plus", 50, json!({"points_max": 20})),
    ]));
    let explanation = rate(&rules, &basket(&[("milk", None, 50_000)]), Circumstances::default());
    assert_eq!(explanation.points().get(), 25 + 30 + 20);
}

#[test]
fn a_base_of_nothing_earns_nothing_at_all() {
    let rules = rules(json!([bonus("plus", 50, json!({}))]));
    for (lines, expected) in [
        (vec![("milk", None, 0)], 0),
        (vec![("gift-card", None, 90_000)], 0),
        (vec![("milk", None, 1)], 50),
    ] {
        let explanation = rate(&rules, &basket(&lines), Circumstances::default());
        assert_eq!(explanation.points().get(), expected, "{lines:?}");
    }
}

#[test]
fn why_a_promotion_gave_nothing_is_the_first_condition_that_failed() {
    let used_up = ["p".to_owned()];
    let of = |tier, used_up| Circumstances { tier, used_up };
    let none: &[String] = &[];
    use WhyNot::{Branch, Category, Limit, LowestTotal, Outbid, Sku, Tier, Weekday, Window};
    let table = [
        (json!({"from": "2025-06-10T12:00:01Z"}), of(None, none), Window),
        (json!({"until": "2025-06-10T12:00:00Z", "branches": ["b2"]}), of(None, none), Window),
        (json!({"branches": ["b2"], "skus": ["x"]}), of(None, none), Branch),
        (json!({"skus": ["x"], "tiers": ["silver"]}), of(None, none), Sku),
        (json!({"categories": ["x"], "weekdays": ["mon"]}), of(None, none), Category),
        (json!({"tiers": ["silver"], "weekdays": ["mon"]}), of(None, none), Tier),
        (json!({"weekdays": ["mon", "sun"], "lowest_total": 999_999}), of(None, none), Weekday),
        (json!({"lowest_total": 50_001}), of(None, &used_up), LowestTotal),
        (json!({"once": "member"}), of(None, &used_up), Limit),
        (json!({"branches": ["B1 "], "weekdays": ["tue"]}), of(None, none), Outbid),
    ];
    for (changed, of_member, expected) in table {
        let mut promotions = vec![times("p", "2", changed.clone())];
        if expected == Outbid {
            promotions.push(times("higher", "3", json!({})));
        }
        let rules = rules(json!(promotions));
        let bought = basket(&[("milk", Some("dairy"), 50_000)]);
        let explanation = rate(&rules, &bought, of_member);
        let lost = not_applied(&rules, &bought, of_member, &explanation);
        assert_eq!(lost.len(), 1, "{changed}");
        assert_eq!((lost[0].rule_id.as_str(), lost[0].reason), ("p", expected), "{changed}");
        let kept_out = if expected == Limit { &used_up[..] } else { &[] };
        assert_eq!(explanation.limited, kept_out, "{changed}");
    }
    // Too little for the table: there is nothing to multiply.
    let rules = rules(json!([times("p", "2", json!({}))]));
    let bought = basket(&[("milk", None, 9_999)]);
    let explanation = rate(&rules, &bought, of(None, none));
    assert_eq!(not_applied(&rules, &bought, of(None, none), &explanation)[0].reason, LowestTotal);
}

#[test]
fn the_largest_amounts_do_not_overflow() {
    let rules = rules(json!([times("x100", "100", json!({}))]));
    let most = crate::money::AMOUNT_MAX_MINOR;
    let explanation = rate(&rules, &basket(&[("milk", None, most)]), Circumstances::default());
    assert_eq!(explanation.points().get(), most / 10_000 * 10 * 100);
}

proptest! {
    /// Held against the formula of the contract, in fractions of one denominator.
    #[test]
    fn points_follow_the_formula(
        nets in proptest::collection::vec(0_i64..200_000, 1..6),
        factors in proptest::collection::vec(1_001_u32..5_000, 6),
        paid_percent in 0_i64..=100, added in 0_i64..50, is_silver: bool,
    ) {
        let names = ["0", "1", "2", "3", "4", "5"];
        let factor = |place: usize| format!("{}.{:03}", factors[place] / 1_000, factors[place] % 1_000);
        let mut promotions: Vec<Value> =
            (0..5).map(|place| times(&place.to_string(), &factor(place), json!({"skus": [names[place]]}))).collect();
        if added > 0 {
            promotions.push(bonus("bonus", added, json!({})));
        }
        let rules = rules(json!(promotions));
        let lines: Vec<_> = nets.iter().enumerate().map(|(place, net)| (names[place], None, *net)).collect();
        let mut bought = basket(&lines);
        let total = bought.total_minor;
        let paid = total * paid_percent / 100;
        bought.paid = Share { part: total - paid, whole: total };
        let of_member = if is_silver { silver() } else { Circumstances::default() };
        let explanation = rate(&rules, &bought, of_member);
        let base = if total == 0 { 0 } else { total - paid };
        let of_table: i64 =
            rules.program.earning.rows(base).iter().map(|row| row.points.get()).sum();
        let least = if is_silver { 1_500 } else { 1_000 };
        let more: i128 = nets.iter().enumerate()
            .map(|(place, net)| i128::from(factors[place].max(least) - 1_000) * i128::from(*net))
            .sum();
        let expected = match base {
            0 => 0,
            _ => i128::from(of_table) + i128::from(of_table) * more / (1_000 * i128::from(total)) + i128::from(added),
        };
        prop_assert_eq!(i128::from(explanation.points().get()), expected);
        prop_assert_eq!(rows(&explanation).iter().map(|(_, points)| points).sum::<i64>(), explanation.points().get());
    }

    #[test]
    fn more_spend_never_earns_less_in_a_marginal_table(one in 0_i64..500_000, more in 0_i64..500_000) {
        let mut program = rules(json!([times("x2", "2.5", json!({})), bonus("b", 9, json!({"lowest_total": 10_000}))])).program;
        program.earning.mode = super::Mode::Marginal;
        let rules = ProgramVersion::new(1, program);
        let points = |net| rate(&rules, &basket(&[("milk", None, net)]), silver()).points();
        prop_assert!(points(one + more) >= points(one));
    }
}
