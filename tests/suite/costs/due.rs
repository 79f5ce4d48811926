//! The cost of the hourly run depends on the number of due items, not on the number of members.
//!
//! `PUNTOS_DUE_MEMBERS=100000` measures another number of members in addition to the usual two.

use std::collections::HashMap;
use std::fmt::Write;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures::{StreamExt, stream};
use puntos_domain::id::MemberId;
use puntos_store::keys::{Key, due_queue};
use puntos_tests::World;
use puntos_tests::orders::{run_at, send};
use serde_json::json;

use super::meter::{Cost, Meter};
use super::operations::print;

/// How many members have something due.
const DUE: usize = 50;
/// How many items one request writes.
const BATCH: usize = 25;

/// Writes copies of the given cycle for this many members.
async fn seed(world: &World, like: &str, members: usize) {
    let client = world.stack.table_client();
    let of_model: MemberId = like.parse().unwrap();
    let key = Key::care_cycle(&of_model).attributes();
    let get = client.get_item().table_name("puntos").set_key(Some(key)).consistent_read(true);
    let model = get.send().await.unwrap().item.unwrap();
    let item = |number: usize| {
        let member_id = MemberId::from_key(&format!("seeded-{number}"));
        let mut item: HashMap<String, AttributeValue> = model.clone();
        item.extend(Key::care_cycle(&member_id).attributes());
        item.insert("work_queue".to_owned(), AttributeValue::S(due_queue(&member_id)));
        let due = item["work_due"].as_s().unwrap().replace(of_model.digest(), member_id.digest());
        item.insert("work_due".to_owned(), AttributeValue::S(due));
        let cycle = item["cycle"].as_s().unwrap().replace(like, member_id.as_str());
        item.insert("cycle".to_owned(), AttributeValue::S(cycle));
        let put = PutRequest::builder().set_item(Some(item)).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    let numbers: Vec<usize> = (0..members).collect();
    let batches = stream::iter(numbers.chunks(BATCH)).map(|batch| {
        let puts: Vec<WriteRequest> = batch.iter().map(|number| item(*number)).collect();
        client.batch_write_item().request_items("puntos", puts).send()
    });
    batches
        .buffer_unordered(4)
        .for_each(async |output| {
            let left = output.unwrap().unprocessed_items.unwrap_or_default();
            assert!(left.is_empty(), "every item is written");
        })
        .await;
}

/// Returns the cost of a run with due items, and the cost of the next run without any.
async fn measured(members: usize) -> (Cost, Cost) {
    let (world, meter) = Meter::world().await;
    // The other members ordered a day later.
    world.stack.set_clock("2026-05-02T12:00:00+03:00".parse().unwrap());
    let later = world.member_id().await;
    let _ = send(&world, &later, "placed", "o0", json!({})).await.expect(201);
    seed(&world, &later, members).await;
    world.stack.set_clock("2026-05-01T12:00:00+03:00".parse().unwrap());
    for number in 0..DUE {
        let member = world.member_id().await;
        let order = format!("o{number}");
        let _ = send(&world, &member, "placed", &order, json!({})).await.expect(201);
    }
    world.settle().await;
    meter.reset();
    run_at(&world, "2026-05-07T00:10:00+03:00").await;
    let busy = meter.of("generate-tasks");
    meter.reset();
    run_at(&world, "2026-05-07T01:10:00+03:00").await;
    let idle = meter.of("generate-tasks");
    let listed = world.agent.get("/v1/tasks?limit=100").await.expect(200);
    assert_eq!(listed.at("data").as_array().unwrap().len(), DUE);
    (busy, idle)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_costs_what_is_due_and_not_what_there_is() {
    let asked = std::env::var("PUNTOS_DUE_MEMBERS").ok().and_then(|text| text.parse().ok());
    let mut rows = format!(
        "| members | due | DynamoDB | SQS | SES | RCU | WCU | the next run: DynamoDB | SQS | SES | RCU | WCU |\n{}\n",
        "|--:".repeat(12) + "|"
    );
    let mut found: Vec<(Cost, Cost)> = Vec::new();
    for members in [400, 4_000].into_iter().chain(asked) {
        let (busy, idle) = measured(members).await;
        writeln!(rows, "| {members} | {DUE} | {busy} | {idle} |").unwrap();
        found.push((busy, idle));
    }
    print(&rows);
    let (least, idle) = found[0];
    for (busy, next) in &found {
        let near = |one: f64, other: f64| (one - other).abs() <= other / 10.0;
        assert!(near(busy.read, least.read), "{busy:?} {least:?}");
        assert!(near(busy.write, least.write), "{busy:?} {least:?}");
        assert!(busy.table.abs_diff(least.table) <= least.table / 10);
        assert_eq!(*next, idle, "a run without anything due");
    }
    assert!(idle.table <= 9 && idle.read <= 5.0 && idle.write == 0.0, "{idle:?}");
}

/// Returns the number of open tasks for members without an order.
async fn reconnects(world: &World) -> usize {
    let (mut count, mut cursor) = (0, String::new());
    loop {
        let path = format!("/v1/tasks?kind=reconnect&limit=100{cursor}");
        let page = world.agent.get(&path).await.expect(200);
        count += page.at("data").as_array().unwrap().len();
        match page.at("next_cursor").as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return count,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_base_is_called_at_a_pace_and_todays_work_comes_first() {
    const OLD: usize = 2_100;
    let world = World::start().await;
    world.stack.set_clock("2026-05-01T12:00:00+03:00".parse().unwrap());
    let old = world.member_id().await;
    let long_ago = json!({"at": "2024-05-01T12:00:00+03:00"});
    let _ = send(&world, &old, "placed", "o0", long_ago).await.expect(201);
    seed(&world, &old, OLD - 1).await;
    let member = world.member_id().await;
    let _ = send(&world, &member, "placed", "o1", json!({})).await.expect(201);
    run_at(&world, "2026-05-07T00:10:00+03:00").await;
    let listed = world.agent.get("/v1/tasks?kind=check_in").await.expect(200);
    assert_eq!(listed.at("data").as_array().unwrap().len(), 1, "today's work is not kept waiting");
    let first = reconnects(&world).await;
    assert!((1_900..OLD).contains(&first), "{first} in the first run");
    run_at(&world, "2026-05-07T01:10:00+03:00").await;
    assert_eq!(reconnects(&world).await, OLD, "none is dropped");
}
