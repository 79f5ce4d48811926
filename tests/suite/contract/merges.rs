//! Two members who are one person are merged, and parted again while nothing rests on it.

use puntos_tests::{Answer, Caller, World};
use serde_json::{Value, json};

use super::change_program;

async fn merge(world: &World, member_id: &str, into: &str, key: &str) -> Answer {
    let path = format!("/v1/members/{member_id}/merge");
    let body = json!({"into": into, "reason": "She enrolled twice"});
    world.supervisor.post(&path, body, Some(key)).await
}

async fn unmerge(world: &World, member_id: &str, key: &str) -> Answer {
    let path = format!("/v1/members/{member_id}/unmerge");
    world.supervisor.post(&path, json!({"reason": "Two sisters"}), Some(key)).await
}

async fn page(caller: &Caller, member_id: &str) -> Answer {
    caller.get(&format!("/v1/members/{member_id}")).await.expect(200)
}

/// Returns the points and the state of a member that a merge moves, without what a version counts.
async fn whole(world: &World, member_id: &str) -> Value {
    page(&world.agent, member_id).await.body
}

/// Checks that the ledgers of both members are whole and add up to their accounts.
async fn check_ledgers(world: &World, members: [&str; 2]) {
    for member_id in members {
        let path = format!("/v1/members/{member_id}/statement?from=2000-01-01");
        let statement = world.agent.get(&path).await.expect(200);
        assert_eq!(statement.text("chain"), "whole", "{statement:?}");
        assert_eq!(statement.number("opening"), 0, "{statement:?}");
        let shown = page(&world.agent, member_id).await;
        let held: i64 = ["available", "pending", "reserved"]
            .map(|name| shown.number(&format!("balance.{name}")))
            .iter()
            .sum();
        assert_eq!(statement.number("closing"), held - shown.number("balance.debt"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_moves_everything_and_is_undone_exactly() {
    let world = World::start().await;
    let tiers = |program: &mut Value| {
        program["tiers"] = json!([{"id": "silver", "name": "Silver", "threshold": 200}]);
    };
    let _ = change_program(&world, tiers).await.expect(200);
    let merged = world.enrol().await;
    let card = merged.text("card_number");
    let merged = merged.text("member_id");
    let bare = json!({"name": "Mina Muster", "document": "other"});
    let target = world.agent.post("/v1/members", bare, Some("bare")).await.expect(201);
    let target = target.text("member_id");
    for member_id in [&merged, &target] {
        let _ = world.earn(member_id, 1).await;
    }
    let before = [whole(&world, &merged).await, whole(&world, &target).await];
    let answer = merge(&world, &merged, &target, "merge").await.expect(200);
    assert_eq!(answer.text("merged_into"), target);
    assert_eq!((answer.number("points"), answer.number("other.points")), (-110, 110));
    let balances = ("balance.available", "other.balance.available");
    assert_eq!((answer.number(balances.0), answer.number(balances.1)), (0, 220));
    let again = merge(&world, &merged, &target, "merge").await.expect(200);
    assert!(again.replayed);
    assert_eq!(again.body, answer.body);
    let other = merge(&world, &merged, &merged, "merge").await;
    let _ = other.expect_problem(422, "idempotency_key_reused");
    let shown = page(&world.agent, &merged).await;
    assert_eq!((shown.text("merged_into"), shown.number("balance.available")), (target.clone(), 0));
    let shown = page(&world.agent, &target).await;
    assert_eq!(
        (shown.at("merged_into"), shown.text("tier.id")),
        (&Value::Null, "silver".to_owned())
    );
    // What the target has none of follows; what it has stays.
    let fields = (shown.at("email"), shown.at("card_number"), shown.at("document"));
    assert_eq!(fields, (&before[0]["email"], &before[0]["card_number"], &json!("other")));
    let by_card = world.pos.get(&format!("/v1/members?card_number={card}")).await.expect(200);
    assert_eq!(by_card.text("data.0.member_id"), target);
    // Both timelines show it.
    for (member_id, points, word) in [(&merged, -110, "into another"), (&target, 110, "into this")]
    {
        let path = format!("/v1/members/{member_id}/timeline?kind=adjustment");
        let entry = world.agent.get(&path).await.expect(200);
        assert_eq!(entry.number("data.0.points"), points);
        assert!(entry.text("data.0.summary").contains(word), "{entry:?}");
    }
    check_ledgers(&world, [&merged, &target]).await;
    let parted = unmerge(&world, &merged, "part").await.expect(200);
    assert_eq!((parted.at("merged_into"), parted.number("points")), (&Value::Null, 110));
    assert!(unmerge(&world, &merged, "part").await.expect(200).replayed);
    assert_eq!([whole(&world, &merged).await, whole(&world, &target).await], before);
    let _ = unmerge(&world, &merged, "twice").await.expect_problem(409, "not_merged");
    let by_card = world.pos.get(&format!("/v1/members?card_number={card}")).await.expect(200);
    assert_eq!(by_card.text("data.0.member_id"), merged);
    check_ledgers(&world, [&merged, &target]).await;
    // They may be merged again, the other way round.
    let _ = merge(&world, &target, &merged, "again").await.expect(200);
    check_ledgers(&world, [&merged, &target]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_names_the_merged_member_counts_for_the_other() {
    let world = World::start().await;
    world.offer_payment().await;
    let (merged, target) = (world.enrol().await, world.member_id().await);
    let (merged, card) = (merged.text("member_id"), merged.text("card_number"));
    let old = world.earn(&merged, 5).await.text("purchase_id");
    let reward = world.reward(10, json!({})).await;
    let redeemed = world.redeem(&merged, &reward, "before").await.expect(201);
    let message = world.purchase(&merged, 110_000).to_string();
    let credit = json!({
        "points": 40, "reason": "r", "invoice": {"branch": "b1", "invoice_number": "credited"},
    });
    let adjust = format!("/v1/members/{merged}/adjustments");
    let _ = world.agent.post(&adjust, credit, Some("credit")).await.expect(201);
    let _ = merge(&world, &merged, &target, "merge").await.expect(200);
    assert_eq!(world.available(&target).await, 550 - 10 + 40);
    // An old queue, an old card, a sale that arrives late, a reversal, a return and a re-rating.
    world.stack.send_message("PurchaseQueue", &message).await.unwrap();
    world.settle().await;
    let mut by_card = world.purchase("", 110_000);
    by_card["member_id"] = Value::Null;
    by_card["card_number"] = json!(card);
    let by_card = world.pos.post("/v1/purchases", by_card, None).await.expect(201);
    assert_eq!(by_card.text("member_id"), target);
    let mut late = world.purchase(&merged, 110_000);
    late["invoice_number"] = json!("credited");
    let late_answer = world.pos.post("/v1/purchases", late.clone(), None).await.expect(201);
    assert_eq!(late_answer.number("points.earned"), 70);
    assert!(world.pos.post("/v1/purchases", late, None).await.expect(201).replayed);
    assert_eq!(world.available(&target).await, 580 + 110 + 110 + 70);
    let _ = world.reverse(&redeemed.text("redemption_id"), "undo").await.expect(201);
    let back = json!({
        "branch": "b1", "return_number": "R", "amount": {"amount": 550_000, "currency": "RUB"},
        "returned_at": world.stack.clock().now().to_string(),
    });
    let path = format!("/v1/purchases/{old}/returns");
    let back = world.pos.post(&path, back, None).await.expect(201);
    assert_eq!(back.number("points_clawed_back"), 550);
    assert_eq!(world.available(&target).await, 870 + 10 - 550);
    let redeemed = world.redeem(&merged, &reward, "after").await.expect(201);
    assert_eq!(redeemed.text("member_id"), target);
    world.settle().await;
    let mail = world.agent.get(&format!("/v1/emails/{}", redeemed.text("email_id"))).await;
    assert_eq!(mail.expect(200).text("member_id"), target);
    let reserved = world.reserve(&merged, 50, "reserve").await.expect(201);
    let paid = world.paid_purchase(&merged, 110_000, &reserved);
    let paid = world.pos.post("/v1/purchases", paid, None).await.expect(201);
    assert_eq!((paid.text("member_id"), paid.number("points_paid")), (target.clone(), 50));
    let adjusted = json!({"points": 5, "reason": "r"});
    let adjusted = world.agent.post(&adjust, adjusted, Some("adjust")).await.expect(201);
    assert_eq!(adjusted.text("member_id"), target);
    let kept = world.unclaimed(110_000).await.text("purchase_id");
    let path = format!("/v1/purchases/{kept}/claim-points");
    let body = json!({"member_id": merged});
    let _ = world.agent.post(&path, body.clone(), Some("attach")).await.expect(200);
    assert!(world.agent.post(&path, body, Some("attach")).await.expect(200).replayed);
    assert_eq!(page(&world.agent, &merged).await.number("balance.available"), 0);
    assert_eq!(world.agent.get("/v1/claims").await.expect(200).at("data"), &json!([]));
    check_ledgers(&world, [&merged, &target]).await;
    let run = world.admin.post("/v1/reports/runs", json!({}), Some("run")).await;
    let _ = run.expect(202);
    world.settle().await;
    let report = world.admin.get("/v1/reports/reconcile").await.expect(200);
    assert_eq!((report.number("difference"), report.text("chain")), (0, "whole".to_owned()));
    let refused = unmerge(&world, &merged, "part").await;
    let _ = refused.expect_problem(409, "merge_built_upon");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merged_member_reads_both_and_changes_neither_by_the_old_id() {
    let world = World::start().await;
    let (merged, target) = (world.member_id().await, world.member_id().await);
    let stranger = world.member_id().await;
    let shopper = world.member(&merged).await;
    let _ = world.earn(&merged, 1).await;
    let _ = merge(&world, &merged, &target, "merge").await.expect(200);
    assert_eq!(page(&shopper, "me").await.text("member_id"), target);
    for member_id in [&merged, &target] {
        let _ = page(&shopper, member_id).await;
        let path = format!("/v1/members/{member_id}/timeline");
        let _ = shopper.get(&path).await.expect(200);
    }
    // Also by the token of the target.
    let _ = page(&world.member(&target).await, &merged).await;
    let foreign = shopper.get(&format!("/v1/members/{stranger}")).await;
    let _ = foreign.expect_problem(404, "not_found");
    let expect_merged = |refused: Answer| {
        let refused = refused.expect_problem(409, "member_merged");
        assert_eq!(refused.text("merged_into"), target);
    };
    let path = format!("/v1/members/{merged}");
    expect_merged(world.agent.patch(&path, json!({"phone": "1"})).await);
    let body = json!({"reason": "r"});
    let path = format!("{path}/email-unblock");
    expect_merged(world.supervisor.post(&path, body, Some("unblock")).await);
    let rating = json!({
        "member_id": merged, "score": 9, "branch": "b1", "invoice_number": "visit",
        "visited_at": world.stack.clock().now().to_string(),
    });
    expect_merged(world.pos.post("/v1/ratings", rating, None).await);
    let claim = json!({"member_id": merged, "kind": "missing_points", "evidence": {"note": "n"}});
    expect_merged(world.agent.post("/v1/claims", claim, Some("claim")).await);
    let event = json!({
        "event_id": "e", "kind": "card_failed", "member_id": merged, "order_id": "o",
        "at": world.stack.clock().now().to_string(), "detail": "expired",
    });
    expect_merged(world.pos.post("/v1/orders/events", event, None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_merged_or_parted_is_refused_with_a_clear_code() {
    let world = World::start().await;
    world.offer_payment().await;
    let (one, two, three) =
        (world.member_id().await, world.member_id().await, world.member_id().await);
    let _ = merge(&world, &one, &one, "self").await.expect_problem(409, "same_member");
    for nobody in ["mbr_0000000000000000", "nobody"] {
        let refused = merge(&world, &one, nobody, "n").await.expect_problem(404, "not_found");
        assert_eq!(refused.text("errors.0.field"), "into");
    }
    let missing = merge(&world, "mbr_0000000000000000", &one, "m").await;
    let _ = missing.expect_problem(404, "not_found");
    let _ = unmerge(&world, &one, "early").await.expect_problem(409, "not_merged");
    let _ = world.earn(&one, 1).await;
    let reserved = world.reserve(&one, 5, "reserve").await.expect(201);
    for (merged, into) in [(&one, &two), (&two, &one)] {
        let refused = merge(&world, merged, into, "reserved").await;
        let _ = refused.expect_problem(409, "points_reserved");
    }
    let path = format!("/v1/reservations/{}/release", reserved.text("reservation_id"));
    let _ = world.pos.post(&path, json!({}), Some("release")).await.expect(200);
    let _ = merge(&world, &one, &two, "first").await.expect(200);
    for (merged, into) in [(&one, &three), (&three, &one)] {
        let refused = merge(&world, merged, into, "second").await;
        let refused = refused.expect_problem(409, "member_merged");
        assert_eq!(refused.text("merged_into"), two);
    }
    // A chain of merges is followed, and undone from its end.
    let _ = merge(&world, &two, &three, "chain").await.expect(200);
    let bought = world.earn(&one, 1).await;
    assert_eq!(bought.text("member_id"), three);
    assert_eq!(world.available(&three).await, 220);
    let _ = unmerge(&world, &one, "inner").await.expect_problem(409, "merge_built_upon");
    // A changed profile rests on a merge too.
    let (four, five) = (world.member_id().await, world.member_id().await);
    let _ = merge(&world, &four, &five, "profile").await.expect(200);
    let path = format!("/v1/members/{five}");
    let _ = world.agent.patch(&path, json!({"phone": "1"})).await.expect(200);
    let _ = unmerge(&world, &four, "profile").await.expect_problem(409, "merge_built_upon");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credit_and_a_limited_reward_of_before_are_the_other_members() {
    let world = World::start().await;
    let merged = world.enrol().await;
    let (card, merged) = (merged.text("card_number"), merged.text("member_id"));
    let target = world.member_id().await;
    let credit = json!({
        "points": 50, "reason": "missing", "invoice": {"branch": "b1", "invoice_number": "late"},
    });
    let path = format!("/v1/members/{merged}/adjustments");
    let _ = world.agent.post(&path, credit, Some("credit")).await.expect(201);
    let reward = world.reward(10, json!({"per_member_limit": 1})).await;
    let redeemed = world.redeem(&merged, &reward, "before").await.expect(201);
    let _ = merge(&world, &merged, &target, "merge").await.expect(200);
    let mut late = world.purchase(&target, 110_000);
    late.as_object_mut().expect("an object").remove("member_id");
    (late["card_number"], late["invoice_number"]) = (json!(card), json!("late"));
    let bought = world.pos.post("/v1/purchases", late, None).await.expect(201);
    assert_eq!(bought.number("points.earned"), 60, "the credit is subtracted");
    let path = format!("/v1/redemptions/{}/reversal", redeemed.text("redemption_id"));
    let back = world.agent.post(&path, json!({"reason": "by accident"}), Some("back")).await;
    assert_eq!(back.expect(201).number("balance.available"), 40 + 60 + 10);
    check_ledgers(&world, [&merged, &target]).await;
}
