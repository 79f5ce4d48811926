//! Purchases are found by number in all branches, and of a member by the time of purchase.

use puntos_tests::{Answer, World};
use serde_json::{Value, json};

use super::change_program;

/// Records a purchase at a branch, with this number and time.
async fn buy(world: &World, member_id: &str, branch: &str, number: &str, at: &str) -> String {
    let mut body = world.purchase(member_id, 110_000);
    body["branch"] = json!(branch);
    body["invoice_number"] = json!(number);
    body["purchased_at"] = json!(at);
    world.pos.post("/v1/purchases", body, None).await.expect(201).text("purchase_id")
}

fn values(page: &Answer, field: &str) -> Vec<String> {
    let rows = page.at("data").as_array().expect("rows");
    rows.iter().map(|row| row[field].as_str().unwrap_or_default().to_owned()).collect()
}

/// Returns the values of a field on all pages of two rows.
async fn walked(world: &World, query: &str, field: &str) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/purchases?{query}&limit=2{cursor}");
        let page = world.agent.get(&path).await.expect(200);
        found.extend(values(&page, field));
        match page.at("next_cursor").as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_is_found_in_every_branch_that_was_met_or_is_listed() {
    let world = World::start().await;
    let member = world.member_id().await;
    let at = "2026-03-14T10:00:00Z";
    for branch in ["b3", "B1", "b2", "b4"] {
        buy(&world, &member, branch, "A-7", at).await;
    }
    buy(&world, &member, "b1", "A-8", at).await;
    assert_eq!(walked(&world, "invoice_number=%20A-7", "branch").await, ["B1", "b2", "b3", "b4"]);
    assert_eq!(walked(&world, "invoice_number=a-7", "branch").await, [""; 0]);
    let cursor = world.agent.get("/v1/purchases?invoice_number=A-7&limit=2").await;
    let cursor = cursor.text("next_cursor");
    let other = format!("/v1/purchases?invoice_number=A-8&cursor={cursor}");
    let _ = world.agent.get(&other).await.expect_problem(400, "cursor_mismatch");
    let listed = |program: &mut Value| {
        program["branches"] = json!([{"id": "B4", "name": "Four"}, {"id": "b9", "name": "Nine"}]);
    };
    let _ = change_program(&world, listed).await.expect(200);
    assert_eq!(walked(&world, "invoice_number=A-7", "branch").await, ["b4"]);
    let refused = world.pos.get("/v1/purchases?invoice_number=A-7").await;
    let _ = refused.expect_problem(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_members_purchases_are_found_by_the_local_days_on_which_they_were_made() {
    let world = World::start().await;
    let (member, other) = (world.member_id().await, world.member_id().await);
    // The programme counts days in Moscow, three hours ahead.
    let made = [
        ("1", "2026-03-13T20:59:59Z"),
        ("2", "2026-03-13T21:00:00Z"),
        ("3", "2026-03-14T12:00:00Z"),
        ("4", "2026-03-14T20:59:59Z"),
        ("5", "2026-03-14T21:00:00Z"),
    ];
    for (number, at) in made {
        buy(&world, &member, "b1", number, at).await;
        buy(&world, &other, "b2", number, at).await;
        let reward = json!({"points": 1, "reason": "r"});
        let path = format!("/v1/members/{member}/adjustments");
        let _ = world.agent.post(&path, reward, Some(number)).await.expect(201);
    }
    let kept = world.unclaimed(110_000).await.text("purchase_id");
    let body = json!({"member_id": member});
    let path = format!("/v1/purchases/{kept}/claim-points");
    let _ = world.agent.post(&path, body, Some("attach")).await.expect(200);
    let of = async |period: &str| {
        walked(&world, &format!("member_id={member}{period}"), "invoice_number").await
    };
    let all = of("").await;
    assert_eq!(all[1..], ["5", "4", "3", "2", "1"]);
    assert_eq!(of("&from=2026-03-14&to=2026-03-14").await, ["4", "3", "2"]);
    assert_eq!(of("&to=2026-03-13").await, ["1"]);
    let instants = "&from=2026-03-14T20:59:59Z&to=2026-03-14T21:00:00Z";
    assert_eq!(of(instants).await, ["4"]);
    let nobody = world.agent.get("/v1/purchases?member_id=nobody").await.expect(200);
    assert_eq!(nobody.at("data"), &json!([]));
    let turned = format!("/v1/purchases?member_id={member}&from=2026-03-15&to=2026-03-14");
    let _ = world.agent.get(&turned).await.expect_problem(422, "invalid_field");
}
