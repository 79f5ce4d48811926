//! A tour that makes every function do every kind of call that it can make.

mod claims;
mod orders;
mod sign_ins;
mod visits;

use jiff::SignedDuration;
use puntos::{Call, Fault};
use puntos_tests::World;
use serde_json::json;

use crate::faults::mails::{order_by_hand, publish, sent};
use crate::faults::sweep::lost_by_relay;
use crate::faults::wire::{Mishap, Wire};

/// While the wire is armed, mail requests are lost, the first sender dies, the second is throttled, an address is taken
/// in the user pool, and each reader of a queue dies at its first call, so that the sweep and the queues have work.
pub(super) fn mishap(call: &Call, nth: usize) -> Option<Mishap> {
    let reads_queue = [
        "accrue-points",
        "track-orders",
        "handle-bounce",
        "find-failures",
        "rerate-purchases",
        "run-reports",
        "update-sign-ins",
    ];
    let dies = call.action == "SendEmail" || reads_queue.contains(&&*call.function);
    let throttled = json!({"__type": "TooManyRequestsException", "message": "slower"});
    match nth {
        0 if dies => Some(Mishap::DiesBefore),
        1 if call.action == "SendEmail" => {
            Some(Mishap::Wire(Fault::Refuse(429, throttled.to_string())))
        }
        1 if call.action == "AdminUpdateUserAttributes" => {
            let taken = json!({"__type": "AliasExistsException", "message": "taken"});
            Some(Mishap::Wire(Fault::Refuse(400, taken.to_string())))
        }
        _ => lost_by_relay(call),
    }
}

/// Takes the tour.
pub(super) async fn take(world: &World, wire: &Wire) {
    let member_id = members(world).await;
    sign_ins::join(world, wire).await;
    points(world, &member_id).await;
    merge(world).await;
    programme(world).await;
    coupons(world, &member_id).await;
    mails(world, &member_id).await;
    reports(world, wire).await;
    rerates(world, wire).await;
    sweep(world, wire, &member_id).await;
    visits::rate(world).await;
    warn(world).await;
    visits::invite(world).await;
    orders::care(world).await;
    claims::claim(world).await;
    for path in ["/v1/openapi.json", "/desk"] {
        let _ = world.nobody().get(path).await.expect(200);
    }
}

/// Sends each queue a message that no try handles. The readers that were not called before fail once.
pub(super) async fn unreadable(world: &World, wire: &Wire) {
    wire.arm();
    let delivery = json!({
        "eventType": "Delivery", "mail": {"timestamp": "2026-03-01T10:00:00Z", "messageId": "of-another-tool"},
        "delivery": {"timestamp": "2026-03-01T10:00:00Z", "recipients": ["nobody@example.com"]},
    });
    world.stack.publish_mail_event(&delivery.to_string()).await.unwrap();
    let unreadable = json!({"eventType": "Bounce", "mail": {}}).to_string();
    world.stack.publish_mail_event(&unreadable).await.unwrap();
    for queue in ["Purchase", "Order", "SignIn", "Email", "Report", "Rerate"] {
        world.stack.send_message(&format!("{queue}Queue"), "unreadable").await.unwrap();
    }
    world.settle().await;
    for (queue, kept) in [
        ("MailEvent", 1),
        ("Order", 1),
        ("SignIn", 1),
        ("Email", 1),
        ("Report", 1),
        ("Rerate", 1),
        ("Purchase", 0),
    ] {
        let counts = world.stack.queue_counts(&format!("{queue}DeadLetters")).await.unwrap();
        assert_eq!((counts.visible, counts.in_flight), (kept, 0), "{queue}");
    }
}

/// Checks that no message and no record is in a dead-letter queue.
pub(super) async fn check_nothing_failed(world: &World) {
    for queue in [
        "PurchaseDeadLetters",
        "OrderDeadLetters",
        "SignInDeadLetters",
        "ReportDeadLetters",
        "RerateDeadLetters",
        "EmailDeadLetters",
        "RelayFailures",
        "MailEventDeadLetters",
    ] {
        let counts = world.stack.queue_counts(queue).await.unwrap();
        assert_eq!(counts, puntos::Counts::default(), "{queue}");
    }
}

/// Lets so much time pass, and fires the schedule of a function.
async fn fire(world: &World, function: &str, later: SignedDuration) {
    let now = world.stack.clock().now() + later;
    world.stack.set_clock(now);
    let fired = world.stack.fire_schedules(Some(function), now).await;
    assert_eq!(fired, [(function.to_owned(), true)]);
    world.settle().await;
}

