//! The sentence of each entry, as a text that is written in the reader's language. It never quotes names or addresses.

use puntos_domain::coupon::CouponStatus;
use puntos_domain::points::Points;
use puntos_domain::task::Direction;
use puntos_domain::text::{self, Remark, Text};
use puntos_store::row::{AdjustmentRow, MergeStep, ProfileRow, ReversalRow, TaskRow};
use puntos_store::{Entry, Row};

/// Returns the sentence of an entry.
pub(crate) fn of(entry: &Entry) -> Text {
    let points = entry.points().unwrap_or_default();
    let branch = entry.branch().unwrap_or("–");
    let invoice = entry.invoice_number().unwrap_or_default();
    match &entry.row {
        Row::Purchase(row) => {
            let earned = row.points.unwrap_or_default();
            match row.points_paid() {
                Points::ZERO => text::entry_purchase(invoice, branch, earned),
                paid => text::entry_purchase_paid(invoice, branch, earned, paid),
            }
        }
        Row::Return(_) => text::entry_return(branch, points),
        Row::Redemption(row) => {
            let redeemed = text::entry_redemption(&row.reward_name, -points);
            with_coupon(redeemed, Some(row.coupon_status))
        }
        Row::Reversal(row) => reversal(row),
        Row::Adjustment(row) => adjustment(row, entry.branch().zip(entry.invoice_number())),
        Row::Correction(row) => text::entry_corrected(points, &row.reason),
        Row::Move(row) if row.is_in => {
            text::entry_moved_here(invoice, branch, points, &written(&row.reason))
        }
        Row::Move(row) => text::entry_moved_away(invoice, branch, points, &written(&row.reason)),
        Row::Merge(row) => {
            let sentence = match row.step {
                MergeStep::Into => text::entry_merged_into,
                MergeStep::From => text::entry_merged_from,
                MergeStep::Back => text::entry_merge_back,
                MergeStep::Undone => text::entry_merge_undone,
            };
            sentence(points, &written(&row.reason))
        }
        Row::Email(row) => text::entry_email(&row.email_kind.into(), &row.status.into()),
        Row::Profile(row) => profile(row),
        Row::Rating(row) => text::entry_rating(branch, row.score.into()),
        Row::Gift(row) => with_coupon(text::entry_gift(&row.gift), row.coupon_status),
        Row::Task(row) => task(row),
        Row::Claim(row) => text::entry_claim(&row.topic.into(), &row.state.into()),
    }
}

/// Returns the sentence of a tier that was reached or lost, from the names of the tier before and after.
pub(crate) fn tier(names: (Option<&str>, Option<&str>)) -> Option<Text> {
    match names {
        (Some(from), Some(to)) => Some(text::entry_tier_changed(from, to)),
        (None, Some(to)) => Some(text::entry_tier_reached(to)),
        (Some(from), None) => Some(text::entry_tier_lost(from)),
        (None, None) => None,
    }
}

fn written(words: &str) -> Remark {
    words.into()
}

fn with_coupon(entry: Text, status: Option<CouponStatus>) -> Text {
    match status {
        Some(CouponStatus::Used) => text::entry_coupon_used(&entry),
        Some(CouponStatus::Cancelled) => text::entry_coupon_cancelled(&entry),
        _ => entry,
    }
}

fn reversal(row: &ReversalRow) -> Text {
    let (back, lost) = (row.points_restored, row.points - row.points_restored);
    let (reward, reason) = (&row.reward_name, written(&row.reason));
    if lost > Points::ZERO {
        text::entry_reversal_expired(reward, back, lost, &reason)
    } else {
        text::entry_reversal(reward, back, &reason)
    }
}

fn adjustment(row: &AdjustmentRow, invoice: Option<(&str, &str)>) -> Text {
    let (amount, reason) = (row.points.abs(), &row.reason);
    match (row.points < Points::ZERO, invoice) {
        (false, None) => text::entry_credited(amount, reason),
        (true, None) => text::entry_taken(amount, reason),
        (false, Some((branch, invoice))) => {
            text::entry_credited_for_invoice(amount, invoice, branch, reason)
        }
        (true, Some((branch, invoice))) => {
            text::entry_taken_for_invoice(amount, invoice, branch, reason)
        }
    }
}

fn task(row: &TaskRow) -> Text {
    let (task, status) = (&row.topic.into(), &row.state.into());
    let Some(moved) = row.moved else { return text::entry_task(task, status) };
    let sentence = match moved.direction() {
        Direction::Delayed => text::entry_task_delayed,
        Direction::PulledForward => text::entry_task_pulled_forward,
    };
    sentence(task, status, moved.from, moved.to)
}

/// A change of the profile is stored as the names of its fields, or as a sentence.
fn profile(row: &ProfileRow) -> Text {
    let fields = match &row.reason {
        None => return text::entry_enrolled(),
        Some(said @ Remark::Text(_)) => return text::entry_profile_changed(said),
        Some(Remark::Written(fields)) => fields,
    };
    let names = fields.split(", ").map(|name| text::word("profile_field", name));
    let names: Option<Vec<Text>> = names.collect();
    let listed =
        names.and_then(|names| names.into_iter().reduce(|one, other| text::listed(&one, &other)));
    text::entry_profile_changed(&listed.map_or_else(|| written(fields), Remark::from))
}

#[cfg(test)]
mod tests {
    use puntos_domain::language::Language;

    use super::*;

    #[test]
    fn a_changed_profile_names_its_fields() {
        let said = |reason: &str, language| {
            let row = ProfileRow { reason: Some(reason.into()) };
            profile(&row).in_language(language)
        };
        assert_eq!(said("email, locale", Language::Ru), "Профиль изменён: электронная почта, язык");
        assert_eq!(said("phone", Language::En), "Profile changed: phone");
        let confirmed = "Perfil modificado: correo electrónico, confirmado";
        assert_eq!(said("email, confirmed", Language::Es), confirmed);
        // As it was stored by an earlier release.
        let merged = "Perfil modificado: merged with another member";
        assert_eq!(said("merged with another member", Language::Es), merged);
    }
}
