//! The things of a member, one of each kind, and the request of each route for them.

use puntos_tests::World;
use serde_json::{Value, json};

/// The ids of a member's things.
pub(super) struct Things {
    pub(super) member_id: String,
    card_number: String,
    purchase_id: String,
    invoice_number: String,
    reward_id: String,
    reservation_id: String,
    redemption_id: String,
    redemption_key: String,
    code: String,
    email_id: String,
    rating_id: String,
    task_id: String,
    claim_id: String,
    attachment_id: String,
    rerate_id: String,
    preview_id: String,
}

impl Things {
    /// Enrols a member and makes one thing of each kind.
    pub(super) async fn new(world: &World) -> Self {
        let member = world.enrol().await;
        Self::made(world, &member.text("member_id"), &member.text("card_number")).await
    }

    async fn made(world: &World, member_id: &str, card_number: &str) -> Self {
        let _ = world.earn(member_id, 10).await;
        let unclaimed = world.unclaimed(110_000).await;
        let reward_id = world.reward(10, json!({"stock": 100, "per_member_limit": 50})).await;
        let redemption_key = format!("redeem-{}", world.fresh());
        let redeemed = world.redeem(member_id, &reward_id, &redemption_key).await.expect(201);
        let key = format!("reserve-{}", world.fresh());
        let reserved = world.reserve(member_id, 1, &key).await.expect(201);
        let rating_id = world.rated(member_id, 3, Some("Slow")).await;
        let path = format!("/v1/ratings/{rating_id}/messages");
        let _ = world.agent.post(&path, json!({"text": "Sorry"}), Some("m")).await.expect(201);
        let event = order_event(world, member_id);
        let ordered = world.pos.post("/v1/orders/events", event, None).await.expect(201);
        let key = format!("claim-{}", world.fresh());
        let claim = claim(world, member_id);
        let claim = world.agent.post("/v1/claims", claim, Some(&key)).await.expect(201);
        let path = format!("/v1/claims/{}/attachments", claim.text("claim_id"));
        let attached = world.agent.post(&path, picture(), Some("a")).await.expect(201);
        Self {
            member_id: member_id.to_owned(),
            card_number: card_number.to_owned(),
            purchase_id: unclaimed.text("purchase_id"),
            invoice_number: unclaimed.text("invoice_number"),
            reward_id,
            reservation_id: reserved.text("reservation_id"),
            redemption_id: redeemed.text("redemption_id"),
            redemption_key,
            code: redeemed.text("coupon.code"),
            email_id: redeemed.text("email_id"),
            rating_id,
            task_id: ordered.text("tasks.0.task_id"),
            claim_id: claim.text("claim_id"),
            attachment_id: attached.text("attachment_id"),
            rerate_id: ordered_rerate(world).await,
            preview_id: ordered_preview(world).await,
        }
    }

    /// Returns ended things of the same member as these.
    pub(super) async fn ended(world: &World, own: &Self) -> Self {
        let things = Self::made(world, &own.member_id, &own.card_number).await;
        let _ = world.reverse(&things.redemption_id, "ended").await.expect(201);
        let path = format!("/v1/reservations/{}/release", things.reservation_id);
        let _ = world.pos.post(&path, json!({}), Some("ended")).await.expect(200);
        let path = format!("/v1/tasks/{}/complete", things.task_id);
        let _ = world.agent.post(&path, json!({}), Some("ended")).await.expect(200);
        let path = format!("/v1/claims/{}/updates", things.claim_id);
        let body = json!({"status": "rejected", "note": "Not ours"});
        let _ = world.agent.post(&path, body, Some("ended")).await.expect(201);
        let path = format!("/v1/purchases/{}/claim-points", things.purchase_id);
        let body = json!({"member_id": own.member_id});
        let _ = world.agent.post(&path, body, Some("ended")).await.expect(200);
        let path = format!("/v1/rewards/{}", things.reward_id);
        let _ = world.admin.put(&path, reward(false)).await.expect(200);
        things
    }

    /// Returns ids that name nothing.
    pub(super) fn missing() -> Self {
        let id = |prefix: &str, length: usize| format!("{prefix}_{}", "0".repeat(length));
        Self {
            member_id: "mbr_000000000000000z".to_owned(),
            card_number: "nobody".to_owned(),
            purchase_id: id("pur", 16),
            invoice_number: "nothing".to_owned(),
            reward_id: "nothing".to_owned(),
            reservation_id: id("rsv", 32),
            redemption_id: id("rdm", 32),
            redemption_key: "nothing".to_owned(),
            code: "nothing".to_owned(),
            email_id: id("eml", 32),
            rating_id: id("rat", 32),
            task_id: id("tsk", 32),
            claim_id: id("clm", 32),
            attachment_id: id("att", 16),
            rerate_id: id("rrt", 16),
            preview_id: id("prv", 16),
        }
    }

