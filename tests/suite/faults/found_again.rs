//! A mail that fails, and its resend that fails too: one claim, and the next runs still find the rest; and
//! so they do beside a claim that fails itself.

use aws_sdk_dynamodb::types::AttributeValue;
use puntos_tests::World;
use serde_json::{Value, json};

use super::mails::listed;
use super::wire::{Mishap, Wire};

async fn look_at(world: &World, time: &str) {
    let time = time.parse().unwrap();
    world.stack.set_clock(time);
    let fired = world.stack.fire_schedules(Some("find-failures"), time).await;
    assert_eq!(fired, [("find-failures".to_owned(), true)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_and_its_resend_that_fail_on_one_day_are_one_claim() {
    let (world, wire) =
        Wire::world(|call, _| (call.action == "SendEmail").then_some(Mishap::DiesBefore)).await;
    world.stack.set_clock("2031-03-01T09:00:00Z".parse().unwrap());
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 2).await;
    wire.arm();
    let redemption = world.redeem(&member_id, "rwd_coffee", "first").await.expect(201);
    world.settle().await;
    world.stack.set_clock("2031-03-01T10:30:00Z".parse().unwrap());
    let path = format!("/v1/emails/{}/resend", redemption.text("email_id"));
    let _ = world.agent.post(&path, json!({}), Some("resend")).await.expect(201);
    world.settle().await;
    assert_eq!(listed(&world, "uncertain").await.len(), 2);
    for (time, claims) in [("2031-03-01T12:30:00Z", 1), ("2031-03-01T13:00:00Z", 1)] {
        look_at(&world, time).await;
        let page = world.agent.get("/v1/claims").await.expect(200);
        assert_eq!(page.at("data").as_array().map(Vec::len), Some(claims), "{page:?}");
    }
    let _ = world.redeem(&member_id, "rwd_coffee", "second").await.expect(201);
    world.settle().await;
    look_at(&world, "2031-03-01T14:30:00Z").await;
    let page = world.agent.get("/v1/claims").await.expect(200);
    assert_eq!(page.at("data").as_array().map(Vec::len), Some(2), "{page:?}");
}

/// Redeems a coffee for a new member whose address is blocked, and returns the member.
async fn blocked(world: &World) -> String {
    let enrolled = world.enrol().await;
    let (member_id, address) = (enrolled.text("member_id"), enrolled.text("email"));
    let _ = world.earn(&member_id, 1).await;
    let now = world.stack.clock().now().to_string();
    let bounce = json!({
        "notificationType": "Bounce",
        "mail": {"timestamp": now, "messageId": "of-another-tool", "destination": [address]},
        "bounce": {
            "bounceType": "Permanent", "bounceSubType": "General", "timestamp": now,
            "bouncedRecipients": [{"emailAddress": address}],
        },
    });
    let _ = world.stack.publish_mail_event(&bounce.to_string()).await.unwrap();
    let _ = world.redeem(&member_id, "rwd_coffee", &member_id).await.expect(201);
    world.settle().await;
    member_id
}

async fn claims_of(world: &World, member_id: &str) -> Vec<Value> {
    let path = format!("/v1/claims?member_id={member_id}");
    world.agent.get(&path).await.expect(200).at("data").as_array().unwrap().clone()
}

/// Makes a claim of a member unreadable.
async fn spoil(world: &World, member_id: &str) {
    let of_member = world.stack.table_client().query().table_name("puntos");
    let of_member = of_member
        .key_condition_expression("pk = :pk AND begins_with(sk, :claim)")
        .expression_attribute_values(":pk", AttributeValue::S(member_id.to_owned()))
        .expression_attribute_values(":claim", AttributeValue::S("claim#".to_owned()));
    let claim = of_member.send().await.unwrap().items()[0].clone();
    let spoiled = world.stack.table_client().update_item().table_name("puntos");
    let spoiled = spoiled
        .key("pk", claim["pk"].clone())
        .key("sk", claim["sk"].clone())
        .update_expression("SET history = :nonsense")
        .expression_attribute_values(":nonsense", AttributeValue::S("{".to_owned()));
    let _ = spoiled.send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_cannot_be_read_fails_the_run_and_keeps_no_other_waiting() {
    let world = World::start().await;
    world.stack.set_clock("2031-03-01T09:00:00Z".parse().unwrap());
    let (spoiled, mended) = (blocked(&world).await, blocked(&world).await);
    look_at(&world, "2031-03-01T09:01:00Z").await;
    let change = json!({"email": "now@example.com"});
    let _ = world.agent.patch(&format!("/v1/members/{mended}"), change).await.expect(200);
    let claim_id = claims_of(&world, &mended).await[0]["claim_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/claims/{claim_id}");
    let _ = world.agent.post(&format!("{path}/fix"), json!({}), Some("f")).await.expect(200);
    let new = blocked(&world).await;
    assert!(claims_of(&world, &new).await.is_empty());
    spoil(&world, &spoiled).await;

    let time = "2031-03-01T09:15:00Z".parse().unwrap();
    world.stack.set_clock(time);
    let fired = world.stack.fire_schedules(Some("find-failures"), time).await;
    assert_eq!(fired, [("find-failures".to_owned(), false)]);
    assert_eq!(world.agent.get(&path).await.expect(200).at("proven"), &json!(true));
    assert_eq!(claims_of(&world, &new).await.len(), 1);
}
