//! A re-rate pays for the purchases that change, and a dry run or a second re-rate writes only its own item.

use puntos_tests::World;
use serde_json::{Value, json};

use super::meter::{Cost, Meter};
use super::operations::{basket, print};

const MEMBERS: usize = 5;
const PURCHASES: usize = 4;

/// Returns the cost of a re-rate of everything.
async fn measured(world: &World, meter: &Meter, dry_run: bool, key: &str) -> Cost {
    meter.reset();
    let body = json!({"dry_run": dry_run, "from": "2020-01-01", "to": "2099-12-31"});
    let ordered = world.admin.post("/v1/program/rerates", body, Some(key)).await.expect(202);
    world.settle().await;
    let cost = meter.of("rerate-purchases");
    let path = format!("/v1/program/rerates/{}", ordered.text("rerate_id"));
    assert_eq!(world.admin.get(&path).await.expect(200).text("status"), "finished");
    cost
}

/// Returns a basket of seven lines that earns points.
fn dear_basket(world: &World, member: &str) -> Value {
    let mut bought = basket(world, 7);
    let dear = |amount: &mut Value| *amount = json!(amount.as_i64().expect("an amount") * 100);
    dear(&mut bought["total"]["amount"]);
    for line in bought["lines"].as_array_mut().expect("lines") {
        dear(&mut line["amount"]["amount"]);
    }
    bought["member_id"] = json!(member);
    bought
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_purchase_costs_at_most_eight_units() {
    let (world, meter) = Meter::world().await;
    for _ in 0..MEMBERS {
        let member = world.member_id().await;
        for _ in 0..PURCHASES {
            let bought = dear_basket(&world, &member);
            let _ = world.pos.post("/v1/purchases", bought, None).await.expect(201);
        }
    }
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = Value::Null;
    program["promotions"] = json!([{"id": "x3", "name": "Triple", "effect": {"multiplier": "3"}}]);
    let _ = world.admin.put("/v1/program", program).await.expect(200);
    world.settle().await;
    let dry = measured(&world, &meter, true, "dry").await;
    let apply = measured(&world, &meter, false, "apply").await;
    let again = measured(&world, &meter, false, "again").await;
    print(&format!("dry run: {dry}\nre-rate: {apply}\nagain: {again}\n"));
    let changed = (MEMBERS * PURCHASES) as f64;
    let each = (apply.write - again.write) / changed;
    assert!(each > 6.0 && each <= 8.0, "{each} units for each: {apply:?} {again:?}");
    // The order, and one segment or two with the entry of the work index.
    assert!(dry.write <= 12.0 && again.write <= 12.0, "{dry:?} {again:?}");
}
