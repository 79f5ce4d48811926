//! The public contract, held against the running stack over HTTP: conventions first, then each family of
//! routes.
//!
//! Whole stories, with mail and time passing, are in `journeys`.

mod adjustments;
mod bodies;
mod claims;
mod foreign_things;
mod keys;
mod members;
mod pages;
mod program;
mod purchases;
mod replays;
mod roles;
mod search;

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
    let redemption = json!({"member_id": member, "reward_id": reward});
    let use_of = json!({"branch": "b1", "invoice_number": "i"});
    let reversal = json!({"reason": "by accident", "override": false, "note": "n"});
    vec![
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
        sample(&world.pos, post.clone(), "/v1/redemptions".into(), redemption),
        sample(
            &world.agent,
            post.clone(),
            format!("/v1/redemptions/{redeemed}/reversal"),
            reversal,
        ),
        sample(&world.pos, post, format!("/v1/coupons/{code}/use"), use_of),
        sample(&world.admin, put, "/v1/program".into(), program),
    ]
}

/// Changes the programme from now on.
async fn change_program(world: &World, change: impl FnOnce(&mut Value)) -> puntos_tests::Answer {
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = Value::Null;
    change(&mut program);
    world.admin.put("/v1/program", program).await
}
