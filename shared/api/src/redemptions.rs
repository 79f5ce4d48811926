//! Redemptions and their coupons: the routes and their shapes.

use jiff::Timestamp;
use puntos_domain::account::Balance;
use puntos_domain::coupon::{Coupon, CouponStatus};
use puntos_domain::id::{EmailId, MemberId, RedemptionId};
use puntos_domain::points::Points;
use puntos_domain::redemption::{Redemption, Refusal};
use puntos_domain::reward::reward_id;
use serde::{Deserialize, Serialize};

use crate::{KeyRule, MemberNamed, Parameter, Problem, Reply, Role, Route, Shape};

/// Spends points on a reward.
pub const REDEEM: Route = Route {
    key: "POST /v1/redemptions",
    operation_id: "redeem",
    tag: "Redemptions",
    summary: "Spend points on a reward",
    description: "Points go down and a coupon exists, or neither. The coupon is mailed where the \
        member has an address.",
    roles: &[Role::Pos, Role::Agent, Role::Member],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<RedemptionRequest>()),
    answers: &[Reply::new::<RedemptionAnswer>(201, "Redeemed, or redeemed before with this key")],
    problems: &[
        (404, &["not_found"]),
        (
            409,
            &[
                "card_replaced",
                "insufficient_points",
                "out_of_stock",
                "limit_reached",
                "reward_inactive",
                "reward_not_redeemable",
            ],
        ),
    ],
};

const READERS: &[Role] = &[Role::Pos, Role::Agent, Role::Supervisor, Role::Member];

/// Lists a member's redemptions.
pub const LIST: Route = Route {
    key: "GET /v1/redemptions",
    operation_id: "list_redemptions",
    tag: "Redemptions",
    summary: "List a member's redemptions",
    description: "Newest first. Names the member by exactly one of member_id, document and email; \
        a member may leave them out. A page may be short and still have a cursor.",
    roles: READERS,
    idempotency: KeyRule::Ignored,
    query: &[
        Parameter::optional::<String>("member_id", "The member, by id"),
        Parameter::optional::<String>("document", "The member, by document"),
        Parameter::optional::<String>("email", "The member, by e-mail address"),
        Parameter::LIMIT,
        Parameter::CURSOR,
    ],
    request: None,
    answers: &[Reply::page::<RedemptionAnswer>(200, "The redemptions with their coupons")],
    problems: &[(400, &["cursor_mismatch"]), (404, &["not_found"])],
};

/// Shows a redemption.
pub const SHOW: Route = Route {
    key: "GET /v1/redemptions/{redemption_id}",
    operation_id: "get_redemption",
    tag: "Redemptions",
    summary: "Show a redemption",
    description: "Shows a redemption with its coupon, by a strong read.",
    roles: READERS,
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<RedemptionAnswer>(200, "The redemption")],
    problems: &[(404, &["not_found"])],
};

/// Finds a redemption by its idempotency key.
pub const FIND_BY_KEY: Route = Route {
    key: "GET /v1/redemptions/by-key/{idempotency_key}",
    operation_id: "find_redemption_by_key",
    tag: "Redemptions",
    summary: "Find a redemption by its idempotency key",
    description: "Proves whether a redemption happened, by a strong read of the primary key: 200 \
        or 404.",
    roles: READERS,
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<RedemptionAnswer>(200, "It happened")],
    problems: &[(404, &["not_found"])],
};

/// A redemption as the till, the agent or the shopper asks for it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedemptionRequest {
    /// The member, by id.
    pub member_id: Option<String>,
    /// The member, by card.
    pub card_number: Option<String>,
    /// The reward.
    pub reward_id: String,
}

/// A parsed redemption.
#[derive(Debug)]
pub struct RedemptionCommand {
    /// The member.
    pub member: MemberNamed,
    /// The reward.
    pub reward_id: String,
}

impl RedemptionRequest {
    /// Returns the parsed redemption.
    ///
    /// # Errors
    /// Refuses a request that names no member, or two. An id that cannot be a reward id is not found.
    pub fn command(self) -> Result<RedemptionCommand, Problem> {
        let member = MemberNamed::of(self.member_id, self.card_number)?;
        let member = member
            .ok_or_else(|| Problem::invalid_field("member_id", "give member_id or card_number"))?;
        reward_id(&self.reward_id).map_err(|_| unknown_reward())?;
        Ok(RedemptionCommand { member, reward_id: self.reward_id })
    }
}

/// Returns the refusal of a missing reward.
pub fn unknown_reward() -> Problem {
    Problem::not_found_field("reward_id", "there is no such reward")
}

/// Returns the problem that a refused redemption is answered with.
pub fn refused(refusal: &Refusal) -> Problem {
    let detail = refusal.to_string();
    match refusal {
        Refusal::NotOffered => Problem::conflict("reward_inactive", detail),
        Refusal::NotRedeemable => Problem::conflict("reward_not_redeemable", detail),
        Refusal::InsufficientPoints { missing } => {
            Problem::conflict("insufficient_points", detail).with("missing_points", missing.get())
        }
        Refusal::OutOfStock => Problem::conflict("out_of_stock", detail),
        Refusal::LimitReached => Problem::conflict("limit_reached", detail),
    }
}

/// A redemption with its coupon.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RedemptionAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub redemption_id: RedemptionId,
    /// Whose points were spent.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The reward.
    pub reward_id: String,
    /// The reward's name as it was.
    pub reward_name: String,
    /// The points spent.
    pub points_spent: Points,
    /// What the member has now; null in lists.
    pub balance: Option<Balance>,
    /// The coupon.
    pub coupon: CouponAnswer,
    /// The mail that brings the coupon; null without an address.
    #[schema(value_type = Option<String>)]
    pub email_id: Option<EmailId>,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

/// A coupon.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CouponAnswer {
    /// The code, in groups to be read aloud.
    pub code: String,
    /// What can be done with it.
    pub status: CouponStatus,
    /// The first instant at which it can no longer be used.
    #[schema(value_type = String, format = "date-time")]
    pub expires_at: Timestamp,
}

impl CouponAnswer {
    /// Returns a coupon as it is at an instant.
    pub fn new(coupon: &Coupon, now: Timestamp) -> Self {
        Self {
            code: coupon.code.to_string(),
            status: coupon.status(now),
            expires_at: coupon.expires_at,
        }
    }
}

impl RedemptionAnswer {
    /// Returns a stored redemption as it is at an instant.
    pub fn new(stored: &Redemption, balance: Option<Balance>, now: Timestamp) -> Self {
        Self {
            redemption_id: stored.redemption_id.clone(),
            member_id: stored.member_id.clone(),
            reward_id: stored.reward_id.clone(),
            reward_name: stored.reward_name.clone(),
            points_spent: stored.points_spent,
            balance,
            coupon: CouponAnswer::new(&stored.coupon, now),
            email_id: stored.mail.as_ref().map(|_| stored.redemption_id.coupon_email_id()),
            created_at: stored.created_at,
        }
    }
}
