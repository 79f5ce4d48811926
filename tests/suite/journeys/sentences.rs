//! Short stories for sentences of the sources that no other test tells: see `tests/SENTENCES.md`.

use puntos_tests::{Answer, World};
use serde_json::{Value, json};

use super::ses::Events;
use super::{address_state, change_address, email, last_mail, mailed, redeem_one, report, resend};

/// Returns the values of a field in the rows of a list.
fn column(page: &Answer, field: &str) -> Vec<Value> {
    let rows = page.at("data").as_array().expect("rows");
    rows.iter().map(|row| row[field].clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_mail_is_seen_on_the_members_page_and_reaches_the_new_address() {
    let world = World::start().await;
    let one = mailed(&world).await;
    report(&world, &Events(&one.mail).bounce("Permanent", "General", 5)).await;
    let (redemption, email_id) = redeem_one(&world, &one.member).await;
    world.settle().await;
    assert_eq!(address_state(&world, &one.member).await, "blocked hard_bounce");
    // The redemption, and right after it its mail.
    let path = format!("/v1/members/{}/timeline?limit=2", one.member);
    let timeline = world.agent.get(&path).await.expect(200);
    assert_eq!(column(&timeline, "kind"), ["email", "redemption"]);
    assert_eq!(column(&timeline, "redemption_id"), [json!(redemption), json!(redemption)]);
    assert_eq!(column(&timeline, "email_status"), ["blocked", "blocked"]);
    // The agent reads what the member should have got.
    let path = format!("/v1/redemptions/{redemption}");
    let code = world.agent.get(&path).await.expect(200).text("coupon.code");
    let unsent = email(&world, &email_id).await;
    for part in ["text", "html"] {
        assert!(unsent.text(part).contains(&code), "{unsent:?}");
    }
    let changed = change_address(&world, &one.member, "new@example.com").await;
    assert_eq!(changed.text("email_status.state"), "ok");
    let _ = resend(&world.agent, &email_id, "again").await.expect(201);
    world.settle().await;
    let mail = last_mail(&world, "new@example.com");
    assert_eq!((mail.subject, mail.text), (unsent.text("subject"), unsent.text("text")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_is_found_by_document_or_address_and_cancelled() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    let member = enrolled.text("member_id");
    let _ = world.earn(&member, 1).await;
    let (wanted, _) = redeem_one(&world, &member).await;
    let (accident, _) = redeem_one(&world, &member).await;
    let other = world.member_id().await;
    let _ = world.earn(&other, 1).await;
    let _ = redeem_one(&world, &other).await;
    let searches = [
        format!("document={}", enrolled.text("document").to_uppercase()),
        format!("email={}", enrolled.text("email").to_uppercase()),
        format!("member_id={member}"),
    ];
    let found = async |query: &str| {
        let page = world.agent.get(&format!("/v1/redemptions?{query}")).await.expect(200);
        let ids = column(&page, "redemption_id");
        let statuses = column(&page, "coupon").into_iter().map(|coupon| coupon["status"].clone());
        (ids, statuses.collect::<Vec<Value>>())
    };
    let newest_first = [json!(accident), json!(wanted)].to_vec();
    for query in &searches {
        let issued = [json!("issued"), json!("issued")].to_vec();
        assert_eq!(found(query).await, (newest_first.clone(), issued), "{query}");
    }
    let reversed = world.reverse(&accident, "undo").await.expect(201);
    assert_eq!((reversed.number("points_restored"), world.available(&member).await), (10, 100));
    for query in &searches {
        let one_left = [json!("cancelled"), json!("issued")].to_vec();
        assert_eq!(found(query).await, (newest_first.clone(), one_left), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_reads_what_gave_and_what_took_points() {
    let world = World::start().await;
    let member = world.member_id().await;
    let bought = world.earn(&member, 1).await;
    let (redemption, _) = redeem_one(&world, &member).await;
    let own = world.member(&member).await;
    let path = "/v1/members/me/timeline?kind=";
    let gave = own.get(&format!("{path}purchase")).await.expect(200);
    assert_eq!(column(&gave, "points"), [110]);
    assert_eq!(gave.at("data.0.invoice_number"), bought.at("invoice_number"));
    assert_eq!(gave.at("data.0.total"), bought.at("total"));
    let took = own.get(&format!("{path}redemption")).await.expect(200);
    assert_eq!(column(&took, "points"), [-10]);
    assert_eq!(took.text("data.0.redemption_id"), redemption);
    let page = own.get("/v1/members/me").await.expect(200);
    assert_eq!(page.number("balance.available"), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rating_leads_to_its_receipt_and_to_its_customer() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    let member = enrolled.text("member_id");
    let mut bought = world.purchase(&member, 110_000);
    bought["lines"] = json!([
        {"sku": "soup", "quantity": 2, "amount": {"amount": 110_000, "currency": "RUB"}},
    ]);
    let purchase = world.pos.post("/v1/purchases", bought.clone(), None).await.expect(201);
    let rating = json!({
        "member_id": member, "score": 3, "comment": "Cold.", "branch": "b1",
        "invoice_number": bought["invoice_number"], "visited_at": bought["purchased_at"],
    });
    let rated = world.pos.post("/v1/ratings", rating, None).await.expect(201).text("rating_id");
    let path = format!("/v1/ratings/{rated}");
    let opened = world.agent.get(&path).await.expect(200);

    let (branch, number) = (opened.text("branch"), opened.text("invoice_number"));
    let invoice = format!("/v1/purchases?branch={branch}&invoice_number={number}");
    let found = world.agent.get(&invoice).await.expect(200).text("data.0.purchase_id");
    assert_eq!(found, purchase.text("purchase_id"));
    let receipt = world.agent.get(&format!("/v1/purchases/{found}")).await.expect(200);
    assert_eq!(
        (receipt.text("lines.0.sku"), receipt.number("lines.0.quantity")),
        ("soup".into(), 2)
    );

    let customer = format!("/v1/members/{}", opened.text("member_id"));
    let profile = world.agent.get(&customer).await.expect(200);
    for field in ["name", "email", "document", "card_number"] {
        assert_eq!(profile.at(field), enrolled.at(field), "{field}");
    }
    let spent = world.agent.get(&format!("{customer}/timeline?kind=purchase")).await.expect(200);
    assert_eq!(column(&spent, "purchase_id"), [json!(found)]);

    // How the ratings were handled.
    let message = json!({"text": "We are sorry."});
    let _ = world.agent.post(&format!("{path}/messages"), message, Some("k")).await.expect(201);
    let _ = world.rated(&member, 9, Some("Warm.")).await;
    let sums = world.agent.get("/v1/ratings/summary").await.expect(200);
    let counted = ["ratings", "comments", "replies", "unread_comments"];
    assert_eq!(counted.map(|name| sums.number(name)), [2, 2, 1, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_of_each_kind_is_opened_with_its_evidence_and_followed_by_its_member() {
    let world = World::start().await;
    let member = world.member(&world.member_id().await).await;
    let evidence = json!({
        "branch": "b1", "invoice_number": "7", "card_number": "card", "note": "n",
        "purchased_at": "2026-03-01T12:00:00Z", "total": {"amount": 5_000, "currency": "RUB"},
    });
    let kinds = [
        "missing_points",
        "charged_without_order",
        "duplicate_charge",
        "wrong_tax",
        "receipt_data",
        "refund",
        "delivery",
    ];
    for kind in kinds {
        let body = json!({"kind": kind, "evidence": evidence});
        let opened = member.post("/v1/claims", body, Some(kind)).await.expect(201);
        let path = format!("/v1/claims/{}", opened.text("claim_id"));
        let step = json!({"status": "investigating", "note": "we look into it"});
        let _ = world.agent.post(&format!("{path}/updates"), step, Some(kind)).await.expect(201);
        let shown = member.get(&path).await.expect(200);
        assert_eq!(
            (shown.text("kind"), shown.text("status")),
            (kind.into(), "investigating".into())
        );
        for (field, given) in evidence.as_object().expect("fields") {
            assert_eq!(&shown.at("evidence")[field], given, "{kind}: {field}");
        }
        let steps = shown.at("history").as_array().expect("steps");
        let last = steps.last().expect("a step");
        assert_eq!((&last["note"], last["at"].is_string()), (&json!("we look into it"), true));
    }
    assert_eq!(column(&member.get("/v1/claims").await.expect(200), "kind").len(), kinds.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn points_are_exchanged_for_gifts_and_for_discounts() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let percent = json!({"percent": 10});
    let money = json!({"amount": {"amount": 5_000, "currency": "RUB"}});
    let mut left = 110;
    for (kind, discount) in [
        ("product", Value::Null),
        ("gift", Value::Null),
        ("discount", percent),
        ("discount", money),
    ] {
        let reward = world.reward(10, json!({"kind": kind, "discount": discount})).await;
        let key = format!("exchange-{left}");
        let redeemed = world.redeem(&member, &reward, &key).await.expect(201);
        left -= 10;
        assert_eq!(redeemed.number("balance.available"), left);
        let path = format!("/v1/coupons/{}", redeemed.text("coupon.code"));
        let at_till = world.pos.get(&path).await.expect(200);
        assert_eq!((at_till.text("kind"), at_till.text("status")), (kind.into(), "issued".into()));
        for (field, given) in discount.as_object().into_iter().flatten() {
            assert_eq!(&at_till.at("discount")[field], given, "{kind}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_for_a_tier_comes_with_the_card_to_those_who_have_it() {
    let world = World::start().await;
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = Value::Null;
    program["tiers"] = json!([{"id": "silver", "name": "Silver", "threshold": 100}]);
    program["promotions"] = json!([
        {"id": "regulars", "name": "Regulars", "tiers": ["silver"], "effect": {"bonus_points": 7}},
    ]);
    let _ = world.admin.put("/v1/program", program).await.expect(200);
    let (regular, guest) = (world.enrol().await, world.enrol().await);
    let _ = world.earn(&regular.text("member_id"), 1).await;
    for (member, points) in [(regular, 117), (guest, 110)] {
        let mut body = world.purchase("", 110_000);
        body["member_id"] = Value::Null;
        body["card_number"] = member.at("card_number").clone();
        let bought = world.pos.post("/v1/purchases", body, None).await.expect(201);
        assert_eq!(bought.number("points.earned"), points);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_corrected_rule_rates_the_next_purchase_by_itself() {
    let world = World::start().await;
    let right = world.admin.get("/v1/program").await.expect(200).body;
    let member = world.member_id().await;
    // The one who wrote the table forgot a zero.
    let mut wrong = right.clone();
    wrong["earning"]["brackets"] = json!([{"up_to": null, "points_per_step": 1}]);
    for (mut program, earned) in [(wrong, 11), (right, 110)] {
        program["effective_from"] = Value::Null;
        let _ = world.admin.put("/v1/program", program).await.expect(200);
        assert_eq!(world.earn(&member, 1).await.number("points.earned"), earned);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn points_that_an_agent_computed_wrongly_are_taken_back_by_hand() {
    let world = World::start().await;
    let member = world.member_id().await;
    let path = format!("/v1/members/{member}/adjustments");
    for (points, reason, left) in
        [(50, "five for the delay", 50), (-45, "it was five, not fifty", 5)]
    {
        let (body, key) = (json!({"points": points, "reason": reason}), format!("by-hand-{left}"));
        let _ = world.agent.post(&path, body, Some(&key)).await.expect(201);
        assert_eq!(world.available(&member).await, left);
    }
    let path = format!("/v1/members/{member}/timeline?kind=adjustment");
    let timeline = world.member(&member).await.get(&path).await.expect(200);
    let expected = [
        "45 points taken by hand: it was five, not fifty",
        "50 points credited by hand: five for the delay",
    ];
    assert_eq!(column(&timeline, "summary"), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_company_says_how_long_a_claim_may_take() {
    let world = World::start().await;
    world.stack.set_clock("2031-03-10T09:00:00Z".parse().unwrap());
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = Value::Null;
    program["claims"]["promise_days"] = json!(3);
    let _ = world.admin.put("/v1/program", program).await.expect(200);
    let member = world.member_id().await;
    let body = json!({"member_id": member, "kind": "refund"});
    let opened = world.agent.post("/v1/claims", body, Some("open")).await.expect(201);
    assert_eq!(opened.text("promised_by"), "2031-03-13");
    // Another case takes longer, and its agent says so.
    let path = format!("/v1/claims/{}/updates", opened.text("claim_id"));
    let longer = json!({"promised_by": "2031-03-31", "note": "The bank needs three weeks"});
    let updated = world.agent.post(&path, longer, Some("longer")).await.expect(201);
    assert_eq!(updated.text("promised_by"), "2031-03-31");
}