    /// Returns a path with the ids of these things.
    pub(super) fn path(&self, path: &str) -> String {
        [
            ("{member_id}", &self.member_id),
            ("{purchase_id}", &self.purchase_id),
            ("{reward_id}", &self.reward_id),
            ("{reservation_id}", &self.reservation_id),
            ("{redemption_id}", &self.redemption_id),
            ("{idempotency_key}", &self.redemption_key),
            ("{code}", &self.code),
            ("{email_id}", &self.email_id),
            ("{rating_id}", &self.rating_id),
            ("{task_id}", &self.task_id),
            ("{claim_id}", &self.claim_id),
            ("{attachment_id}", &self.attachment_id),
            ("{rerate_id}", &self.rerate_id),
            ("{preview_id}", &self.preview_id),
        ]
        .iter()
        .fold(path.to_owned(), |path, (name, id)| path.replace(name, id))
    }
}

/// Returns whether a route is about a thing that can end.
pub(super) fn can_end(key: &str) -> bool {
    let ending = [
        "{purchase_id}",
        "{reservation_id}",
        "{reward_id}",
        "{redemption_id}",
        "{code}",
        "{task_id}",
        "{claim_id}",
    ];
    key == "POST /v1/redemptions" || ending.iter().any(|name| key.contains(name))
}

/// Returns the query and the body of a route's request for these things.
///
/// # Panics
/// At a route that has none yet.
pub(super) fn request(world: &World, key: &str, things: &Things) -> (String, Option<Value>) {
    let member_id = things.member_id.as_str();
    let query = match key {
        "GET /v1/members" => format!("?card_number={}", things.card_number),
        "GET /v1/purchases" => format!("?branch=b1&invoice_number={}", things.invoice_number),
        "GET /v1/redemptions" | "GET /v1/claims" | "GET /v1/ratings" | "GET /v1/coupons" => {
            format!("?member_id={member_id}")
        }
        "GET /v1/emails" => "?status=sent".to_owned(),
        _ => String::new(),
    };
    let now = world.stack.clock().now().to_string();
    let body = match key {
        _ if key.starts_with("GET ") => return (query, None),
        "POST /v1/emails/{email_id}/resend"
        | "POST /v1/ratings/{rating_id}/read"
        | "POST /v1/ratings/{rating_id}/viewing"
        | "POST /v1/program/rerates/{rerate_id}/stop"
        | "POST /v1/program/previews/{preview_id}/stop"
        | "POST /v1/email-confirmations/{token}"
        | "POST /v1/members/{member_id}/join-code"
        | "POST /v1/reports/runs" => {
            return (query, None);
        }
        "POST /v1/members" => json!({"name": "New", "card_number": format!("{}", world.fresh())}),
        "PATCH /v1/members/{member_id}" => json!({"phone": "1"}),
        "POST /v1/members/{member_id}/email-unblock" => json!({"reason": "it works again"}),
        "POST /v1/members/join" => {
            json!({"card_number": things.card_number, "code": "00000000"})
        }
        "POST /v1/members/{member_id}/merge" => {
            json!({"into": "mbr_000000000000000z", "reason": "enrolled twice"})
        }
        "POST /v1/members/{member_id}/unmerge" => json!({"reason": "two sisters"}),
        "POST /v1/members/{member_id}/adjustments" => json!({"points": 5, "reason": "goodwill"}),
        "POST /v1/purchases" | "POST /v1/purchases/quote" => world.purchase(member_id, 110_000),
        "POST /v1/purchases/{purchase_id}/rerate" => json!({"reason": "a wrong rule"}),
        "POST /v1/purchases/{purchase_id}/move" => {
            json!({"member_id": member_id, "reason": "mixed up"})
        }
        "POST /v1/purchases/{purchase_id}/claim-points" => json!({
            "member_id": member_id, "branch": "b1", "invoice_number": things.invoice_number,
            "total": {"amount": 110_000, "currency": "RUB"},
        }),
        "POST /v1/purchases/{purchase_id}/returns" => json!({
            "branch": "b1", "return_number": format!("{}", world.fresh()),
            "amount": {"amount": 1, "currency": "RUB"}, "returned_at": now,
        }),
        "POST /v1/reservations" => json!({"member_id": member_id, "points": 1, "branch": "b1"}),
        "POST /v1/reservations/{reservation_id}/release" => return (query, None),
        "PUT /v1/agents/me" => json!({"name": "Bea"}),
        "PUT /v1/rewards/{reward_id}" => reward(true),
        "POST /v1/redemptions" => json!({"member_id": member_id, "reward_id": things.reward_id}),
        "POST /v1/redemptions/{redemption_id}/reversal" => json!({"reason": "by accident"}),
        "POST /v1/coupons/{code}/use" | "POST /v1/coupons/{code}/unuse" => {
            json!({"branch": "b1", "invoice_number": "used"})
        }
        "POST /v1/ratings" => json!({
            "member_id": member_id, "score": 9, "comment": "Quick", "branch": "b1",
            "invoice_number": format!("visit-{}", world.fresh()), "visited_at": now,
        }),
        "POST /v1/invitations/{token}/rating" => json!({"score": 9}),
        "POST /v1/ratings/{rating_id}/messages" => json!({"text": "Hello"}),
        "POST /v1/ratings/{rating_id}/gifts" => json!({"gift": {
            "kind": "discount", "name": "Sorry", "discount": {"percent": 10}, "valid_days": 9,
        }}),
        "POST /v1/orders/events" => order_event(world, member_id),
        "POST /v1/tasks/{task_id}/complete" => json!({"note": "done"}),
        "POST /v1/tasks/{task_id}/assign" => json!({"agent_id": "me"}),
        "POST /v1/claims" => claim(world, member_id),
        "POST /v1/claims/{claim_id}/updates" => json!({"note": "Any news?"}),
        "POST /v1/claims/{claim_id}/fix" => json!({"points": 5}),
        "POST /v1/claims/{claim_id}/attachments" => picture(),
        "PUT /v1/program" => program(),
        "POST /v1/program/rerates" => rerate(),
        "POST /v1/program/preview" => preview(),
        "DELETE /v1/program/versions/{version}" => return (query, None),
        "PATCH /v1/settings/auto-reply" => json!({"enabled": false}),
        "PUT /v1/settings/auto-reply" => json!({"enabled": true, "subject": "Sorry", "body": "?"}),
        _ => panic!("{key} is not in the table of views: give its request here"),
    };
    (query, Some(body))
}

