//! Shows how far an import is, on a terminal; elsewhere it stays quiet.

use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;

use super::accounting::{Accounting, Count};

const REFRESH: Duration = Duration::from_millis(200);
const TEMPLATE: &str = "{bar:24} {bytes}/{total_bytes}  {msg}";

/// A bar that follows an import until it is told to end.
pub(super) struct Progress {
    bar: ProgressBar,
    follower: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts to follow an import of a file of that length.
    #[expect(clippy::disallowed_methods, reason = "the bar tells rows a second")]
    pub(super) fn follow(accounting: &Arc<Accounting>, length_bytes: u64) -> Progress {
        let bar = ProgressBar::with_draw_target(Some(length_bytes), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        let follower = (!bar.is_hidden()).then(|| {
            let (bar, accounting) = (bar.clone(), Arc::clone(accounting));
            tokio::spawn(async move {
                let started = Instant::now();
                loop {
                    tokio::time::sleep(REFRESH).await;
                    bar.set_position(accounting.total(Count::Bytes));
                    bar.set_message(summary(&accounting, started.elapsed()));
                }
            })
        });
        Progress { bar, follower }
    }

    /// Takes the bar away.
    pub(super) fn end(self) {
        if let Some(follower) = self.follower {
            follower.abort();
        }
        self.bar.finish_and_clear();
    }
}

fn summary(accounting: &Accounting, elapsed: Duration) -> String {
    let (created, already_there, refused) = (
        accounting.total(Count::Created),
        accounting.total(Count::AlreadyThere),
        accounting.total(Count::Refused),
    );
    let done = created + already_there + refused;
    format!(
        "{} rows/s · created {} · already there {} · refused {}",
        HumanCount(rate(done, elapsed)),
        HumanCount(created),
        HumanCount(already_there),
        HumanCount(refused),
    )
}

/// Returns how many rows a second `rows` in `elapsed` are.
pub(super) fn rate(rows: u64, elapsed: Duration) -> u64 {
    let milliseconds = elapsed.as_millis().max(1);
    u64::try_from(u128::from(rows) * 1000 / milliseconds).unwrap_or(u64::MAX)
}
