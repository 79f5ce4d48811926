//! Money without an order, and lost refunds: claims that the shop's events open, move and end by themselves.

use jiff::Timestamp;
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

const KINDS: [&str; 5] =
    ["payment_received", "order_failed", "refund_requested", "refund_sent", "refund_received"];

/// Returns an event of the money of an order; they happen a minute after the other, in the order of [`KINDS`].
fn event(member: &str, order: &str, kind: &str) -> Value {
    let minute = KINDS.iter().position(|known| *known == kind).unwrap_or_default();
    let mut body = json!({
        "event_id": format!("{order} {kind}"), "kind": kind, "member_id": member,
        "order_id": order, "at": format!("2031-03-10T09:0{minute}:00Z"),
        "amount": {"amount": 129_990, "currency": "RUB"},
    });
    if kind == "refund_sent" {
        body["bank_reference"] = json!("REF-77");
    }
    body
}

async fn send(world: &World, body: Value) -> Answer {
    world.pos.post("/v1/orders/events", body, None).await.expect(201)
}

/// Sets the clock to a time of the tenth of March, and lets the failures be found.
async fn find(world: &World, time: &str) {
    let at: Timestamp = format!("2031-03-10T{time}Z").parse().unwrap();
    world.stack.set_clock(at);
    let fired = world.stack.fire_schedules(Some("find-failures"), at).await;
    assert_eq!(fired, [("find-failures".to_owned(), true)]);
    world.settle().await;
}

async fn claims(world: &World, member: &str) -> Vec<Value> {
    let page = world.agent.get(&format!("/v1/claims?member_id={member}")).await.expect(200);
    page.at("data").as_array().unwrap().clone()
}

/// Enrols a member who reads Spanish, and returns their id and address.
async fn enrolled(world: &World) -> (String, String) {
    let address = format!("paz.ejemplo.{}@example.com", world.fresh());
    let body = json!({"name": "Paz Ejemplo", "email": address, "locale": "es"});
    let key = format!("enrol-{}", world.fresh());
    let member = world.agent.post("/v1/members", body, Some(&key)).await.expect(201);
    (member.text("member_id"), address)
}

