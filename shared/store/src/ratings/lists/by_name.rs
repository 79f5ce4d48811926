//! The ratings of members whose name has a given prefix: some members at a time, their ratings in order.
//!
//! The order applies to the ratings of those members. If more members match, they follow on the next pages.

use puntos_domain::rating::RecordedRating;
use std::collections::HashMap;

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use puntos_domain::id::MemberId;
use puntos_domain::member::{is_named, search_words};
use puntos_domain::page::PageQuery;

use crate::keys::{Key, name_partition};
use crate::members::profiles::profile_of;
use crate::ratings::lists::{Place, RatingQuery, member_of};
use crate::table::expression::text;
use crate::table::{Cursors, key_of};
use crate::{Store, StoreError};

/// The most members that one page orders, and the most times that a page continues without a result.
const MEMBERS_AT_ONCE: i32 = 60;
const GOES_ON_MAX: usize = 3;

/// The start of a page: after this word of this member, and after this place in what follows.
#[derive(Default)]
pub(super) struct Start {
    pub(super) word: Option<String>,
    pub(super) place: Option<Place>,
}

impl Store {
    pub(crate) async fn ratings_of_named(
        &self,
        query: &RatingQuery,
        name: &str,
        page: &PageQuery,
        filters: &[&str],
    ) -> Result<(Vec<RecordedRating>, Option<String>), StoreError> {
        let mut start = Start::read(&self.cursors, page.cursor.as_deref(), filters)?;
        let words = search_words(name);
        let Some(longest) = words.iter().max_by_key(|word| word.len()) else {
            return Ok((Vec::new(), None));
        };
        for _ in 0..GOES_ON_MAX {
            let (members, next) = self.named_after(name, longest, start.word.as_deref()).await?;
            let rows = self.sorted_ratings(query, &members).await?;
            let (ratings, last) = query.cut(rows, start.place.as_ref(), page);
            if last.is_some() {
                start.place = last;
            } else if next.is_some() {
                start = Start { word: next, place: None };
                if ratings.is_empty() {
                    continue;
                }
            } else {
                start = Start::default();
            }
            return Ok((ratings, start.cursor(&self.cursors, filters)));
        }
        Ok((Vec::new(), start.cursor(&self.cursors, filters)))
    }

    /// Returns the matching members among the next words, and the last word if there are more.
    async fn named_after(
        &self,
        name: &str,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<(Vec<MemberId>, Option<String>), StoreError> {
        let (words, next) = self.name_words(prefix, after).await?;
        let found: Vec<(&str, MemberId)> = words.iter().filter_map(|sk| member_of(sk)).collect();
        let mut ids: Vec<MemberId> = found.iter().map(|(_, id)| id.clone()).collect();
        ids.sort();
        ids.dedup();
        let keys: Vec<Key> = ids.iter().map(Key::profile).collect();
        let profiles = match keys.is_empty() {
            true => HashMap::new(),
            false => self.batch_get(&keys, false).await?,
        };
        let profiles: Result<Vec<_>, StoreError> = profiles.into_values().map(profile_of).collect();
        let mut members = Vec::with_capacity(ids.len());
        for profile in profiles? {
            let name_now = profile.profile.name;
            // Two words of one name can match. Only the first counts.
            let first = search_words(&name_now).into_iter().find(|word| word.starts_with(prefix));
            let counts = |(word, id): &(&str, MemberId)| {
                *id == profile.member_id && first.as_deref() == Some(*word)
            };
            if found.iter().any(counts) && is_named(&name_now, name) {
                members.push(profile.member_id);
            }
        }
        Ok((members, next))
    }

    /// Reads the next words with the prefix, each with its member, and the last word if there are more.
    async fn name_words(
        &self,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<(Vec<String>, Option<String>), StoreError> {
        let partition = name_partition(prefix);
        let start = after.map(|after| Key::new(partition.as_str(), after).attributes());
        let has_start = start.is_some();
        let output = self
            .client
            .query()
            .table_name(&*self.table_name)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
            .expression_attribute_names("#pk", "pk")
            .expression_attribute_names("#sk", "sk")
            .expression_attribute_values(":pk", text(partition))
            .expression_attribute_values(":prefix", text(prefix))
            .limit(MEMBERS_AT_ONCE)
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| crate::table::query::refused(error, has_start))?;
        self.meter.read(output.consumed_capacity());
        let words = output.items.unwrap_or_default().iter().map(|item| key_of(item).1).collect();
        Ok((words, output.last_evaluated_key.map(|key| key_of(&key).1)))
    }
}

impl Start {
    pub(super) fn read(
        cursors: &Cursors,
        cursor: Option<&str>,
        filters: &[&str],
    ) -> Result<Self, StoreError> {
        let Some(key) = cursors.start(cursor, filters)? else { return Ok(Self::default()) };
        let part = |name: &str| key.get(name).and_then(|value| value.as_s().ok()).cloned();
        let rank = part("rank").map(|rank| rank.parse());
        let place = match (rank, part("branch"), part("order")) {
            (Some(Ok(rank)), Some(branch), Some(order)) => Some(Place { rank, branch, order }),
            (None, None, None) => None,
            _ => return Err(StoreError::BadCursor),
        };
        Ok(Self { word: part("word"), place })
    }

    /// Returns the cursor; `None` if nothing is left.
    pub(super) fn cursor(&self, cursors: &Cursors, filters: &[&str]) -> Option<String> {
        let mut key = HashMap::new();
        if let Some(word) = &self.word {
            key.insert("word".to_owned(), text(word));
        }
        if let Some(place) = &self.place {
            key.insert("rank".to_owned(), text(place.rank.to_string()));
            key.insert("branch".to_owned(), text(&place.branch));
            key.insert("order".to_owned(), text(&place.order));
        }
        (!key.is_empty()).then(|| cursors.after(&key, filters))
    }
}