/// Merges two members, and parts them again.
async fn merge(world: &World) {
    let (merged, target) = (world.member_id().await, world.member_id().await);
    let path = format!("/v1/members/{merged}");
    let body = json!({"into": target, "reason": "r"});
    let _ = world.supervisor.post(&format!("{path}/merge"), body, Some("merge")).await.expect(200);
    let body = json!({"reason": "r"});
    let path = format!("{path}/unmerge");
    let _ = world.supervisor.post(&path, body, Some("part")).await.expect(200);
}

/// Enrols a member with card `card-1`, finds, changes and unblocks.
async fn members(world: &World) -> String {
    let member = world.enrol().await;
    let member_id = member.text("member_id");
    let page = format!("/v1/members/{member_id}");
    for path in [
        "/v1/members?document=document-1",
        "/v1/members?email=member-1@example.com",
        "/v1/members?card_number=card-1",
        "/v1/members?name=mus",
        &page,
    ] {
        let _ = world.agent.get(path).await.expect(200);
    }
    let _ = world.pos.get("/v1/members?card_number=card-1").await.expect(200);
    let _ = world.member(&member_id).await.get(&page).await.expect(200);
    let change = json!({"name": "Nina Neu", "email": "nina@example.com"});
    let _ = world.agent.patch(&page, change).await.expect(200);
    let now = world.stack.clock().now().to_string();
    let complaint = json!({
        "notificationType": "Complaint",
        "mail": {"timestamp": now, "messageId": "unknown", "destination": ["nina@example.com"]},
        "complaint": {"timestamp": now, "complainedRecipients": [{"emailAddress": "nina@example.com"}]},
    });
    world.stack.publish_mail_event(&complaint.to_string()).await.unwrap();
    let path = format!("{page}/email-unblock");
    let body = json!({"reason": "taken back"});
    let _ = world.supervisor.post(&path, body, Some("unblock")).await.expect(200);
    member_id
}

async fn points(world: &World, member_id: &str) {
    let _ = world.earn(member_id, 10).await;
    let mut by_card = world.purchase(member_id, 110_000);
    let fields = by_card.as_object_mut().unwrap();
    fields.remove("member_id");
    let mut forgotten = by_card.clone();
    by_card["card_number"] = json!("card-1");
    let _ = world.pos.post("/v1/purchases/quote", by_card.clone(), None).await.expect(200);
    let _ = world.pos.post("/v1/purchases", by_card, None).await.expect(201);
    forgotten["invoice_number"] = json!("forgotten");
    let unclaimed = world.pos.post("/v1/purchases", forgotten, None).await.expect(201);
    let _ = world.pos.get("/v1/purchases?branch=b1&invoice_number=forgotten").await.expect(200);
    for query in ["invoice_number=forgotten".to_owned(), format!("member_id={member_id}")] {
        let _ = world.agent.get(&format!("/v1/purchases?{query}")).await.expect(200);
    }
    let path = format!("/v1/purchases/{}/claim-points", unclaimed.text("purchase_id"));
    let _ =
        world.agent.post(&path, json!({"member_id": member_id}), Some("claim")).await.expect(200);
    let bought = world.earn(member_id, 1).await.text("purchase_id");
    let body = json!({"member_id": world.member_id().await, "reason": "r"});
    let path = format!("/v1/purchases/{bought}/move");
    let _ = world.supervisor.post(&path, body, Some("move")).await.expect(200);
    world.offer_payment().await;
    let released = world.reserve(member_id, 10, "reserve").await.expect(201);
    let path = format!("/v1/reservations/{}/release", released.text("reservation_id"));
    let _ = world.pos.post(&path, json!({}), Some("release")).await.expect(200);
    let message = world.purchase(member_id, 110_000).to_string();
    world.stack.send_message("PurchaseQueue", &message).await.unwrap();
    let path = format!("/v1/members/{member_id}/adjustments");
    let body = json!({"points": 5, "reason": "goodwill"});
    for _ in 0..2 {
        let _ = world.agent.post(&path, body.clone(), Some("adjust")).await.expect(201);
    }
    world.settle().await;
    assert_eq!(world.available(member_id).await, 10 * 110 + 3 * 110 + 5);
}

