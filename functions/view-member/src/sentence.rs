//! The sentence of each entry, for people. It never quotes names or addresses.

use puntos_domain::coupon::CouponStatus;
use puntos_domain::explanation::points_for_people;
use puntos_domain::mail::MailKind;
use puntos_store::row::{AdjustmentRow, EmailRow, ReversalRow};
use puntos_store::{Entry, Row};

/// Returns the sentence of an entry.
pub(crate) fn of(entry: &Entry) -> String {
    let points = entry.points().unwrap_or_default();
    let branch = entry.branch().unwrap_or("a branch");
    match &entry.row {
        Row::Purchase(row) => {
            let invoice = entry.invoice_number().unwrap_or_default();
            let earned = points_for_people(row.points.unwrap_or_default());
            let paid = match row.points_paid() {
                0 => String::new(),
                points => format!(", and {} paid for a part of it", points_for_people(points)),
            };
            format!("Purchase {invoice} at {branch} earned {earned}{paid}")
        }
        Row::Return(_) => format!("Return at {branch}: {}", points_for_people(points)),
        Row::Redemption(row) => {
            let (reward, coupon) = (&row.reward_name, coupon(Some(row.coupon_status)));
            format!("Redeemed {reward} for {}{coupon}", points_for_people(-points))
        }
        Row::Reversal(row) => reversal(row),
        Row::Adjustment(row) => adjustment(row, entry.branch().zip(entry.invoice_number())),
        Row::Correction(row) => {
            format!("Purchase corrected by {}: {}", points_for_people(points), row.reason)
        }
        Row::Email(row) => email(row),
        Row::Profile(row) => match &row.reason {
            None => "Enrolled in the programme".to_owned(),
            Some(reason) => format!("Profile changed: {reason}"),
        },
        Row::Rating(row) => format!("Rated the visit to {branch} with {}", row.score),
        Row::Gift(row) => format!("Gift for a rating: {}{}", row.gift, coupon(row.coupon_status)),
        Row::Task(row) => format!("Care task {}: {}", words(row.topic.name()), row.state.name()),
        Row::Claim(row) => format!("Claim about {}: {}", words(row.topic.name()), row.state.name()),
    }
}

/// The name of a kind, in words: `missing_points` is "missing points".
fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// Returns the sentence of points that expired.
pub(crate) fn expired(points: i64) -> String {
    format!("{} expired unspent", points_for_people(points))
}

fn coupon(status: Option<CouponStatus>) -> &'static str {
    match status {
        Some(CouponStatus::Used) => "; the coupon was used",
        Some(CouponStatus::Cancelled) => "; the coupon was cancelled",
        _ => "",
    }
}

fn reversal(row: &ReversalRow) -> String {
    let lost = row.points - row.points_restored;
    let expired =
        if lost > 0 { format!(", {} had expired", points_for_people(lost)) } else { String::new() };
    let back = points_for_people(row.points_restored);
    format!("Redemption of {} reversed: {back} back{expired} ({})", row.reward_name, row.reason)
}

fn adjustment(row: &AdjustmentRow, invoice: Option<(&str, &str)>) -> String {
    let what = if row.points < 0 { "taken" } else { "credited" };
    let (amount, reason) = (points_for_people(row.points.abs()), &row.reason);
    match invoice {
        Some((branch, invoice)) => {
            format!("{amount} {what} by hand for invoice {invoice} at {branch}: {reason}")
        }
        None => format!("{amount} {what} by hand: {reason}"),
    }
}

fn email(row: &EmailRow) -> String {
    let what = match row.email_kind {
        MailKind::Reversal => "Mail about the reversal",
        MailKind::Reply => "Reply to the rating",
        MailKind::AutoReply => "Automatic reply to the rating",
        MailKind::Gift => "Mail with the gift",
        MailKind::Claim => "Mail about the claim",
        MailKind::Coupon => "Mail with the coupon",
        MailKind::Rerate => "Mail about corrected points",
    };
    format!("{what}: {}", row.status)
}
