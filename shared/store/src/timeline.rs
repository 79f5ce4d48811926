//! A member's timeline: all entries, from one index, newest first.
//!
//! Returns the kind and the facts of each entry. The viewer writes the sentences.

use jiff::Timestamp;
use puntos_domain::account::Expired;
use puntos_domain::coupon::CouponStatus;
use puntos_domain::explanation::Explanation;
use puntos_domain::id::{EntryId, MemberId, RedemptionId};
use puntos_domain::mail::{EmailStatus, MailKind};
use puntos_domain::page::PageQuery;
use puntos_domain::timeline::EntryKind;
use serde::Deserialize;

use crate::keys::TIMELINE_INDEX;
use crate::members::accounts::instant_of;
use crate::table::from_item;
use crate::table::query::IndexQuery;
use crate::{Store, StoreError};

/// One entry as the index has it. Fields that its kind does not have are `None`.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    /// The primary key: the id of the object.
    pub pk: String,
    sk: String,
    timeline_at: String,
    pub kind: EntryKind,
    /// The points given, or taken when negative.
    #[serde(default)]
    pub points: Option<i64>,
    /// The available points right after it.
    #[serde(default)]
    pub balance_after: Option<i64>,
    #[serde(default)]
    explanation: Option<String>,
    #[serde(default)]
    expired: Vec<(i64, i64)>,
    /// The branch of the purchase, or of the credit's invoice.
    #[serde(default)]
    pub branch: Option<String>,
    #[serde(default)]
    pub invoice_number: Option<String>,
    /// The redemption: of the entry itself, of its reversal or of its mail.
    #[serde(default)]
    pub redemption_id: Option<RedemptionId>,
    /// The reward redeemed.
    #[serde(default)]
    pub reward_name: Option<String>,
    /// The last stored status of the coupon.
    #[serde(default)]
    pub coupon_status: Option<CouponStatus>,
    /// The points that a reversal gave back and that can be spent.
    #[serde(default)]
    pub points_restored: Option<i64>,
    /// The reason of a manual change.
    #[serde(default)]
    pub reason: Option<String>,
    /// A note for colleagues.
    #[serde(default)]
    pub note: Option<String>,
    #[serde(default)]
    pub email_kind: Option<MailKind>,
    /// The status of the mail.
    #[serde(default)]
    pub status: Option<EmailStatus>,
    /// The address for mails, if there is one.
    #[serde(default)]
    pub outbox: Option<String>,
    /// The score of a rating.
    #[serde(default)]
    pub score: Option<u8>,
    /// The name of the kind of a task, claim or gift, or the gift's own name.
    #[serde(default)]
    pub topic: Option<String>,
    /// The name of the latest status of a task or a claim.
    #[serde(default)]
    pub state: Option<String>,
    /// Who did it.
    #[serde(default)]
    pub actor: Option<String>,
}

impl Entry {
    pub fn entry_id(&self) -> EntryId {
        EntryId::of(&self.sk, &self.pk)
    }

    /// Returns the id of the rating, task or claim of the entry.
    pub fn object_id(&self) -> Option<String> {
        let (prefix, rest) = self.sk.split_once('#')?;
        let prefix = match prefix {
            // A gift is stored under its rating.
            "rating" | "gift" => "rat_",
            "task" => "tsk_",
            "claim" => "clm_",
            _ => return None,
        };
        let cause = rest.split('#').next()?;
        Some(format!("{prefix}{cause}{}", self.pk.strip_prefix("mbr_")?))
    }

    /// Returns when it was written.
    pub fn at(&self) -> Option<Timestamp> {
        time_of(&self.timeline_at)
    }

    /// Returns the breakdown of its points.
    pub fn explanation(&self) -> Option<Explanation> {
        self.explanation.as_deref().and_then(|json| serde_json::from_str(json).ok())
    }

    /// Returns the expired points that the entry recorded.
    pub fn expired(&self) -> Vec<Expired> {
        let parts = self.expired.iter();
        parts
            .filter_map(|(points, at)| Some(Expired { points: *points, at: instant_of(*at)? }))
            .collect()
    }
}

impl Store {
    /// Reads a page of a member's timeline, newest first. If a kind is given, other entries are read and left
    /// out, so the page may be short.
    ///
    /// # Errors
    /// Refuses a cursor of another list; fails if the table does not answer.
    pub async fn timeline(
        &self,
        member_id: &MemberId,
        kind: Option<EntryKind>,
        page: &PageQuery,
    ) -> Result<(Vec<Entry>, Option<String>), StoreError> {
        let filters = ["timeline", member_id.as_str(), kind.map_or("", EntryKind::name)];
        let query = IndexQuery {
            index: TIMELINE_INDEX,
            partition: ("timeline_member", member_id.as_str()),
            // Entries of other kinds record expiries.
            keep: kind.filter(|kind| *kind != EntryKind::Expiry).map(|kind| ("kind", kind.name())),
            ascending: false,
            limit: i32::try_from(page.limit).unwrap_or(i32::MAX),
            start: self.cursors.start(page.cursor.as_deref(), &filters)?,
        };
        let found = self.query_index(query).await?;
        let entries: Result<Vec<Entry>, StoreError> =
            found.items.into_iter().map(from_item::<Entry>).collect();
        Ok((entries?, found.next.map(|key| self.cursors.after(&key, &filters))))
    }
}

/// Returns the instant at the start of a timeline sort key.
pub(crate) fn time_of(timeline_at: &str) -> Option<Timestamp> {
    timeline_at.split('#').next()?.parse().ok()
}
