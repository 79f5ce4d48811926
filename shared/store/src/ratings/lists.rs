//! Lists of ratings by date, score, name, unread flag and branch, in both directions, one bounded page at a
//! time.
//!
//! The indexes give ordered keys. The rows are read from the table. `by_name` finds the members of a name,
//! `of_member` reads the ratings of one member, and `by_branch` lists branch after branch.

mod by_branch;
mod by_name;
mod of_member;

use puntos_domain::invoice::BranchKey;
use puntos_domain::rating::RatingSort;
use puntos_domain::rating::RecordedRating;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use jiff::Timestamp;
use puntos_domain::id::MemberId;
use puntos_domain::member::folded;
use puntos_domain::page::PageQuery;
use puntos_domain::rating::{Rating, SCORE_MAX};

use crate::keys::{
    BRANCH_RATINGS_INDEX, Key, NAME_LIST, RATING_NAMES_INDEX, RATINGS_INDEX,
    branch_rating_partition, instant, rating_name_order, rating_order, rating_partition,
};
use crate::ratings::rating_of;
use crate::table::expression::text;
use crate::table::merged::{Group, MergedQuery};
use crate::table::{Cursors, Item, key_of};
use crate::{Store, StoreError};

/// The most keys of the index by name that one page reads, and that one request reads.
const NAMES_READ_MAX: usize = 1000;
const NAMES_READ_AT_ONCE: usize = 250;
/// Sort before and after every instant.
const FIRST: &str = "!";
const LAST: &str = "~";

/// The filters and the sort of a list of ratings.
#[derive(Debug, Clone)]
pub struct RatingQuery {
    /// The earliest visit, included.
    pub from: Option<Timestamp>,
    /// The end of the visits, excluded.
    pub until: Option<Timestamp>,
    pub branch: Option<BranchKey>,
    /// The branches that a list by branch looks into, if it is of no branch, member or name.
    pub branches: BTreeSet<BranchKey>,
    /// Who rated.
    pub member_id: Option<MemberId>,
    /// Prefixes of words of the customer's name.
    pub name: Option<String>,
    /// The field by which the list is sorted.
    pub sort: RatingSort,
    /// Whether the list is ascending: oldest, lowest, first in the alphabet, or read first.
    pub ascending: bool,
}

/// The position of a rating in a list that was read whole: its group, and its position in the group.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// The rank of its score or unread flag, if the list is sorted by it.
    rank: u8,
    /// The branch, if the list is sorted by it.
    branch: String,
    order: String,
}

