//! The ratings of all branches, sorted by branch: one branch after the other, each with the newest visits first.
//!
//! A page looks into a limited number of branches, so it may be short.

use std::collections::HashMap;

use puntos_domain::invoice::BranchKey;
use puntos_domain::page::PageQuery;

use crate::ratings::lists::RatingQuery;
use crate::table::expression::text;
use crate::table::{Cursors, Item};
use crate::{Store, StoreError};

/// The most branches that one page looks into.
const BRANCHES_AT_ONCE: usize = 10;

/// The start of a page: a branch, and the last rating of it that was listed.
struct Start {
    branch: String,
    after: Option<String>,
}

impl Store {
    /// Reads a page of the list by branch, and the cursor after it.
    pub(crate) async fn ratings_by_branch(
        &self,
        query: &RatingQuery,
        page: &PageQuery,
        filters: &[&str],
    ) -> Result<(Vec<Item>, Option<String>), StoreError> {
        let start = Start::read(&self.cursors, page.cursor.as_deref(), filters)?;
        let limit = page.limit as usize;
        let mut items: Vec<Item> = Vec::with_capacity(limit);
        for (read, branch) in query.branches_from(start.as_ref()).into_iter().enumerate() {
            let next = |after| Start { branch: branch.to_string(), after };
            if read == BRANCHES_AT_ONCE {
                return Ok((items, Some(next(None).cursor(&self.cursors, filters))));
            }
            let started = start.as_ref().filter(|start| start.branch == branch.as_str());
            let after = started.and_then(|start| start.after.as_deref());
            let of_branch = RatingQuery { branch: Some(branch.clone()), ..query.clone() };
            let merged = of_branch.merged(filters);
            // The ratings of one branch are one group.
            let Some(group) = merged.groups.first() else { continue };
            let wanted = limit - items.len();
            let (found, last) = self.query_group(&merged, group, after, wanted).await?;
            items.extend(found);
            if last.is_some() {
                return Ok((items, Some(next(last).cursor(&self.cursors, filters))));
            }
        }
        Ok((items, None))
    }
}

impl RatingQuery {
    /// Returns the branches that are left, in the direction of the list.
    fn branches_from(&self, start: Option<&Start>) -> Vec<&BranchKey> {
        let is_left = |branch: &&BranchKey| match start {
            None => true,
            Some(start) if self.ascending => branch.as_str() >= start.branch.as_str(),
            Some(start) => branch.as_str() <= start.branch.as_str(),
        };
        let left = self.branches.iter().filter(is_left);
        if self.ascending { left.collect() } else { left.rev().collect() }
    }
}

impl Start {
    fn read(
        cursors: &Cursors,
        cursor: Option<&str>,
        filters: &[&str],
    ) -> Result<Option<Self>, StoreError> {
        let Some(key) = cursors.start(cursor, filters)? else { return Ok(None) };
        let part = |name: &str| key.get(name).and_then(|value| value.as_s().ok()).cloned();
        let branch = part("branch").ok_or(StoreError::BadCursor)?;
        Ok(Some(Self { branch, after: part("after") }))
    }

    fn cursor(&self, cursors: &Cursors, filters: &[&str]) -> String {
        let mut key = HashMap::from([("branch".to_owned(), text(&self.branch))]);
        key.extend(self.after.as_ref().map(|after| ("after".to_owned(), text(after))));
        cursors.after(&key, filters)
    }
}