async fn world() -> World {
    let world = World::start().await;
    world.stack.set_clock("2031-03-10T09:05:00Z".parse().unwrap());
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_without_an_order_becomes_a_claim_and_the_order_ends_it() {
    let world = world().await;
    let (member, address) = enrolled(&world).await;
    let paid = send(&world, event(&member, "o-1", "payment_received")).await;
    assert!(paid.at("claim_id").is_null());
    // The money of an order that came in time is nobody's claim.
    let _ = send(&world, event(&member, "o-2", "payment_received")).await;
    let _ = send(&world, event(&member, "o-2", "placed")).await;
    let _ = send(&world, event(&member, "o-3", "placed")).await;
    let _ = send(&world, event(&member, "o-3", "payment_received")).await;
    find(&world, "09:59:59").await;
    assert_eq!(claims(&world, &member).await, Vec::<Value>::new());
    find(&world, "10:00:00").await;
    find(&world, "10:15:00").await;
    let found = claims(&world, &member).await;
    assert_eq!(found.len(), 1, "{found:?}");
    let claim = &found[0];
    assert_eq!(
        (&claim["kind"], &claim["opened_by"]),
        (&json!("charged_without_order"), &json!("system"))
    );
    assert_eq!((&claim["status"], &claim["money_at"]), (&json!("received"), &json!("shop")));
    assert_eq!(claim["amount"]["amount"], 129_990);
    assert_eq!(claim["evidence"]["order_id"], "o-1");
    assert_eq!(claim["to_do"], json!(["check_payment", "complete_order", "request_refund"]));
    assert_eq!(claim["history"][1]["event"], "payment_received");
    assert_eq!(claim["history"][1]["happened_at"], "2031-03-10T09:00:00Z");
    world.settle().await;
    let mails = world.stack.outbox(Some(&address));
    assert_eq!(mails.len(), 1, "the member is told before they write");
    assert_eq!(mails[0].subject, "Tenemos tu dinero, pero no hay pedido");
    let next = "completaremos el pedido o te devolveremos el dinero. No tienes que hacer nada.";
    for words in ["1299,90\u{a0}RUB", "o-1", claim["claim_id"].as_str().unwrap(), next] {
        assert!(mails[0].text.contains(words), "{words} in {}", mails[0].text);
    }
    // The agent completes the order by hand in the shop, which reports it.
    let _ = send(&world, event(&member, "o-1", "placed")).await;
    find(&world, "10:30:00").await;
    let ended = &claims(&world, &member).await[0];
    assert_eq!((&ended["status"], &ended["proven"]), (&json!("resolved"), &json!(true)));
    assert_eq!(ended["to_do"], json!([]));
    let mails = world.stack.outbox(Some(&address));
    assert_eq!((mails.len(), &*mails[1].subject), (2, "Tu pedido está completo"));
    assert!(mails[1].text.contains("Tu pedido o-1 está completo"), "{}", mails[1].text);
    assert!(!mails[1].text.contains("1299"), "no money waits any more: {}", mails[1].text);
    // An order that fails later leaves its money without an order.
    let mut failed = event(&member, "o-3", "order_failed");
    failed["at"] = json!("2031-03-10T10:20:00Z");
    let _ = send(&world, failed).await;
    find(&world, "11:19:00").await;
    assert_eq!(claims(&world, &member).await.len(), 1);
    find(&world, "11:20:00").await;
    assert_eq!(claims(&world, &member).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_orders_and_payments_open_no_claim_and_a_cancelled_order_does() {
    let world = world().await;
    let (member, address) = enrolled(&world).await;
    let at = |order: &str, kind: &str, at: &str| {
        let mut event = event(&member, order, kind);
        event["at"] = json!(at);
        event
    };
    // An order of last year that is paid now, though others came since.
    let _ = send(&world, at("o-1", "placed", "2030-12-20T09:00:00Z")).await;
    for order in ["o-2", "o-3", "o-4"] {
        let _ = send(&world, event(&member, order, "placed")).await;
    }
    let _ = send(&world, event(&member, "o-1", "payment_received")).await;
    // What an import brings.
    let _ = send(&world, at("o-5", "payment_received", "2030-12-20T09:00:00Z")).await;
    // An order that is cancelled after it was paid, in whatever order the shop tells it.
    let kinds = [("placed", "09:01"), ("payment_received", "09:02"), ("cancelled", "09:03")];
    for (order, places) in [("o-6", [0, 1, 2]), ("o-7", [2, 0, 1]), ("o-8", [1, 2, 0])] {
        for place in places {
            let (kind, minute) = kinds[place];
            let _ = send(&world, at(order, kind, &format!("2031-03-10T{minute}:00Z"))).await;
        }
    }
    find(&world, "10:02:59").await;
    assert_eq!(claims(&world, &member).await, Vec::<Value>::new());
    find(&world, "10:03:00").await;
    let mut orders: Vec<String> = claims(&world, &member)
        .await
        .iter()
        .map(|claim| claim["evidence"]["order_id"].as_str().unwrap().to_owned())
        .collect();
    orders.sort();
    assert_eq!(orders, ["o-6", "o-7", "o-8"]);
    assert_eq!(world.stack.outbox(Some(&address)).len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_its_order_ended_goes_on_if_the_order_fails() {
    let world = world().await;
    let (member, address) = enrolled(&world).await;
    let _ = send(&world, event(&member, "o-1", "payment_received")).await;
    find(&world, "10:00:00").await;
    let mut placed = event(&member, "o-1", "placed");
    placed["at"] = json!("2031-03-10T10:01:00Z");
    let _ = send(&world, placed).await;
    find(&world, "10:02:00").await;
    assert_eq!(claims(&world, &member).await[0]["status"], "resolved");
    let mut failed = event(&member, "o-1", "order_failed");
    failed["at"] = json!("2031-03-10T10:03:00Z");
    let _ = send(&world, failed).await;
    world.settle().await;
    let found = claims(&world, &member).await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["status"], &found[0]["proven"]),
        (&json!("investigating"), &json!(false))
    );
    let found = "Tenemos tu dinero, pero no hay pedido";
    let mails = world.stack.outbox(Some(&address));
    assert_eq!(mails.iter().filter(|mail| mail.subject == found).count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merged_member_is_written_to_where_they_are_now() {
    let world = world().await;
    let (merged, old) = enrolled(&world).await;
    let (target, _) = enrolled(&world).await;
    for order in ["o-1", "o-2"] {
        let _ = send(&world, event(&merged, order, "payment_received")).await;
    }
    let into = json!({"into": target, "reason": "Se inscribió dos veces"});
    let path = format!("/v1/members/{merged}/merge");
    let _ = world.supervisor.post(&path, into, Some("merge")).await.expect(200);
    let new = "paz.nueva@example.com";
    let path = format!("/v1/members/{target}");
    let _ = world.agent.patch(&path, json!({"email": new})).await.expect(200);
    find(&world, "10:00:00").await;
    let found = claims(&world, &merged).await;
    let path = format!("/v1/claims/{}/updates", found[0]["claim_id"].as_str().unwrap());
    let note = json!({"note": "Hablamos con la tienda"});
    let _ = world.agent.post(&path, note, Some("note")).await.expect(201);
    world.stack.set_clock("2031-03-17T12:00:00Z".parse().unwrap());
    let _ = world.stack.fire_schedules(Some("generate-tasks"), world.stack.clock().now()).await;
    world.settle().await;
    assert_eq!(world.stack.outbox(Some(&old)).len(), 0);
    // Two claims that were found, the note, and a reminder of each claim.
    assert_eq!(world.stack.outbox(Some(new)).len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_is_followed_until_the_money_is_back() {
    let world = world().await;
    let (member, address) = enrolled(&world).await;
    let shopper = world.member(&member).await;
    let _ = send(&world, event(&member, "o-1", "payment_received")).await;
    let requested = send(&world, event(&member, "o-1", "refund_requested")).await;
    let path = format!("/v1/claims/{}", requested.text("claim_id"));
    let (provider, bank) = (json!("provider"), json!("bank"));
    let rows = [
        ("refund_requested", "waiting", "provider", &provider, json!(["ask_provider"])),
        ("refund_sent", "waiting", "bank", &bank, json!(["give_reference", "ask_bank"])),
        ("refund_received", "resolved", "customer", &Value::Null, json!([])),
    ];
    for (kind, status, money_at, waiting_on, to_do) in rows {
        let sent = send(&world, event(&member, "o-1", kind)).await;
        assert_eq!(sent.text("claim_id"), requested.text("claim_id"));
        let claim = world.agent.get(&path).await.expect(200);
        assert_eq!(
            (claim.text("status"), claim.text("money_at")),
            (status.into(), money_at.into())
        );
        assert_eq!((claim.at("waiting_on"), claim.at("to_do")), (waiting_on, &to_do), "{kind}");
        assert_eq!(claim.at("proven"), &json!(kind == "refund_received"));
        let seen = shopper.get(&path).await.expect(200);
        assert_eq!((seen.text("status"), seen.text("money_at")), (status.into(), money_at.into()));
        assert_eq!(seen.at("to_do"), &json!([]));
    }
    let claim = shopper.get(&path).await.expect(200);
    assert_eq!(claim.text("kind"), "refund");
    assert_eq!(claim.text("bank_reference"), "REF-77");
    world.settle().await;
    let subjects = || -> Vec<String> {
        world.stack.outbox(Some(&address)).into_iter().map(|mail| mail.subject).collect()
    };
    let told =
        ["Hemos solicitado tu reembolso", "Tu reembolso está en camino", "Tu reembolso ha llegado"];
    assert_eq!(subjects(), told);
    // The same events once more change nothing.
    let again = send(&world, event(&member, "o-1", "refund_requested")).await;
    assert!(again.replayed);
    assert_eq!(again.body, requested.body);
    let other = json!({"amount": {"amount": 5, "currency": "RUB"}});
    let mut changed = event(&member, "o-1", "refund_sent");
    changed["amount"] = other["amount"].clone();
    let refused = world.pos.post("/v1/orders/events", changed, None).await;
    let _ = refused.expect_problem(422, "idempotency_key_reused");
    assert_eq!(shopper.get(&path).await.expect(200).body, claim.body);
    world.settle().await;
    assert_eq!(subjects(), told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_names_the_order_is_the_one_that_its_events_move() {
    let world = world().await;
    let member = world.member_id().await;
    let shopper = world.member(&member).await;
    let _ = send(&world, event(&member, "o-1", "payment_received")).await;
    let body = json!({"kind": "charged_without_order", "evidence": {"order_id": "o-1"}});
    let opened = shopper.post("/v1/claims", body.clone(), Some("first")).await.expect(201);
    assert_eq!((opened.text("money_at"), opened.number("amount.amount")), ("shop".into(), 129_990));
    // The order has its claim: no second one is opened, and a further one of the member stays apart.
    find(&world, "11:00:00").await;
    let apart = shopper.post("/v1/claims", body, Some("second")).await.expect(201);
    assert!(apart.at("money_at").is_null());
    for (kind, money_at) in [("refund_sent", "bank"), ("refund_received", "customer")] {
        let sent = send(&world, event(&member, "o-1", kind)).await;
        assert_eq!(sent.text("claim_id"), opened.text("claim_id"));
        let path = format!("/v1/claims/{}", opened.text("claim_id"));
        let moved = world.agent.get(&path).await.expect(200);
        assert_eq!(
            (moved.text("money_at"), moved.text("opened_by")),
            (money_at.into(), "member".into())
        );
    }
    assert_eq!(claims(&world, &member).await.len(), 2);
    let resolved = world.agent.get("/v1/claims?status=resolved").await.expect(200);
    assert_eq!(resolved.text("data.0.claim_id"), opened.text("claim_id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_order_and_number_of_the_events_of_a_payment_change_nothing() {
    let world = world().await;
    // What comes when; the numbers are places in KINDS.
    let deliveries: [&[usize]; 7] = [
        &[0, 1, 2, 3, 4],
        &[4, 3, 2, 1, 0],
        &[4, 0, 3, 1, 2],
        &[2, 4, 0, 3, 1],
        &[3, 3, 0, 4, 4, 1, 2, 0],
        &[1, 2, 2, 0, 3, 1, 4, 3],
        &[0, 4, 1, 0, 3, 2, 4],
    ];
    let mut states = Vec::new();
    for delivery in deliveries {
        let member = world.member_id().await;
        let sent =
            delivery.iter().map(|place| send(&world, event(&member, &member, KINDS[*place])));
        for one in sent {
            let _ = one.await;
        }
        states.push(state(&world, &member).await);
    }
    // At once, from as many callers.
    let member = world.member_id().await;
    let sent = KINDS.iter().chain(&KINDS).map(|kind| send(&world, event(&member, &member, kind)));
    let _ = futures::future::join_all(sent).await;
    states.push(state(&world, &member).await);
    for (number, found) in states.iter().enumerate() {
        assert_eq!(found, &states[0], "delivery {number}");
    }
    let claim = &states[0];
    assert_eq!((&claim["status"], &claim["proven"]), (&json!("resolved"), &json!(true)));
    assert_eq!(claim["kind"], "charged_without_order");
    assert_eq!(claim["steps"].as_array().map(Vec::len), Some(5));
}

/// Returns the only claim of a member without what the delivery itself says: ids, and the places of its steps.
async fn state(world: &World, member: &str) -> Value {
    let mut found = claims(world, member).await;
    assert_eq!(found.len(), 1, "{found:?}");
    let mut claim = found.remove(0);
    let history = claim["history"].as_array().unwrap().clone();
    let mut steps: Vec<String> =
        history.iter().filter_map(|step| Some(step["event"].as_str()?.to_owned())).collect();
    steps.sort();
    for own in ["claim_id", "member_id", "history", "evidence", "created_at"] {
        claim[own] = Value::Null;
    }
    claim["steps"] = json!(steps);
    claim
}