impl Store {
    /// Lists ratings. A page may be short even if there is a next one.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn ratings(
        &self,
        query: &RatingQuery,
        page: &PageQuery,
    ) -> Result<(Vec<RecordedRating>, Option<String>), StoreError> {
        let filters = query.filters();
        let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
        if let Some(member_id) = &query.member_id {
            return self.ratings_of_member(query, member_id, page, &filters).await;
        }
        if let Some(name) = &query.name {
            return self.ratings_of_named(query, name, page, &filters).await;
        }
        let (items, next) = match (query.sort, &query.branch) {
            (RatingSort::Name, _) => self.rating_names(query, page, &filters).await?,
            (RatingSort::Branch, None) => self.ratings_by_branch(query, page, &filters).await?,
            _ => self.query_merged(&query.merged(&filters), page).await?,
        };
        Ok((self.ratings_of(&items).await?, next))
    }

    /// Reads the ratings that an index names, in its order. Ratings that no longer exist are left out.
    async fn ratings_of(&self, items: &[Item]) -> Result<Vec<RecordedRating>, StoreError> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<(String, String)> = items.iter().map(key_of).collect();
        // An index may show a rating that was just marked as read in its old and its new position. It is
        // listed at the first, and no key is read twice in one request.
        let different: BTreeSet<&(String, String)> = places.iter().collect();
        let keys: Vec<Key> =
            different.into_iter().map(|(pk, sk)| Key::new(pk.clone(), sk.clone())).collect();
        let mut found = self.batch_get(&keys, false).await?;
        places.iter().filter_map(|place| found.remove(place)).map(rating_of).collect()
    }

    /// Reads a page of the index by name, and the cursor after it. Keys that do not match are read and left
    /// out, up to a limit.
    async fn rating_names(
        &self,
        query: &RatingQuery,
        page: &PageQuery,
        filters: &[&str],
    ) -> Result<(Vec<Item>, Option<String>), StoreError> {
        let limit = page.limit as usize;
        let is_filtered = query.branch.is_some() || query.from.is_some() || query.until.is_some();
        let at_once = if is_filtered { NAMES_READ_AT_ONCE } else { limit };
        let mut start = self.cursors.start(page.cursor.as_deref(), filters)?;
        let mut items: Vec<Item> = Vec::with_capacity(limit);
        let mut read = 0;
        while read < NAMES_READ_MAX {
            let (found, next) = self.names_once(query, start, at_once).await?;
            read += at_once;
            let wanted = limit - items.len();
            let is_cut = found.len() > wanted;
            items.extend(found.into_iter().take(wanted));
            match (next, items.last()) {
                (_, Some(last)) if is_cut => {
                    return Ok((items.clone(), cursor_at(&self.cursors, last, filters)));
                }
                (None, _) => return Ok((items, None)),
                (Some(next), _) if items.len() == limit => {
                    return Ok((items, Some(self.cursors.after(&next, filters))));
                }
                (next, _) => start = next,
            }
        }
        Ok((items, start.map(|next| self.cursors.after(&next, filters))))
    }

    async fn names_once(
        &self,
        query: &RatingQuery,
        start: Option<Item>,
        most: usize,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let has_start = start.is_some();
        let request = self
            .client
            .query()
            .table_name(&*self.table_name)
            .index_name(RATING_NAMES_INDEX)
            .key_condition_expression("#list = :list")
            .filter_expression("#order BETWEEN :lowest AND :highest")
            .expression_attribute_names("#list", "name_list")
            .expression_attribute_names("#order", "rating_order")
            .expression_attribute_values(":list", text(NAME_LIST))
            .expression_attribute_values(":lowest", text(query.lowest()))
            .expression_attribute_values(":highest", text(query.highest()))
            .scan_index_forward(query.ascending)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let output =
            request.send().await.map_err(|error| crate::table::query::refused(error, has_start))?;
        self.meter.read(output.consumed_capacity());
        let mut items = output.items.unwrap_or_default();
        if let Some(branch) = &query.branch {
            let written =
                |item: &Item| item.get("branch")?.as_s().ok().map(|name| BranchKey::of(name));
            items.retain(|item| written(item).as_ref() == Some(branch));
        }
        Ok((items, output.last_evaluated_key))
    }
}

/// Returns the cursor after an item of the index by name.
fn cursor_at(cursors: &Cursors, item: &Item, filters: &[&str]) -> Option<String> {
    let names = ["pk", "sk", "name_list", "name_order"];
    let key = names.iter().map(|name| Some(((*name).to_owned(), item.get(*name)?.clone())));
    key.collect::<Option<Item>>().map(|key| cursors.after(&key, filters))
}

impl RatingQuery {
    /// Returns the filters that a cursor of the list is bound to.
    fn filters(&self) -> Vec<String> {
        let at = |instant_of: Option<Timestamp>| instant_of.map(instant).unwrap_or_default();
        vec![
            "ratings".to_owned(),
            self.sort.name().to_owned(),
            self.ascending.to_string(),
            at(self.from),
            at(self.until),
            self.branch.as_ref().map(BranchKey::to_string).unwrap_or_default(),
            self.name.clone().unwrap_or_default(),
            self.member_id.as_ref().map(MemberId::to_string).unwrap_or_default(),
        ]
    }

