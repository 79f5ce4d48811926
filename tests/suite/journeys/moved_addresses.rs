//! The user pool follows the address of a member who signs in.

use std::sync::{Mutex, mpsc};

use puntos::Fault;
use puntos_tests::World;
use serde_json::json;

use super::sign_ups::{delivered, signed_up};
use crate::faults::sweep::{later, lost_by_relay, sweep};
use crate::faults::wire::{Mishap, Wire};

/// Enrols a member who signs in as `ana`, and returns the path of their page.
async fn signed_in(world: &World) -> String {
    let member = world.enrol().await;
    let _ = delivered(world, &signed_up("ana", &member.text("email"))).await.unwrap();
    format!("/v1/members/{}", member.text("member_id"))
}

/// Changes the address of a member as an agent.
async fn moved(world: &World, page: &str, email: Option<&str>) {
    let _ = world.agent.patch(page, json!({"email": email})).await.expect(200);
}

/// Returns the proven address with which a person signs in now; `None` if it never changed.
fn address(world: &World, subject: &str) -> Option<String> {
    let person = world.stack.people().remove(subject)?;
    assert_eq!(person.get("email_verified").map(String::as_str), Some("true"));
    person.get("email").cloned()
}

async fn dead_letters(world: &World) -> u64 {
    world.stack.queue_counts("SignInDeadLetters").await.unwrap().visible
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_address_follows_in_the_user_pool() {
    let world = World::start().await;
    let page = signed_in(&world).await;
    moved(&world, &page, Some("Ana.New@example.com")).await;
    world.settle().await;
    assert_eq!(address(&world, "ana").as_deref(), Some("Ana.New@example.com"));

    // The member's own change follows once it is confirmed.
    let token = world.stack.token("member", None, Some("ana")).await.unwrap();
    let own = json!({"email": "own@example.com"});
    let _ = world.with_token(&token).patch(&page, own).await.expect(200);
    world.settle().await;
    assert_eq!(address(&world, "ana").as_deref(), Some("Ana.New@example.com"));
    let link = world.token_of_mail("own@example.com", "confirm");
    let path = format!("/v1/email-confirmations/{link}");
    let _ = world.nobody().send(reqwest::Method::POST, &path, None, None).await.expect(200);
    world.settle().await;
    assert_eq!(address(&world, "ana").as_deref(), Some("own@example.com"));

    // Other changes, and members who do not sign in, change nobody in the pool.
    let before = world.stack.people();
    let _ = world.agent.patch(&page, json!({"name": "Ana Other"})).await.expect(200);
    moved(&world, &page, None).await;
    let other = format!("/v1/members/{}", world.member_id().await);
    moved(&world, &other, Some("other@example.com")).await;
    world.settle().await;
    assert_eq!(world.stack.people(), before);
    assert_eq!(dead_letters(&world).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_the_relay_lost_follows_after_the_sweep_and_once() {
    let (world, wire) = Wire::world(|call, _| lost_by_relay(call)).await;
    let page = signed_in(&world).await;
    wire.arm();
    moved(&world, &page, Some("new@example.com")).await;
    world.settle().await;
    sweep(&world).await;
    assert_eq!(address(&world, "ana"), None, "the relay has had no time yet");
    later(&world, 20);
    sweep(&world).await;
    world.settle().await;
    assert_eq!(address(&world, "ana").as_deref(), Some("new@example.com"));
    later(&world, 20);
    sweep(&world).await;
    world.settle().await;
    assert_eq!(wire.count("update-sign-ins", "AdminUpdateUserAttributes"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_pool_refuses_for_now_is_tried_again_and_for_good_is_set_aside() {
    // Each answer, and whether the pool gets the address in the end.
    let answers = [
        (400, "TooManyRequestsException", true),
        (500, "InternalErrorException", true),
        (400, "UserNotFoundException", false),
        (400, "AliasExistsException", false),
        (400, "InvalidParameterException", false),
    ];
    for (status, answer, follows) in answers {
        let (world, wire) = Wire::world(move |call, nth| {
            let refused = json!({"__type": answer, "message": "no"}).to_string();
            // The SDK itself tries three times.
            let refuses = call.action == "AdminUpdateUserAttributes" && nth < 4;
            refuses.then_some(Mishap::Wire(Fault::Refuse(status, refused)))
        })
        .await;
        let page = signed_in(&world).await;
        wire.arm();
        moved(&world, &page, Some("new@example.com")).await;
        world.settle().await;
        let followed = address(&world, "ana").as_deref() == Some("new@example.com");
        assert_eq!(followed, follows, "{answer}");
        let told = world.agent.get(&format!("{page}/timeline?kind=profile")).await.expect(200);
        let is_told = told.text("data.0.summary").contains("belongs to another sign-in");
        assert_eq!(is_told, answer == "AliasExistsException", "{answer}");
        let is_poison = answer == "InvalidParameterException";
        assert_eq!(dead_letters(&world).await, u64::from(is_poison), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_becomes_a_colleague_by_the_address_of_a_member() {
    let (world, wire) = Wire::world(|call, _| {
        let groups = r#"{"Groups": [{"GroupName": "supervisor"}]}"#;
        let asks = call.action == "AdminListGroupsForUser";
        asks.then(|| Mishap::Wire(Fault::Refuse(200, groups.to_owned())))
    })
    .await;
    let page = signed_in(&world).await;
    wire.arm();
    moved(&world, &page, Some("agent@example.com")).await;
    world.settle().await;
    assert_eq!(wire.count("update-sign-ins", "AdminListGroupsForUser"), 1);
    assert_eq!(wire.count("update-sign-ins", "AdminUpdateUserAttributes"), 0);
    assert_eq!(address(&world, "ana"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_a_merge_gives_follows_too() {
    let world = World::start().await;
    let bare = json!({"name": "Ana Muster", "card_number": "bare"});
    let bare = world.agent.post("/v1/members", bare, Some("bare")).await.expect(201);
    let code = format!("/v1/members/{}/join-code", bare.text("member_id"));
    let code = world.agent.send(reqwest::Method::POST, &code, None, None).await.expect(201);
    let token = world.stack.token("member", None, Some("ana")).await.unwrap();
    let body = json!({"card_number": "bare", "code": code.text("code")});
    let _ = world.with_token(&token).post("/v1/members/join", body, None).await.expect(200);
    let other = world.enrol().await;
    let path = format!("/v1/members/{}/merge", other.text("member_id"));
    let body = json!({"into": bare.text("member_id"), "reason": "enrolled twice"});
    let _ = world.supervisor.post(&path, body, Some("merge")).await.expect(200);
    world.settle().await;
    assert_eq!(address(&world, "ana"), Some(other.text("email")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn an_address_that_changes_while_the_pool_gets_the_one_before_follows_too() {
    let (asks, asked) = mpsc::channel();
    let (goes_on, going_on) = mpsc::channel::<()>();
    let going_on = Mutex::new(going_on);
    let (world, wire) = Wire::world(move |call, nth| {
        if call.action == "AdminUpdateUserAttributes" && nth == 0 {
            asks.send(()).unwrap();
            going_on.lock().unwrap().recv().unwrap();
        }
        // No message tells of the second change.
        lost_by_relay(call).filter(|_| nth > 0)
    })
    .await;
    let page = signed_in(&world).await;
    wire.arm();
    moved(&world, &page, Some("first@example.com")).await;
    tokio::task::block_in_place(|| asked.recv()).unwrap();
    moved(&world, &page, Some("second@example.com")).await;
    goes_on.send(()).unwrap();
    world.settle().await;
    assert_eq!(address(&world, "ana").as_deref(), Some("second@example.com"));
}