async fn programme(world: &World) {
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["pending_days"] = json!(1);
    let _ = world.admin.put("/v1/program", program.clone()).await.expect(200);
    // The newest version is not in force yet, so the current one must be read too.
    program["effective_from"] = json!("2999-01-01T00:00:00Z");
    let _ = world.admin.put("/v1/program", program.clone()).await.expect(200);
    program["effective_from"] = json!("2998-01-01T00:00:00Z");
    let fourth = world.admin.put("/v1/program", program).await.expect(200);
    let _ = world.admin.get("/v1/program/versions").await.expect(200);
    let _ = world.pos.get("/v1/branches").await.expect(200);
    let path = format!("/v1/program/versions/{}", fourth.number("version"));
    let _ = world.admin.delete(&path).await.expect(200);
    let reward_id = world.reward(10, json!({})).await;
    let reward = format!("/v1/rewards/{reward_id}");
    for path in ["/v1/rewards".to_owned(), reward.clone(), format!("{reward}/versions")] {
        let _ = world.admin.get(&path).await.expect(200);
    }
}

async fn coupons(world: &World, member_id: &str) {
    let limited = world.reward(10, json!({"stock": 5, "per_member_limit": 2})).await;
    let body = json!({"card_number": "card-1", "reward_id": limited});
    let used = world.pos.post("/v1/redemptions", body, Some("used")).await.expect(201);
    let code = used.text("coupon.code");
    let _ = world.pos.get(&format!("/v1/coupons/{code}")).await.expect(200);
    let list = format!("/v1/coupons?member_id={member_id}");
    let _ = world.agent.get(&list).await.expect(200);
    let at_till = json!({"branch": "b1", "invoice_number": "with-coupon"});
    let path = format!("/v1/coupons/{code}/use");
    let _ = world.pos.post(&path, at_till.clone(), Some("use")).await.expect(200);
    let path = format!("/v1/coupons/{code}/unuse");
    let _ = world.pos.post(&path, at_till.clone(), Some("unuse")).await.expect(200);
    let path = format!("/v1/coupons/{code}/use");
    let _ = world.pos.post(&path, at_till, Some("again")).await.expect(200);
    let undone = world.redeem(member_id, &limited, "undone").await.expect(201);
    let redemption_id = undone.text("redemption_id");
    let _ = world.reverse(&redemption_id, "undo").await.expect(201);
    for path in [
        format!("/v1/members/{member_id}/timeline"),
        format!("/v1/members/{member_id}/statement"),
        format!("/v1/redemptions?member_id={member_id}"),
        format!("/v1/redemptions/{redemption_id}"),
        "/v1/redemptions/by-key/used".to_owned(),
    ] {
        let _ = world.agent.get(&path).await.expect(200);
    }
    world.settle().await;
}

async fn mails(world: &World, member_id: &str) {
    let redemption = world.redeem(member_id, "rwd_coffee", "mailed").await.expect(201);
    world.settle().await;
    let email_id = redemption.text("email_id");
    let _ = world.agent.get("/v1/emails?status=sent").await.expect(200);
    let path = format!("/v1/emails/{email_id}");
    let _ = world.agent.get(&path).await.expect(200);
    let resend = world.agent.post(&format!("{path}/resend"), json!({}), Some("resend")).await;
    let resent_id = resend.expect(201).text("email_id");
    world.settle().await;

    let mail = sent(world, &email_id).remove(0);
    publish(world, "Delivery", &email_id, &mail).await;
    // Events without our tags are matched by the id that SES gave the mail.
    let now = world.stack.clock().now().to_string();
    let resent = sent(world, &resent_id).remove(0);
    let bounce = json!({
        "notificationType": "Bounce",
        "mail": {"timestamp": now, "messageId": resent.message_id, "destination": [resent.to]},
        "bounce": {
            "bounceType": "Permanent", "bounceSubType": "General", "timestamp": now,
            "bouncedRecipients": [{"emailAddress": resent.to}],
        },
    });
    world.stack.publish_mail_event(&bounce.to_string()).await.unwrap();
    let bounced = world.agent.get(&format!("/v1/emails/{resent_id}")).await.expect(200);
    assert_eq!(bounced.text("status"), "bounced");
    let page = format!("/v1/members/{member_id}");
    let _ = world.agent.patch(&page, json!({"email": "new@example.com"})).await.expect(200);
    // A member's own change is confirmed by its link.
    let own = json!({"email": "own@example.com"});
    let _ = world.member(member_id).await.patch(&page, own).await.expect(200);
    world.settle().await;
    let token = world.token_of_mail("own@example.com", "confirm");
    let path = format!("/v1/email-confirmations/{token}");
    let _ = world.nobody().post(&path, json!({}), None).await.expect(200);
}

