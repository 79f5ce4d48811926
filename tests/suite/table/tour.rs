//! A tour that writes every kind of item with every attribute, and reads the whole table.

mod claims;
mod orders;
mod visits;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use puntos_domain::comparison::{Comparison, ComparisonId};
use puntos_domain::id::{RerateId, RunId};
use puntos_domain::report::{Run, Sums};
use puntos_domain::stamp::Stamp;
use puntos_domain::walk::Walk;
use puntos_tests::World;
use serde_json::{Value, json};

/// Returns a world in which each operation was done once.
pub(super) async fn toured() -> World {
    let world = World::start().await;
    world.stack.set_clock("2026-03-14T13:00:00Z".parse().unwrap());
    shop(&world).await;
    let member_id = world.member_id().await;
    let _ = world.member(&member_id).await;
    give_code(&world).await;
    let patch = json!({
        "name": "Nora Muster", "phone": "+49 30 000000", "birth_date": "1990-05-17",
        "card_number": "7700-0002",
    });
    let path = format!("/v1/members/{member_id}");
    let _ = world.agent.patch(&path, patch).await.expect(200);
    let other = format!("/v1/members/{}", world.member_id().await);
    let _ = world.agent.patch(&other, json!({"email": "moved@example.com"})).await.expect(200);
    let own = json!({"email": "nora@example.com"});
    let _ = world.member(&member_id).await.patch(&path, own).await.expect(200);
    let _ = world.earn(&member_id, 1).await;
    later(&world, 40);
    let _ = world.earn(&member_id, 1).await;
    later(&world, 40);
    adjust(&world, &member_id, json!({"points": 5, "reason": "kindness"})).await;
    redeem(&world, &member_id).await;
    bounce(&world, &member_id).await;
    visits::rate(&world).await;
    visits::wait(&world).await;
    orders::care(&world).await;
    claims::claim(&world).await;
    withdraw(&world).await;
    pay(&world).await;
    merge(&world).await;
    run_reports(&world).await;
    compare(&world).await;
    world
}

/// A member's code, after a wrong try.
async fn give_code(world: &World) {
    let member = world.enrol().await;
    let path = format!("/v1/members/{}/join-code", member.text("member_id"));
    let code = world.agent.post(&path, json!({}), None).await.expect(201).text("code");
    let first = if code.starts_with('7') { '8' } else { '7' };
    let body = json!({"card_number": member.text("card_number"), "code": format!("{first}{}", &code[1..])});
    let token = world.stack.token("member", None, Some("nobody")).await.unwrap();
    let _ = world.with_token(&token).post("/v1/members/join", body, None).await.expect(409);
}

/// A finished preview and a finished re-rate, and one between two segments.
async fn compare(world: &World) {
    let program = world.admin.get("/v1/program").await.expect(200).body;
    let preview = json!({"program": program, "from": "2020-01-01", "to": "2029-12-31"});
    let _ = world.admin.post("/v1/program/preview", preview, Some("preview")).await.expect(202);
    let rerate = json!({
        "dry_run": true, "from": "2020-01-01", "to": "2029-12-31", "reason": "a forgotten rule",
    });
    let rerate = world.admin.post("/v1/program/rerates", rerate, Some("finished")).await;
    let id = ComparisonId::Rerate(rerate.expect(202).text("rerate_id").parse().unwrap());
    world.settle().await;
    let store = world.stack.environment("rerate-purchases").unwrap().store().unwrap();
    let finished = store.comparison(&id).await.unwrap().unwrap();
    let now = world.stack.clock().now();
    let checkpoint = Some("mbr_0000000000000000/account".to_owned());
    let open = Comparison {
        id: ComparisonId::Rerate(RerateId::from_key("open")),
        walk: Walk::new(now).after(checkpoint, now),
        ..finished
    };
    assert_eq!(store.start_comparison(&open).await.unwrap(), None);
}

/// A reservation that was released, one that a purchase confirmed, and one that is open.
async fn pay(world: &World) {
    world.offer_payment().await;
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    let body = json!({
        "member_id": member_id, "points": 5, "branch": "b1", "invoice_number": "inv-of-basket",
    });
    let released = world.pos.post("/v1/reservations", body, Some("released")).await.expect(201);
    let path = format!("/v1/reservations/{}/release", released.text("reservation_id"));
    let _ = world.pos.post(&path, json!({}), Some("release")).await.expect(200);
    let paying = world.reserve(&member_id, 50, "paying").await.expect(201);
    let purchase = world.paid_purchase(&member_id, 110_000, &paying);
    let _ = world.pos.post("/v1/purchases", purchase, None).await.expect(201);
    let _ = world.reserve(&member_id, 5, "open").await.expect(201);
}

