//! The sentence of each entry, for people. It never quotes names or addresses.
//!
//! Sentences are in English, those about tiers also in the other languages of mails.

use puntos_domain::coupon::CouponStatus;
use puntos_domain::explanation::points_for_people;
use puntos_domain::mail::{Language, MailKind};
use puntos_domain::task::{Direction, Moved};
use puntos_store::row::{AdjustmentRow, EmailRow, MergeStep, ReversalRow};
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
        Row::Move(row) => {
            let invoice = entry.invoice_number().unwrap_or_default();
            let to = if row.is_in { "here from another member" } else { "to another member" };
            let points = points_for_people(points);
            format!("Purchase {invoice} at {branch} moved {to}: {points} ({})", row.reason)
        }
        Row::Merge(row) => {
            let what = match row.step {
                MergeStep::Into => "Merged into another member",
                MergeStep::From => "Another member was merged into this one",
                MergeStep::Back => "A merge into another member was undone",
                MergeStep::Undone => "The merge of another member was undone",
            };
            format!("{what}: {} ({})", points_for_people(points), row.reason)
        }
        Row::Email(row) => email(row),
        Row::Profile(row) => match &row.reason {
            None => "Enrolled in the programme".to_owned(),
            Some(reason) => format!("Profile changed: {reason}"),
        },
        Row::Rating(row) => format!("Rated the visit to {branch} with {}", row.score),
        Row::Gift(row) => format!("Gift for a rating: {}{}", row.gift, coupon(row.coupon_status)),
        Row::Task(row) => {
            let moved = row.moved.map_or_else(String::new, moved);
            format!("Care task {}{moved}: {}", words(row.topic.name()), row.state.name())
        }
        Row::Claim(row) => format!("Claim about {}: {}", words(row.topic.name()), row.state.name()),
    }
}

fn moved(moved: Moved) -> String {
    let direction = match moved.direction() {
        Direction::PulledForward => "pulled forward",
        Direction::Delayed => "delayed",
    };
    format!(" ({direction} from {} to {})", moved.from, moved.to)
}

/// The name of a kind, in words: `missing_points` is "missing points".
fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// Returns the sentence of points that expired.
pub(crate) fn expired(points: i64) -> String {
    format!("{} expired unspent", points_for_people(points))
}

/// Returns the sentence of a tier that was reached or lost: the names of the tier before and after, and the last
/// day on which it holds.
pub(crate) fn tier(
    language: Language,
    names: (Option<&str>, Option<&str>),
    last_day: Option<&str>,
) -> String {
    let changed = match (language, names) {
        (_, (None, None)) => String::new(),
        (Language::En, (Some(from), Some(to))) => format!("Tier changed from {from} to {to}"),
        (Language::En, (None, Some(to))) => format!("Tier {to} reached"),
        (Language::En, (Some(from), None)) => format!("Tier {from} lost"),
        (Language::Es, (Some(from), Some(to))) => format!("El nivel cambió de {from} a {to}"),
        (Language::Es, (None, Some(to))) => format!("Nivel {to} alcanzado"),
        (Language::Es, (Some(from), None)) => format!("Nivel {from} perdido"),
        (Language::Pt, (Some(from), Some(to))) => format!("O nível mudou de {from} para {to}"),
        (Language::Pt, (None, Some(to))) => format!("Nível {to} alcançado"),
        (Language::Pt, (Some(from), None)) => format!("Nível {from} perdido"),
        (Language::Ru, (Some(from), Some(to))) => {
            format!("Уровень изменился: был {from}, стал {to}")
        }
        (Language::Ru, (None, Some(to))) => format!("Достигнут уровень {to}"),
        (Language::Ru, (Some(from), None)) => format!("Уровень {from} утрачен"),
    };
    let Some(day) = last_day else { return changed };
    match language {
        Language::En => format!("{changed}; it holds until {day}"),
        Language::Es => format!("{changed}; vale hasta el {day}"),
        Language::Pt => format!("{changed}; vale até {day}"),
        Language::Ru => format!("{changed}; действует по {day} включительно"),
    }
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
        MailKind::ExpiryWarning => "Warning that points expire",
        MailKind::Coupon => "Mail with the coupon",
        MailKind::Rerate => "Mail about corrected points",
    };
    format!("{what}: {}", row.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_is_told_in_every_language() {
        let rows = [
            ((Some("Silver"), Some("Gold")), Some("1")),
            ((None, Some("Silver")), Some("2")),
            ((Some("Silver"), None), None),
        ];
        let told = |language| rows.map(|(names, day)| tier(language, names, day));
        let table = [
            (
                Language::En,
                [
                    "Tier changed from Silver to Gold; it holds until 1",
                    "Tier Silver reached; it holds until 2",
                    "Tier Silver lost",
                ],
            ),
            (
                Language::Es,
                [
                    "El nivel cambió de Silver a Gold; vale hasta el 1",
                    "Nivel Silver alcanzado; vale hasta el 2",
                    "Nivel Silver perdido",
                ],
            ),
            (
                Language::Pt,
                [
                    "O nível mudou de Silver para Gold; vale até 1",
                    "Nível Silver alcançado; vale até 2",
                    "Nível Silver perdido",
                ],
            ),
            (
                Language::Ru,
                [
                    "Уровень изменился: был Silver, стал Gold; действует по 1 включительно",
                    "Достигнут уровень Silver; действует по 2 включительно",
                    "Уровень Silver утрачен",
                ],
            ),
        ];
        for (language, sentences) in table {
            assert_eq!(told(language), sentences);
        }
    }
}
