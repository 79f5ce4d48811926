//! The thread of a rating: messages in both directions, the unread flag, and the limits.

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use puntos_domain::id::{MessageId, RatingId};
use puntos_store::keys::Key;
use puntos_tests::{Answer, Caller, World};
use serde_json::{Value, json};

async fn show(caller: &Caller, rating: &str) -> Answer {
    caller.get(&format!("/v1/ratings/{rating}")).await.expect(200)
}

async fn write(caller: &Caller, rating: &str, text: &str, key: &str) -> Answer {
    caller.post(&format!("/v1/ratings/{rating}/messages"), json!({"text": text}), Some(key)).await
}

/// Returns whether the only rating of the list is unread, and how many unread comments are counted.
async fn unread(world: &World) -> (bool, i64) {
    let list = world.agent.get("/v1/ratings").await.expect(200);
    let counted = world.agent.get("/v1/ratings/summary").await.expect(200);
    (list.at("data.0.unread").as_bool().unwrap(), counted.number("unread_comments"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_goes_both_ways_and_reaches_the_member_by_mail() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    let member = enrolled.text("member_id");
    let own = world.member(&member).await;
    let rating = world.rated(&member, 3, Some("Cold soup.\nAgain.")).await;
    let asked = write(&world.agent, &rating, "What was\n\tcold?", "k1").await.expect(201);
    assert!(asked.text("message_id").starts_with("msg_"));
    assert_eq!(asked.text("rating_id"), rating);
    assert_eq!(
        (asked.text("from"), asked.text("text")),
        ("agent".into(), "What was\n\tcold?".into())
    );
    let answered = write(&own, &rating, "The soup.", "k2").await.expect(201);
    assert_eq!((answered.text("from"), answered.at("email_id")), ("member".into(), &Value::Null));
    let _ = write(&world.supervisor, &rating, "We are sorry.", "k3").await.expect(201);
    world.settle().await;
    let mails = world.stack.outbox(Some(&enrolled.text("email")));
    let texts: Vec<bool> = mails
        .iter()
        .map(|mail| mail.text.contains("What was") || mail.text.contains("We are sorry."))
        .collect();
    assert_eq!(texts, [true, true]);
    let mail = world.agent.get(&format!("/v1/emails/{}", asked.text("email_id"))).await.expect(200);
    assert_eq!((mail.text("kind"), mail.text("status")), ("reply".into(), "sent".into()));
    let seen = show(&world.agent, &rating).await;
    let told = |field: &str| -> Vec<Value> {
        let messages = seen.at("messages").as_array().expect("messages").iter();
        messages.map(|message| message[field].clone()).collect()
    };
    assert_eq!(told("from"), ["agent", "member", "agent"]);
    assert_eq!(told("text"), ["What was\n\tcold?", "The soup.", "We are sorry."]);
    assert_eq!(told("email_status"), [json!("sent"), Value::Null, json!("sent")]);
    assert!(told("actor")[0].as_str().unwrap().starts_with("agent:"));
    assert!(told("actor")[2].as_str().unwrap().starts_with("supervisor:"));
    assert_eq!((seen.number("replies"), seen.number("score")), (2, 3));
    // The member sees the same thread without the agents' names.
    let seen = show(&own, &rating).await;
    let messages = seen.at("messages").as_array().expect("messages");
    assert_eq!(messages.len(), 3);
    assert!(messages.iter().all(|message| message["actor"].is_null()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_replying_and_marking_read_and_what_is_new_unread() {
    let world = World::start().await;
    let member = world.member_id().await;
    let own = world.member(&member).await;
    let rating = world.rated(&member, 3, Some("Cold.")).await;
    let _ = show(&own, &rating).await;
    assert_eq!(unread(&world).await, (true, 1), "the member's own look marks nothing");
    let opened = show(&world.agent, &rating).await;
    assert_eq!(opened.at("unread"), &json!(false));
    assert_eq!(unread(&world).await, (false, 0));
    let _ = write(&own, &rating, "Anybody there?", "k1").await.expect(201);
    assert_eq!(unread(&world).await, (true, 1));
    let path = format!("/v1/ratings/{rating}/read");
    for key in [Some("r1"), Some("no key!"), None] {
        let read = world.supervisor.post(&path, json!({}), key).await.expect(200);
        assert_eq!(read.body, json!({"rating_id": rating, "unread": false}));
    }
    assert_eq!(unread(&world).await, (false, 0));
    let _ = write(&own, &rating, "Hello?", "k2").await.expect(201);
    let _ = write(&world.agent, &rating, "Here we are.", "k3").await.expect(201);
    assert_eq!(unread(&world).await, (false, 0));
    let refused = world.agent.post(&path, json!({"text": "x"}), Some("r3")).await;
    let _ = refused.expect_problem(422, "unknown_field");
}

/// Returns whether the only rating of the list has a comment, and the comments, unread comments and replies that
/// are counted, of its branch and of all.
async fn commented(world: &World) -> (bool, [i64; 3]) {
    let list = world.agent.get("/v1/ratings").await.expect(200);
    let branch = list.text("data.0.branch");
    let mut counted = Vec::new();
    for query in [String::new(), format!("?branch={branch}")] {
        let summary = world.agent.get(&format!("/v1/ratings/summary{query}")).await.expect(200);
        counted.push(["comments", "unread_comments", "replies"].map(|name| summary.number(name)));
    }
    assert_eq!(counted[0], counted[1]);
    (list.at("data.0.has_comment").as_bool().unwrap(), counted[0])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_member_says_later_is_a_comment_too() {
    let world = World::start().await;
    let member = world.member_id().await;
    let own = world.member(&member).await;
    let rating = world.rated(&member, 3, None).await;
    let _ = show(&world.agent, &rating).await;
    assert_eq!(commented(&world).await, (false, [0, 0, 0]));
    for _ in 0..2 {
        let _ = write(&own, &rating, "It was cold.", "k1").await.expect(201);
        assert_eq!(commented(&world).await, (true, [1, 1, 0]));
    }
    let _ = write(&world.agent, &rating, "Sorry.", "k2").await.expect(201);
    assert_eq!(commented(&world).await, (true, [1, 0, 1]));
    let _ = write(&own, &rating, "Thank you.", "k3").await.expect(201);
    assert_eq!(commented(&world).await, (true, [1, 1, 1]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opened_rating_tells_its_whole_story() {
    let world = World::start().await;
    let member = world.enrol().await;
    let now = world.stack.clock().now();
    let visit = |score: u8, comment: Value| {
        json!({
            "member_id": member.text("member_id"), "score": score, "comment": comment,
            "branch": "b1", "invoice_number": "i1", "visited_at": now.to_string(),
        })
    };
    let first = world.pos.post("/v1/ratings", visit(3, json!("Cold.")), None).await.expect(201);
    let changed = world.pos.post("/v1/ratings", visit(9, Value::Null), None).await.expect(201);
    let rating = first.text("rating_id");
    assert_eq!(changed.text("rating_id"), rating);
    let seen = show(&world.agent, &rating).await;
    assert_eq!(seen.text("name"), member.text("name"));
    assert_eq!((seen.number("score"), seen.at("comment")), (9, &Value::Null));
    assert_eq!(seen.number("last_score"), 9);
    // The score of a later visit is the customer's last.
    let _ = world.rated(&member.text("member_id"), 5, None).await;
    let later = show(&world.agent, &rating).await;
    assert_eq!((later.number("last_score"), later.number("score")), (5, 9));
    assert_eq!((seen.text("category"), seen.text("color")), ("promoter".into(), "green".into()));
    assert_eq!((seen.text("branch"), seen.text("invoice_number")), ("b1".into(), "i1".into()));
    assert_eq!(seen.text("visited_at"), first.text("visited_at"));
    assert_eq!(seen.text("created_at"), first.text("created_at"));
    let history = seen.at("history").as_array().expect("a history");
    let scores: Vec<_> = history.iter().map(|one| one["score"].as_i64().unwrap()).collect();
    assert_eq!(scores, [3, 9]);
    assert_eq!(history[0]["comment"], "Cold.");
    assert_eq!(history[0]["at"], first.text("created_at"));
    let none = json!({"state": "none", "until": null, "email_id": null, "email_status": null});
    assert_eq!(seen.at("auto_reply"), &none);
    assert_eq!(seen.at("gifts"), &json!({"offered": 0, "redeemed": 0, "expired": 0}));
    assert_eq!(
        (seen.at("messages"), seen.at("gifts_of_rating")),
        (&json!([]), &json!([])),
        "{seen:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_needs_no_comment_and_no_address() {
    let world = World::start().await;
    let body = json!({"name": "Nadia Ohne"});
    let member = world.pos.post("/v1/members", body, Some("nadia")).await.expect(201);
    let rating = world.rated(&member.text("member_id"), 10, None).await;
    let reply = write(&world.agent, &rating, "Thank you!", "k1").await.expect(201);
    assert_eq!(reply.at("email_id"), &Value::Null);
    world.settle().await;
    assert!(world.stack.outbox(None).is_empty());
    assert_eq!(show(&world.agent, &rating).await.number("replies"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_writes_once() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    let member = enrolled.text("member_id");
    let own = world.member(&member).await;
    let rating = world.rated(&member, 3, None).await;
    let other = world.rated(&member, 4, None).await;
    let first = write(&world.agent, &rating, "Sorry.", "k1").await.expect(201);
    let again = write(&world.agent, &rating, "Sorry.", "k1").await.expect(201);
    assert!(again.replayed);
    assert_eq!(again.body, first.body);
    for (caller, text) in [(&world.agent, "Other."), (&own, "Sorry."), (&own, "Other.")] {
        let refused = write(caller, &rating, text, "k1").await;
        let _ = refused.expect_problem(422, "idempotency_key_reused");
    }
    // The key belongs to its rating: another rating accepts it as new.
    let elsewhere = write(&world.agent, &other, "Sorry.", "k1").await.expect(201);
    assert!(!elsewhere.replayed && elsewhere.text("message_id") != first.text("message_id"));
    let own_first = write(&own, &rating, "Why?", "k2").await.expect(201);
    let own_again = write(&own, &rating, "Why?", "k2").await.expect(201);
    assert!(own_again.replayed);
    assert_eq!(own_again.body, own_first.body);
    let seen = show(&world.agent, &rating).await;
    assert_eq!(seen.at("messages").as_array().map(Vec::len), Some(2));
    assert_eq!(seen.number("replies"), 1);
    world.settle().await;
    assert_eq!(world.stack.outbox(Some(&enrolled.text("email"))).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_to_a_thread_that_moved_is_refused_with_what_is_new() {
    let world = World::start().await;
    let member = world.member_id().await;
    let own = world.member(&member).await;
    let rating = world.rated(&member, 3, None).await;
    let path = format!("/v1/ratings/{rating}/messages");
    let write = async |caller: &Caller, text: &str, after: Value, key: &str| {
        caller.post(&path, json!({"text": text, "after": after}), Some(key)).await
    };
    let moved = |answer: Answer, newest: &Answer, actor: Value| {
        let answer = answer.expect_problem(409, "thread_moved");
        for field in ["message_id", "from", "text", "at"] {
            assert_eq!(answer.at(&format!("message.{field}")), newest.at(field), "{field}");
        }
        assert_eq!(answer.at("message.actor"), &actor);
    };
    let first = write(&world.agent, "Sorry.", json!("none"), "a1").await.expect(201);
    let late = write(&world.supervisor, "We are sorry.", json!("none"), "s1").await;
    moved(late, &first, first.at("actor").clone());
    // The shopper saw it too late; the refusal does not say which agent wrote.
    moved(write(&own, "Hello?", json!("none"), "m1").await, &first, Value::Null);
    let after_first = first.at("message_id").clone();
    let answered = write(&own, "Thank you.", after_first.clone(), "m1").await.expect(201);
    moved(
        write(&world.supervisor, "Sorry!", after_first.clone(), "s1").await,
        &answered,
        show(&world.agent, &rating).await.at("messages.1.actor").clone(),
    );
    // Nothing was written by what was refused, and the key is free.
    assert_eq!(show(&world.agent, &rating).await.at("messages").as_array().map(Vec::len), Some(2));
    let after_answer = answered.at("message_id").clone();
    let last = write(&world.supervisor, "Sorry!", after_answer, "s1").await.expect(201);
    // A retry of what was written is answered as before, and without `after` nothing is compared.
    let again = write(&own, "Thank you.", after_first, "m1").await.expect(201);
    assert!(again.replayed && again.text("message_id") == answered.text("message_id"));
    let _ = write(&world.agent, "One more.", Value::Null, "a2").await.expect(201);
    for bad in ["nothing", "", "msg_1", &last.text("rating_id")] {
        let refused = write(&world.agent, "x", json!(bad), "bad").await;
        let refused = refused.expect_problem(422, "invalid_field");
        assert_eq!(refused.text("errors.0.field"), "after", "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shopper_has_their_own_threads_only() {
    let world = World::start().await;
    let (member, other) = (world.member_id().await, world.member_id().await);
    let rating = world.rated(&member, 3, Some("Cold.")).await;
    let (own, foreign) = (world.member(&member).await, world.member(&other).await);
    let missing = format!("rat_{}{}", "0".repeat(16), other.trim_start_matches("mbr_"));
    for id in [rating.as_str(), &missing, "nonsense"] {
        let _ = foreign.get(&format!("/v1/ratings/{id}")).await.expect_problem(404, "not_found");
        let _ = write(&foreign, id, "Mine?", "k").await.expect_problem(404, "not_found");
    }
    for id in [missing.as_str(), "nonsense"] {
        let path = format!("/v1/ratings/{id}");
        let _ = world.agent.get(&path).await.expect_problem(404, "not_found");
        let _ = write(&world.agent, id, "Who?", "k").await.expect_problem(404, "not_found");
        let read = world.agent.post(&format!("{path}/read"), json!({}), Some("k")).await;
        let _ = read.expect_problem(404, "not_found");
    }
    for caller in [&own, &world.pos, &world.admin] {
        let body = json!({"gift": {"kind": "points", "points": 5}});
        let gift = caller.post(&format!("/v1/ratings/{rating}/gifts"), body, Some("g")).await;
        let _ = gift.expect_problem(403, "forbidden");
        let read = caller.post(&format!("/v1/ratings/{rating}/read"), json!({}), Some("r")).await;
        let _ = read.expect_problem(403, "forbidden");
    }
    for caller in [&world.pos, &world.admin] {
        let shown = caller.get(&format!("/v1/ratings/{rating}")).await;
        let _ = shown.expect_problem(403, "forbidden");
    }
    assert!(show(&own, &rating).await.at("messages").as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_says_something_within_its_bounds() {
    let world = World::start().await;
    let rating = world.rated(&world.member_id().await, 3, None).await;
    for bad in ["", " \n\t ", "nul\0", "esc\u{1b}[31m", "a\rb", &"x".repeat(4_001)] {
        let refused = write(&world.agent, &rating, bad, "bad").await;
        let refused = refused.expect_problem(422, "invalid_field");
        assert_eq!(refused.text("errors.0.field"), "text");
    }
    let longest = "🛒".repeat(4_000);
    let written = write(&world.agent, &rating, &longest, "long").await.expect(201);
    assert_eq!(written.text("text"), longest);
    let dressed = write(&world.agent, &rating, "<b>\u{202e}{{ name }}</b>\r\nhi", "hostile").await;
    assert_eq!(dressed.expect(201).text("text"), "<b>\u{202e}{{ name }}</b>\nhi");
    let path = format!("/v1/ratings/{rating}/messages");
    let unknown = world.agent.post(&path, json!({"text": "x", "to": "y"}), Some("k")).await;
    let _ = unknown.expect_problem(422, "unknown_field");
    let keyless = world.agent.post(&path, json!({"text": "x"}), None).await;
    let _ = keyless.expect_problem(400, "idempotency_key_missing");
}

/// Writes copies of a message, without its rating: the limits of a thread count the messages.
async fn copy_message(world: &World, rating: &str, key: &str, copies: usize) {
    let client = world.stack.table_client();
    let rating_id: RatingId = rating.parse().unwrap();
    let message_key = |key: &str| {
        let message_id = MessageId::from_key(&rating_id, key);
        (Key::message(&rating_id, &message_id).attributes(), message_id)
    };
    let get = client.get_item().table_name("puntos").set_key(Some(message_key(key).0));
    let message = get.send().await.unwrap().item.unwrap();
    let copy = |number: usize| {
        let (key, message_id) = message_key(&format!("copy-{number}"));
        let mut item = message.clone();
        item.extend(key);
        item.insert("message_id".to_owned(), AttributeValue::S(message_id.to_string()));
        let put = PutRequest::builder().set_item(Some(item)).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    let puts: Vec<WriteRequest> = (0..copies).map(copy).collect();
    for batch in puts.chunks(25) {
        let write = client.batch_write_item().request_items("puntos", batch.to_vec());
        let left = write.send().await.unwrap().unprocessed_items.unwrap_or_default();
        assert!(left.is_empty(), "every item is written");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_of_200_messages_is_full_and_still_shown_whole() {
    let world = World::start().await;
    let body = json!({"name": "Nadia Ohne"});
    let member = world.pos.post("/v1/members", body, Some("nadia")).await.expect(201);
    let member = member.text("member_id");
    let (own, rating) = (world.member(&member).await, world.rated(&member, 3, None).await);
    // The thread is larger than a megabyte, so the store reads it in pages.
    let text = "🛒".repeat(2_000);
    let _ = write(&own, &rating, &text, "k0").await.expect(201);
    copy_message(&world, &rating, "k0", 199).await;
    let full = write(&own, &rating, "One more.", "own").await;
    let _ = full.expect_problem(409, "thread_full");
    let full = write(&world.agent, &rating, "One more.", "late").await;
    let _ = full.expect_problem(409, "thread_full");
    let again = write(&own, &rating, &text, "k0").await.expect(201);
    assert!(again.replayed);
    let seen = show(&world.agent, &rating).await;
    let messages = seen.at("messages").as_array().expect("messages");
    assert_eq!(messages.len(), 200);
    assert!(messages.iter().all(|one| one["text"] == text));
}
