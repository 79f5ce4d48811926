//! A mail that fails, and its resend that fails too: one claim, and the next runs still find the rest.

use puntos_tests::World;
use serde_json::json;

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
