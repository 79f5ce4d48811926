//! A purchase as the till sends it, and the part of it that points pay.

use jiff::Timestamp;
use puntos_domain::field::{FieldError, FieldErrors};
use puntos_domain::id::ReservationId;
use puntos_domain::money::Money;
use puntos_domain::purchase::{LineRequest, Purchase};
use serde::Deserialize;

use crate::reservations::unknown_reservation;
use crate::{MemberNamed, Problem};

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
    /// The number of the invoice. A branch uses it once.
    pub invoice_number: String,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    pub purchased_at: Timestamp,
    /// The receipt's total: after discounts.
    pub total: Money,
    /// The lines of the receipt; their net amounts add up to the total.
    pub lines: Option<Vec<LineRequest>>,
    /// The reservation of the points that pay a part. Needs `paid_with_points`.
    pub reservation_id: Option<String>,
    /// The part of the total paid with points: the whole value of the reservation. Needs a member and
    /// `reservation_id`.
    pub paid_with_points: Option<Money>,
}

/// A parsed purchase.
#[derive(Debug)]
pub struct PurchaseCommand {
    /// The purchase.
    pub purchase: Purchase,
    /// The member it names; without one it earns nothing yet.
    pub member: Option<MemberNamed>,
    /// The reservation that pays a part of it.
    pub reservation_id: Option<ReservationId>,
}

/// A basket that is not paid yet: a purchase of which the till may not know all.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteRequest {
    /// The member, by id.
    pub member_id: Option<String>,
    /// The member, by card.
    pub card_number: Option<String>,
    /// Where the purchase is made. Without it, promotions of some branches do not count.
    pub branch: Option<String>,
    pub invoice_number: Option<String>,
    /// When it is made; null is now.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub purchased_at: Option<Timestamp>,
    /// The receipt's total: after discounts.
    pub total: Money,
    /// The lines of the receipt; their net amounts add up to the total.
    pub lines: Option<Vec<LineRequest>>,
    /// The reservation of the points that pay a part. Needs `paid_with_points`.
    pub reservation_id: Option<String>,
    /// The part of the total paid with points. Needs a member.
    pub paid_with_points: Option<Money>,
}

/// The branch and the invoice of a basket whose till does not say them.
const UNKNOWN: &str = "-";

impl QuoteRequest {
    /// Returns the parsed purchase, whose points need not be reserved yet, and whether it names its branch.
    ///
    /// # Errors
    /// As [`PurchaseRequest::command`].
    pub fn command(self, now: Timestamp) -> Result<(PurchaseCommand, bool), Problem> {
        let has_branch = self.branch.is_some();
        let request = PurchaseRequest {
            member_id: self.member_id,
            card_number: self.card_number,
            branch: self.branch.unwrap_or_else(|| UNKNOWN.to_owned()),
            invoice_number: self.invoice_number.unwrap_or_else(|| UNKNOWN.to_owned()),
            purchased_at: self.purchased_at.unwrap_or(now),
            total: self.total,
            lines: self.lines,
            reservation_id: self.reservation_id,
            paid_with_points: self.paid_with_points,
        };
        Ok((request.parsed(FieldErrors::default(), now)?, has_branch))
    }
}

impl PurchaseRequest {
    /// Returns the parsed purchase.
    ///
    /// # Errors
    /// Refuses every field that does not fit. Answers 404 for an id that no reservation can have.
    pub fn command(self, now: Timestamp) -> Result<PurchaseCommand, Problem> {
        let is_reserved = self.reservation_id.is_some();
        let mut errors = FieldErrors::default();
        if self.paid_with_points.is_some() && !is_reserved {
            errors.push(FieldError::invalid("paid_with_points", "needs a reservation_id"));
        }
        self.parsed(errors, now)
    }

    fn parsed(self, mut errors: FieldErrors, now: Timestamp) -> Result<PurchaseCommand, Problem> {
        let member = errors.keep(MemberNamed::of(self.member_id, self.card_number));
        let is_of_nobody = member.as_ref().is_some_and(Option::is_none);
        match &self.paid_with_points {
            None if self.reservation_id.is_some() => {
                errors.push(FieldError::invalid("reservation_id", "needs paid_with_points"));
            }
            Some(_) if is_of_nobody => {
                errors.push(FieldError::invalid("paid_with_points", "needs a member"));
            }
            _ => {}
        }
        let paid = errors.keep(paid_minor(self.paid_with_points.as_ref(), &self.total));
        let lines = self.lines.unwrap_or_default();
        let (branch, invoice_number) = (self.branch, self.invoice_number);
        let purchase =
            Purchase::checked(branch, invoice_number, self.purchased_at, self.total, lines, now);
        let purchase = purchase.map_err(|refused| errors.extend(refused)).ok();
        let checked = purchase.zip(member).zip(paid).map(|((purchase, member), paid)| {
            (Purchase { paid_with_points_minor: paid, ..purchase }, member)
        });
        let (purchase, member) = errors.into_result(checked)?;
        let reservation_id = self.reservation_id.map(|id| id.parse()).transpose();
        let reservation_id = reservation_id.map_err(|_| unknown_reservation())?;
        Ok(PurchaseCommand { purchase, member, reservation_id })
    }
}

/// Returns what points pay of a total, in minor units.
fn paid_minor(paid: Option<&Money>, total: &Money) -> Result<i64, FieldError> {
    let Some(paid) = paid else { return Ok(0) };
    if paid.currency != total.currency {
        let detail = format!("must be {}, the currency of the total", total.currency);
        return Err(FieldError::invalid("paid_with_points.currency", detail));
    }
    if !(1..=total.amount.max(1)).contains(&paid.amount) {
        let detail = "must be from 1 to the amount of the total";
        return Err(FieldError::invalid("paid_with_points.amount", detail));
    }
    Ok(paid.amount)
}