fn program() -> Value {
    json!({
        "time_zone": "Europe/Moscow", "currency": "RUB", "locale": "ru",
        "earning": {"mode": "slab", "step_amount": 10_000,
            "brackets": [{"up_to": null, "points_per_step": 10}]},
        "payment": puntos_tests::payment(),
    })
}

fn rerate() -> Value {
    json!({"dry_run": true, "from": "2020-01-01", "to": "2099-12-31"})
}

fn preview() -> Value {
    // It gives twice the points, so that there are examples.
    let mut program = program();
    program["earning"]["brackets"] = json!([{"up_to": null, "points_per_step": 20}]);
    json!({"program": program, "from": "2020-01-01", "to": "2099-12-31"})
}

/// Returns the one re-rate of the world: a walk for each thing would take long.
async fn ordered_rerate(world: &World) -> String {
    let ordered = world.admin.post("/v1/program/rerates", rerate(), Some("views")).await;
    ordered.expect(202).text("rerate_id")
}

async fn ordered_preview(world: &World) -> String {
    let ordered = world.admin.post("/v1/program/preview", preview(), Some("views")).await;
    ordered.expect(202).text("preview_id")
}

fn order_event(world: &World, member_id: &str) -> Value {
    let number = world.fresh();
    json!({
        "event_id": format!("event-{number}"), "kind": "card_failed", "member_id": member_id,
        "order_id": format!("order-{number}"), "at": world.stack.clock().now().to_string(),
        "detail": "expired",
    })
}

fn claim(world: &World, member_id: &str) -> Value {
    let invoice_number = format!("never-sent-{}", world.fresh());
    json!({
        "member_id": member_id, "kind": "missing_points",
        "evidence": {"branch": "b1", "invoice_number": invoice_number, "note": "I have it here"},
    })
}

fn picture() -> Value {
    json!({"content_type": "image/jpeg", "bytes": 482_113})
}

fn reward(is_active: bool) -> Value {
    json!({
        "name": "Mug", "kind": "product", "points_cost": 10, "valid_days": 30, "active": is_active,
    })
}
