//! The keys of walks over all members: runs of the reports, re-rates and previews.

use puntos_domain::id::{PreviewId, RerateId, RunId};
use puntos_domain::standing::Month;

use super::Key;

/// The prefix of the sort keys of the months of a run.
pub const REPORT_MONTH_PREFIX: &str = "month#";

impl Key {
    pub fn report_run(run_id: &RunId) -> Self {
        Self::new(run_id.as_str(), "report")
    }

    /// The movements of one month in a run of the reports; `None` for everything before the months that are
    /// shown one by one.
    pub fn report_month(run_id: &RunId, month: Option<Month>) -> Self {
        let month = month.map_or_else(|| "earlier".to_owned(), Month::name);
        Self::new(run_id.as_str(), format!("{REPORT_MONTH_PREFIX}{month}"))
    }

    pub fn rerate(rerate_id: &RerateId) -> Self {
        Self::new(rerate_id.as_str(), "rerate")
    }

    pub fn preview(preview_id: &PreviewId) -> Self {
        Self::new(preview_id.as_str(), "preview")
    }

    /// The draft of the programme that a preview is of.
    pub fn draft(preview_id: &PreviewId) -> Self {
        Self::new(preview_id.as_str(), "draft")
    }

    /// Names the newest finished run of the reports.
    pub fn newest_report() -> Self {
        Self::new("reports", "newest")
    }
}
