//! The table of operations: the cost of the request itself, and the cost of all work that follows.

use jiff::SignedDuration;
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

use super::desk::Desk;
use super::{care, visits};

/// The sizes of real baskets: the median is seven lines, and 59 is among the longest.
pub(super) fn basket(world: &World, lines: i64) -> Value {
    let categories = ["DAIRY", "PRODUCE", "FROZEN", "BAKERY", "HOUSEHOLD", "BEVERAGES", "MEAT"];
    let line = |index: i64| {
        let category = categories[usize::try_from(index).unwrap() % categories.len()];
        let amount = 199 + 37 * (index % 20);
        json!({
            "sku": (1_000_007 + 13_577 * index).to_string(), "category": category, "quantity": 1,
            "amount": {"amount": amount, "currency": "RUB"},
        })
    };
    let total: i64 = (0..lines).map(|index| 199 + 37 * (index % 20)).sum();
    json!({
        "branch": "branch-0417", "invoice_number": format!("2026-{:08}", world.fresh()),
        "purchased_at": world.stack.clock().now().to_string(),
        "total": {"amount": total, "currency": "RUB"},
        "lines": (0..lines).map(line).collect::<Vec<_>>(),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_stay_within_their_cost() {
    let mut desk = Desk::open().await;
    let (member, enrolment, _) =
        desk.measured("enrolment", "manage-members", async |world| world.enrol().await).await;
    desk.at_most("enrolment", enrolment, 3, 4.0, 24.0);
    let member_id = member.text("member_id");
    accruals(&mut desk, &member_id).await;
    merges(&mut desk).await;
    payments(&mut desk, &member_id).await;
    let redemption = redemptions(&mut desk, &member_id).await;
    mails(&mut desk, &redemption).await;
    reads(&mut desk, &member_id).await;
    visits::measure(&mut desk).await;
    care::measure(&mut desk).await;
    warnings(&mut desk).await;
    invitations(&mut desk).await;
    print(&desk.rows);
    assert_eq!(desk.beyond, [""; 0]);
}

async fn accruals(desk: &mut Desk, member_id: &str) {
    let member_id = json!(member_id);
    let with = |body: &Value, name: &str, value: &Value| {
        let mut body = body.clone();
        body[name] = value.clone();
        body
    };
    let median = with(&basket(&desk.world, 7), "member_id", &member_id);
    let long = with(&basket(&desk.world, 59), "member_id", &member_id);
    let by_card = with(&basket(&desk.world, 7), "card_number", &json!("card-1"));
    for (name, body, requests, read, write) in [
        ("accrual, 7 lines", &median, 2, 2.0, 5.0),
        ("accrual, 59 lines", &long, 2, 2.0, 7.0),
        ("accrual by card number, 7 lines", &by_card, 3, 3.0, 5.0),
    ] {
        let post = async |world: &World| {
            world.pos.post("/v1/purchases", body.clone(), None).await.expect(201)
        };
        let (_, own, whole) = desk.measured(name, "accrue-points", post).await;
        desk.at_most(name, own, requests, read, write);
        assert_eq!(own, whole, "{name}: nothing follows");
    }
    let quote = async |world: &World| {
        world.pos.post("/v1/purchases/quote", median.clone(), None).await.expect(200)
    };
    let (_, own, _) = desk.measured("quote", "accrue-points", quote).await;
    desk.at_most("quote", own, 1, 2.0, 0.0);
    corrections(desk, member_id.as_str().unwrap_or_default()).await;
}

/// Purchases of a programme that warns of expiries: the first one opens an expiry, the second one does not. Then
/// the member is warned.
async fn warnings(desk: &mut Desk) {
    let before = desk.world.admin.get("/v1/program").await.expect(200).body;
    let set = async |desk: &Desk, days: Value| {
        let mut program = before.clone();
        program["effective_from"] = Value::Null;
        program["expiry_warning_days"] = days;
        let _ = desk.world.admin.put("/v1/program", program).await.expect(200);
    };
    set(desk, json!(365)).await;
    let member_id = desk.world.member_id().await;
    for (name, write) in
        [("accrual that makes a warning due", 8.0), ("accrual after it, with the same expiry", 5.0)]
    {
        let earn = async |world: &World| world.earn(&member_id, 1).await;
        let (_, own, whole) = desk.measured(name, "accrue-points", earn).await;
        desk.at_most(name, own, 2, 2.0, write);
        assert_eq!(own, whole, "{name}: nothing follows");
    }
    // The expiry is a year after the end of the month of its purchases.
    let due = desk.world.stack.clock().now() + SignedDuration::from_hours(24 * 35);
    desk.world.stack.set_clock(due);
    for (name, requests, read, write) in [
        ("hourly run of warnings, one leaves", 11, 7.0, 9.0),
        ("hourly run of warnings, nothing due", 9, 5.0, 0.0),
    ] {
        let run = async |world: &World| {
            let now = world.stack.clock().now();
            let fired = world.stack.fire_schedules(Some("warn-of-expiry"), now).await;
            assert_eq!(fired, [("warn-of-expiry".to_owned(), true)]);
        };
        let ((), own, whole) = desk.measured(name, "warn-of-expiry", run).await;
        desk.at_most(name, own, requests, read, write);
        assert_eq!(whole.mail, u32::from(write > 0.0), "{name}: one mail for each warning");
    }
    set(desk, Value::Null).await;
}

/// A purchase whose invitation waits, the runs that send it, and the rating by its link.
async fn invitations(desk: &mut Desk) {
    desk.world.invite(&["purchase"], 60).await;
    let enrolled = desk.world.enrol().await;
    let member_id = enrolled.text("member_id");
    let name = "accrual whose invitation waits";
    let earn = async |world: &World| world.earn(&member_id, 1).await;
    let (_, own, whole) = desk.measured(name, "accrue-points", earn).await;
    desk.at_most(name, own, 2, 2.0, 6.0);
    assert_eq!(own, whole, "{name}: nothing follows");
    let due = desk.world.stack.clock().now() + SignedDuration::from_mins(61);
    desk.world.stack.set_clock(due);
    for (name, requests, read, write) in [
        ("run of invitations, one leaves", 14, 8.0, 8.0),
        ("run of invitations, nothing due", 8, 4.0, 0.0),
    ] {
        let run = async |world: &World| {
            let now = world.stack.clock().now();
            let fired = world.stack.fire_schedules(Some("invite-to-rate"), now).await;
            assert_eq!(fired, [("invite-to-rate".to_owned(), true)]);
        };
        let ((), own, whole) = desk.measured(name, "invite-to-rate", run).await;
        desk.at_most(name, own, requests, read, write);
        assert_eq!(whole.mail, u32::from(write > 0.0), "{name}: one mail for each invitation");
    }
    let path = format!(
        "/v1/invitations/{}/rating",
        desk.world.token_of_mail(&enrolled.text("email"), "rate")
    );
    let name = "rating by an invitation";
    let rate = async |world: &World| {
        world.nobody().post(&path, json!({"score": 9}), None).await.expect(201)
    };
    let (_, own, _) = desk.measured(name, "score-rating", rate).await;
    desk.at_most(name, own, 5, 6.0, 12.0);
    let mut program = desk.world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = Value::Null;
    program["invitations"] = Value::Null;
    let _ = desk.world.admin.put("/v1/program", program).await.expect(200);
}

/// A return of half of a purchase with 7 lines, then the rest is rated again under other rules and back.
async fn corrections(desk: &mut Desk, member_id: &str) {
    let mut bought = basket(&desk.world, 7);
    bought["member_id"] = json!(member_id);
    let bought = desk.world.pos.post("/v1/purchases", bought, None).await.expect(201);
    let purchase_id = bought.text("purchase_id");
    let give_back = async |world: &World| {
        let half = bought.number("total.amount") / 2;
        let body = json!({
            "branch": "b1", "return_number": "half", "amount": {"amount": half, "currency": "RUB"},
            "returned_at": bought.text("purchased_at"),
        });
        let path = format!("/v1/purchases/{purchase_id}/returns");
        world.pos.post(&path, body, None).await.expect(201)
    };
    let (_, own, _) = desk.measured("return", "accrue-points", give_back).await;
    desk.at_most("return", own, 3, 4.0, 9.0);
    let mut before = desk.world.admin.get("/v1/program").await.expect(200).body;
    before["effective_from"] = json!(null);
    let mut after = before.clone();
    after["earning"]["brackets"] = json!([{"up_to": null, "points_per_step": 20}]);
    let _ = desk.world.admin.put("/v1/program", after).await.expect(200);
    let rerate = async |world: &World| {
        let path = format!("/v1/purchases/{purchase_id}/rerate");
        world
            .supervisor
            .post(&path, json!({"reason": "a wrong rule"}), Some("rerate"))
            .await
            .expect(200)
    };
    let (_, own, _) = desk.measured("re-rating of a purchase", "adjust-points", rerate).await;
    desk.at_most("re-rating of a purchase", own, 4, 4.0, 8.0);
    let _ = desk.world.admin.put("/v1/program", before).await.expect(200);
    let right = other_member(&desk.world, "right").await;
    let give = async |world: &World| {
        let path = format!("/v1/purchases/{purchase_id}/move");
        let body = json!({"member_id": right, "reason": "mixed up"});
        world.supervisor.post(&path, body, Some("move")).await.expect(200)
    };
    let (_, own, _) = desk.measured("move of a purchase", "adjust-points", give).await;
    desk.at_most("move of a purchase", own, 4, 7.0, 16.0);
}

/// Enrols a member whom no search by the name of the others finds.
async fn other_member(world: &World, key: &str) -> String {
    let body = json!({
        "name": "Otto Beispiel", "card_number": format!("card-{key}"), "document": format!("document-{key}"),
        "email": format!("{key}@example.com"),
    });
    world.agent.post("/v1/members", body, Some(key)).await.expect(201).text("member_id")
}

/// A merge of a member into another one, and its end.
async fn merges(desk: &mut Desk) {
    let world = &desk.world;
    let (merged, target) =
        (other_member(world, "merged").await, other_member(world, "target").await);
    let _ = desk.world.earn(&merged, 1).await;
    let path = format!("/v1/members/{merged}");
    let join = async |world: &World| {
        let body = json!({"into": target, "reason": "enrolled twice"});
        world.supervisor.post(&format!("{path}/merge"), body, Some("merge")).await.expect(200)
    };
    let (_, own, _) = desk.measured("merge of two members", "manage-members", join).await;
    desk.at_most("merge of two members", own, 4, 8.0, 40.0);
    let part = async |world: &World| {
        let body = json!({"reason": "two sisters"});
        world.supervisor.post(&format!("{path}/unmerge"), body, Some("part")).await.expect(200)
    };
    let (_, own, _) = desk.measured("end of a merge", "manage-members", part).await;
    desk.at_most("end of a merge", own, 4, 9.0, 40.0);
}

async fn payments(desk: &mut Desk, member_id: &str) {
    desk.world.offer_payment().await;
    let _ = desk.world.earn(member_id, 20).await;
    let reserve = async |world: &World| world.reserve(member_id, 10, "pay").await.expect(201);
    let (reserved, own, whole) = desk.measured("reservation", "accrue-points", reserve).await;
    desk.at_most("reservation", own, 2, 3.0, 4.0);
    assert_eq!(own, whole, "nothing follows");
    let body = desk.world.paid_purchase(member_id, 110_000, &reserved);
    let pay =
        async |world: &World| world.pos.post("/v1/purchases", body.clone(), None).await.expect(201);
    let name = "accrual, paid in part with points";
    let (_, own, whole) = desk.measured(name, "accrue-points", pay).await;
    desk.at_most(name, own, 2, 3.0, 7.0);
    assert_eq!(own, whole, "nothing follows");
    let again = desk.world.reserve(member_id, 10, "not-paid").await.expect(201);
    let path = format!("/v1/reservations/{}/release", again.text("reservation_id"));
    let release =
        async |world: &World| world.pos.post(&path, json!({}), Some("release")).await.expect(200);
    let (_, own, _) = desk.measured("release of a reservation", "accrue-points", release).await;
    desk.at_most("release of a reservation", own, 2, 2.0, 4.0);
}

async fn redemptions(desk: &mut Desk, member_id: &str) -> Answer {
    let _ = desk.world.earn(member_id, 20).await;
    let plain = desk.world.reward(10, json!({})).await;
    let limited = desk.world.reward(10, json!({"stock": 9})).await;
    let redeem = async |world: &World| world.redeem(member_id, &plain, "plain").await.expect(201);
    let (redemption, own, whole) = desk.measured("redemption", "redeem", redeem).await;
    desk.at_most("redemption", own, 2, 1.0, 6.0);
    assert_eq!((whole.queue, whole.mail), (1, 1), "one order, one mail");
    let relay = desk.follower("— its relay (relay-changes)", "relay-changes");
    desk.at_most("relay", relay, 2, 1.0, 0.0);
    let mail = desk.follower("— its mail (send-coupon-email)", "send-coupon-email");
    desk.at_most("mail", mail, 3, 0.0, 11.0);
    let redeem = async |world: &World| world.redeem(member_id, &limited, "units").await.expect(201);
    let (of_stock, own, _) = desk.measured("redemption, limited stock", "redeem", redeem).await;
    desk.at_most("redemption, limited stock", own, 2, 1.0, 8.0);
    let of_plain = desk.world.redeem(member_id, &plain, "also").await.expect(201);
    for (name, redeemed, write) in
        [("reversal", &of_plain, 9.0), ("reversal, limited stock", &of_stock, 11.0)]
    {
        let id = redeemed.text("redemption_id");
        let undo = async |world: &World| world.reverse(&id, &id).await.expect(201);
        let (_, own, _) = desk.measured(name, "reverse-redemption", undo).await;
        desk.at_most(name, own, 2, 4.0, write);
    }

    let coupon = desk.world.redeem(member_id, &plain, "used").await.expect(201);
    let path = format!("/v1/coupons/{}/use", coupon.text("coupon.code"));
    let take = async |world: &World| {
        let body = json!({"branch": "b1", "invoice_number": "with-coupon"});
        world.pos.post(&path, body, Some("take")).await.expect(200)
    };
    let (_, own, _) = desk.measured("use of a coupon", "use-coupon", take).await;
    desk.at_most("use of a coupon", own, 3, 2.0, 4.0);
    let path = format!("/v1/coupons/{}/unuse", coupon.text("coupon.code"));
    let put_back = async |world: &World| {
        let body = json!({"branch": "b1", "invoice_number": "with-coupon"});
        world.pos.post(&path, body, Some("back")).await.expect(200)
    };
    let (_, own, _) = desk.measured("use taken back", "use-coupon", put_back).await;
    desk.at_most("use taken back", own, 2, 1.0, 4.0);
    redemption
}

async fn mails(desk: &mut Desk, redemption: &Answer) {
    let email_id = redemption.text("email_id");
    let resend = async |world: &World| {
        let path = format!("/v1/emails/{email_id}/resend");
        world.agent.post(&path, json!({}), Some("resend")).await.expect(201)
    };
    let (_, own, whole) = desk.measured("resend", "manage-emails", resend).await;
    desk.at_most("resend", own, 5, 5.0, 10.0);
    assert_eq!((whole.queue, whole.mail), (1, 1), "one order, one mail");
    let mail = desk.world.stack.outbox(None).remove(0);
    for (name, kind, write) in
        [("delivery event", "Delivery", 5.0), ("bounce event", "Bounce", 7.0)]
    {
        let at = desk.world.stack.clock().now().to_string();
        let event = json!({
            "eventType": kind,
            "mail": {
                "timestamp": at, "messageId": mail.message_id, "destination": [mail.to],
                "tags": {"email_id": [email_id]},
            },
            "delivery": {"timestamp": at, "recipients": [mail.to]},
            "bounce": {
                "bounceType": "Permanent", "bounceSubType": "General", "timestamp": at,
                "bouncedRecipients": [{"emailAddress": mail.to}],
            },
        });
        let publish = async |world: &World| {
            world.stack.publish_mail_event(&event.to_string()).await.unwrap();
        };
        let ((), own, _) = desk.measured(name, "handle-bounce", publish).await;
        desk.at_most(name, own, 2, 2.0, write);
    }
}

async fn reads(desk: &mut Desk, member_id: &str) {
    for times in 1..=20 {
        let _ = desk.world.earn(member_id, times).await;
    }
    for (name, path, requests, read) in [
        ("member's page", format!("/v1/members/{member_id}"), 2, 4.0),
        ("timeline, a page of 20", format!("/v1/members/{member_id}/timeline?limit=20"), 3, 6.0),
        ("did it happen? by key", "/v1/redemptions/by-key/plain".to_owned(), 2, 2.0),
        ("purchases by number, 2 branches", "/v1/purchases?invoice_number=i".to_owned(), 3, 4.0),
        ("purchases of a member, 20", format!("/v1/purchases?member_id={member_id}"), 2, 30.0),
    ] {
        // As a browser asks. Without a language, the member's, else the programme's, may have to be read.
        let get = async |world: &World| world.agent.reading("en").get(&path).await.expect(200);
        let (_, own, _) = desk.measured(name, "view-member", get).await;
        desk.at_most(name, own, requests, read, 0.0);
    }
}

#[expect(clippy::print_stdout, reason = "the table is what the run is for")]
pub(super) fn print(rows: &str) {
    println!("{rows}");
}
