//! Races for values that only one member can have: a card, a document, an address.

use std::collections::BTreeMap;

use puntos_tests::World;
use serde_json::json;

use super::{CALLERS, at_once, different, tally};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_card_has_one_owner() {
    let world = World::start().await;
    let answers = at_once(async |number| {
        let body = json!({"name": format!("Mina Muster {number}"), "card_number": "the-only-card"});
        world.pos.post("/v1/members", body, Some(&format!("enrol-{number}"))).await
    })
    .await;
    let late = CALLERS - 1;
    assert_eq!(
        tally(&answers),
        BTreeMap::from([((201, ""), 1), ((409, "already_enrolled"), late)])
    );
    let refused = answers.iter().filter(|answer| answer.status == 409);
    assert_eq!(refused.filter(|answer| answer.at("errors.0.field") == "card_number").count(), late);
    let found = world.agent.get("/v1/members?card_number=the-only-card").await.expect(200);
    assert_eq!(found.at("data").as_array().unwrap().len(), 1);
    assert_eq!([found.text("data.0.member_id").as_str()], *different(&answers, "member_id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_enrolment_sent_by_many_enrols_once() {
    let world = World::start().await;
    let body = json!({"name": "Mina Muster", "card_number": "c", "email": "mina@example.com"});
    let answers =
        at_once(async |_| world.pos.post("/v1/members", body.clone(), Some("enrol")).await).await;
    assert_eq!(tally(&answers), BTreeMap::from([((201, ""), CALLERS)]));
    assert_eq!(different(&answers, "member_id").len(), 1);
    assert_eq!(super::replayed(&answers), CALLERS - 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_goes_to_one_of_many_who_change_to_it() {
    let world = World::start().await;
    let mut members = Vec::new();
    for _ in 0..CALLERS {
        members.push(world.member_id().await);
    }
    let answers = at_once(async |number| {
        let path = format!("/v1/members/{}", members[number]);
        world.agent.patch(&path, json!({"email": "Wanted@Example.com "})).await
    })
    .await;
    let late = CALLERS - 1;
    assert_eq!(
        tally(&answers),
        BTreeMap::from([((200, ""), 1), ((409, "already_enrolled"), late)])
    );
    let found = world.agent.get("/v1/members?email=wanted@example.com").await.expect(200);
    let owner = answers.iter().position(|answer| answer.status == 200).unwrap();
    assert_eq!(found.text("data.0.member_id"), members[owner]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_members_are_merged_once_and_no_purchase_is_lost() {
    let world = World::start().await;
    let (one, two) = (world.member_id().await, world.member_id().await);
    let answers = at_once(async |number| {
        // Half of the callers buy for one of the two, a quarter merges each way.
        let (member_id, other) = if number % 2 == 0 { (&one, &two) } else { (&two, &one) };
        if number < CALLERS / 2 {
            return world.pos.post("/v1/purchases", world.purchase(member_id, 110_000), None).await;
        }
        let path = format!("/v1/members/{member_id}/merge");
        let body = json!({"into": other, "reason": "enrolled twice"});
        world.supervisor.post(&path, body, Some(&format!("merge-{number}"))).await
    })
    .await;
    let half = CALLERS / 2;
    let expected =
        BTreeMap::from([((200, ""), 1), ((201, ""), half), ((409, "member_merged"), half - 1)]);
    assert_eq!(tally(&answers), expected);
    let (mut available, mut merged) = (0, 0);
    for member_id in [&one, &two] {
        let page = world.agent.get(&format!("/v1/members/{member_id}")).await.expect(200);
        available += page.number("balance.available");
        merged += i32::from(page.at("merged_into").is_string());
        let path = format!("/v1/members/{member_id}/statement?from=2000-01-01");
        let statement = world.agent.get(&path).await.expect(200);
        assert_eq!(statement.text("chain"), "whole");
        assert_eq!(statement.number("opening"), 0);
    }
    assert_eq!((available, merged), (110 * i64::try_from(half).unwrap(), 1));
}