    fn lowest(&self) -> String {
        self.from.map_or_else(|| FIRST.to_owned(), instant)
    }

    /// The end is excluded: each key after its instant continues with an id.
    fn highest(&self) -> String {
        self.until.map_or_else(|| LAST.to_owned(), instant)
    }

    fn merged<'a>(&self, filters: &'a [&'a str]) -> MergedQuery<'a> {
        let ranks = 0..=self.last_rank();
        let partitions: Vec<(u8, String)> = [true, false]
            .into_iter()
            .flat_map(|unread| (0..=SCORE_MAX).map(move |score| (unread, score)))
            .map(|(unread, score)| (self.rank(unread, score), self.partition(unread, score)))
            .collect();
        let group = |rank: u8| {
            let of_rank = partitions.iter().filter(|(found, _)| *found == rank);
            Group {
                partitions: of_rank.map(|(_, partition)| partition.clone()).collect(),
                from: self.from.map(instant),
                until: self.until.map(instant),
            }
        };
        let (index, partition) = match self.branch {
            None => (RATINGS_INDEX, "rating_list"),
            Some(_) => (BRANCH_RATINGS_INDEX, "branch_list"),
        };
        MergedQuery {
            index,
            attributes: (partition, "rating_order"),
            groups: ranks.map(group).collect(),
            ascending: self.oldest_first(),
            filters,
            keep: None,
        }
    }

    fn partition(&self, unread: bool, score: u8) -> String {
        match &self.branch {
            None => rating_partition(unread, score),
            Some(branch) => branch_rating_partition(branch, unread, score),
        }
    }

    fn last_rank(&self) -> u8 {
        match self.sort {
            RatingSort::Date | RatingSort::Name | RatingSort::Branch => 0,
            RatingSort::Score => SCORE_MAX,
            RatingSort::Unread => 1,
        }
    }

    /// Returns the rank of the group in which a rating is listed. The lowest comes first.
    fn rank(&self, unread: bool, score: u8) -> u8 {
        let ascending = match self.sort {
            RatingSort::Date | RatingSort::Name | RatingSort::Branch => 0,
            RatingSort::Score => score,
            RatingSort::Unread => unread.into(),
        };
        if self.ascending { ascending } else { self.last_rank().saturating_sub(ascending) }
    }

    /// Returns whether a group is ascending. Within a score, an unread flag or a branch, the newest are always
    /// first.
    fn oldest_first(&self) -> bool {
        self.ascending && matches!(self.sort, RatingSort::Date | RatingSort::Name)
    }

    fn place(&self, rating: &Rating) -> Place {
        let order = match self.sort {
            RatingSort::Name => {
                let name = folded(&rating.member_name);
                rating_name_order(&name, rating.visited_at, &rating.rating_id)
            }
            _ => rating_order(rating.visited_at, &rating.rating_id),
        };
        let branch = match self.sort {
            RatingSort::Branch => BranchKey::of(&rating.branch).to_string(),
            _ => String::new(),
        };
        Place { rank: self.rank(rating.unread, rating.score), branch, order }
    }

    fn compare(&self, one: &Place, other: &Place) -> Ordering {
        let turned = |order: Ordering, ascending| if ascending { order } else { order.reverse() };
        one.rank
            .cmp(&other.rank)
            .then(turned(one.branch.cmp(&other.branch), self.ascending))
            .then(turned(one.order.cmp(&other.order), self.oldest_first()))
    }

    fn holds(&self, rating: &Rating) -> bool {
        self.from.is_none_or(|from| from <= rating.visited_at)
            && self.until.is_none_or(|until| rating.visited_at < until)
            && self.branch.as_ref().is_none_or(|branch| *branch == BranchKey::of(&rating.branch))
    }
}

/// Returns the member of a word in the search by name.
fn member_of(sk: &str) -> Option<(&str, MemberId)> {
    let (word, member_id) = sk.rsplit_once('#')?;
    Some((word, member_id.parse().ok()?))
}
