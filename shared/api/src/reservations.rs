//! Reservations of points that pay a part of a basket: the routes and their shapes.

use jiff::Timestamp;
use puntos_domain::field::{FieldError, FieldErrors, LABEL_MAX_CHARS, optional_text, text};
use puntos_domain::id::ReservationId;
use puntos_domain::money::Money;
use puntos_domain::points::{POINTS_MAX, Points};
use puntos_domain::reservation::{NotPaid, Refusal, Reservation};
use serde::{Deserialize, Serialize};

use crate::{KeyRule, MemberNamed, Problem, Reply, Role, Route, Shape};

/// Reserves points for a basket.
pub const RESERVE: Route = Route {
    key: "POST /v1/reservations",
    operation_id: "reserve_points",
    tag: "Purchases",
    summary: "Reserve points for a basket",
    description: "The till reserves points before the basket is paid. Reserved points cannot be spent \
        elsewhere. The purchase confirms the reservation, the till releases it, or it lapses by itself: then \
        the points are free again. A member has at most three open reservations.",
    roles: &[Role::Pos],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<ReservationRequest>()),
    answers: &[Reply::new::<ReservationAnswer>(201, "Reserved, or reserved before with this key")],
    problems: &[
        (404, &["not_found"]),
        (
            409,
            &[
                "card_replaced",
                "insufficient_points",
                "payment_not_offered",
                "program_missing",
                "too_many_reservations",
            ],
        ),
    ],
};

/// Gives reserved points back.
pub const RELEASE: Route = Route {
    key: "POST /v1/reservations/{reservation_id}/release",
    operation_id: "release_reservation",
    tag: "Purchases",
    summary: "Release a reservation",
    description: "The points are free again at once. A reservation that was released or has lapsed gets the \
        same answer.",
    roles: &[Role::Pos],
    idempotency: KeyRule::Required,
    query: &[],
    request: None,
    answers: &[Reply::new::<ReservationAnswer>(200, "Its points are free, now or before")],
    problems: &[(404, &["not_found"]), (409, &["reservation_confirmed"])],
};

/// A reservation as the till asks for it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReservationRequest {
    /// The member, by id.
    pub member_id: Option<String>,
    /// The member, by card.
    pub card_number: Option<String>,
    /// How many points, 1 or more.
    pub points: Points,
    /// Where the basket is paid.
    pub branch: String,
    /// The invoice of the basket, if the till knows it already.
    pub invoice_number: Option<String>,
}

/// A parsed reservation.
#[derive(Debug)]
pub struct ReservationCommand {
    pub member: MemberNamed,
    pub points: Points,
    pub branch: String,
    pub invoice_number: Option<String>,
}

impl ReservationRequest {
    /// Returns the parsed reservation.
    ///
    /// # Errors
    /// Refuses every field that does not fit, and a request that names no member, or two.
    pub fn command(self) -> Result<ReservationCommand, Problem> {
        let mut errors = FieldErrors::default();
        let member = MemberNamed::of(self.member_id, self.card_number).and_then(|member| {
            member.ok_or_else(|| FieldError::invalid("member_id", "give member_id or card_number"))
        });
        let member = errors.keep(member);
        if !(Points::new(1)..=POINTS_MAX).contains(&self.points) {
            let detail = format!("must be from 1 to {POINTS_MAX}");
            errors.push(FieldError::invalid("points", detail));
        }
        let branch = errors.keep(text("branch", self.branch, LABEL_MAX_CHARS));
        let number = optional_text("invoice_number", self.invoice_number, LABEL_MAX_CHARS);
        let invoice_number = errors.keep(number).flatten();
        let points = self.points;
        let command = member.zip(branch).map(|(member, branch)| ReservationCommand {
            member,
            points,
            branch,
            invoice_number,
        });
        Ok(errors.into_result(command)?)
    }
}

/// Points that are held for a basket until its purchase, a release or `lapses_at`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReservationAnswer {
    /// Its id, for the purchase and for the release.
    #[schema(value_type = String)]
    pub reservation_id: ReservationId,
    /// How many points it holds.
    pub points: Points,
    /// What the points pay: the `paid_with_points` of the purchase.
    pub value: Money,
    /// The first instant at which the points are free again.
    #[schema(value_type = String, format = "date-time")]
    pub lapses_at: Timestamp,
}

impl From<&Reservation> for ReservationAnswer {
    fn from(reservation: &Reservation) -> Self {
        Self {
            reservation_id: reservation.reservation_id.clone(),
            points: reservation.points,
            value: reservation.value.clone(),
            lapses_at: reservation.lapses_at,
        }
    }
}

/// Returns the problem that a refused reservation is answered with.
pub fn refused(refusal: &Refusal) -> Problem {
    let detail = refusal.to_string();
    match refusal {
        Refusal::NotOffered => Problem::conflict("payment_not_offered", detail),
        Refusal::WorthTooMuch => Problem::invalid_field("points", &detail),
        Refusal::TooMany => Problem::conflict("too_many_reservations", detail),
        Refusal::Insufficient { missing } => {
            Problem::conflict("insufficient_points", detail).with("missing_points", missing.get())
        }
    }
}

/// Returns the refusal of a reservation that was confirmed.
pub fn confirmed() -> Problem {
    Problem::conflict("reservation_confirmed", "a purchase was paid with this reservation")
}

/// Returns the problem that a purchase is answered with which a reservation does not pay for.
pub fn not_paid(refusal: NotPaid) -> Problem {
    let detail = refusal.to_string();
    match refusal {
        NotPaid::NotOffered => Problem::conflict("payment_not_offered", detail),
        NotPaid::Confirmed => Problem::conflict("reservation_confirmed", detail),
        NotPaid::Lapsed => Problem::conflict("reservation_lapsed", detail),
        NotPaid::OtherValue(_) | NotPaid::OverShare(_) => {
            Problem::invalid_field("paid_with_points", &detail)
        }
        NotPaid::Purchase(error) => error.into(),
    }
}

/// Returns the refusal of a reservation that does not exist or is another member's.
pub fn unknown_reservation() -> Problem {
    Problem::not_found_field("reservation_id", "the member has no such reservation")
}
