//! The settings of the automatic reply: off by default, replaced whole, or turned off with their texts kept.
//!
//! Their effect is tested in `journeys::auto_replies`.

use puntos_tests::World;
use serde_json::{Value, json};

const PATH: &str = "/v1/settings/auto-reply";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_replied_until_somebody_says_what() {
    let world = World::start().await;
    let off = json!({
        "enabled": false, "subject": "", "body": "", "wait_minutes": 60, "enabled_since": null,
    });
    for caller in [&world.admin, &world.supervisor, &world.agent] {
        assert_eq!(caller.get(PATH).await.expect(200).body, off);
    }
    let _ = world.agent.put(PATH, off.clone()).await.expect_problem(403, "forbidden");
    let member = world.member(&world.member_id().await).await;
    for caller in [&world.pos, &member] {
        let _ = caller.get(PATH).await.expect_problem(403, "forbidden");
        let _ = caller.put(PATH, off.clone()).await.expect_problem(403, "forbidden");
    }
    assert_eq!(world.supervisor.put(PATH, off.clone()).await.expect(200).body, off);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_are_replaced_whole_and_remember_since_when_they_are_on() {
    let world = World::start().await;
    world.stack.set_clock("2031-03-10T12:00:00Z".parse().unwrap());
    let on =
        json!({"enabled": true, "subject": "Sorry", "body": "Tell us\nmore.", "wait_minutes": 0});
    let first = world.admin.put(PATH, on.clone()).await.expect(200);
    let since = first.text("enabled_since");
    assert!(since.starts_with("2031-03-10T12:00:"), "{since}");
    assert_eq!((first.text("body"), first.number("wait_minutes")), ("Tell us\nmore.".into(), 0));
    world.stack.set_clock("2031-03-10T13:00:00Z".parse().unwrap());
    // The answer of GET can be the body of PUT.
    let shown = world.supervisor.get(PATH).await.expect(200);
    assert_eq!(shown.body, first.body);
    let back = world.supervisor.put(PATH, shown.body.clone()).await.expect(200);
    assert_eq!(back.body, first.body);
    let mut reworded = on.clone();
    reworded["subject"] = "Pardon".into();
    let reworded = world.supervisor.put(PATH, reworded).await.expect(200);
    assert_eq!(
        (reworded.text("subject"), reworded.text("enabled_since")),
        ("Pardon".into(), since)
    );
    let off = world.admin.put(PATH, json!({"enabled": false})).await.expect(200);
    assert_eq!((off.text("subject"), off.number("wait_minutes")), (String::new(), 60));
    assert_eq!(off.at("enabled_since"), &Value::Null);
    let again = world.admin.put(PATH, on).await.expect(200);
    assert!(again.text("enabled_since").starts_with("2031-03-10T13:00:"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn turned_off_and_on_again_the_settings_keep_their_texts() {
    let world = World::start().await;
    world.stack.set_clock("2031-03-10T12:00:00Z".parse().unwrap());
    let early = world.admin.patch(PATH, json!({"enabled": true})).await;
    let early = early.expect_problem(422, "invalid_field");
    assert_eq!(early.text("errors.0.field"), "subject");
    let on =
        json!({"enabled": true, "subject": "Sorry", "body": "Tell us\nmore.", "wait_minutes": 7});
    let first = world.admin.put(PATH, on).await.expect(200);
    let _ =
        world.agent.patch(PATH, json!({"enabled": false})).await.expect_problem(403, "forbidden");
    for _ in 0..2 {
        let off = world.supervisor.patch(PATH, json!({"enabled": false})).await.expect(200);
        let mut expected = first.body.clone();
        expected["enabled"] = json!(false);
        expected["enabled_since"] = Value::Null;
        assert_eq!(off.body, expected);
        assert_eq!(world.agent.get(PATH).await.expect(200).body, expected);
    }
    world.stack.set_clock("2031-03-10T13:00:00Z".parse().unwrap());
    let again = world.supervisor.patch(PATH, json!({"enabled": true})).await.expect(200);
    assert!(again.text("enabled_since").starts_with("2031-03-10T13:00:"));
    assert_eq!((again.text("body"), again.number("wait_minutes")), (first.text("body"), 7));
    let reworded = world.admin.patch(PATH, json!({"subject": "Pardon"})).await.expect(200);
    assert_eq!(reworded.at("enabled_since"), again.at("enabled_since"));
    assert_eq!(
        (reworded.text("subject"), reworded.text("body")),
        ("Pardon".into(), first.text("body"))
    );
    assert_eq!(world.admin.patch(PATH, json!({})).await.expect(200).body, reworded.body);
    for (patch, field) in [
        (json!({"enabled": null}), "enabled"),
        (json!({"body": null}), "body"),
        (json!({"subject": "two\nlines"}), "subject"),
        (json!({"wait_minutes": -1}), "wait_minutes"),
    ] {
        let refused = world.admin.patch(PATH, patch.clone()).await;
        let refused = refused.expect_problem(422, "invalid_field");
        assert_eq!(refused.text("errors.0.field"), field, "{patch}");
    }
    // What is off needs no text, and null removes it.
    let blank = json!({"enabled": false, "body": null, "wait_minutes": null});
    let blank = world.admin.patch(PATH, blank).await.expect(200);
    assert_eq!((blank.text("body"), blank.number("wait_minutes")), (String::new(), 60));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_cannot_be_kept_are_refused_with_the_field() {
    let world = World::start().await;
    let on = json!({"enabled": true, "subject": "Sorry", "body": "More?", "wait_minutes": 5});
    let with = |field: &str, value: Value| {
        let mut body = on.clone();
        body[field] = value;
        body
    };
    let table = [
        (with("enabled", Value::Null), "invalid_field", "enabled"),
        (with("subject", Value::Null), "invalid_field", "subject"),
        (with("subject", " ".into()), "invalid_field", "subject"),
        (with("subject", "two\nlines".into()), "invalid_field", "subject"),
        (with("subject", "s".repeat(151).into()), "invalid_field", "subject"),
        (with("body", "".into()), "invalid_field", "body"),
        (with("body", "nul\0".into()), "invalid_field", "body"),
        (with("body", "b".repeat(4_001).into()), "invalid_field", "body"),
        (with("wait_minutes", (-1).into()), "invalid_field", "wait_minutes"),
        (with("wait_minutes", 43_201.into()), "invalid_field", "wait_minutes"),
        (with("wait_minutes", 1.5.into()), "invalid_field", "wait_minutes"),
        (with("html", "<b>".into()), "unknown_field", "html"),
    ];
    for (body, code, field) in table {
        let refused = world.admin.put(PATH, body.clone()).await;
        assert_eq!((refused.status, refused.code()), (422, code), "{body}: {refused:?}");
        assert_eq!(refused.text("errors.0.field"), field, "{body}");
    }
    assert_eq!(world.admin.get(PATH).await.expect(200).at("enabled"), &json!(false));
    let longest = with("body", "🛒".repeat(4_000).into());
    let _ = world.admin.put(PATH, longest).await.expect(200);
}
