//! How long a basket takes to be rated: 20 lines against 100 promotions, of which some apply.
//!
//! Beside it the next best design: each line asks each promotion. It finds only the multipliers, so it does
//! less than the whole engine. Run it with `cargo bench -p puntos-domain`.

use std::hint::black_box;

use jiff::Timestamp;
use puntos_domain::earning::basket::Share;
use puntos_domain::earning::{Basket, BasketLine, Circumstances, points};
use puntos_domain::program::{Effect, Multiplier, Program, ProgramVersion, Promotion};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

/// Returns one of five kinds of promotions by its place.
fn promotion(place: usize) -> Value {
    let factor = format!("1.{:03}", 100 + place);
    let mut promotion = json!({
        "id": format!("p{place}"), "name": "Promotion", "effect": {"multiplier": factor},
        "from": "2025-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z",
    });
    match place % 5 {
        0 => promotion["until"] = json!("2025-02-01T00:00:00Z"),
        1 => {
            promotion["skus"] =
                json!((0..5).map(|n| format!("sku-{}", place + n)).collect::<Vec<_>>())
        }
        2 => promotion["categories"] = json!([format!("category-{}", place % 8)]),
        3 => promotion["branches"] = json!(["elsewhere"]),
        _ => {
            promotion["effect"] = json!({"bonus_points": 5});
            promotion["lowest_total"] = json!(1_000_000_000);
        }
    }
    promotion
}

fn version() -> ProgramVersion {
    let program: Program = serde_json::from_value(json!({
        "time_zone": "Europe/Moscow", "currency": "RUB", "locale": "ru",
        "earning": {"mode": "slab", "step_amount": 10_000, "brackets": [
            {"up_to": 100_000, "points_per_step": 5}, {"up_to": null, "points_per_step": 10}]},
        "promotions": (0..100).map(promotion).collect::<Vec<_>>(),
        "tiers": [{"id": "silver", "name": "Silver", "threshold": 100, "multiplier": "1.05"}],
    }))
    .expect("a programme");
    ProgramVersion::new(1, program.checked(Timestamp::UNIX_EPOCH).expect("a good programme"))
}

fn names() -> Vec<(String, String)> {
    (0..20)
        .map(|place| (format!("sku-{}", place * 4), format!("category-{}", place % 10)))
        .collect()
}

fn basket(names: &[(String, String)]) -> Basket<'_> {
    let lines = names.iter().map(|(sku, category)| BasketLine {
        sku: Some(sku),
        category: Some(category),
        net_minor: 7_990,
    });
    Basket {
        branch: "b1".to_owned(),
        purchased_at: "2025-06-10T12:00:00Z".parse().expect("a time"),
        total_minor: 20 * 7_990,
        paid: Share { part: 20 * 7_990, whole: 20 * 7_990 },
        points_paid_minor: 0,
        lines: lines.collect(),
    }
}

#[divan::bench]
fn twenty_lines_and_a_hundred_promotions(bencher: divan::Bencher<'_, '_>) {
    let (version, names) = (version(), names());
    let basket = basket(&names);
    let of_member = Circumstances { tier: Some("silver"), used_up: &[] };
    bencher.bench_local(|| points::rate(black_box(&version), black_box(&basket), of_member));
}

#[divan::bench]
fn each_line_asks_each_promotion(bencher: divan::Bencher<'_, '_>) {
    let (version, names) = (version(), names());
    let basket = basket(&names);
    bencher.bench_local(|| {
        let promotions = black_box(&version.program.promotions);
        let best = |line: &BasketLine<'_>| {
            let holding = promotions.iter().filter(|promotion| applies(promotion, &basket, line));
            holding.filter_map(factor).max()
        };
        black_box(&basket).lines.iter().map(best).collect::<Vec<_>>()
    });
}

fn factor(promotion: &Promotion) -> Option<Multiplier> {
    match promotion.effect {
        Effect::Multiplier(factor) => Some(factor),
        Effect::BonusPoints(_) => None,
    }
}

fn applies(promotion: &Promotion, basket: &Basket<'_>, line: &BasketLine<'_>) -> bool {
    let at = basket.purchased_at;
    let is_listed = |list: &[String], name: Option<&str>| {
        name.is_some_and(|name| list.iter().any(|listed| listed == name))
    };
    promotion.from.is_none_or(|from| from <= at)
        && promotion.until.is_none_or(|until| at < until)
        && (promotion.branches.is_empty() || is_listed(&promotion.branches, Some(&basket.branch)))
        && promotion.lowest_total.is_none_or(|lowest| lowest <= basket.total_minor)
        && (promotion.skus.is_empty() && promotion.categories.is_empty()
            || is_listed(&promotion.skus, line.sku)
            || is_listed(&promotion.categories, line.category))
}
