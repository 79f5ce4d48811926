//! Random histories, played on the running stack and on a small model that shares no code with it: after
//! every step the answer, at the end the balances, the entries, the coupons, the
//! stock, the mails, the ratings with their counters, the tasks and the claims.
//!
//! Histories that once found a defect are tests at the end of this file.

mod calendar;
mod closing;
mod driver;
mod oracle;
mod steps;

use driver::Driver;
use proptest::prelude::*;
use steps::{Report, Step, histories};
use tokio::runtime::Builder;

/// How many histories are played where `PROPTEST_CASES` does not say.
const HISTORIES: u32 = 16;

async fn play(pending_days: i64, history: &[Step]) {
    let mut driver = Driver::start(pending_days).await;
    for step in history {
        driver.step(step).await;
    }
    driver.tick();
    closing::check(&mut driver).await;
    driver.world.stack.shutdown().await.unwrap();
}

fn played(pending_days: i64, history: &[Step]) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(play(pending_days, history));
}

fn settings() -> ProptestConfig {
    let standard = ProptestConfig::default();
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let cases = if asked { standard.cases } else { HISTORIES };
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 200, ..standard }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn every_history_ends_as_the_model_says(
        pending_days in prop::sample::select(vec![0_i64, 2]), history in histories(),
    ) {
        played(pending_days, &history);
    }
}

/// A mail keeps two changes of each status. A permanent bounce came third and did not block the address.
#[test]
fn a_bounce_for_good_blocks_after_two_for_now() {
    let told = |kind, minutes_ago| Step::Report { mail: 0, kind, minutes_ago, twice: false };
    played(
        0,
        &[
            Step::Redeem { who: 0, by_card: false, reward: 0 },
            told(Report::BouncedForNow, 30),
            told(Report::BouncedForNow, 20),
            told(Report::BouncedForGood, 10),
            Step::Redeem { who: 0, by_card: false, reward: 0 },
        ],
    );
}

/// Points of a lapsed reservation whose lot had expired meanwhile were missing among the expiries.
#[test]
fn what_a_lapsed_reservation_held_expires() {
    let basket = steps::Basket { invoice: 9, total: 100_001, excluded: 0, paid: 0 };
    played(
        0,
        &[
            Step::Purchase { who: Some(1), by_card: false, basket, days_ago: 21 },
            Step::Reserve { who: 1, points: 29 },
            Step::TimePasses { hours: 353 },
        ],
    );
}
