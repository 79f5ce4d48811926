//! The operations that move points, and how histories of them are drawn.
//!
//! People, purchases, reservations and redemptions are named by small numbers, so that steps meet often.

use proptest::prelude::*;

/// How many people there are.
pub(super) const PEOPLE: usize = 4;
const INVOICES: u8 = 12;
const STEPS_MAX: usize = 48;

/// Something that happens.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A till sends a purchase of so many hundreds.
    Purchase { who: usize, invoice: u8, hundreds: i64 },
    /// Goods come back, so many tenths of the total.
    Return { invoice: u8, number: u8, tenths: i64 },
    /// A till reserves points.
    Reserve { who: usize, points: i64 },
    /// A till releases a reservation.
    Release { which: u8 },
    /// A till sends a purchase that a reservation pays in part.
    Pay { which: u8, invoice: u8, hundreds: i64 },
    /// Somebody redeems a reward.
    Redeem { who: usize },
    /// An agent reverses a redemption.
    Reverse { which: u8 },
    /// An agent credits or takes points, perhaps for an invoice.
    Adjust { who: usize, points: i64, invoice: Option<u8> },
    /// A supervisor moves a purchase to another member.
    Move { invoice: u8, to: usize },
    /// A supervisor merges a member into another.
    Merge { who: usize, into: usize },
    /// A supervisor takes a merge back.
    Unmerge { who: usize },
    /// A supervisor rates a purchase again.
    RateAgain { invoice: u8 },
    /// An administrator changes the rules for the last days and re-rates all purchases.
    RateAll { multiplier: u8, days: i64 },
    /// Hours pass, and all schedules fire.
    TimePasses { hours: i64 },
}

/// Draws a history.
pub(super) fn histories() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step().no_shrink(), STEPS_MAX / 2..STEPS_MAX)
}

fn step() -> impl Strategy<Value = Step> {
    let who = || prop_oneof![3 => Just(0), 3 => Just(1), 2 => Just(2), 1 => Just(PEOPLE - 1)];
    let hundreds = || 1..40_i64;
    let points = (-60..120_i64).prop_filter("an adjustment has points", |points| *points != 0);
    prop_oneof![
        9 => (who(), 0..INVOICES, hundreds())
            .prop_map(|(who, invoice, hundreds)| Step::Purchase { who, invoice, hundreds }),
        6 => (0..INVOICES, 0..3_u8, prop::sample::select(vec![1, 3, 10]))
            .prop_map(|(invoice, number, tenths)| Step::Return { invoice, number, tenths }),
        4 => (who(), 1..90_i64).prop_map(|(who, points)| Step::Reserve { who, points }),
        1 => any::<u8>().prop_map(|which| Step::Release { which }),
        3 => (any::<u8>(), 0..INVOICES, hundreds())
            .prop_map(|(which, invoice, hundreds)| Step::Pay { which, invoice, hundreds }),
        5 => who().prop_map(|who| Step::Redeem { who }),
        3 => any::<u8>().prop_map(|which| Step::Reverse { which }),
        4 => (who(), points, prop::option::of(0..INVOICES))
            .prop_map(|(who, points, invoice)| Step::Adjust { who, points, invoice }),
        5 => (0..INVOICES, who()).prop_map(|(invoice, to)| Step::Move { invoice, to }),
        2 => (who(), who()).prop_map(|(who, into)| Step::Merge { who, into }),
        2 => who().prop_map(|who| Step::Unmerge { who }),
        2 => (0..INVOICES).prop_map(|invoice| Step::RateAgain { invoice }),
        3 => (2..5_u8, 0..40_i64).prop_map(|(multiplier, days)| Step::RateAll { multiplier, days }),
        6 => prop_oneof![1..72_i64, 240..960_i64].prop_map(|hours| Step::TimePasses { hours }),
    ]
}
