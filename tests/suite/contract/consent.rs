//! Consent to optional mails: given by default, changed by those who may, and sent to SES when it is
//! given again.

use puntos::{Call, Fault};
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

use crate::faults::wire::{Mishap, Wire};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_nothing_consents() {
    let world = World::start().await;
    let table = [
        (json!({"name": "Nora Muster"}), true),
        (json!({"name": "Nora Muster", "optional_emails": null}), true),
        (json!({"name": "Nora Muster", "optional_emails": true}), true),
        (json!({"name": "Nora Muster", "optional_emails": false}), false),
    ];
    for (index, (body, consents)) in table.into_iter().enumerate() {
        let key = format!("nora-{index}");
        let enrolled = world.agent.post("/v1/members", body.clone(), Some(&key)).await.expect(201);
        assert_eq!(enrolled.at("optional_emails"), &json!(consents), "{body}");
        let again = world.agent.post("/v1/members", body.clone(), Some(&key)).await.expect(201);
        assert!(again.replayed && again.body == enrolled.body, "{body}");
        let path = format!("/v1/members/{}", enrolled.text("member_id"));
        assert_eq!(world.agent.get(&path).await.expect(200).body, enrolled.body, "{body}");
        let mut other = body;
        other["optional_emails"] = json!(!consents);
        let refused = world.agent.post("/v1/members", other, Some(&key)).await;
        let _ = refused.expect_problem(422, "idempotency_key_reused");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_change_a_profile_change_the_consent_and_the_timeline_tells() {
    let world = World::start().await;
    let before = world.enrol().await;
    let id = before.text("member_id");
    let path = format!("/v1/members/{id}");
    let shopper = world.member(&id).await;
    let mut expected = before.body.clone();
    for (caller, consents) in
        [(&world.agent, false), (&world.supervisor, true), (&shopper, false), (&shopper, true)]
    {
        for _ in 0..2 {
            let after = caller.patch(&path, json!({"optional_emails": consents})).await.expect(200);
            expected["optional_emails"] = json!(consents);
            assert_eq!(after.body, expected);
        }
        let other = caller.patch(&path, json!({"phone": null})).await.expect(200);
        assert_eq!(other.body, expected, "another change leaves it alone");
    }
    let told = changes(&world, &id).await;
    assert_eq!(told, vec!["Profile changed: consent to optional e-mails"; 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consent_is_given_in_so_many_words() {
    let world = World::start().await;
    let member = world.member_id().await;
    let path = format!("/v1/members/{member}");
    for bad in [Value::Null, json!("false"), json!(0), json!([])] {
        let refused = world.agent.patch(&path, json!({"optional_emails": bad})).await;
        let refused = refused.expect_problem(422, "invalid_field");
        assert_eq!(refused.text("errors.0.field"), "optional_emails", "{bad}");
        if !bad.is_null() {
            let body = json!({"name": "Nora Muster", "optional_emails": bad});
            let refused = world.agent.post("/v1/members", body, Some("bad")).await;
            let _ = refused.expect_problem(422, "invalid_field");
        }
    }
    let stranger = world.member(&world.member_id().await).await;
    let refused = stranger.patch(&path, json!({"optional_emails": false})).await;
    let _ = refused.expect_problem(404, "not_found");
    let refused = world.pos.patch(&path, json!({"optional_emails": false})).await;
    let _ = refused.expect_problem(403, "forbidden");
    let shown = world.agent.get(&path).await.expect(200);
    assert_eq!(shown.at("optional_emails"), &json!(true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_ses_fails_the_same_request_mends_it() {
    let down = |call: &Call, _: usize| {
        let fault = || Mishap::Wire(Fault::Refuse(500, r#"{"message": "down"}"#.to_owned()));
        (call.action == "DeleteContact").then(fault)
    };
    let (world, wire) = Wire::world(down).await;
    let member = world.enrol().await;
    let path = format!("/v1/members/{}", member.text("member_id"));
    let change = |consents: bool| json!({"optional_emails": consents});
    wire.arm();
    let _ = world.agent.patch(&path, change(false)).await.expect(200);
    assert_eq!(wire.count("manage-members", "DeleteContact"), 0, "SES need not know of a refusal");
    for _ in 0..2 {
        let refused = world.agent.patch(&path, change(true)).await;
        let _ = refused.expect_problem(503, "unavailable");
    }
    let told = wire.count("manage-members", "DeleteContact");
    assert!(told >= 2, "asked {told} times");
    wire.disarm();
    let mended: Answer = world.agent.patch(&path, change(true)).await.expect(200);
    assert_eq!(mended.body, member.body);
    assert_eq!(changes(&world, &member.text("member_id")).await.len(), 2);
}

/// Returns the sentences of the changes of a profile, newest first.
async fn changes(world: &World, member: &str) -> Vec<String> {
    world.settle().await;
    let path = format!("/v1/members/{member}/timeline?kind=profile&limit=100");
    let page = world.agent.get(&path).await.expect(200);
    let rows = page.at("data").as_array().expect("rows").iter();
    let told = rows.map(|row| row["summary"].as_str().expect("a sentence").to_owned());
    told.filter(|sentence| sentence != "Enrolled in the programme").collect()
}
