//! Lists over several partitions of an index, read in one order, one bounded page at a time.
//!
//! The partitions come in groups. The partitions of one group are merged by their range key, and the groups
//! follow each other. So one index by (unread flag, score) gives the order by date (one group), by score (a
//! group for each score) and by unread flag. A page costs one bounded query for each partition that it reads.
//!
//! Range keys end in an id, so no two items share one. A cursor is the last range key of a page.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use futures::future::try_join_all;
use puntos_domain::page::PageQuery;

use crate::table::expression::text;
use crate::table::{Cursors, Item};
use crate::{Store, StoreError};

/// Sort before and after every range key.
const FIRST: &str = "!";
const LAST: &str = "~~";

/// The partitions, range and direction of a read.
pub(crate) struct MergedQuery<'a> {
    pub(crate) index: &'static str,
    /// The attributes that are its partition and range key.
    pub(crate) attributes: (&'static str, &'static str),
    /// The partitions: merged within a group, one group after the other.
    pub(crate) groups: Vec<Vec<String>>,
    /// The lowest range key, included.
    pub(crate) from: Option<String>,
    /// The highest range key, included.
    pub(crate) until: Option<String>,
    /// Whether the lowest range key of a group comes first.
    pub(crate) ascending: bool,
    /// The filters that the cursor is bound to.
    pub(crate) filters: &'a [&'a str],
}

/// The end of a page: the group, and the range key of its last item.
struct Place {
    group: usize,
    after: Option<String>,
}

impl Store {
    /// Reads a page of a list over several partitions, and the cursor after it.
    pub(crate) async fn query_merged(
        &self,
        query: &MergedQuery<'_>,
        page: &PageQuery,
    ) -> Result<(Vec<Item>, Option<String>), StoreError> {
        let mut place = place_of(&self.cursors, page.cursor.as_deref(), query)?;
        let limit = page.limit as usize;
        let mut items: Vec<Item> = Vec::with_capacity(limit);
        while let Some(partitions) = query.groups.get(place.group) {
            let wanted = limit - items.len();
            let (found, has_more) =
                self.query_group(query, partitions, place.after.as_deref(), wanted).await?;
            items.extend(found);
            if has_more {
                let last = items.last().map(|item| range_key(item, query.attributes.1));
                let next =
                    last.map(|last| cursor_of(&self.cursors, place.group, last, query.filters));
                return Ok((items, next));
            }
            place = Place { group: place.group + 1, after: None };
        }
        Ok((items, None))
    }

    /// Reads the rows of a group that a page still needs, and returns whether there may be more.
    pub(crate) async fn query_group(
        &self,
        query: &MergedQuery<'_>,
        partitions: &[String],
        after: Option<&str>,
        wanted: usize,
    ) -> Result<(Vec<Item>, bool), StoreError> {
        let pages =
            partitions.iter().map(|partition| self.query_one(query, partition, after, wanted));
        let pages = try_join_all(pages).await?;
        let is_cut = pages.iter().any(|page| page.len() >= most(wanted, after));
        let mut found: Vec<(String, Item)> = pages
            .into_iter()
            .flatten()
            .map(|item| (range_key(&item, query.attributes.1).to_owned(), item))
            .filter(|(key, _)| after != Some(key))
            .collect();
        found.sort_by(|(one, _), (other, _)| match query.ascending {
            true => one.cmp(other),
            false => other.cmp(one),
        });
        // An item that moves between partitions during the read can occur in both.
        found.dedup_by(|(one, _), (other, _)| one == other);
        let has_more = is_cut || found.len() >= wanted;
        Ok((found.into_iter().take(wanted).map(|(_, item)| item).collect(), has_more))
    }

    /// Reads one partition from the end of the previous page. The last item of that page comes again.
    async fn query_one(
        &self,
        query: &MergedQuery<'_>,
        partition: &str,
        after: Option<&str>,
        wanted: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let (lowest, highest) = match (after, query.ascending) {
            (None, _) => (query.from.as_deref(), query.until.as_deref()),
            (Some(after), true) => (Some(after), query.until.as_deref()),
            (Some(after), false) => (query.from.as_deref(), Some(after)),
        };
        let (lowest, highest) = (lowest.unwrap_or(FIRST), highest.unwrap_or(LAST));
        if lowest > highest {
            return Ok(Vec::new());
        }
        let most = most(wanted, after);
        let mut items: Vec<Item> = Vec::new();
        let mut start = None;
        // Large items can end a DynamoDB page before its limit, so a short page is not always the last.
        while items.len() < most {
            let left = most - items.len();
            let output = self
                .client
                .query()
                .table_name(&*self.table_name)
                .index_name(query.index)
                .key_condition_expression(
                    "#partition = :partition AND #order BETWEEN :lowest AND :highest",
                )
                .expression_attribute_names("#partition", query.attributes.0)
                .expression_attribute_names("#order", query.attributes.1)
                .expression_attribute_values(":partition", text(partition))
                .expression_attribute_values(":lowest", text(lowest))
                .expression_attribute_values(":highest", text(highest))
                .scan_index_forward(query.ascending)
                .limit(i32::try_from(left).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|error| crate::table::query::refused(error, after.is_some()))?;
            self.meter.read(output.consumed_capacity());
            items.extend(output.items.unwrap_or_default());
            start = output.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(items)
    }
}

/// Returns how many items of one partition are read, including the last item of the previous page.
fn most(wanted: usize, after: Option<&str>) -> usize {
    wanted + usize::from(after.is_some())
}

fn range_key<'a>(item: &'a Item, attribute: &str) -> &'a str {
    item.get(attribute).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

fn cursor_of(cursors: &Cursors, group: usize, after: &str, filters: &[&str]) -> String {
    let key = BTreeMap::from([("group", group.to_string()), ("after", after.to_owned())]);
    let key: HashMap<String, AttributeValue> =
        key.into_iter().map(|(name, value)| (name.to_owned(), text(value))).collect();
    cursors.after(&key, filters)
}

fn place_of(
    cursors: &Cursors,
    cursor: Option<&str>,
    query: &MergedQuery<'_>,
) -> Result<Place, StoreError> {
    let Some(key) = cursors.start(cursor, query.filters)? else {
        return Ok(Place { group: 0, after: None });
    };
    let part = |name: &str| key.get(name).and_then(|value| value.as_s().ok());
    let group = part("group").and_then(|group| group.parse().ok());
    match (group, part("after")) {
        (Some(group), Some(after)) => Ok(Place { group, after: Some(after.clone()) }),
        _ => Err(StoreError::BadCursor),
    }
}
