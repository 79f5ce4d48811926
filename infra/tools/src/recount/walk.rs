//! Reads the list of ratings page by page, the oldest visits first, and counts the rows.
//!
//! It keeps only sums: memory grows with the branches, not with the ratings.

use std::collections::BTreeMap;

use anyhow::{bail, ensure};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

use super::asking::Asking;
use super::figures::{Figures, Row, category_of};

const PAGE_ROWS: usize = 100;
/// With more branches than this, recount one branch at a time.
const BRANCH_LIMIT: usize = 10_000;
/// How many contradictory rows are reported.
const MISFIT_LIMIT: usize = 20;
const PROGRESS: &str = "{bar:24} {human_pos}/{human_len} ratings  {per_sec}";

/// The result of the walk.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// The figures of all rows.
    pub(super) all: Figures,
    /// The branches that were met, each under the name that is compared.
    pub(super) branches: BTreeMap<String, Branch>,
    /// The first rows whose category does not match their score.
    pub(super) misfits: Vec<String>,
}

/// A branch that was met.
#[derive(Debug)]
pub(super) struct Branch {
    /// Its name as the first row writes it.
    pub(super) name: String,
    pub(super) figures: Figures,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Row>,
    next_cursor: Option<String>,
}

/// Counts all rows that pass the filters. The progress bar expects about `expected` rows.
pub(super) async fn walk(
    asking: &Asking,
    filters: &[(&str, &str)],
    expected: i64,
) -> anyhow::Result<Walked> {
    let bar = bar(expected);
    let mut walked = Walked::default();
    let mut cursor: Option<String> = None;
    let limit = PAGE_ROWS.to_string();
    loop {
        let mut query = filters.to_vec();
        query.extend([("sort", "date"), ("order", "asc"), ("limit", limit.as_str())]);
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page: Page = asking.get("/v1/ratings", &query).await?;
        ensure!(page.data.len() <= PAGE_ROWS, "a page of {} rows", page.data.len());
        for row in page.data {
            walked.count(row)?;
        }
        bar.set_position(walked.all.ratings.unsigned_abs());
        match page.next_cursor {
            None => break,
            next if next == cursor => bail!("the list does not go on: the same cursor twice"),
            next => cursor = next,
        }
    }
    bar.finish_and_clear();
    Ok(walked)
}

impl Walked {
    fn count(&mut self, row: Row) -> anyhow::Result<()> {
        let expected = category_of(row.score);
        if row.category != expected && self.misfits.len() < MISFIT_LIMIT {
            let Row { rating_id, score, category, .. } = &row;
            self.misfits.push(format!("{rating_id}: a score of {score} is no {category}"));
        }
        self.all.count(&row);
        let compared = compared(&row.branch);
        if let Some(branch) = self.branches.get_mut(&compared) {
            branch.figures.count(&row);
            return Ok(());
        }
        ensure!(
            self.branches.len() < BRANCH_LIMIT,
            "more than {BRANCH_LIMIT} branches: recount one at a time with --branch"
        );
        let mut figures = Figures::default();
        figures.count(&row);
        self.branches.insert(compared, Branch { name: row.branch, figures });
        Ok(())
    }
}

/// Returns the name of a branch as the server compares it: trimmed, without case, NFC.
fn compared(branch: &str) -> String {
    let lower = branch.trim().nfc().flat_map(char::to_lowercase);
    let cased = lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    cased.nfc().collect()
}

fn bar(expected: i64) -> ProgressBar {
    let length = u64::try_from(expected).unwrap_or_default();
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(PROGRESS) {
        bar.set_style(style);
    }
    bar
}