/// A purchase opens an expiry, and its member is warned.
async fn warn(world: &World) {
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = serde_json::Value::Null;
    program["expiry_warning_days"] = json!(365);
    let _ = world.admin.put("/v1/program", program.clone()).await.expect(200);
    let member_id = world.member_id().await;
    let _ = world.earn(&member_id, 1).await;
    fire(world, "warn-of-expiry", SignedDuration::from_hours(24 * 35)).await;
    program["expiry_warning_days"] = serde_json::Value::Null;
    let _ = world.admin.put("/v1/program", program).await.expect(200);
}

/// A run of the reports, and the schedule of another.
async fn reports(world: &World, wire: &Wire) {
    let run = world.admin.send(reqwest::Method::POST, "/v1/reports/runs", None, Some("run")).await;
    let run_id = run.expect(202).text("run_id");
    world.settle().await;
    // The message comes again, and its function dies once.
    wire.arm();
    let message = json!({"run_id": run_id, "segment": 0}).to_string();
    world.stack.send_message("ReportQueue", &message).await.unwrap();
    world.settle().await;
    wire.disarm();
    let fired = world.stack.fire_schedules(Some("run-reports"), world.stack.clock().now()).await;
    assert_eq!(fired, [("run-reports".to_owned(), true)]);
    world.settle().await;
    for report in ["reconcile", "liability", "movements"] {
        let _ = world.admin.get(&format!("/v1/reports/{report}")).await.expect(200);
    }
}

/// A preview and a re-rate that corrects purchases and tells their members, and a run of the schedule.
async fn rerates(world: &World, wire: &Wire) {
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = serde_json::Value::Null;
    program["rerate_mails"] = json!(true);
    program["promotions"] = json!([{"id": "late", "name": "Late", "effect": {"bonus_points": 1}}]);
    let period = json!({"from": "2020-01-01", "to": "2099-12-31"});
    let mut preview = period.clone();
    preview["program"] = program.clone();
    let preview = world.admin.post("/v1/program/preview", preview, Some("preview")).await;
    let preview_id = preview.expect(202).text("preview_id");
    world.settle().await;
    let _ = world.admin.get(&format!("/v1/program/previews/{preview_id}")).await.expect(200);
    let _ = world.admin.put("/v1/program", program).await.expect(200);
    let mut rerate = period;
    rerate["dry_run"] = json!(false);
    let rerate = world.admin.post("/v1/program/rerates", rerate, Some("rerate")).await.expect(202);
    let rerate_id = rerate.text("rerate_id");
    world.settle().await;
    // The message comes again, and its function dies once.
    wire.arm();
    let message = json!({"id": rerate_id, "segment": 0}).to_string();
    world.stack.send_message("RerateQueue", &message).await.unwrap();
    world.settle().await;
    wire.disarm();
    let path = format!("/v1/program/rerates/{rerate_id}");
    let done = world.admin.get(&path).await.expect(200);
    assert!(done.number("given") > 0, "{done:?}");
    let stop = format!("{path}/stop");
    let _ = world.admin.send(reqwest::Method::POST, &stop, None, Some("stop")).await.expect(200);
    fire(world, "rerate-purchases", SignedDuration::ZERO).await;
}

/// Prepares a dead sender, a lost mail request and a lost care cycle for the sweep.
async fn sweep(world: &World, wire: &Wire, member_id: &str) {
    orders::start_cycles(world).await;
    wire.arm();
    let died = world.redeem(member_id, "rwd_coffee", "died").await.expect(201);
    assert!(order_by_hand(world, &died.text("redemption_id")).await);
    let lost = world.redeem(member_id, "rwd_coffee", "lost").await.expect(201);
    sign_ins::change_address(world, &world.member_id().await, "lost@example.com").await;
    let message = world.purchase(member_id, 110_000).to_string();
    world.stack.send_message("PurchaseQueue", &message).await.unwrap();
    world.settle().await;
    let _ = world.earn(member_id, 1).await;
    let time = world.stack.clock().now() + SignedDuration::from_mins(20);
    let fired = world.stack.fire_schedules(Some("sweep-unsent"), time).await;
    assert_eq!(fired, [("sweep-unsent".to_owned(), true)]);
    wire.disarm();
    world.settle().await;
    let uncertain = world.agent.get("/v1/emails?status=uncertain").await.expect(200);
    assert_eq!(uncertain.at("data.0.email_id"), died.at("email_id"));
    assert_eq!(sent(world, &lost.text("email_id")).len(), 1);
}
