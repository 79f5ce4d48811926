//! Who looks at a rating, in its item. A viewer changes no index and no counter, so it costs one update.

use jiff::Timestamp;
use puntos_domain::id::RatingId;
use puntos_domain::rating::{Rating, RecordedRating, Viewer};

use crate::agents::agent_name_of;
use crate::keys::Key;
use crate::ratings::rating_of;
use crate::table::expression::number;
use crate::table::update::Updated;
use crate::table::{Condition, Update};
use crate::{Store, StoreError};

/// The subject, the name, and the two instants as seconds since 1970.
pub(super) type ViewerItem = (String, String, i64, i64);

impl Store {
    /// Reads a rating and the name that an agent gave, strongly and with one request.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn rating_and_agent(
        &self,
        rating_id: &RatingId,
        subject: &str,
    ) -> Result<Option<(RecordedRating, Option<String>)>, StoreError> {
        let keys = [Key::rating(rating_id), Key::agent(subject)];
        let mut found = self.batch_get(&keys, true).await?;
        let [rating, agent] = keys.map(|key| found.remove(&(key.pk, key.sk)));
        let Some(rating) = rating else { return Ok(None) };
        Ok(Some((rating_of(rating)?, agent.map(agent_name_of).transpose()?)))
    }

    /// Writes who looks at a rating; returns false if another write came first.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn record_viewers(
        &self,
        before: &RecordedRating,
        after: &Rating,
    ) -> Result<bool, StoreError> {
        let viewers = serde_dynamo::to_attribute_value(viewer_items(&after.viewers));
        let update = Update::default()
            .set("viewers", viewers.map_err(StoreError::unavailable)?)
            .set("version", number(before.version + 1));
        let as_read = Condition::compares("version", "=", number(before.version));
        let key = Key::rating(&after.rating_id);
        Ok(matches!(self.update_one(&key, update, as_read).await?, Updated::Done(_)))
    }
}

pub(super) fn viewer_items(viewers: &[Viewer]) -> Vec<ViewerItem> {
    let item = |viewer: &Viewer| {
        let Viewer { subject, name, since, until } = viewer.clone();
        (subject, name, since.as_second(), until.as_second())
    };
    viewers.iter().map(item).collect()
}

pub(super) fn viewers_of(items: Vec<ViewerItem>) -> Vec<Viewer> {
    let viewer = |(subject, name, since, until): ViewerItem| {
        let since = Timestamp::from_second(since).ok()?;
        let until = Timestamp::from_second(until).ok()?;
        Some(Viewer { subject, name, since, until })
    };
    items.into_iter().filter_map(viewer).collect()
}
