//! Bounded queries.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::query::QueryError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, Select};

use crate::keys::WORK_INDEX;
use crate::table::expression::text;
use crate::table::{Condition, Item, unavailable};
use crate::{Store, StoreError};

/// One page of an index: the items, and the key of the last one read.
pub(crate) struct IndexPage {
    pub(crate) items: Vec<Item>,
    pub(crate) next: Option<HashMap<String, AttributeValue>>,
}

/// The partition, filter and direction of a query.
pub(crate) struct IndexQuery<'a> {
    pub(crate) index: &'static str,
    /// The name and the value of the partition.
    pub(crate) partition: (&'static str, &'a str),
    /// The name of the sort key, and the lowest that is read.
    pub(crate) since: Option<(&'static str, &'a str)>,
    /// Keeps only items for which this holds. DynamoDB reads and charges the others too.
    pub(crate) keep: Option<Condition>,
    /// Whether the order is ascending; otherwise the newest comes first.
    pub(crate) ascending: bool,
    pub(crate) limit: i32,
    pub(crate) start: Option<HashMap<String, AttributeValue>>,
}

impl Store {
    /// Reads one page of an index. A page may be short even if there is a next one.
    pub(crate) async fn query_index(&self, query: IndexQuery<'_>) -> Result<IndexPage, StoreError> {
        let has_start = query.start.is_some();
        let (name, value) = query.partition;
        let mut request = self
            .client
            .query()
            .table_name(&*self.table_name)
            .index_name(query.index)
            .key_condition_expression("#partition = :partition")
            .expression_attribute_names("#partition", name)
            .expression_attribute_values(":partition", text(value))
            .scan_index_forward(query.ascending)
            .limit(query.limit)
            .set_exclusive_start_key(query.start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        if let Some((name, value)) = query.since {
            request = request
                .key_condition_expression("#partition = :partition AND #since >= :since")
                .expression_attribute_names("#since", name)
                .expression_attribute_values(":since", text(value));
        }
        if let Some(keep) = query.keep {
            let parts = keep.parts();
            request = request.set_filter_expression(parts.text);
            for (placeholder, name) in parts.names.into_iter().flatten() {
                request = request.expression_attribute_names(placeholder, name);
            }
            for (placeholder, value) in parts.values.into_iter().flatten() {
                request = request.expression_attribute_values(placeholder, value);
            }
        }
        let output = request.send().await.map_err(|error| refused(error, has_start))?;
        self.meter.read(output.consumed_capacity());
        Ok(IndexPage { items: output.items.unwrap_or_default(), next: output.last_evaluated_key })
    }

    /// Reads the first items of a work queue, the longest due first. The index may lag.
    pub(crate) async fn first_of_queue(
        &self,
        queue: &str,
        most: i32,
    ) -> Result<Vec<Item>, StoreError> {
        let query = IndexQuery {
            index: WORK_INDEX,
            partition: ("work_queue", queue),
            since: None,
            keep: None,
            ascending: true,
            limit: most,
            start: None,
        };
        Ok(self.query_index(query).await?.items)
    }

    /// Reads the primary key of the one item that an index has for these two values.
    pub(crate) async fn find_in_index(
        &self,
        index: &'static str,
        partition: (&'static str, &str),
        sort: Option<(&'static str, &str)>,
    ) -> Result<Option<Item>, StoreError> {
        let mut request = self
            .client
            .query()
            .table_name(&*self.table_name)
            .index_name(index)
            .expression_attribute_names("#partition", partition.0)
            .expression_attribute_values(":partition", text(partition.1))
            .limit(1)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        request = match sort {
            None => request.key_condition_expression("#partition = :partition"),
            Some((name, value)) => request
                .key_condition_expression("#partition = :partition AND #sort = :sort")
                .expression_attribute_names("#sort", name)
                .expression_attribute_values(":sort", text(value)),
        };
        let output = request.send().await.map_err(unavailable)?;
        self.meter.read(output.consumed_capacity());
        Ok(output.items.unwrap_or_default().into_iter().next())
    }

    /// Reads the items of a partition whose sort key has a prefix, strongly and in order, up to a limit.
    pub(crate) async fn read_prefix(
        &self,
        pk: &str,
        prefix: &str,
        most: u32,
    ) -> Result<Vec<Item>, StoreError> {
        Ok(self.walk_prefix(pk, prefix, most, Select::AllAttributes, true).await?.0)
    }

    /// Reads as [`Self::read_prefix`] does, at half the cost: what was written in the last moments may be missing.
    pub(crate) async fn glance_at_prefix(
        &self,
        pk: &str,
        prefix: &str,
        most: u32,
    ) -> Result<Vec<Item>, StoreError> {
        Ok(self.walk_prefix(pk, prefix, most, Select::AllAttributes, false).await?.0)
    }

    /// Counts the items of a partition whose sort key has a prefix, strongly, up to a limit.
    pub(crate) async fn count_prefix(
        &self,
        pk: &str,
        prefix: &str,
        most: u32,
    ) -> Result<u32, StoreError> {
        Ok(self.walk_prefix(pk, prefix, most, Select::Count, true).await?.1)
    }

    /// Reads page after page: DynamoDB ends a page after 1 MB, whatever its limit.
    async fn walk_prefix(
        &self,
        pk: &str,
        prefix: &str,
        most: u32,
        select: Select,
        is_strong: bool,
    ) -> Result<(Vec<Item>, u32), StoreError> {
        let mut query = self
            .client
            .query()
            .table_name(&*self.table_name)
            .key_condition_expression("#pk = :pk")
            .expression_attribute_names("#pk", "pk")
            .expression_attribute_values(":pk", text(pk))
            .select(select)
            .consistent_read(is_strong)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        // DynamoDB refuses an empty prefix.
        if !prefix.is_empty() {
            query = query
                .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
                .expression_attribute_names("#sk", "sk")
                .expression_attribute_values(":prefix", text(prefix));
        }
        let (mut items, mut count) = (Vec::new(), 0);
        let mut start = None;
        loop {
            let limit = i32::try_from(most - count).unwrap_or(i32::MAX);
            let page = query.clone().limit(limit).set_exclusive_start_key(start);
            let output = page.send().await.map_err(unavailable)?;
            self.meter.read(output.consumed_capacity());
            count += u32::try_from(output.count).unwrap_or_default();
            items.extend(output.items.unwrap_or_default());
            start = output.last_evaluated_key;
            if start.is_none() || count >= most {
                return Ok((items, count));
            }
        }
    }
}

/// Returns the error for a refused query. A start key outside the partition is a forged cursor, or one of
/// another list.
pub(crate) fn refused(error: SdkError<QueryError>, has_start: bool) -> StoreError {
    match error.code() {
        Some("ValidationException") if has_start => StoreError::BadCursor,
        _ => unavailable(error),
    }
}
