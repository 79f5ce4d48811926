//! Attachments of claims: what may be attached by whom, and what the bucket takes and gives by signed addresses.

use jiff::SignedDuration;
use puntos::{Data, Options};
use puntos_tests::{Answer, Caller, World, signed};
use serde_json::{Value, json};

const LARGEST: usize = 5 * 1024 * 1024;

/// Opens a claim about missing points, and returns the path of its attachments.
async fn claim(world: &World, member: &str) -> String {
    let body = json!({"member_id": member, "kind": "refund"});
    let key = format!("claim-{}", world.fresh());
    let opened = world.agent.post("/v1/claims", body, Some(&key)).await.expect(201);
    format!("/v1/claims/{}/attachments", opened.text("claim_id"))
}

async fn attach(
    caller: &Caller,
    path: &str,
    content_type: &str,
    bytes: usize,
    key: &str,
) -> Answer {
    caller.post(path, json!({"content_type": content_type, "bytes": bytes}), Some(key)).await
}

/// Returns the status of the bucket, and its code if it refuses.
async fn put(upload: &Value, bytes: Vec<u8>) -> (u16, String) {
    let response = signed(upload, bytes).await;
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let code = text.split("<Code>").nth(1).and_then(|rest| rest.split('<').next());
    (status, code.unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_is_attached_sent_and_read() {
    let world = World::start().await;
    let member = world.member_id().await;
    let shopper = world.member(&member).await;
    let path = claim(&world, &member).await;
    for (number, content_type) in
        ["image/jpeg", "image/png", "application/pdf"].into_iter().enumerate()
    {
        let bytes = vec![number as u8; LARGEST - number];
        let key = format!("a{number}");
        let attached = attach(&shopper, &path, content_type, bytes.len(), &key).await.expect(201);
        let lasts: jiff::Timestamp = attached.text("expires_at").parse().unwrap();
        let left = lasts.duration_since(world.stack.clock().now());
        assert!(left > SignedDuration::from_mins(14) && left <= SignedDuration::from_mins(15));
        assert_eq!(attached.text("upload.method"), "PUT");
        assert_eq!(put(attached.at("upload"), bytes.clone()).await.0, 200);
        let one = format!("{path}/{}", attached.text("attachment_id"));
        for caller in [&world.agent, &world.supervisor, &shopper] {
            let shown = caller.get(&one).await.expect(200);
            assert_eq!(shown.text("content_type"), content_type);
            let read = signed(shown.at("download"), Vec::new()).await;
            assert_eq!(read.headers()["content-type"], content_type);
            assert_eq!(read.bytes().await.unwrap(), bytes);
        }
    }
    let claim = path.trim_end_matches("/attachments");
    for caller in [&world.agent, &shopper] {
        let shown = caller.get(claim).await.expect(200);
        let attachments = shown.at("evidence.attachments").as_array().unwrap();
        let sizes: Vec<&Value> = attachments.iter().map(|one| &one["bytes"]).collect();
        assert_eq!(sizes, [&json!(LARGEST), &json!(LARGEST - 1), &json!(LARGEST - 2)]);
        assert_eq!(shown.text("history.1.what"), "attached");
        assert_eq!(shown.at("history.1.evidence.attachments.0"), &attachments[0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bucket_takes_only_what_was_signed_for() {
    let world = World::start().await;
    let member = world.member_id().await;
    let path = claim(&world, &member).await;
    let attached = attach(&world.agent, &path, "image/png", 4, "a").await.expect(201);
    let upload = attached.at("upload");
    let other = |name: &str, value: Value| {
        let mut other = upload.clone();
        other["headers"][name] = value;
        other
    };
    let refused = (403, "SignatureDoesNotMatch".to_owned());
    assert_eq!(put(&other("content-type", json!("image/jpeg")), vec![0; 4]).await, refused);
    assert_eq!(put(&other("content-type", json!("text/html")), vec![0; 4]).await, refused);
    // The header has the length of the body: HTTP allows nothing else.
    for bytes in [0, 3, 5, 1_000] {
        let upload = other("content-length", json!(bytes.to_string()));
        assert_eq!(put(&upload, vec![0; bytes]).await, refused, "{bytes}");
    }
    let mut get = upload.clone();
    get["method"] = json!("GET");
    assert_eq!(put(&get, vec![0; 4]).await, refused);
    let mut elsewhere = upload.clone();
    let id = attached.text("attachment_id");
    let forged = upload["url"].as_str().unwrap().replace(&id, "att_0000000000000000");
    elsewhere["url"] = json!(forged);
    assert_eq!(put(&elsewhere, vec![0; 4]).await, refused);
    let mut longer = upload.clone();
    longer["url"] = json!(upload["url"].as_str().unwrap().replace("Expires=900", "Expires=90000"));
    assert_eq!(put(&longer, vec![0; 4]).await, refused);
    let mut bare = upload.clone();
    bare["url"] = json!(upload["url"].as_str().unwrap().split('?').next());
    let denied = (403, "AccessDenied".to_owned());
    assert_eq!(put(&bare, vec![0; 4]).await, denied);
    // Nothing was sent yet.
    let shown = world.agent.get(&format!("{path}/{id}")).await.expect(200);
    assert_eq!(put(shown.at("download"), Vec::new()).await, denied);
    assert_eq!(put(upload, vec![0; 4]).await.0, 200);
    world.stack.set_clock(world.stack.clock().now() + SignedDuration::from_mins(15));
    assert_eq!(put(upload, vec![0; 4]).await, denied, "the address has expired");
    assert_eq!(put(shown.at("download"), Vec::new()).await, denied);
    let again = attach(&world.agent, &path, "image/png", 4, "a").await.expect(201);
    assert!(again.replayed);
    assert_eq!(again.text("attachment_id"), id);
    let exists = (412, "PreconditionFailed".to_owned());
    assert_eq!(put(again.at("upload"), vec![1; 4]).await, exists, "it is never replaced");
    let read = signed(world.agent.get(&format!("{path}/{id}")).await.at("download"), vec![]).await;
    assert_eq!(read.bytes().await.unwrap(), vec![0; 4]);
    let mut replacing = again.at("upload").clone();
    replacing["headers"]["if-none-match"] = json!("other");
    assert_eq!(put(&replacing, vec![1; 4]).await, refused);
    let later = attach(&world.agent, &path, "image/png", 4, "b").await.expect(201);
    let other = attach(&world.agent, &path, "image/png", 4, "b").await.expect(201);
    assert_eq!(put(other.at("upload"), vec![1; 4]).await.0, 200, "a new address");
    assert_eq!(put(later.at("upload"), vec![1; 4]).await, exists);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_be_attached_by_whom() {
    let world = World::start().await;
    let member = world.member_id().await;
    let shopper = world.member(&member).await;
    let other = world.member(&world.member_id().await).await;
    let path = claim(&world, &member).await;
    for (body, field) in [
        (json!({"content_type": "image/gif", "bytes": 4}), "content_type"),
        (json!({"content_type": "text/html", "bytes": 4}), "content_type"),
        (json!({"bytes": 4}), "content_type"),
        (json!({"content_type": "image/png"}), "bytes"),
        (json!({"content_type": "image/png", "bytes": 0}), "bytes"),
        (json!({"content_type": "image/png", "bytes": -1}), "bytes"),
        (json!({"content_type": "image/png", "bytes": LARGEST + 1}), "bytes"),
    ] {
        let refused = shopper.post(&path, body.clone(), Some("bad")).await.expect(422);
        assert_eq!(refused.text("errors.0.field"), field, "{body}");
    }
    let no_key = shopper.post(&path, json!({"content_type": "image/png", "bytes": 4}), None).await;
    let _ = no_key.expect_problem(400, "idempotency_key_missing");
    let attached = attach(&shopper, &path, "image/png", 4, "a0").await.expect(201);
    let changed = attach(&shopper, &path, "image/png", 5, "a0").await;
    let _ = changed.expect_problem(422, "idempotency_key_reused");
    let one = format!("{path}/{}", attached.text("attachment_id"));
    // Somebody else's claim looks like a missing one.
    let missing = format!("/v1/claims/clm_{}/attachments", "0".repeat(32));
    for path in [&path, &missing] {
        let refused = attach(&other, path, "image/png", 4, "x").await;
        let _ = refused.expect_problem(404, "not_found");
    }
    let of_nothing = format!("{path}/att_{}", "0".repeat(16));
    for (caller, path) in [(&other, &one), (&shopper, &of_nothing), (&world.agent, &of_nothing)] {
        let _ = caller.get(path).await.expect_problem(404, "not_found");
    }
    for caller in [&world.pos, &world.admin] {
        let refused = attach(caller, &path, "image/png", 4, "x").await;
        let _ = refused.expect_problem(403, "forbidden");
        let _ = caller.get(&one).await.expect_problem(403, "forbidden");
    }
    for number in 1..5 {
        let key = format!("a{number}");
        let _ = attach(&world.agent, &path, "application/pdf", 4, &key).await.expect(201);
    }
    let sixth = attach(&shopper, &path, "image/png", 4, "a5").await;
    let _ = sixth.expect_problem(409, "too_many_attachments");
    let _ = attach(&shopper, &path, "image/png", 4, "a0").await.expect(201);
    let ended = claim(&world, &member).await;
    let _ = attach(&shopper, &ended, "image/png", 4, "before").await.expect(201);
    let update = ended.replace("attachments", "updates");
    let rejection = json!({"status": "rejected", "note": "Not ours"});
    let _ = world.agent.post(&update, rejection, Some("no")).await.expect(201);
    for key in ["a", "before"] {
        let refused = attach(&shopper, &ended, "image/png", 4, key).await;
        let _ = refused.expect_problem(409, "claim_ended");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attachment_outlives_a_restart_and_writes_no_mail() {
    let directory = tempfile::tempdir().unwrap();
    let options =
        || Options { data: Data::Directory(directory.path().to_owned()), ..Options::default() };
    let world = World::with(options()).await;
    let member = world.member_id().await;
    let path = claim(&world, &member).await;
    world.settle().await;
    let mails = world.stack.outbox(None).len();
    let attached = attach(&world.agent, &path, "image/png", 4, "a").await.expect(201);
    assert_eq!(put(attached.at("upload"), vec![7; 4]).await.0, 200);
    assert_eq!(put(attached.at("upload"), vec![8; 4]).await.0, 412, "in a folder too");
    world.settle().await;
    assert_eq!(world.stack.outbox(None).len(), mails);
    world.stack.shutdown().await.unwrap();
    let world = World::with(options()).await;
    let one = format!("{path}/{}", attached.text("attachment_id"));
    let shown = world.agent.get(&one).await.expect(200);
    let read = signed(shown.at("download"), Vec::new()).await;
    assert_eq!(read.bytes().await.unwrap(), vec![7; 4]);
}
