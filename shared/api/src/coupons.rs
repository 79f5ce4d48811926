//! Coupons, of a member and at the till: the routes and their shapes.

use jiff::Timestamp;
use puntos_domain::coupon::{CouponSource, CouponStatus, GrantedCoupon, UnuseRefused};
use puntos_domain::field::{FieldErrors, LABEL_MAX_CHARS, text};
use puntos_domain::id::{GiftId, MemberId, RedemptionId};
use puntos_domain::reward::RewardKind;
use serde::{Deserialize, Serialize};

use crate::redemptions::CouponAnswer;
use crate::rewards::DiscountAnswer;
use crate::{KeyRule, Parameter, Problem, Reply, Role, Route, Shape};

/// Lists the coupons of a member.
pub const LIST: Route = Route {
    key: "GET /v1/coupons",
    operation_id: "list_coupons",
    tag: "Coupons",
    summary: "List the coupons of a member",
    description: "The coupons of a member, of redemptions and of gifts, in every state, the newest first. A \
        member sees their own, also without member_id. One of the last moments may be missing. A page may \
        be short and still carry a cursor.",
    roles: &[Role::Agent, Role::Supervisor, Role::Member],
    idempotency: KeyRule::Ignored,
    query: &[
        Parameter::optional::<String>("member_id", "Whose coupons; agents must give it"),
        Parameter::LIMIT,
        Parameter::CURSOR,
    ],
    request: None,
    answers: &[Reply::page::<TillCoupon>(200, "The coupons")],
    problems: &[(400, &["cursor_mismatch"]), (404, &["not_found"]), (422, &["invalid_field"])],
};

/// Shows a coupon.
pub const SHOW: Route = Route {
    key: "GET /v1/coupons/{code}",
    operation_id: "get_coupon",
    tag: "Coupons",
    summary: "Show a coupon",
    description: "A code may be written in any case, with or without hyphens. A wrong code and \
        an unknown one get the same answer, 404.",
    roles: &[Role::Pos, Role::Agent, Role::Supervisor],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<TillCoupon>(200, "The coupon")],
    problems: &[(404, &["not_found"])],
};

/// Uses a coupon.
pub const USE: Route = Route {
    key: "POST /v1/coupons/{code}/use",
    operation_id: "use_coupon",
    tag: "Coupons",
    summary: "Use a coupon",
    description: "A coupon is used once.",
    roles: &[Role::Pos],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<UseRequest>()),
    answers: &[Reply::new::<TillCoupon>(200, "Used, or used before with this key")],
    problems: &[
        (404, &["not_found"]),
        (409, &["coupon_used", "coupon_expired", "coupon_cancelled"]),
    ],
};

/// Takes the use of a coupon back.
pub const UNUSE: Route = Route {
    key: "POST /v1/coupons/{code}/unuse",
    operation_id: "unuse_coupon",
    tag: "Coupons",
    summary: "Take the use of a coupon back",
    description: "For a payment that failed: names the branch and the invoice of the use, within 24 \
        hours of it. The coupon can then be used again, unless it has expired meanwhile. Taking it back \
        twice is the same as once.",
    roles: &[Role::Pos],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<UseRequest>()),
    answers: &[Reply::new::<TillCoupon>(200, "Taken back, now or before")],
    problems: &[
        (404, &["not_found"]),
        (409, &["coupon_used", "coupon_not_used", "coupon_cancelled", "unuse_too_late"]),
    ],
};

/// The use of a coupon as the till sends it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UseRequest {
    /// The branch where it is used.
    pub branch: String,
    /// The invoice on which it is used.
    pub invoice_number: String,
}

/// A parsed use of a coupon.
#[derive(Debug)]
pub struct UseCommand {
    /// The branch where it is used.
    pub branch: String,
    /// The invoice on which it is used.
    pub invoice_number: String,
}

impl UseRequest {
    /// Returns the parsed use of a coupon.
    ///
    /// # Errors
    /// Refuses the field that does not fit.
    pub fn command(self) -> Result<UseCommand, Problem> {
        let mut errors = FieldErrors::default();
        let branch = errors.keep(text("branch", self.branch, LABEL_MAX_CHARS));
        let number = errors.keep(text("invoice_number", self.invoice_number, LABEL_MAX_CHARS));
        let command = branch.zip(number);
        let command = command.map(|(branch, invoice_number)| UseCommand { branch, invoice_number });
        Ok(errors.into_result(command)?)
    }
}

/// Returns the refusal of a coupon that has this status and so cannot be used.
pub fn not_usable(status: CouponStatus) -> Problem {
    match status {
        CouponStatus::Cancelled => {
            Problem::conflict("coupon_cancelled", "the redemption was reversed")
        }
        CouponStatus::Used => Problem::conflict("coupon_used", "the coupon was used"),
        CouponStatus::Expired | CouponStatus::Issued => {
            Problem::conflict("coupon_expired", "the coupon expired")
        }
    }
}

/// Returns the problem of a use that is not taken back.
pub fn not_unused(refusal: UnuseRefused) -> Problem {
    let code = match refusal {
        UnuseRefused::OtherInvoice => "coupon_used",
        UnuseRefused::TooLate => "unuse_too_late",
        UnuseRefused::NotUsed => "coupon_not_used",
        UnuseRefused::Cancelled => "coupon_cancelled",
    };
    Problem::conflict(code, refusal.to_string())
}

/// A coupon as tills, agents and its member see it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TillCoupon {
    /// The coupon.
    #[serde(flatten)]
    pub coupon: CouponAnswer,
    /// The redemption that gave it; null for a gift.
    #[schema(value_type = Option<String>)]
    pub redemption_id: Option<RedemptionId>,
    /// The gift that gave it; null for a redemption.
    #[schema(value_type = Option<String>)]
    pub gift_id: Option<GiftId>,
    /// The member who holds it.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// What to give for it: the reward; null for a gift outside the catalogue.
    pub reward_id: Option<String>,
    /// Its name, as it was.
    pub name: String,
    /// Its kind.
    pub kind: RewardKind,
    /// The discount, for that kind.
    pub discount: Option<DiscountAnswer>,
    /// Where and when it was used; null while it is not.
    pub used: Option<UsedAnswer>,
}

/// The use of a coupon.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UsedAnswer {
    /// The branch where it was used.
    pub branch: String,
    /// The invoice on which it was used.
    pub invoice_number: String,
    /// When it was used.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
}

impl TillCoupon {
    /// Returns a coupon as it is at an instant.
    pub fn new(granted: &GrantedCoupon, now: Timestamp) -> Self {
        let (redemption_id, gift_id) = match &granted.source {
            CouponSource::Redemption(redemption_id) => (Some(redemption_id.clone()), None),
            CouponSource::Gift(_, gift_id) => (None, Some(gift_id.clone())),
        };
        Self {
            coupon: CouponAnswer::new(&granted.coupon, now),
            redemption_id,
            gift_id,
            member_id: granted.member_id.clone(),
            reward_id: granted.reward_id.clone(),
            name: granted.reward_name.clone(),
            kind: granted.reward_kind,
            discount: granted.discount.clone().and_then(DiscountAnswer::of),
            used: granted.used.as_ref().map(|used| UsedAnswer {
                branch: used.branch.clone(),
                invoice_number: used.invoice_number.clone(),
                at: used.at,
            }),
        }
    }
}
