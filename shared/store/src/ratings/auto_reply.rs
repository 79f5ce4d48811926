//! The settings of the automatic reply to a low rating, in the table.
//!
//! The programme, which has versions, is in `program`.

use jiff::Timestamp;
use puntos_domain::auto_reply::AutoReplySettings;
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::keys::{Key, instant};
use crate::table::expression::number;
use crate::table::{Condition, Item, Label, from_item};
use crate::{Store, StoreError};

/// The settings of the automatic reply as they are stored.
#[derive(Debug, Clone, Default)]
pub struct StoredAutoReply {
    pub settings: AutoReplySettings,
    /// Counts the writes; 0 before the first.
    pub version: u64,
}

#[derive(Serialize, Deserialize)]
struct AutoReplyItem {
    version: u64,
    enabled: bool,
    subject: String,
    body: String,
    wait_minutes: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enabled_since: Option<Timestamp>,
    written_at: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads the settings of the automatic reply strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn auto_reply(&self) -> Result<StoredAutoReply, StoreError> {
        auto_reply_of(self.get(&Key::auto_reply_settings()).await?)
    }

    /// Replaces the settings of the automatic reply; returns false if another write came first.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn put_auto_reply(
        &self,
        before: &StoredAutoReply,
        settings: &AutoReplySettings,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let settings = settings.clone();
        let item = AutoReplyItem {
            version: before.version + 1,
            enabled: settings.enabled,
            subject: settings.subject,
            body: settings.body,
            wait_minutes: settings.wait_minutes,
            enabled_since: settings.enabled_since,
            written_at: instant(stamp.at),
            actor: stamp.actor.clone(),
            request_id: stamp.request_id.clone(),
        };
        let as_read = match before.version {
            0 => Condition::absent(),
            read => Condition::compares("version", "=", number(read)),
        };
        let key = Key::auto_reply_settings();
        Ok(self.put(Label::AutoReply, key, &item, as_read).await?.is_committed())
    }
}

/// Reads the settings of the automatic reply from their item. Without an item, nothing is sent.
pub(crate) fn auto_reply_of(item: Option<Item>) -> Result<StoredAutoReply, StoreError> {
    let Some(item) = item else { return Ok(StoredAutoReply::default()) };
    let item: AutoReplyItem = from_item(item)?;
    let settings = AutoReplySettings {
        enabled: item.enabled,
        subject: item.subject,
        body: item.body,
        wait_minutes: item.wait_minutes,
        enabled_since: item.enabled_since,
    };
    Ok(StoredAutoReply { settings, version: item.version })
}
