//! What holds for points after any history: each balance is the sum of its entries, each chain is whole, and
//! the reports explain every point.
//!
//! The histories of this module have every operation that moves points, and faults of the wire. No model
//! follows them; the histories of `model` have one.

mod histories;
mod steps;

use puntos_tests::World;
use serde_json::{Value, json};

/// Checks the ledgers of these members, who are all members of the world.
pub(crate) async fn check(world: &World, member_ids: impl Iterator<Item = &String>) {
    let run = world.admin.post("/v1/reports/runs", json!({}), Some("closing")).await;
    let _ = run.expect(202);
    world.settle().await;
    let report = world.admin.get("/v1/reports/reconcile").await.expect(200);
    assert_eq!(report.at("chain"), "whole", "{report:?}");
    assert_eq!((report.number("difference"), report.number("unproven")), (0, 0), "{report:?}");
    let mut all_held = 0;
    for member_id in member_ids {
        let path = format!("/v1/members/{member_id}");
        let page = world.agent.get(&path).await.expect(200);
        let of = |name: &str| page.number(&format!("balance.{name}"));
        let held = of("available") + of("pending") + of("reserved") - of("debt");
        all_held += held;
        let path = format!("{path}/statement?from=2000-01-01");
        let statement = world.agent.get(&path).await.expect(200);
        let entries = statement.at("entries").as_array().unwrap().iter();
        let sum: i64 = entries.map(|entry| entry["points"].as_i64().unwrap()).sum();
        let ends = (statement.number("opening"), sum, statement.number("closing"));
        assert_eq!(ends, (0, held, held), "{statement:?}");
    }
    check_reports(world, all_held).await;
}

/// The reports add up: the liability is what members hold, and the movements explain all of it.
async fn check_reports(world: &World, held: i64) {
    let liability = world.admin.get("/v1/reports/liability").await.expect(200);
    let of = |name: &str| liability.number(name);
    assert_eq!(of("outstanding") + of("pending") - of("debt"), held, "{liability:?}");
    let movements = world.admin.get("/v1/reports/movements").await.expect(200);
    let months = movements.at("months").as_array().unwrap();
    let number = |row: &Value, name: &str| row[name].as_i64().unwrap();
    let mut points = number(&months[0], "opening");
    for month in months {
        assert_eq!(number(month, "opening"), points, "{movements:?}");
        for given in ["issued", "restored", "given_back", "adjusted", "corrected"] {
            points += number(month, given);
        }
        for taken in ["clawed", "redeemed", "paid", "expired"] {
            points -= number(month, taken);
        }
        assert_eq!(number(month, "closing"), points, "{movements:?}");
        for name in ["issued", "clawed", "paid"] {
            let branches = month["branches"].as_array().unwrap().iter();
            let of_branches: i64 = branches.map(|branch| number(branch, name)).sum();
            assert_eq!(of_branches, number(month, name), "{name} of {month}");
        }
    }
    assert_eq!(points, held, "{movements:?}");
}
