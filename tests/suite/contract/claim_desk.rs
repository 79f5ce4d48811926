//! Claims: who may open, see and update them, their findings, and their fixes.
//!
//! Follow-ups are in `journeys::claims`. Claims that the system opens are in `faults::found`.

mod guessing;
mod many;
mod missing_points;

use puntos_tests::{Answer, Caller, World};
use serde_json::{Value, json};

pub(super) async fn open(world: &World, caller: &Caller, body: Value) -> Answer {
    let key = format!("claim-{}", world.fresh());
    caller.post("/v1/claims", body, Some(&key)).await
}

pub(super) async fn update(world: &World, caller: &Caller, claim: &str, body: Value) -> Answer {
    let key = format!("update-{}", world.fresh());
    caller.post(&format!("/v1/claims/{claim}/updates"), body, Some(&key)).await
}

async fn opened(world: &World, member: &str) -> String {
    let body = json!({"member_id": member, "kind": "refund", "evidence": {"note": "n"}});
    open(world, &world.agent, body).await.expect(201).text("claim_id")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_is_opened_by_members_and_agents_and_seen_by_those_it_concerns() {
    let world = World::start().await;
    world.stack.set_clock("2031-03-10T20:59:00Z".parse().unwrap());
    let (id, other_id) = (world.member_id().await, world.member_id().await);
    let (member, other) = (world.member(&id).await, world.member(&other_id).await);
    let body = json!({"kind": "delivery", "evidence": {"branch": "b1", "card_number": "c"}});
    let own = open(&world, &member, body).await.expect(201);
    assert_eq!((own.text("member_id"), own.text("opened_by")), (id.clone(), "member".to_owned()));
    // Moscow is three hours ahead: the tenth until 21:00.
    assert_eq!(own.text("promised_by"), "2031-03-17");
    assert_eq!(own.text("status"), "received");
    assert_eq!(own.at("finding"), &Value::Null);
    assert_eq!(own.text("history.0.what"), "opened");
    assert_eq!(own.at("history.0.actor"), &Value::Null);
    let body = json!({"member_id": id, "kind": "wrong_tax"});
    let by_supervisor = open(&world, &world.supervisor, body).await.expect(201);
    assert_eq!(by_supervisor.text("opened_by"), "agent");
    assert_eq!(by_supervisor.text("history.0.by"), "supervisor");
    let path = format!("/v1/claims/{}", own.text("claim_id"));
    for caller in [&member, &world.agent, &world.supervisor] {
        assert_eq!(caller.get(&path).await.expect(200).text("claim_id"), own.text("claim_id"));
    }
    let _ = other.get(&path).await.expect_problem(404, "not_found");
    let note = json!({"note": "n"});
    let claim_id = own.text("claim_id");
    let _ = update(&world, &other, &claim_id, note.clone()).await.expect_problem(404, "not_found");
    for missing in ["clm_0", "clm_00000000000000000000000000000000"] {
        let _ = world.agent.get(&format!("/v1/claims/{missing}")).await.expect(404);
        let _ = update(&world, &world.agent, missing, note.clone()).await.expect(404);
    }
    for caller in [&world.pos, &world.admin] {
        let _ = caller.get(&path).await.expect(403);
        let _ = open(&world, caller, json!({"kind": "refund"})).await.expect(403);
    }
    let fix = format!("{path}/fix");
    let _ = member.post(&fix, json!({}), Some("k")).await.expect(403);
    let refused = world.agent.post(&fix, json!({}), Some("k")).await;
    let _ = refused.expect_problem(409, "no_fix");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_is_refused_with_its_place() {
    let world = World::start().await;
    let (id, other) = (world.member_id().await, world.member_id().await);
    let member = world.member(&id).await;
    let missing = "mbr_0000000000000000";
    let table = [
        (&world.agent, json!({"kind": "refund"}), 422, "member_id"),
        (&world.agent, json!({"kind": "refund", "member_id": missing}), 404, "member_id"),
        (&world.agent, json!({"kind": "refund", "member_id": "x"}), 404, "member_id"),
        (&member, json!({"kind": "refund", "member_id": other}), 404, "member_id"),
        (&member, json!({"kind": "lateness"}), 422, "kind"),
        (&member, json!({"kind": "refund", "evidence": {"branch": ""}}), 422, "evidence.branch"),
        (
            &member,
            json!({"kind": "refund", "evidence": {"note": "x".repeat(501)}}),
            422,
            "evidence.note",
        ),
        (
            &member,
            json!({"kind": "refund", "evidence": {"purchased_at": "2100-01-01T00:00:00Z"}}),
            422,
            "evidence.purchased_at",
        ),
        (&member, json!({"kind": "refund", "status": "resolved"}), 422, "status"),
        (&member, json!({"kind": "refund", "method": " "}), 422, "method"),
        (
            &member,
            json!({"kind": "refund", "amount": {"amount": -1, "currency": "RUB"}}),
            422,
            "amount.amount",
        ),
    ];
    for (caller, body, status, field) in table {
        let refused = open(&world, caller, body.clone()).await.expect(status);
        assert_eq!(refused.text("errors.0.field"), field, "{body}");
    }
    let claim = opened(&world, &id).await;
    let yesterday = json!({"promised_by": "2001-01-01"});
    let table = [
        (json!({}), "note"),
        (json!({"internal": true}), "note"),
        (json!({"status": "received"}), "status"),
        (json!({"status": "waiting"}), "waiting_on"),
        (json!({"waiting_on": "bank"}), "waiting_on"),
        (json!({"confirmed": true}), "confirmed"),
        (json!({"confirmed_by_member": false}), "note"),
        (json!({"confirmed_by_member": true, "status": "rejected"}), "confirmed_by_member"),
        (json!({"bank_reference": "x".repeat(65)}), "bank_reference"),
        (yesterday, "promised_by"),
        (json!({"expected_by": "2001-01-01"}), "expected_by"),
        (json!({"money_at": "moon"}), "money_at"),
    ];
    for (body, field) in table {
        let refused = update(&world, &world.agent, &claim, body.clone()).await.expect(422);
        assert_eq!(refused.text("errors.0.field"), field, "{body}");
    }
    for body in [
        json!({"note": "n", "status": "resolved"}),
        json!({"note": "n", "waiting_on": "bank"}),
        json!({"note": "n", "internal": false}),
        json!({"note": "n", "promised_by": "2100-01-01"}),
        json!({"note": "n", "bank_reference": "r"}),
        json!({"note": "n", "money_at": "bank"}),
        json!({"note": "n", "expected_by": "2100-01-01"}),
        json!({"note": "n", "confirmed_by_member": true}),
    ] {
        let refused = update(&world, &member, &claim, body).await;
        let _ = refused.expect_problem(403, "forbidden");
    }
    let unknown = world.agent.get("/v1/claims?status=lost").await;
    let _ = unknown.expect_problem(422, "invalid_field");
    let history = world.agent.get(&format!("/v1/claims/{claim}")).await.expect(200);
    assert_eq!(history.at("history").as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_request_is_answered_again_and_another_with_its_key_refused() {
    let world = World::start().await;
    let (id, other) = (world.member_id().await, world.member_id().await);
    let body = json!({"member_id": id, "kind": "refund", "evidence": {"note": "n"}});
    let first = world.agent.post("/v1/claims", body.clone(), Some("k")).await.expect(201);
    let again = world.agent.post("/v1/claims", body.clone(), Some("k")).await.expect(201);
    assert!(!first.replayed && again.replayed);
    assert_eq!(again.body, first.body);
    for (field, value) in [("kind", json!("delivery")), ("member_id", json!(other))] {
        let mut body = body.clone();
        body[field] = value;
        let refused = world.agent.post("/v1/claims", body, Some("k")).await;
        let _ = refused.expect_problem(422, "idempotency_key_reused");
    }
    let path = format!("/v1/claims/{}/updates", first.text("claim_id"));
    // A key belongs to its route.
    let note = json!({"note": "first"});
    let updated = world.agent.post(&path, note.clone(), Some("k")).await.expect(201);
    let _ = world.agent.post(&path, json!({"note": "other"}), Some("l")).await.expect(201);
    let again = world.agent.post(&path, note, Some("k")).await.expect(201);
    assert!(!updated.replayed && again.replayed);
    assert_eq!(again.at("history").as_array().map(Vec::len), Some(3));
    let refused = world.agent.post(&path, json!({"note": "third"}), Some("k")).await;
    let _ = refused.expect_problem(422, "idempotency_key_reused");
    let mine = world.agent.get(&format!("/v1/claims?member_id={other}")).await.expect(200);
    assert_eq!(mine.at("data"), &json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_sees_no_names_and_no_internal_notes() {
    let world = World::start().await;
    let id = world.member_id().await;
    let member = world.member(&id).await;
    let claim = opened(&world, &id).await;
    for body in [
        json!({"note": "secret", "internal": true}),
        json!({
            "internal": true, "status": "waiting", "waiting_on": "secret court",
            "bank_reference": "secret-1", "evidence": {"branch": "secret branch", "note": "secret"},
        }),
        json!({"note": "public", "promised_by": "2100-01-01", "bank_reference": "ref-1"}),
    ] {
        let _ = update(&world, &world.agent, &claim, body).await.expect(201);
    }
    let _ = update(&world, &member, &claim, json!({"note": "mine"})).await.expect(201);
    let path = format!("/v1/claims/{claim}");
    let whole = world.agent.get(&path).await.expect(200);
    assert_eq!(whole.at("history").as_array().map(Vec::len), Some(5));
    assert!(whole.text("history.1.actor").starts_with("agent:"));
    let told = member.get(&path).await.expect(200);
    let text = told.body.to_string();
    assert!(!text.contains("secret") && !text.contains("agent:"), "{text}");
    assert_eq!(told.at("history").as_array().map(Vec::len), Some(4));
    let statuses = ["history.1.status", "history.2.note", "history.2.bank_reference"];
    assert_eq!(statuses.map(|path| told.text(path)), ["waiting", "public", "ref-1"]);
    assert_eq!(
        (told.at("waiting_on"), told.text("promised_by")),
        (&Value::Null, "2100-01-01".into())
    );
    assert_eq!(
        (told.at("evidence.branch"), told.text("evidence.note")),
        (&Value::Null, "n".into())
    );
    world.settle().await;
    for mail in world.stack.outbox(None) {
        assert!(!mail.text.contains("secret") && !mail.html.contains("secret"), "{}", mail.text);
    }
    let waits = json!({"waiting_on": "the bank"});
    let _ = update(&world, &world.agent, &claim, waits).await.expect(201);
    assert_eq!(member.get(&path).await.expect(200).text("waiting_on"), "the bank");
    let timeline = format!("/v1/members/{id}/timeline?kind=claim");
    let entry = member.get(&timeline).await.expect(200);
    assert_eq!(entry.text("data.0.claim_id"), claim);
    assert_eq!(entry.text("data.0.summary"), "Claim about a refund: waiting for an answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_claim_is_opened_again_only_by_a_customer_who_does_not_agree() {
    let world = World::start().await;
    let id = world.member_id().await;
    let member = world.member(&id).await;
    let claim = opened(&world, &id).await;
    let resolved = update(&world, &world.agent, &claim, json!({"status": "resolved"})).await;
    assert_eq!(resolved.expect(201).at("proven"), &json!(false));
    let proven = update(&world, &member, &claim, json!({"confirmed": true})).await.expect(201);
    assert_eq!((proven.at("proven"), proven.text("status")), (&json!(true), "resolved".into()));
    assert_eq!(proven.at("follow_up_on"), &Value::Null);
    for (caller, body) in [
        (&world.agent, json!({"note": "n"})),
        (&world.supervisor, json!({"status": "investigating"})),
        (&member, json!({"note": "thank you"})),
    ] {
        let refused = update(&world, caller, &claim, body).await;
        let _ = refused.expect_problem(409, "claim_ended");
    }
    let objects = json!({"confirmed": false, "note": "it is not"});
    let reopened = update(&world, &member, &claim, objects).await.expect(201);
    let state = (reopened.text("status"), reopened.at("proven").clone());
    assert_eq!(state, ("investigating".to_owned(), json!(false)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_about_money_says_where_it_is_and_a_reference_alone_ends_nothing() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    let (id, address) = (enrolled.text("member_id"), enrolled.text("email"));
    let member = world.member(&id).await;
    let body = json!({
        "member_id": id, "kind": "duplicate_charge", "method": "card",
        "amount": {"amount": 129_990, "currency": "RUB"},
        "evidence": {"note": "We have asked the provider."},
    });
    let opened = open(&world, &world.agent, body).await.expect(201);
    assert_eq!(opened.number("amount.amount"), 129_990);
    let unknown = ["money_at", "expected_by", "bank_reference", "waiting_on"];
    assert!(unknown.iter().all(|field| opened.at(field).is_null()), "{opened:?}");
    world.settle().await;
    let mails = world.stack.outbox(Some(&address));
    assert!(mails[0].text.contains("We have asked the provider."), "{}", mails[0].text);
    let claim = opened.text("claim_id");
    let sent = json!({
        "status": "waiting", "waiting_on": "bank", "money_at": "bank",
        "expected_by": "2100-01-01", "bank_reference": "REF-1",
    });
    let _ = update(&world, &world.agent, &claim, sent).await.expect(201);
    let back = json!({"money_at": "customer", "internal": true});
    let _ = update(&world, &world.agent, &claim, back).await.expect(201);
    let path = format!("/v1/claims/{claim}");
    assert_eq!(world.agent.get(&path).await.expect(200).text("money_at"), "customer");
    let seen = member.get(&path).await.expect(200);
    let words = ["method", "money_at", "expected_by", "bank_reference", "waiting_on"];
    let said = ["card", "bank", "2100-01-01", "REF-1", "bank"];
    assert_eq!(words.map(|field| seen.text(field)), said);
    let resolved = update(&world, &world.agent, &claim, json!({"status": "resolved"})).await;
    assert_eq!(resolved.expect(201).at("proven"), &json!(false));
    let confirmed = update(&world, &member, &claim, json!({"confirmed": true})).await.expect(201);
    assert_eq!(confirmed.at("proven"), &json!(true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_for_a_member_newest_first_and_for_agents_longest_open_first() {
    let world = World::start().await;
    let (id, other_id) = (world.member_id().await, world.member_id().await);
    let member = world.member(&id).await;
    let mut claims = Vec::new();
    for minute in 0..5 {
        world.stack.set_clock(format!("2031-03-10T12:0{minute}:00Z").parse().unwrap());
        claims.push(opened(&world, if minute == 4 { &other_id } else { &id }).await);
    }
    for (claim, status) in claims.iter().zip(["investigating", "resolved", "rejected"]) {
        let _ = update(&world, &world.agent, claim, json!({"status": status})).await.expect(201);
    }
    let ids = async |caller: &Caller, filter: &str| {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/claims?limit=1&{filter}{cursor}");
            let page = caller.get(&path).await.expect(200);
            let rows = page.at("data").as_array().unwrap();
            found.extend(rows.iter().map(|row| row["claim_id"].as_str().unwrap().to_owned()));
            match page.at("next_cursor").as_str() {
                None => return found,
                Some(next) => cursor = format!("&cursor={next}"),
            }
        }
    };
    let places = |places: &[usize]| -> Vec<String> {
        places.iter().map(|place| claims[*place].clone()).collect()
    };
    assert_eq!(ids(&world.agent, "").await, places(&[0, 3, 4]));
    assert_eq!(ids(&world.agent, "status=received").await, places(&[3, 4]));
    assert_eq!(ids(&world.agent, "status=resolved").await, places(&[1]));
    assert_eq!(ids(&world.agent, &format!("member_id={id}")).await, places(&[3, 2, 1, 0]));
    assert_eq!(ids(&member, "").await, places(&[3, 2, 1, 0]));
    assert_eq!(ids(&member, "status=rejected").await, places(&[2]));
    let foreign = member.get(&format!("/v1/claims?member_id={other_id}")).await;
    let _ = foreign.expect_problem(404, "not_found");
    let page = world.agent.get("/v1/claims?limit=1").await.expect(200);
    let stolen = format!("/v1/claims?limit=1&status=waiting&cursor={}", page.text("next_cursor"));
    let _ = world.agent.get(&stolen).await.expect_problem(400, "cursor_mismatch");
}