/// A member with expired points who is merged into one without a profile.
async fn merge(world: &World) {
    let merged = world.enrol().await.text("member_id");
    let _ = world.member(&merged).await;
    for _ in 0..2 {
        let _ = world.earn(&merged, 1).await;
        later(world, 20);
    }
    let refuses = json!({"optional_emails": false});
    let path = format!("/v1/members/{merged}");
    let _ = world.agent.patch(&path, refuses).await.expect(200);
    let bare = json!({"name": "Nora Muster"});
    let bare = world.agent.post("/v1/members", bare, Some("bare")).await.expect(201);
    let body = json!({"into": bare.text("member_id"), "reason": "enrolled twice"});
    let path = format!("{path}/merge");
    let _ = world.supervisor.post(&path, body, Some("merge")).await.expect(200);
}

/// A finished run of the reports, and one between two segments.
async fn run_reports(world: &World) {
    let run = world.admin.post("/v1/reports/runs", json!({}), Some("finished")).await;
    let _ = run.expect(202);
    world.settle().await;
    let store = world.stack.environment("run-reports").unwrap().store().unwrap();
    let now = world.stack.clock().now();
    let open = Run::new(RunId::from_key("open"), now);
    let open = open.after(Sums::default(), Some("mbr_0000000000000000/account".to_owned()), now);
    let stamp = Stamp { at: now, actor: "system".to_owned(), request_id: "r".to_owned() };
    assert_eq!(store.start_run(&open, &stamp).await.unwrap(), None);
}

/// Returns every item of the table.
pub(super) async fn items(world: &World) -> Vec<HashMap<String, AttributeValue>> {
    let client = world.stack.table_client();
    let table = client.list_tables().send().await.unwrap().table_names.unwrap().remove(0);
    let page = client.scan().table_name(table).send().await.unwrap();
    assert!(page.last_evaluated_key.is_none(), "a tour fits a page");
    page.items.unwrap()
}

/// A purchase with lines that was credited first, a receipt attached later, and points not yet available.
async fn shop(world: &World) {
    set_program(world, 0).await;
    let member_id = world.member_id().await;
    let line = |sku: &str, amount: i64| {
        let amount = json!({"amount": amount, "currency": "RUB"});
        json!({"sku": sku, "category": "dairy", "quantity": 1, "amount": amount})
    };
    let mut purchase = world.purchase(&member_id, 120_000);
    purchase["lines"] = json!([line("4600001", 70_000), line("4600002", 50_000)]);
    let invoice = json!({"branch": "b1", "invoice_number": purchase["invoice_number"]});
    let credit = json!({"points": 40, "reason": "offline", "note": "seen", "invoice": invoice});
    adjust(world, &member_id, credit).await;
    let _ = world.pos.post("/v1/purchases", purchase, None).await.expect(201);
    let mut forgotten = world.purchase(&member_id, 99_900);
    forgotten.as_object_mut().unwrap().remove("member_id");
    let forgotten = world.pos.post("/v1/purchases", forgotten, None).await.expect(201);
    let path = format!("/v1/purchases/{}/claim-points", forgotten.text("purchase_id"));
    let claim = json!({"member_id": member_id});
    let _ = world.agent.post(&path, claim, Some("claim")).await.expect(200);
    set_program(world, 3).await;
    let _ = world.earn(&member_id, 1).await;
    set_program(world, 0).await;
    let generous = |program: &mut Value| {
        program["effective_from"] = Value::Null;
        program["earning"]["brackets"] = json!([{"up_to": null, "points_per_step": 20}]);
    };
    let before = world.admin.get("/v1/program").await.expect(200).body;
    let mut after = before.clone();
    generous(&mut after);
    let _ = world.admin.put("/v1/program", after).await.expect(200);
    let path = format!("/v1/purchases/{}/rerate", forgotten.text("purchase_id"));
    let body = json!({"reason": "a forgotten rule"});
    let _ = world.supervisor.post(&path, body, Some("rerate")).await.expect(200);
    let mut before = before;
    before["effective_from"] = Value::Null;
    let _ = world.admin.put("/v1/program", before).await.expect(200);
    let path = format!("/v1/purchases/{}/returns", forgotten.text("purchase_id"));
    let back = json!({
        "branch": "b1", "return_number": "R1", "amount": {"amount": 10_000, "currency": "RUB"},
        "returned_at": world.stack.clock().now().to_string(),
    });
    let _ = world.pos.post(&path, back, None).await.expect(201);
    let right = json!({"member_id": world.member_id().await, "reason": "the cards were mixed up"});
    let moved = world.earn(&member_id, 1).await.text("purchase_id");
    later(world, 40);
    let path = format!("/v1/purchases/{moved}/move");
    let _ = world.supervisor.post(&path, right, Some("move")).await.expect(200);
}

