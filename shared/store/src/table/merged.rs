//! Lists over several partitions of an index, read in one order, one bounded page at a time.
//!
//! The partitions come in groups. The partitions of one group are merged by their range key, and the groups
//! follow each other. So one index by (unread flag, score) gives the order by date (one group), by score (a
//! group for each score) and by unread flag. A page costs one bounded query for each partition that it reads.
//!
//! Range keys end in an id, so no two items share one. A cursor is the last range key of a page.
//!
//! A filter reads on until the page is full, up to a number of items of each partition. A page can then be
//! short, and its cursor is the key up to which every partition was read.

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

/// The most items of one partition that are read for a page with a filter, and how many at a time.
const FILTERED_MAX: usize = 300;
const FILTERED_PAGE: usize = 100;

/// Partitions that are read as one, and the range of their keys.
pub(crate) struct Group {
    pub(crate) partitions: Vec<String>,
    /// The lowest range key, included.
    pub(crate) from: Option<String>,
    /// The highest range key, included.
    pub(crate) until: Option<String>,
}

/// The partitions and direction of a read.
pub(crate) struct MergedQuery<'a> {
    pub(crate) index: &'static str,
    /// The attributes that are its partition and range key.
    pub(crate) attributes: (&'static str, &'static str),
    /// The partitions: merged within a group, one group after the other.
    pub(crate) groups: Vec<Group>,
    /// Whether the lowest range key of a group comes first.
    pub(crate) ascending: bool,
    /// The filters that the cursor is bound to.
    pub(crate) filters: &'a [&'a str],
    /// Which items are in the list; all without it.
    pub(crate) keep: Option<&'a (dyn Fn(&Item) -> bool + Sync)>,
}

/// What was read of one partition.
struct Part {
    items: Vec<Item>,
    /// The key up to which it was read, if the limit of a filtered read ended it.
    read_up_to: Option<String>,
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
        while let Some(group) = query.groups.get(place.group) {
            let wanted = limit - items.len();
            let (found, last) =
                self.query_group(query, group, place.after.as_deref(), wanted).await?;
            items.extend(found);
            if let Some(last) = last {
                let next = cursor_of(&self.cursors, place.group, &last, query.filters);
                return Ok((items, Some(next)));
            }
            place = Place { group: place.group + 1, after: None };
        }
        Ok((items, None))
    }

    /// Reads the rows of a group that a page still needs, and returns the key up to which it was read if there
    /// may be more.
    pub(crate) async fn query_group(
        &self,
        query: &MergedQuery<'_>,
        group: &Group,
        after: Option<&str>,
        wanted: usize,
    ) -> Result<(Vec<Item>, Option<String>), StoreError> {
        let parts = group
            .partitions
            .iter()
            .map(|partition| self.query_one(query, (group, partition), after, wanted));
        let parts = try_join_all(parts).await?;
        let is_cut = parts.iter().any(|part| part.items.len() >= most(wanted, after));
        let ends = parts.iter().filter_map(|part| part.read_up_to.clone());
        let end = if query.ascending { ends.min() } else { ends.max() };
        let is_read = |key: &str| match (&end, query.ascending) {
            (None, _) => true,
            (Some(end), true) => key <= end.as_str(),
            (Some(end), false) => key >= end.as_str(),
        };
        let mut found: Vec<(String, Item)> = parts
            .into_iter()
            .flat_map(|part| part.items)
            .map(|item| (range_key(&item, query.attributes.1).to_owned(), item))
            .filter(|(key, _)| after != Some(key) && is_read(key))
            .collect();
        found.sort_by(|(one, _), (other, _)| match query.ascending {
            true => one.cmp(other),
            false => other.cmp(one),
        });
        // An item that moves between partitions during the read can occur in both.
        found.dedup_by(|(one, _), (other, _)| one == other);
        let is_full = is_cut || found.len() >= wanted;
        found.truncate(wanted);
        let last = found.last().map(|(key, _)| key.clone()).filter(|_| is_full).or(end);
        Ok((found.into_iter().map(|(_, item)| item).collect(), last))
    }

    /// Reads one partition from the end of the previous page. The last item of that page comes again.
    async fn query_one(
        &self,
        query: &MergedQuery<'_>,
        (group, partition): (&Group, &str),
        after: Option<&str>,
        wanted: usize,
    ) -> Result<Part, StoreError> {
        let (lowest, highest) = match (after, query.ascending) {
            (None, _) => (group.from.as_deref(), group.until.as_deref()),
            (Some(after), true) => (Some(after), group.until.as_deref()),
            (Some(after), false) => (group.from.as_deref(), Some(after)),
        };
        let (lowest, highest) = (lowest.unwrap_or(FIRST), highest.unwrap_or(LAST));
        if lowest > highest {
            return Ok(Part { items: Vec::new(), read_up_to: None });
        }
        let most = most(wanted, after);
        let mut items: Vec<Item> = Vec::new();
        let (mut start, mut read) = (None, 0);
        // Large items can end a DynamoDB page before its limit, so a short page is not always the last.
        while items.len() < most {
            let left = if query.keep.is_some() { FILTERED_PAGE } else { most - items.len() };
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
            let mut page = output.items.unwrap_or_default();
            read += page.len();
            let last = page.last().map(|item| range_key(item, query.attributes.1).to_owned());
            page.retain(|item| query.keep.is_none_or(|keep| keep(item)));
            items.extend(page);
            start = output.last_evaluated_key;
            if start.is_none() {
                break;
            }
            if query.keep.is_some() && read >= FILTERED_MAX && items.len() < most {
                return Ok(Part { items, read_up_to: last });
            }
        }
        Ok(Part { items, read_up_to: None })
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
