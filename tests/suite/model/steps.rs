//! What can happen in a history, and how histories are drawn.
//!
//! Everything is named by small numbers, so that a history uses the same things often, and a shrunk
//! history can be copied into a test.

use proptest::prelude::*;

use super::oracle::{OrderEvent, Update};

/// How many people there are; all but the last are enrolled from the start.
pub(super) const PEOPLE: usize = 4;
/// How many invoices there are; the first of each person's is theirs from the start.
const INVOICES: u8 = 10;
/// How many rewards are offered; the next is not, and the one after it does not exist.
const OFFERED: usize = 5;
/// The longest history.
const STEPS_MAX: usize = 56;
/// How many steps of a history happen. Shrinking removes the others.
const HAPPENING: f64 = 0.95;

/// Something that happens.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Somebody is enrolled, by a request with this key.
    Enrol { who: usize, key: u8 },
    /// A till sends a purchase, perhaps of nobody, with a part that earns nothing.
    Purchase { who: Option<usize>, by_card: bool, basket: Basket, days_ago: i64 },
    /// A till sends an earlier purchase again, with another time.
    PurchaseAgain { which: u8, by_card: bool, days_ago: i64 },
    /// Goods come back, so many tenths of the total, under a number of this invoice's returns.
    Return { invoice: u8, number: u8, tenths: i64, twice: bool },
    /// A supervisor rates a purchase again, under the rules that rated it.
    RateAgain { invoice: u8 },
    /// A till reserves points for a basket.
    Reserve { who: usize, points: i64 },
    /// A till releases a reservation.
    Release { which: u8 },
    /// A till sends a purchase that a reservation pays for in part.
    Pay { which: u8, basket: Basket },
    /// Somebody asks what a basket would earn.
    Quote { who: usize, basket: Basket },
    /// An agent gives a purchase without a member to somebody.
    AttachReceipt { who: usize, invoice: u8, key: u8 },
    /// An agent credits or takes points.
    Adjust { who: usize, points: i64, invoice: Option<u8> },
    /// An agent sends an adjustment again, perhaps with another reason.
    AdjustAgain { which: u8, other: bool },
    /// Somebody rates a visit, for the first time or again.
    Rate { who: usize, visit: u8, score: i64, comment: Option<u8>, by_member: bool, twice: bool },
    /// An agent or the member writes to a thread.
    Message { rating: u8, key: u8, by_member: bool, text: u8 },
    /// An agent opens a rating, or marks it as read.
    Read { rating: u8, opens: bool },
    /// An agent gives points for a rating, or a coupon.
    Gift { rating: u8, key: u8, points: Option<i64> },
    /// A till uses the coupon of a gift.
    UseGift { which: u8 },
    /// The shop sends an event of an order, once or twice.
    Order { who: usize, order: u8, event: OrderEvent, twice: bool },
    /// An agent completes a task.
    Complete { who: usize, task: u8, key: u8 },
    /// Somebody opens a claim, about missing points or a refund.
    OpenClaim { who: usize, invoice: Option<u8>, by_member: bool, twice: bool },
    /// A claim is updated.
    UpdateClaim { claim: u8, update: Update, twice: bool },
    /// An agent does the proposed fix.
    FixClaim { claim: u8, points: i64, twice: bool },
    /// Somebody redeems a reward.
    Redeem { who: usize, by_card: bool, reward: usize },
    /// A redemption is sent again, perhaps for another reward.
    RedeemAgain { which: u8, other: bool },
    /// An agent reverses a redemption.
    Reverse { which: u8, key: u8, reason: u8 },
    /// A till uses a coupon.
    UseCoupon { which: u8, key: u8, invoice: u8 },
    /// SES sends an event about a mail, once, or twice at the same time.
    Report { mail: u8, kind: Report, minutes_ago: i64, twice: bool },
    /// SES repeats an event.
    ReportAgain { which: u8 },
    /// An agent resends a mail.
    Resend { mail: u8 },
    /// Somebody's address changes.
    ChangeAddress { who: usize, to: u8 },
    /// A supervisor unblocks somebody's address.
    Unblock { who: usize },
    /// So many hours pass, and then the hourly run comes.
    TimePasses { hours: i64 },
}

/// What was bought, on which invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Basket {
    pub invoice: u8,
    /// The total in minor units.
    pub total: i64,
    /// How much of the total is of excluded goods.
    pub excluded: i64,
    /// How much of the total points pay.
    pub paid: i64,
}

