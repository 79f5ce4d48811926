//! The sentence of each entry, for people. It never quotes names or addresses.

use puntos_domain::coupon::CouponStatus;
use puntos_domain::explanation::points_for_people;
use puntos_domain::mail::MailKind;
use puntos_domain::timeline::EntryKind;
use puntos_store::Entry;

/// Returns the sentence of an entry.
pub(crate) fn of(entry: &Entry) -> String {
    let points = entry.points.unwrap_or_default();
    let reason = entry.reason.as_deref().unwrap_or("no reason given");
    let reward = entry.reward_name.as_deref().unwrap_or("a reward");
    match entry.kind {
        EntryKind::Purchase => purchase(entry, points),
        EntryKind::Return => {
            let branch = entry.branch.as_deref().unwrap_or("a branch");
            format!("Return at {branch}: {}", points_for_people(points))
        }
        EntryKind::Redemption => {
            format!(
                "Redeemed {reward} for {}{}",
                points_for_people(-points),
                coupon(entry.coupon_status)
            )
        }
        EntryKind::Reversal => reversal(entry, points, reward, reason),
        EntryKind::Adjustment => adjustment(entry, points, reason),
        EntryKind::Expiry => expired(-points),
        EntryKind::Email => email(entry),
        EntryKind::Profile if entry.reason.is_none() => "Enrolled in the programme".to_owned(),
        EntryKind::Profile => format!("Profile changed: {reason}"),
        EntryKind::Rating => rating(entry),
        EntryKind::Task => format!("Care task {}: {}", topic(entry), state(entry)),
        EntryKind::Claim => format!("Claim about {}: {}", topic(entry), state(entry)),
    }
}

/// The name of a kind, in words: `missing_points` is "missing points".
fn topic(entry: &Entry) -> String {
    entry.topic.as_deref().unwrap_or("something").replace('_', " ")
}

fn state(entry: &Entry) -> &str {
    entry.state.as_deref().unwrap_or("open")
}

/// A rating, or a gift for one, which has no score.
fn rating(entry: &Entry) -> String {
    let branch = entry.branch.as_deref().unwrap_or("a branch");
    match (entry.score, entry.topic.as_deref()) {
        (Some(score), _) => format!("Rated the visit to {branch} with {score}"),
        (None, Some(gift)) => format!("Gift for a rating: {gift}{}", coupon(entry.coupon_status)),
        (None, None) => "Gift for a rating".to_owned(),
    }
}

/// Returns the sentence of points that expired.
pub(crate) fn expired(points: i64) -> String {
    format!("{} expired unspent", points_for_people(points))
}

fn purchase(entry: &Entry, points: i64) -> String {
    let invoice = entry.invoice_number.as_deref().unwrap_or_default();
    let branch = entry.branch.as_deref().unwrap_or_default();
    format!("Purchase {invoice} at {branch} earned {}", points_for_people(points))
}

fn coupon(status: Option<CouponStatus>) -> &'static str {
    match status {
        Some(CouponStatus::Used) => "; the coupon was used",
        Some(CouponStatus::Cancelled) => "; the coupon was cancelled",
        _ => "",
    }
}

fn reversal(entry: &Entry, points: i64, reward: &str, reason: &str) -> String {
    let restored = entry.points_restored.unwrap_or(points);
    let lost = points - restored;
    let expired =
        if lost > 0 { format!(", {} had expired", points_for_people(lost)) } else { String::new() };
    format!(
        "Redemption of {reward} reversed: {} back{expired} ({reason})",
        points_for_people(restored)
    )
}

fn adjustment(entry: &Entry, points: i64, reason: &str) -> String {
    let what = if points < 0 { "taken" } else { "credited" };
    let amount = points_for_people(points.abs());
    match (&entry.branch, &entry.invoice_number) {
        (Some(branch), Some(invoice)) => {
            format!("{amount} {what} by hand for invoice {invoice} at {branch}: {reason}")
        }
        _ => format!("{amount} {what} by hand: {reason}"),
    }
}

fn email(entry: &Entry) -> String {
    let what = match entry.email_kind {
        Some(MailKind::Reversal) => "Mail about the reversal",
        Some(MailKind::Reply) => "Reply to the rating",
        Some(MailKind::AutoReply) => "Automatic reply to the rating",
        Some(MailKind::Gift) => "Mail with the gift",
        Some(MailKind::Claim) => "Mail about the claim",
        Some(MailKind::Coupon) | None => "Mail with the coupon",
    };
    match entry.status {
        Some(status) => format!("{what}: {status}"),
        None => what.to_owned(),
    }
}
