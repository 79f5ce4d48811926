//! The progress bar of an import on a terminal. Elsewhere it prints nothing.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::accounting::{Accounting, Count};

const REFRESH: Duration = Duration::from_millis(200);
const TEMPLATE: &str = "{bar:24} {bytes}/{total_bytes}  {summary}";

/// Returns a bar over the bytes of a file that also shows the counts of its import.
pub(super) fn bar(accounting: &Arc<Accounting>, length_bytes: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length_bytes), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
        let accounting = Arc::clone(accounting);
        let summary = move |state: &ProgressState, line: &mut dyn Write| {
            // Where the terminal does not take the text, the bar is incomplete until the next refresh.
            let _ = line.write_str(&summary(&accounting, state.elapsed()));
        };
        bar.set_style(style.with_key("summary", summary));
    }
    bar.enable_steady_tick(REFRESH);
    bar
}

fn summary(accounting: &Accounting, elapsed: Duration) -> String {
    let counts = [Count::Created, Count::AlreadyThere, Count::Refused];
    let [created, already_there, refused] = counts.map(|count| accounting.total(count));
    format!(
        "{} rows/s · created {} · already there {} · refused {}",
        HumanCount(rate(created + already_there + refused, elapsed)),
        HumanCount(created),
        HumanCount(already_there),
        HumanCount(refused),
    )
}

/// Returns rows per second.
pub(super) fn rate(rows: u64, elapsed: Duration) -> u64 {
    let milliseconds = elapsed.as_millis().max(1);
    u64::try_from(u128::from(rows) * 1000 / milliseconds).unwrap_or(u64::MAX)
}
