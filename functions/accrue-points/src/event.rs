//! What the till sends, parsed: a purchase whose receipt adds up, and the member it names.

use jiff::Timestamp;
use puntos_api::{MemberNamed, Problem};
use puntos_domain::money::Money;
use puntos_domain::purchase::{LineRequest, Purchase};
use serde::Deserialize;

/// A purchase as the till sends it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PurchaseRequest {
    /// The member, by id.
    pub member_id: Option<String>,
    /// The member, by card.
    pub card_number: Option<String>,
    /// Where the purchase was made.
    pub branch: String,
    /// Its number there, unique for ever.
    pub invoice_number: String,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    pub purchased_at: Timestamp,
    /// The receipt's total: after discounts.
    pub total: Money,
    /// The lines of the receipt; their net amounts add up to the total.
    pub lines: Option<Vec<LineRequest>>,
    /// A reservation of points. Not supported yet: refused.
    pub reservation_id: Option<String>,
    /// The part paid with points. Not supported yet: refused.
    pub paid_with_points: Option<Money>,
}

/// A parsed purchase.
pub struct Command {
    /// What was bought.
    pub purchase: Purchase,
    /// The member it names; none keeps it unclaimed.
    pub member: Option<MemberNamed>,
}

/// Returns the purchase that a request tells of.
///
/// # Errors
/// Refuses every field that does not fit, and what is not supported yet.
pub fn command(request: PurchaseRequest, now: Timestamp) -> Result<Command, Problem> {
    for (field, given) in [
        ("paid_with_points", request.paid_with_points.is_some()),
        ("reservation_id", request.reservation_id.is_some()),
    ] {
        if given {
            return Err(Problem::invalid_field(field, "paying with points is not supported yet"));
        }
    }
    let member = MemberNamed::of(request.member_id, request.card_number)?;
    let lines = request.lines.unwrap_or_default();
    let (branch, invoice_number) = (request.branch, request.invoice_number);
    let purchase =
        Purchase::checked(branch, invoice_number, request.purchased_at, request.total, lines, now)?;
    Ok(Command { purchase, member })
}
