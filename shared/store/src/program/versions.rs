//! The versions of the programme: who wrote each, and the withdrawal of one that has not begun.

use puntos_domain::page::PageQuery;
use puntos_domain::program::{ProgramHead, WrittenVersion};
use puntos_domain::stamp::Stamp;

use super::VersionItem;
use crate::keys::{Key, instant};
use crate::table::expression::text;
use crate::table::{Condition, Label, Transaction, Update, from_item};
use crate::{Store, StoreError};

impl Store {
    /// Reads a page of the versions of the programme strongly, newest first.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn program_versions(
        &self,
        page: &PageQuery,
    ) -> Result<(Vec<WrittenVersion>, Option<String>), StoreError> {
        const FILTERS: &[&str] = &["program versions"];
        let after = self.cursors.place(page.cursor.as_deref(), FILTERS)?;
        let Some(head) = self.program_head().await? else { return Ok((Vec::new(), None)) };
        let after = after.and_then(|after| after.parse::<u32>().ok());
        let newest = after.map_or(head.newest, |after| after.saturating_sub(1));
        let oldest = newest.saturating_sub(page.limit).saturating_add(1);
        let keys: Vec<Key> = (oldest..=newest).map(Key::program_version).collect();
        let found = self.batch_get(&keys, true).await?;
        let versions: Result<Vec<WrittenVersion>, StoreError> =
            found.into_values().map(|item| written(&head, from_item(item)?)).collect();
        let mut versions = versions?;
        versions.sort_by_key(|version| std::cmp::Reverse(version.version));
        let next = (oldest > 1).then(|| self.cursors.after_place(oldest.to_string(), FILTERS));
        Ok((versions, next))
    }

    /// Reads who wrote and who withdrew a version, strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer or the version is missing.
    pub async fn written_version(
        &self,
        head: &ProgramHead,
        version: u32,
    ) -> Result<Option<WrittenVersion>, StoreError> {
        let item = self.get(&Key::program_version(version)).await?;
        item.map(|item| written(head, from_item(item)?)).transpose()
    }

    /// Withdraws a version: replaces the head that was read by one without it. Returns false if another
    /// write came first.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn withdraw_version(
        &self,
        before: &ProgramHead,
        after: &ProgramHead,
        version: u32,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let mark = Update::default()
            .set("withdrawn_at", text(instant(stamp.at)))
            .set("withdrawn_by", text(&stamp.actor))
            .set("withdrawn_request_id", text(&stamp.request_id));
        let mut transaction = Transaction::default();
        transaction.put_head(Some(before), after, stamp)?;
        let key = Key::program_version(version);
        transaction.update(Label::ProgramVersion, key, mark, Condition::present());
        Ok(self.commit(transaction).await?.is_committed())
    }
}

fn written(head: &ProgramHead, item: VersionItem) -> Result<WrittenVersion, StoreError> {
    let key = Key::program_version(item.version);
    let corrupt = |name: &'static str| StoreError::attribute(&key.pk, &key.sk, name);
    let withdrawn = match item.withdrawn_at.zip(item.withdrawn_by) {
        None => None,
        Some((at, actor)) => Some(Stamp {
            at: at.parse().map_err(|_| corrupt("withdrawn_at"))?,
            actor,
            request_id: item.withdrawn_request_id.unwrap_or_default(),
        }),
    };
    Ok(WrittenVersion {
        version: item.version,
        effective_from: head.begins(item.version).ok_or_else(|| corrupt("version"))?,
        written: Stamp {
            at: item.written_at.parse().map_err(|_| corrupt("written_at"))?,
            actor: item.actor,
            request_id: item.request_id,
        },
        withdrawn,
    })
}