/// An event of SES about a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    /// It arrived.
    Delivered,
    /// A temporary bounce.
    BouncedForNow,
    /// A permanent bounce.
    BouncedForGood,
    /// It was marked as spam.
    Complained,
    /// It was taken out of the spam folder.
    NotSpam,
}

/// Draws a history.
pub(super) fn histories() -> impl Strategy<Value = Vec<Step>> {
    // Shrinking removes steps. Smaller numbers in a step would not make a failure clearer.
    let step = prop::option::weighted(HAPPENING, step().no_shrink());
    let steps = prop::collection::vec(step, STEPS_MAX);
    steps.prop_map(|steps| steps.into_iter().flatten().collect())
}

fn step() -> impl Strategy<Value = Step> {
    // Most steps are about few people, so that much happens to one.
    let who = prop_oneof![4 => Just(0), 3 => Just(1), 2 => Just(2), 1 => Just(PEOPLE - 1)];
    let which = any::<u8>;
    let purchase = (prop::option::weighted(0.8, who.clone()), any::<bool>(), basket(), 0..75_i64);
    let reward = prop_oneof![8 => 0..OFFERED, 1 => OFFERED..=OFFERED + 1];
    let redeem = (who.clone(), any::<bool>(), reward);
    let kind = prop::sample::select(vec![
        Report::Delivered,
        Report::BouncedForNow,
        Report::BouncedForGood,
        Report::Complained,
        Report::NotSpam,
    ]);
    // Whole days meet the last days of tasks and promises.
    let whole_days = prop::sample::select(vec![24_i64, 72, 144, 168, 192]);
    let hours = prop_oneof![3 => 1..72_i64, 3 => whole_days, 1 => 72..960_i64];
    prop_oneof![
        2 => (who.clone(), 0..5_u8).prop_map(|(who, key)| Step::Enrol { who, key }),
        9 => purchase.prop_map(|(who, by_card, basket, days_ago)| {
            Step::Purchase { who, by_card, basket, days_ago: days_ago * i64::from(days_ago % 3 == 0) }
        }),
        3 => (which(), any::<bool>(), 0..9_i64).prop_map(|(which, by_card, days_ago)| {
            Step::PurchaseAgain { which, by_card, days_ago }
        }),
        1 => (who.clone(), basket()).prop_map(|(who, basket)| Step::Quote { who, basket }),
        4 => (who.clone(), 0..INVOICES, 0..2_u8)
            .prop_map(|(who, invoice, key)| Step::AttachReceipt { who, invoice, key }),
        5 => (who.clone(), -80..160_i64, prop::option::of(0..INVOICES)).prop_map(
            |(who, points, invoice)| Step::Adjust {
                who,
                points: if points == 0 { 1 } else { points },
                invoice: invoice.filter(|_| points > 0),
            }
        ),
        2 => (which(), any::<bool>()).prop_map(|(which, other)| Step::AdjustAgain { which, other }),
        14 => till_step(who.clone().boxed()),
        18 => rating_step(who.clone().boxed()),
        14 => order_step(who.clone().boxed()),
        12 => claim_step(who.clone().boxed()),
        10 => redeem.prop_map(|(who, by_card, reward)| Step::Redeem { who, by_card, reward }),
        3 => (which(), any::<bool>()).prop_map(|(which, other)| Step::RedeemAgain { which, other }),
        5 => (which(), 0..2_u8, 0..2_u8)
            .prop_map(|(which, key, reason)| Step::Reverse { which, key, reason }),
        4 => (which(), 0..2_u8, 0..2_u8)
            .prop_map(|(which, key, invoice)| Step::UseCoupon { which, key, invoice }),
        5 => (which(), kind, 0..90_i64, any::<bool>()).prop_map(
            |(mail, kind, minutes_ago, twice)| Step::Report { mail, kind, minutes_ago, twice }
        ),
        2 => which().prop_map(|which| Step::ReportAgain { which }),
        2 => which().prop_map(|mail| Step::Resend { mail }),
        2 => (who.clone(), 0..3_u8).prop_map(|(who, to)| Step::ChangeAddress { who, to }),
        1 => who.prop_map(|who| Step::Unblock { who }),
        6 => hours.prop_map(|hours| Step::TimePasses { hours }),
    ]
}

