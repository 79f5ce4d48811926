//! The public contract, held against the running stack over HTTP: conventions first, then each family of
//! routes.
//!
//! Whole stories, with mail and time passing, are in `journeys`.

mod adjustments;
mod attachments;
mod auto_reply;
mod bodies;
mod branches;
mod cards;
mod claim_desk;
mod claims;
mod comparisons;
mod consent;
mod coupons_of_member;
mod email_confirmations;
mod finding_purchases;
mod foreign_things;
mod gifts;
mod inbox;
mod invitations;
mod joining;
mod keys;
mod languages;
mod members;
mod merges;
mod moves;
pub(crate) mod orders;
mod own_visits;
mod pages;
mod program;
mod promotions;
mod purchases;
mod query;
mod rating_lists;
mod ratings;
mod ratings_of_member;
mod replays;
mod rerating;
mod reservations;
mod returns;
mod rewards;
mod roles;
mod russian;
mod search;
mod sign_in;
mod task_agents;
mod tasks;
mod viewers;

use puntos_tests::{Caller, World};
use reqwest::Method;
use serde_json::{Value, json};

/// A request that the stack takes as it is.
struct Sample {
    caller: Caller,
    method: Method,
    path: String,
    body: Value,
}

impl Sample {
    /// Returns the answer to the sample with another body and a fresh key.
    async fn send(&self, world: &World, body: String) -> puntos_tests::Answer {
        let key = format!("sample-{}", world.fresh());
        self.caller.send(self.method.clone(), &self.path, Some(body), Some(&key)).await
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// Returns one good request for every route that takes a body.
async fn samples(world: &World) -> Vec<Sample> {
    let member = world.member_id().await;
    let _ = world.earn(&member, 5).await;
    let reward = world.reward(10, json!({})).await;
    let redeemed = world.redeem(&member, &reward, "samples-1").await.expect(201);
    let coupon = world.redeem(&member, &reward, "samples-2").await.expect(201);
    let unclaimed = world.unclaimed(30_000).await;
    let program = world.admin.get("/v1/program").await.expect(200).body;
    let purchase = |amount: i64| {
        let mut body = world.purchase(&member, amount);
        body["lines"] = json!([{
            "sku": "milk", "category": "dairy", "quantity": 2,
            "amount": {"amount": amount + 5, "currency": "RUB"}, "discount": {"amount": 5, "currency": "RUB"},
        }]);
        body
    };
    let sample = |caller: &Caller, method: Method, path: String, body: Value| Sample {
        caller: caller.clone(),
        method,
        path,
        body,
    };
    let (redeemed, code) = (redeemed.text("redemption_id"), coupon.text("coupon.code"));
    let discount = json!({
        "name": "Discount", "kind": "discount", "points_cost": 5, "valid_days": 30, "active": true,
        "discount": {"amount": {"amount": 100, "currency": "RUB"}}, "stock": 5, "per_member_limit": 2,
    });
    let (post, put, patch) = (Method::POST, Method::PUT, Method::PATCH);
    let adjustment = json!({
        "points": 1, "reason": "sample", "note": "n", "invoice": {"branch": "b9", "invoice_number": "sample"},
    });
    let claim = json!({
        "member_id": member, "branch": "b1", "invoice_number": unclaimed.text("invoice_number"),
        "total": {"amount": 30_000, "currency": "RUB"},
    });
    let opinion = json!({
        "member_id": member, "score": 9, "comment": "c", "branch": "b9", "invoice_number": "sample",
        "visited_at": world.stack.clock().now().to_string(),
    });
    let redemption = json!({"member_id": member, "reward_id": reward});
    let use_of = json!({"branch": "b1", "invoice_number": "i"});
    let reversal = json!({"reason": "by accident", "override": false, "note": "n"});
    let rating = world.rated(&member, 3, None).await;
    let reply = json!({"enabled": true, "subject": "s", "body": "b", "wait_minutes": 5});
    let gift = json!({"gift": {"kind": "product", "name": "Soap", "valid_days": 1}});
    let evidence = json!({
        "branch": "b9", "invoice_number": "samples-claim", "purchased_at": "2020-01-01T00:00:00Z",
        "card_number": "c", "order_id": "o", "note": "n",
        "total": {"amount": 5, "currency": "RUB"},
    });
    let opening = json!({
        "member_id": member, "kind": "missing_points", "method": "card",
        "amount": {"amount": 5, "currency": "RUB"}, "evidence": evidence,
    });
    let opened = world.agent.post("/v1/claims", opening.clone(), Some("samples")).await.expect(201);
    let opened = format!("/v1/claims/{}", opened.text("claim_id"));
    let step = json!({
        "status": "waiting", "waiting_on": "bank", "note": "n", "internal": true,
        "promised_by": "2100-01-01", "bank_reference": "r", "money_at": "bank",
        "expected_by": "2100-01-01", "evidence": evidence,
    });
    let happened = puntos_tests::orders::event(
        world,
        &member,
        "rescheduled",
        "sample",
        json!({
            "scheduled_for": "2100-01-01", "detail": "d", "bank_reference": "r",
            "amount": {"amount": 5, "currency": "RUB"},
        }),
    );
    let failed = puntos_tests::orders::send(world, &member, "card_failed", "sample", json!({}))
        .await
        .expect(201);
    let task = failed.text("tasks.0.task_id");
    vec![
        sample(&world.pos, post.clone(), "/v1/orders/events".into(), happened),
        sample(
            &world.agent,
            post.clone(),
            format!("/v1/tasks/{task}/complete"),
            json!({"note": "n"}),
        ),
        sample(&world.agent, put.clone(), "/v1/agents/me".into(), json!({"name": "Sample"})),
        sample(&world.agent, post.clone(), "/v1/claims".into(), opening),
        sample(&world.agent, post.clone(), format!("{opened}/updates"), step),
        sample(&world.agent, post.clone(), format!("{opened}/fix"), json!({"points": 5})),
        sample(&world.pos, post.clone(), "/v1/members".into(), json!({"name": "Sample"})),
        sample(&world.agent, patch, format!("/v1/members/{member}"), json!({"phone": "1"})),
        sample(
            &world.supervisor,
            post.clone(),
            format!("/v1/members/{member}/email-unblock"),
            json!({"reason": "sample"}),
        ),
        sample(&world.agent, post.clone(), format!("/v1/members/{member}/adjustments"), adjustment),
        sample(&world.pos, post.clone(), "/v1/purchases".into(), purchase(20_000)),
        sample(&world.pos, post.clone(), "/v1/purchases/quote".into(), purchase(30_000)),
        sample(
            &world.agent,
            post.clone(),
            format!("/v1/purchases/{}/claim-points", unclaimed.text("purchase_id")),
            claim,
        ),
        sample(&world.admin, put.clone(), "/v1/rewards/sample".into(), discount),
        sample(&world.pos, post.clone(), "/v1/ratings".into(), opinion),
        sample(&world.pos, post.clone(), "/v1/redemptions".into(), redemption),
        sample(
            &world.agent,
            post.clone(),
            format!("/v1/redemptions/{redeemed}/reversal"),
            reversal,
        ),
        sample(&world.pos, post, format!("/v1/coupons/{code}/use"), use_of),
        sample(&world.admin, put.clone(), "/v1/program".into(), program.clone()),
        sample(
            &world.admin,
            Method::POST,
            "/v1/program/preview".into(),
            json!({
                "program": program, "from": "2026-03-01", "to": "2026-03-14T10:00:00Z",
                "acknowledge": ["earns_less_for_more"],
            }),
        ),
        sample(
            &world.admin,
            Method::POST,
            "/v1/program/rerates".into(),
            json!({
                "dry_run": true, "from": "2026-03-01", "to": "2026-03-14", "version": 1,
                "over_credit": "forgive", "reason": "sample",
            }),
        ),
        sample(&world.supervisor, put, "/v1/settings/auto-reply".into(), reply),
        sample(
            &world.supervisor,
            Method::PATCH,
            "/v1/settings/auto-reply".into(),
            json!({"enabled": true, "subject": "s", "body": "b", "wait_minutes": 5}),
        ),
        sample(
            &world.agent,
            Method::POST,
            format!("/v1/ratings/{rating}/messages"),
            json!({"text": "sample", "after": "none"}),
        ),
        sample(&world.agent, Method::POST, format!("/v1/ratings/{rating}/gifts"), gift),
    ]
}

/// Changes the programme from now on.
async fn change_program(world: &World, change: impl FnOnce(&mut Value)) -> puntos_tests::Answer {
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = Value::Null;
    change(&mut program);
    world.admin.put("/v1/program", program).await
}
