//! People who sign up, who join with a code, and who sign in with another address.

use jiff::SignedDuration;
use puntos_tests::World;
use serde_json::json;

use crate::faults::wire::Wire;
use crate::journeys::sign_ups::{delivered, mail, signed_up};

/// One person is linked by their address, and one by a code after a wrong one.
pub(super) async fn join(world: &World, wire: &Wire) {
    let member = world.enrol().await;
    let _ = delivered(world, &signed_up("first", &member.text("email"))).await.unwrap();
    change_address(world, &member.text("member_id"), "other@example.com").await;
    world.settle().await;
    wire.arm();
    change_address(world, &member.text("member_id"), "taken@example.com").await;
    world.settle().await;
    // The relay lost it, and the address is taken.
    let time = world.stack.clock().now() + SignedDuration::from_mins(20);
    let _ = world.stack.fire_schedules(Some("sweep-unsent"), time).await;
    world.settle().await;
    wire.disarm();
    let _ = delivered(world, &mail("SignUp", "nobody@example.com")).await.unwrap();
    let member = world.enrol().await;
    let path = format!("/v1/members/{}/join-code", member.text("member_id"));
    let code = world.agent.send(reqwest::Method::POST, &path, None, None).await.expect(201);
    let token = world.stack.token("member", None, Some("second")).await.unwrap();
    let shopper = world.with_token(&token);
    let mut body = json!({"card_number": member.text("card_number"), "code": "0000 0000"});
    let _ = shopper.post("/v1/members/join", body.clone(), None).await;
    body["code"] = json!(code.text("code"));
    let _ = shopper.post("/v1/members/join", body, None).await.expect(200);
}

/// Changes the address of a member, as an agent.
pub(super) async fn change_address(world: &World, member_id: &str, address: &str) {
    let path = format!("/v1/members/{member_id}");
    let _ = world.agent.patch(&path, json!({"email": address})).await.expect(200);
}