fn till_step(who: BoxedStrategy<usize>) -> impl Strategy<Value = Step> {
    let tenths = prop::sample::select(vec![1_i64, 3, 5, 10]);
    prop_oneof![
        6 => (0..INVOICES, 0..3_u8, tenths, any::<bool>()).prop_map(
            |(invoice, number, tenths, twice)| Step::Return { invoice, number, tenths, twice }
        ),
        1 => (0..INVOICES).prop_map(|invoice| Step::RateAgain { invoice }),
        5 => (who, 1..90_i64).prop_map(|(who, points)| Step::Reserve { who, points }),
        1 => any::<u8>().prop_map(|which| Step::Release { which }),
        5 => (any::<u8>(), basket()).prop_map(|(which, basket)| Step::Pay { which, basket }),
    ]
}

fn rating_step(who: BoxedStrategy<usize>) -> impl Strategy<Value = Step> {
    let which = any::<u8>;
    let score = prop::sample::select(vec![0_i64, 6, 7, 8, 9, 10]);
    let rate = (who, 0..4_u8, score, prop::option::of(0..2_u8), any::<bool>(), any::<bool>());
    prop_oneof![
        6 => rate.prop_map(|(who, visit, score, comment, by_member, twice)| Step::Rate {
            who, visit, score, comment, by_member, twice,
        }),
        5 => (which(), 0..4_u8, any::<bool>(), 0..2_u8).prop_map(
            |(rating, key, by_member, text)| Step::Message { rating, key, by_member, text }
        ),
        2 => (which(), any::<bool>()).prop_map(|(rating, opens)| Step::Read { rating, opens }),
        4 => (which(), 0..3_u8, prop::option::of(prop::sample::select(vec![20_i64, 70])))
            .prop_map(|(rating, key, points)| Step::Gift { rating, key, points }),
        2 => which().prop_map(|which| Step::UseGift { which }),
    ]
}

fn order_step(who: BoxedStrategy<usize>) -> impl Strategy<Value = Step> {
    let event = prop_oneof![
        4 => prop_oneof![Just(0), 0..20_i64].prop_map(OrderEvent::Placed),
        3 => (0..45_i64).prop_map(OrderEvent::Scheduled),
        3 => (0..45_i64).prop_map(OrderEvent::Rescheduled),
        2 => Just(OrderEvent::Cancelled),
        2 => prop::sample::select(vec!["card_failed", "product_returned", "upgrade"])
            .prop_map(OrderEvent::Noticed),
    ];
    prop_oneof![
        10 => (who.clone(), 0..3_u8, event, any::<bool>())
            .prop_map(|(who, order, event, twice)| Step::Order { who, order, event, twice }),
        5 => (who, any::<u8>(), 0..2_u8)
            .prop_map(|(who, task, key)| Step::Complete { who, task, key }),
    ]
}

fn claim_step(who: BoxedStrategy<usize>) -> impl Strategy<Value = Step> {
    let invoice = prop::option::weighted(0.7, 0..INVOICES);
    let update = prop_oneof![
        3 => prop::sample::select(vec!["investigating", "resolved", "rejected"])
            .prop_map(Update::Status),
        2 => prop::sample::select(vec!["bank", "member"]).prop_map(Update::WaitOn),
        1 => Just(Update::InternalNote),
        1 => Just(Update::BankReference),
        1 => (0..20_i64).prop_map(Update::Promise),
        2 => Just(Update::MemberNote),
        2 => Just(Update::Confirm),
        2 => Just(Update::Disagree),
    ];
    prop_oneof![
        5 => (who, invoice, any::<bool>(), any::<bool>()).prop_map(
            |(who, invoice, by_member, twice)| Step::OpenClaim { who, invoice, by_member, twice }
        ),
        7 => (any::<u8>(), update, any::<bool>())
            .prop_map(|(claim, update, twice)| Step::UpdateClaim { claim, update, twice }),
        4 => (any::<u8>(), 1..60_i64, any::<bool>())
            .prop_map(|(claim, points, twice)| Step::FixClaim { claim, points, twice }),
    ]
}

fn basket() -> impl Strategy<Value = Basket> {
    let total = prop::sample::select(vec![
        0, 9_999, 99_999, 100_000, 100_001, 109_999, 110_000, 150_000, 250_000,
    ]);
    let excluded = prop::option::weighted(0.2, 1..=10_i64);
    (0..INVOICES, total, excluded).prop_map(|(invoice, total, tenths)| Basket {
        invoice,
        total,
        excluded: total / 10 * tenths.unwrap_or(0),
        paid: 0,
    })
}
