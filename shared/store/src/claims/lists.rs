//! Lists of claims: those of a member, by a strong read; those with a status; those that the system watches.

use aws_sdk_dynamodb::types::AttributeValue;
use puntos_domain::claim::ClaimRecord;
use puntos_domain::claim::ClaimStatus;
use puntos_domain::id::{ClaimId, MemberId};
use puntos_domain::page::PageQuery;

use crate::claims::WATCHED;
use crate::claims::item::claim_of;
use crate::keys::{WORK_INDEX, claim_queue, instant};
use crate::table::merged::{Group, MergedQuery};
use crate::table::query::IndexQuery;
use crate::{Store, StoreError};

/// The most claims of a member that members and agents open. Those of the system are not counted.
pub const CLAIMS_MAX: usize = 200;
/// The most claims of a member that are read. The system opens one for each failed mail or purchase.
const READ_MAX: u32 = 10_000;
/// The watched claims that one query reads.
const WATCHED_PAGE: i32 = 100;

/// A key of the table's index in the form of the SDK.
type Start = Option<std::collections::HashMap<String, AttributeValue>>;

impl Store {
    /// Reads the claims of a member strongly, newest first.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn claims_of(&self, member_id: &MemberId) -> Result<Vec<ClaimRecord>, StoreError> {
        let items = self.read_prefix(member_id.as_str(), "claim#", READ_MAX).await?;
        let claims: Result<Vec<ClaimRecord>, StoreError> =
            items.into_iter().map(claim_of).collect();
        let mut claims = claims?;
        claims.sort_by_key(|stored| std::cmp::Reverse(place_of(stored)));
        Ok(claims)
    }

    /// Reads a page of a member's claims, newest first.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn member_claims(
        &self,
        member_id: &MemberId,
        status: Option<ClaimStatus>,
        page: &PageQuery,
    ) -> Result<(Vec<ClaimRecord>, Option<String>), StoreError> {
        let filters = ["claims", member_id.as_str(), status.map_or("", ClaimStatus::name)];
        let after = self.cursors.place(page.cursor.as_deref(), &filters)?;
        let mut claims = self.claims_of(member_id).await?;
        claims.retain(|stored| status.is_none_or(|status| stored.claim.status == status));
        claims.retain(|stored| after.as_ref().is_none_or(|after| place_of(stored) < *after));
        let limit = page.limit as usize;
        let has_more = claims.len() > limit;
        claims.truncate(limit);
        let last = claims.last().filter(|_| has_more);
        let next = last.map(|last| self.cursors.after_place(place_of(last), &filters));
        Ok((claims, next))
    }

    /// Lists the claims with one of these statuses. Open claims come oldest first, closed ones newest first.
    /// Watched claims are read for each status and left out if they have another, so a page may be short.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn claims_with(
        &self,
        statuses: &[ClaimStatus],
        page: &PageQuery,
    ) -> Result<(Vec<ClaimRecord>, Option<String>), StoreError> {
        let is_open = |status: &ClaimStatus| ClaimStatus::UNRESOLVED.contains(status);
        let mut filters = vec!["claims"];
        filters.extend(statuses.iter().map(|status| status.name()));
        let mut partitions: Vec<String> =
            statuses.iter().map(|status| claim_queue(status.name())).collect();
        partitions.push(claim_queue(WATCHED));
        let query = MergedQuery {
            index: WORK_INDEX,
            attributes: ("work_queue", "work_due"),
            groups: vec![Group { partitions, from: None, until: None }],
            ascending: statuses.iter().all(is_open),
            filters: &filters,
            keep: None,
        };
        let (items, next) = self.query_merged(&query, page).await?;
        let claims: Result<Vec<ClaimRecord>, StoreError> =
            items.into_iter().map(claim_of).collect();
        let mut claims = claims?;
        claims.retain(|stored| statuses.contains(&stored.claim.status));
        Ok((claims, next))
    }

    /// Reads a page of the claims that the system watches, newest first, and where the next page begins. A
    /// claim that cannot be read is an error in its row, so that it does not hide the others.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn watched_claims(
        &self,
        start: Start,
    ) -> Result<(Vec<Result<ClaimRecord, StoreError>>, Start), StoreError> {
        let queue = claim_queue(WATCHED);
        let query = IndexQuery {
            index: WORK_INDEX,
            partition: ("work_queue", &queue),
            since: None,
            keep: None,
            ascending: false,
            limit: WATCHED_PAGE,
            start,
        };
        let found = self.query_index(query).await?;
        Ok((found.items.into_iter().map(claim_of).collect(), found.next))
    }
}

fn place_of(stored: &ClaimRecord) -> String {
    let claim_id: &ClaimId = &stored.claim.claim_id;
    format!("{}#{claim_id}", instant(stored.claim.created_at))
}
