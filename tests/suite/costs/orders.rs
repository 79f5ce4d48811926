//! The cost of a purchase that starts a care cycle: the till's request costs one index entry more.

use puntos_tests::World;
use serde_json::{Value, json};

use super::meter::{Cost, Meter};
use super::operations::{basket, print};

fn at_most(name: &str, cost: Cost, requests: u32, read: f64, write: f64) {
    print(&format!("| {name} | {cost} |"));
    let within = cost.requests() <= requests && cost.read <= read && cost.write <= write;
    assert!(within, "{name}: {cost:?} is beyond {requests}, {read}, {write}");
}

async fn start_cycles(world: &World) {
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = Value::Null;
    program["care"]["purchases_start_cycles"] = json!(true);
    let _ = world.admin.put("/v1/program", program).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_that_starts_a_cycle_costs_the_till_one_index_entry_more() {
    let (world, meter) = Meter::world().await;
    start_cycles(&world).await;
    let member = world.member_id().await;
    let mut body = basket(&world, 7);
    body["member_id"] = json!(member);
    world.settle().await;
    meter.reset();
    let _ = world.pos.post("/v1/purchases", body, None).await.expect(201);
    world.settle().await;
    at_most("accrual, 7 lines, starts a cycle", meter.of("accrue-points"), 2, 2.0, 6.0);
    at_most("— its relay", meter.of("relay-changes"), 1, 0.0, 0.0);
    assert_eq!(meter.of("relay-changes").queue, 1);
    at_most("— its cycle", meter.of("track-orders"), 2, 4.0, 5.0);
}