/// A programme whose points expire after a month.
async fn set_program(world: &World, pending_days: i64) {
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = Value::Null;
    program["expiry"] = json!({"months": 1, "align": "day"});
    program["pending_days"] = json!(pending_days);
    program["expiry_warning_days"] = json!(5);
    // A purchase reaches the first, a correction the second, and a return takes it away.
    program["tiers"] = json!([
        {"id": "silver", "name": "Silver", "threshold": 100},
        {"id": "gold", "name": "Gold", "threshold": 400},
    ]);
    let _ = world.admin.put("/v1/program", program).await.expect(200);
    later(world, 1);
}

/// A version of the programme that is withdrawn before it begins.
async fn withdraw(world: &World) {
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = json!("2999-01-01T00:00:00Z");
    let written = world.admin.put("/v1/program", program).await.expect(200);
    let path = format!("/v1/program/versions/{}", written.number("version"));
    let _ = world.admin.delete(&path).await.expect(200);
}

async fn adjust(world: &World, member_id: &str, adjustment: Value) {
    let path = format!("/v1/members/{member_id}/adjustments");
    let key = format!("adjust-{}", world.fresh());
    let _ = world.agent.post(&path, adjustment, Some(&key)).await.expect(201);
}

/// Moves the clock on by days. The next write notices expired points.
fn later(world: &World, days: i64) {
    world.stack.set_clock(world.stack.clock().now() + SignedDuration::from_hours(24 * days));
}

/// Fires the schedule of a function at the time that the clock shows.
async fn fire(world: &World, function: &str) {
    let now = world.stack.clock().now();
    let fired = world.stack.fire_schedules(Some(function), now).await;
    assert_eq!(fired, [(function.to_owned(), true)]);
    world.settle().await;
}

/// One coupon used; one reversed by a supervisor when it had expired. Both of a limited reward.
async fn redeem(world: &World, member_id: &str) {
    let fields = json!({
        "kind": "discount", "discount": {"percent": 10}, "stock": 5, "per_member_limit": 4,
    });
    let reward_id = world.reward(50, fields).await;
    later(world, 20);
    let _ = world.earn(member_id, 2).await;
    later(world, 20);
    let used = world.redeem(member_id, &reward_id, "used").await.expect(201);
    take(world, &used.text("coupon.code"), "i-1").await;
    let reversed = world.redeem(member_id, &reward_id, "reversed").await.expect(201);
    later(world, 40);
    let path = format!("/v1/redemptions/{}/reversal", reversed.text("redemption_id"));
    let reversal = json!({"reason": "by accident", "override": true, "note": "asked for"});
    let _ = world.supervisor.post(&path, reversal, Some("reverse")).await.expect(201);
    world.settle().await;
}

/// Uses a coupon twice: its first use is taken back.
async fn take(world: &World, code: &str, invoice_number: &str) {
    let receipt = json!({"branch": "b1", "invoice_number": invoice_number});
    for (action, key) in [("use", "first"), ("unuse", "back"), ("use", "second")] {
        let path = format!("/v1/coupons/{code}/{action}");
        let _ = world.pos.post(&path, receipt.clone(), Some(key)).await.expect(200);
    }
}

/// The coupon's mail bounces; the address is unblocked, the mail sent again, and complained about.
async fn bounce(world: &World, member_id: &str) {
    let page = world.agent.get(&format!("/v1/redemptions?member_id={member_id}")).await.expect(200);
    let email_id = page.text("data.0.email_id");
    report(world, &email_id, "bounce").await;
    let path = format!("/v1/members/{member_id}/email-unblock");
    let reason = json!({"reason": "the mailbox is empty again"});
    let _ = world.supervisor.post(&path, reason, Some("unblock")).await.expect(200);
    let path = format!("/v1/emails/{email_id}/resend");
    let resend = world.agent.post(&path, json!({}), Some("resend")).await.expect(201);
    world.settle().await;
    later(world, 1);
    report(world, &resend.text("email_id"), "complaint").await;
}

async fn report(world: &World, email_id: &str, kind: &str) {
    let to = world.agent.get(&format!("/v1/emails/{email_id}")).await.expect(200).text("to");
    let at = world.stack.clock().now().to_string();
    let outcome = json!({
        "timestamp": at, "bounceType": "Permanent", "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": to}], "complainedRecipients": [{"emailAddress": to}],
    });
    let name = kind[..1].to_uppercase() + &kind[1..];
    let tags = json!({"email_id": [email_id]});
    let mail = json!({"timestamp": at, "messageId": "m", "destination": [to], "tags": tags});
    let event = json!({"eventType": name, kind: outcome, "mail": mail});
    world.stack.publish_mail_event(&event.to_string()).await.unwrap();
    world.settle().await;
}
