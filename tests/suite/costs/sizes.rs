//! The sizes that items reach, counted as DynamoDB counts: names and values of the attributes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use puntos_domain::account::{Account, Lot};
use puntos_domain::program::{Program, ProgramVersion};
use puntos_tests::World;
use serde_json::json;

use super::operations::{basket, print};
use puntos_domain::points::Points;

type Item = HashMap<String, AttributeValue>;

/// Returns the size of an item in bytes.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
fn item_bytes(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.trim_start_matches('-').len().div_ceil(2) + 2,
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::L(values) => {
            3 + values.iter().map(|value| 1 + value_bytes(value)).sum::<usize>()
        }
        AttributeValue::M(values) => {
            let entry =
                |(name, value): (&String, &AttributeValue)| 1 + name.len() + value_bytes(value);
            3 + values.iter().map(entry).sum::<usize>()
        }
        other => panic!("{other:?} is not used"),
    }
}

async fn item(world: &World, pk: &str, sk: &str) -> Item {
    let key = |value: &str| AttributeValue::S(value.to_owned());
    let get = world.stack.table_client().get_item().table_name("puntos").consistent_read(true);
    get.key("pk", key(pk)).key("sk", key(sk)).send().await.unwrap().item.unwrap()
}

/// Returns the lots of an account as its item has them.
fn lots_attribute(account: &Account) -> AttributeValue {
    let second = |at: Option<Timestamp>| match at {
        None => AttributeValue::Null(true),
        Some(at) => AttributeValue::N(at.as_second().to_string()),
    };
    let lot = |lot: &Lot| {
        let points = AttributeValue::N(lot.points.to_string());
        AttributeValue::L(vec![points, second(lot.available_at), second(lot.expires_at)])
    };
    AttributeValue::L(account.lots.iter().map(lot).collect())
}

/// Returns the largest item that an account becomes after ten years of 200 shopping days.
fn largest_in_ten_years(real: &Item, program: &Program) -> usize {
    let zone = ProgramVersion::new(1, program.clone()).zone();
    let start: Timestamp = "2025-01-01T09:00:00Z".parse().unwrap();
    let mut account = Account::default();
    let mut largest = 0;
    let mut writes = 0;
    for day in 0..3_652_i64 {
        if day * 200 / 365 == (day + 1) * 200 / 365 {
            continue;
        }
        let now = start + SignedDuration::from_hours(24 * day);
        account.credit(Lot::earned(Points::new(110 + day % 97), now, program, &zone), now);
        let _ = account.settle(now);
        writes += 1;
        let mut item = real.clone();
        item.insert("lots".to_owned(), lots_attribute(&account));
        item.insert("version".to_owned(), AttributeValue::N(writes.to_string()));
        largest = largest.max(item_bytes(&item));
    }
    assert!((1_999..=2_002).contains(&writes), "{writes} shopping days");
    largest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_stays_under_one_kilobyte_for_ten_years() {
    let world = World::start().await;
    let body = json!({
        "name": "Maximiliana Konstantinopolskaya", "locale": "pt-BR",
        "email": "maximiliana.konstantinopolskaya@mail.subdomain.example.com",
    });
    let member = world.pos.post("/v1/members", body, Some("long-name")).await.expect(201);
    let member_id = member.text("member_id");
    let start: Timestamp = "2025-01-01T09:00:00Z".parse().unwrap();
    world.stack.set_clock(start);
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program.as_object_mut().unwrap().remove("version");
    let program: Program = serde_json::from_value(program).unwrap();

    // The table holds the item that is counted below.
    let _ = world.earn(&member_id, 1).await;
    let real = item(&world, &member_id, "account").await;
    let zone = ProgramVersion::new(1, program.clone()).zone();
    let mut account = Account::default();
    let now = world.stack.clock().now();
    account.credit(Lot::earned(Points::new(110), now, &program, &zone), now);
    assert_eq!(real["lots"], lots_attribute(&account));

    let monthly = largest_in_ten_years(&real, &program);
    assert!(monthly < 1_024, "{monthly} bytes");
    let pending = Program { pending_days: 14, ..program };
    let largest = largest_in_ten_years(&real, &pending);
    print(&format!("account, ten years: {monthly} bytes; with 14 pending days: {largest} bytes\n"));
    assert!(largest < 1_024, "{largest} bytes with 14 pending days");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_of_59_lines_stays_under_two_kilobytes() {
    let world = World::start().await;
    let mut body = basket(&world, 59);
    body["member_id"] = json!(world.member_id().await);
    let purchase = world.pos.post("/v1/purchases", body, None).await.expect(201);
    let stored = item(&world, &purchase.text("purchase_id"), "purchase").await;
    let size = item_bytes(&stored);
    print(&format!("purchase of 59 lines: {size} bytes\n"));
    assert!(size < 2_048, "{size} bytes");
    let lines = stored["lines"].as_s().unwrap();
    assert_eq!(lines.matches("DAIRY").count(), 1, "a category is stored once: {lines}");
}
