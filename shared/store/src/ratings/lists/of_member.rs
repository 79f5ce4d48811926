//! The ratings of single members: each member's are read whole, sorted, and cut to a page.

use futures::future::try_join_all;
use puntos_domain::id::MemberId;
use puntos_domain::member::is_named;
use puntos_domain::page::PageQuery;
use puntos_domain::rating::{Rating, RecordedRating};

use crate::ratings::lists::by_name::Start;
use crate::ratings::lists::{Place, RatingQuery};
use crate::ratings::rating_of;
use crate::table::Item;
use crate::{Store, StoreError};

/// The most ratings of one member that are read.
const RATINGS_OF_MEMBER_MAX: u32 = 1000;

/// Ratings with their places, sorted.
type Rows = Vec<(Place, RecordedRating)>;

impl Store {
    /// Reads a page of the ratings of a member. A name filters by the name that the member had.
    pub(crate) async fn ratings_of_member(
        &self,
        query: &RatingQuery,
        member_id: &MemberId,
        page: &PageQuery,
        filters: &[&str],
    ) -> Result<(Vec<RecordedRating>, Option<String>), StoreError> {
        let start = Start::read(&self.cursors, page.cursor.as_deref(), filters)?;
        let mut rows = self.sorted_ratings(query, std::slice::from_ref(member_id)).await?;
        if let Some(name) = &query.name {
            rows.retain(|(_, stored)| is_named(&stored.rating.member_name, name));
        }
        let (ratings, place) = query.cut(rows, start.place.as_ref(), page);
        Ok((ratings, Start { word: None, place }.cursor(&self.cursors, filters)))
    }

    /// Reads the newest score that a member gave at any visit. A score of the last moments may be missing.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn last_score(&self, opened: &Rating) -> Result<u8, StoreError> {
        let pk = opened.member_id.as_str();
        let items = self.glance_at_prefix(pk, "rating#", RATINGS_OF_MEMBER_MAX).await?;
        let others: Result<Vec<RecordedRating>, StoreError> =
            items.into_iter().map(rating_of).collect();
        let others = others?;
        let all = others.iter().map(|stored| &stored.rating).chain([opened]);
        Ok(all.max_by_key(|rating| rating.opinion_at()).map_or(opened.score, |last| last.score))
    }

    /// Reads the ratings of some members, strongly, in the order of the list.
    pub(super) async fn sorted_ratings(
        &self,
        query: &RatingQuery,
        members: &[MemberId],
    ) -> Result<Rows, StoreError> {
        let reads = members
            .iter()
            .map(|id| self.read_prefix(id.as_str(), "rating#", RATINGS_OF_MEMBER_MAX));
        let items: Vec<Item> = try_join_all(reads).await?.into_iter().flatten().collect();
        let ratings: Result<Vec<RecordedRating>, StoreError> =
            items.into_iter().map(rating_of).collect();
        let held = ratings?.into_iter().filter(|stored| query.holds(&stored.rating));
        let mut rows: Rows = held.map(|stored| (query.place(&stored.rating), stored)).collect();
        rows.sort_by(|(one, _), (other, _)| query.compare(one, other));
        Ok(rows)
    }
}

impl RatingQuery {
    /// Cuts rows to a page after a place. Returns the place of its last row if more follow.
    pub(super) fn cut(
        &self,
        mut rows: Rows,
        after: Option<&Place>,
        page: &PageQuery,
    ) -> (Vec<RecordedRating>, Option<Place>) {
        if let Some(after) = after {
            rows.retain(|(place, _)| self.compare(place, after).is_gt());
        }
        let limit = page.limit as usize;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| has_more).map(|(place, _)| place.clone());
        (rows.into_iter().map(|(_, stored)| stored).collect(), last)
    }
}
