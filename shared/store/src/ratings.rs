//! Ratings in the table. Each visit has one item; its history and counters are written together.
//!
//! The modules of messages, gifts and mails add their items to the same transaction.

pub(crate) mod auto_reply;
pub(crate) mod counts;
pub(crate) mod gifts;
pub(crate) mod lists;
pub(crate) mod messages;
mod viewers;

use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::accrual::RecordedInvoice;
use puntos_domain::id::{MemberId, MessageId, PurchaseId, RatingId};
use puntos_domain::invoice::BranchKey;
use puntos_domain::mail::Email;
use puntos_domain::member::{Member, folded};
use puntos_domain::program::ProgramHead;
use puntos_domain::rating::RecordedRating;
use puntos_domain::rating::{AutoReply, EarlierOpinion, Rating};
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::keys::{
    AUTO_REPLY_QUEUE, Key, NAME_LIST, branch_rating_partition, instant, rating_name_order,
    rating_order, rating_partition, timeline_at,
};
use crate::members::profiles::profile_of;
use crate::program::head_of;
use crate::purchases::purchase_of;
use crate::ratings::auto_reply::auto_reply_of;
use crate::ratings::viewers::{ViewerItem, viewer_items, viewers_of};
use crate::table::expression::number;
use crate::table::{Commit, Condition, Item, Label, Transaction, from_item};
use crate::timeline::row::RatingRow;
use crate::{Store, StoreError, StoredAutoReply};

/// The names of the states of an automatic reply, as items have them.
const WAITING: &str = "waiting";
const SENT: &str = "sent";
const CANCELLED: &str = "cancelled";
/// How often a rating is marked as read before another write is left to stand.
const OPEN_TRIES_MAX: u32 = 3;

/// The inputs of the decision about a rating.
#[derive(Debug)]
pub struct RatingBasis {
    /// The member; `None` if nobody is enrolled with the id.
    pub profile: Option<Member>,
    /// The programme.
    pub program: Option<ProgramHead>,
    /// The settings of the automatic reply.
    pub auto_reply: StoredAutoReply,
    /// The rating that exists for the same visit or key.
    pub rating: Option<RecordedRating>,
    /// The rating that was given with this idempotency key, of any member, and the fingerprint of its request.
    pub rating_of_key: Option<(RatingId, String)>,
    /// What is recorded for the invoice of the visit.
    pub purchase: Option<RecordedInvoice>,
}

/// The data of a rating to be written.
pub struct RatingWrite<'a> {
    /// The rating as it was read; `None` for a first one.
    pub before: Option<&'a RecordedRating>,
    /// The rating to be written.
    pub after: &'a RecordedRating,
    /// The idempotency key of a rating without an invoice.
    pub key: Option<&'a str>,
    /// The mail that is sent immediately.
    pub mail: Option<&'a Email>,
}

/// The result of writing a rating.
#[derive(Debug)]
pub enum RatingOutcome {
    /// It was written; this is the current rating.
    Saved(Box<RecordedRating>),
    /// Another write came first: read and decide again.
    Outdated,
}

#[derive(Serialize, Deserialize)]
struct RatingItem {
    kind: String,
    timeline_member: MemberId,
    timeline_at: String,
    rating_id: RatingId,
    name: String,
    branch: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invoice_number: Option<String>,
    visited_at: Timestamp,
    day: Date,
    row: RatingRow,
    unread: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    member_wrote: bool,
    replies: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<EarlierOpinion>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auto_reply: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest_message: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    viewers: Vec<ViewerItem>,
    rating_list: String,
    branch_list: String,
    rating_order: String,
    name_list: String,
    name_order: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_queue: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_due: Option<String>,
    #[serde(rename = "content")]
    fingerprint: String,
    actor: String,
    request_id: String,
    version: u64,
}

#[derive(Serialize, Deserialize)]
struct RatingKeyItem {
    rating_id: RatingId,
    #[serde(rename = "content")]
    fingerprint: String,
}

impl Store {
    /// Reads a rating strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn rating(&self, rating_id: &RatingId) -> Result<Option<RecordedRating>, StoreError> {
        let item = self.get(&Key::rating(rating_id)).await?;
        item.map(rating_of).transpose()
    }

    /// Reads the inputs of the decision about a rating, strongly and with one request.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn rating_basis(
        &self,
        rating_id: &RatingId,
        idempotency_key: Option<&str>,
        purchase_id: Option<&PurchaseId>,
    ) -> Result<RatingBasis, StoreError> {
        let keys = [
            Key::profile(&rating_id.member_id()),
            Key::program_head(),
            Key::auto_reply_settings(),
            Key::rating(rating_id),
        ];
        let taken = idempotency_key.map(Key::rating_key);
        let purchase_key = purchase_id.map(Key::purchase);
        let further = [taken.clone(), purchase_key.clone()].into_iter().flatten();
        let asked: Vec<Key> = keys.iter().cloned().chain(further).collect();
        let mut found = self.batch_get(&asked, true).await?;
        let mut take = |key: Key| found.remove(&(key.pk, key.sk));
        let [profile, head, auto_reply, rating] = keys.map(&mut take);
        let of_key: Option<RatingKeyItem> = taken.and_then(&mut take).map(from_item).transpose()?;
        let purchase = purchase_key.and_then(&mut take).zip(purchase_id);
        Ok(RatingBasis {
            profile: profile.map(profile_of).transpose()?,
            program: head.map(head_of).transpose()?,
            auto_reply: auto_reply_of(auto_reply)?,
            rating: rating.map(rating_of).transpose()?,
            rating_of_key: of_key.map(|item| (item.rating_id, item.fingerprint)),
            purchase: purchase.map(|(item, id)| purchase_of(id, item)).transpose()?,
        })
    }

    /// Returns whether a rating was given with an idempotency key, read strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn is_rating_key_taken(&self, idempotency_key: &str) -> Result<bool, StoreError> {
        Ok(self.get(&Key::rating_key(idempotency_key)).await?.is_some())
    }

    /// Writes a rating, its counters, its idempotency key and its mail: all or nothing.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_rating(
        &self,
        write: &RatingWrite<'_>,
    ) -> Result<RatingOutcome, StoreError> {
        let mut transaction = Transaction::default();
        transaction.put_rating(write.before, write.after)?;
        if let Some(key) = write.key.map(Key::rating_key) {
            let taken = RatingKeyItem {
                rating_id: write.after.rating.rating_id.clone(),
                fingerprint: write.after.fingerprint.clone(),
            };
            transaction.put(Label::RatingKey, key, &taken, Condition::absent())?;
        }
        if let Some(mail) = write.mail {
            transaction.put_mail(mail)?;
        }
        Ok(match self.commit(transaction).await? {
            Commit::Committed => {
                let version = next_version(write.before);
                RatingOutcome::Saved(Box::new(RecordedRating { version, ..write.after.clone() }))
            }
            Commit::Refused(_) => RatingOutcome::Outdated,
        })
    }

    /// Marks a rating as read and returns the current rating. If other writes came first too often, the rating
    /// stays as they left it.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn open_rating(&self, stored: &RecordedRating) -> Result<RecordedRating, StoreError> {
        let mut current = stored.clone();
        for _ in 0..OPEN_TRIES_MAX {
            if !current.rating.unread {
                break;
            }
            let version = next_version(Some(&current));
            let rating = current.rating.clone().opened();
            let opened = RecordedRating { rating, version, ..current.clone() };
            let mut transaction = Transaction::default();
            transaction.put_rating(Some(&current), &opened)?;
            let Commit::Refused(mut refusals) = self.commit(transaction).await? else {
                return Ok(opened);
            };
            current = rating_of(refusals.found(Label::Rating)?.ok_or(StoreError::Busy)?)?;
        }
        Ok(current)
    }
}

impl Transaction {
    /// Adds a rating, on the condition that it is new or unchanged since it was read, and updates its
    /// counters.
    pub(crate) fn put_rating(
        &mut self,
        before: Option<&RecordedRating>,
        after: &RecordedRating,
    ) -> Result<(), StoreError> {
        let as_read = match before {
            None => Condition::absent(),
            Some(before) => Condition::compares("version", "=", number(before.version)),
        };
        let key = Key::rating(&after.rating.rating_id);
        self.put(Label::Rating, key, &item_of(after, next_version(before)), as_read)?;
        self.move_counts(before.map(|before| &before.rating), &after.rating);
        Ok(())
    }
}

fn next_version(before: Option<&RecordedRating>) -> u64 {
    before.map_or(0, |before| before.version + 1)
}

fn item_of(stored: &RecordedRating, version: u64) -> RatingItem {
    let rating = stored.rating.clone();
    let (auto_reply, until) = match rating.auto_reply {
        AutoReply::None => (None, None),
        AutoReply::Waiting { until } => (Some(WAITING), Some(until)),
        AutoReply::Sent => (Some(SENT), None),
        AutoReply::Cancelled => (Some(CANCELLED), None),
    };
    RatingItem {
        kind: "rating".to_owned(),
        timeline_at: timeline_at(rating.rated_at, 0),
        timeline_member: rating.member_id,
        rating_list: rating_partition(rating.unread, rating.score),
        branch_list: branch_rating_partition(
            &BranchKey::of(&rating.branch),
            rating.unread,
            rating.score,
        ),
        rating_order: rating_order(rating.visited_at, &rating.rating_id),
        name_list: NAME_LIST.to_owned(),
        name_order: rating_name_order(
            &folded(&rating.member_name),
            rating.visited_at,
            &rating.rating_id,
        ),
        rating_id: rating.rating_id,
        name: rating.member_name,
        branch: rating.branch,
        invoice_number: rating.invoice_number,
        visited_at: rating.visited_at,
        day: rating.day,
        row: RatingRow { score: rating.score, comment: rating.comment },
        unread: rating.unread,
        member_wrote: rating.member_wrote,
        replies: rating.replies,
        changed_at: rating.changed_at,
        earlier: rating.earlier,
        auto_reply: auto_reply.map(str::to_owned),
        newest_message: rating.newest_message,
        viewers: viewer_items(&rating.viewers),
        work_queue: until.map(|_| AUTO_REPLY_QUEUE.to_owned()),
        work_due: until.map(instant),
        fingerprint: stored.fingerprint.clone(),
        actor: stored.recorded.actor.clone(),
        request_id: stored.recorded.request_id.clone(),
        version,
    }
}

/// Reads a rating from its item.
pub(crate) fn rating_of(item: Item) -> Result<RecordedRating, StoreError> {
    let item: RatingItem = from_item(item)?;
    let corrupt = |name| StoreError::attribute(item.rating_id.as_str(), "rating", name);
    let rated_at =
        crate::timeline::time_of(&item.timeline_at).ok_or_else(|| corrupt("timeline_at"))?;
    let until = item.work_due.as_deref().and_then(|due| due.parse().ok());
    let auto_reply = match (item.auto_reply.as_deref(), until) {
        (None, _) => AutoReply::None,
        (Some(WAITING), Some(until)) => AutoReply::Waiting { until },
        (Some(SENT), _) => AutoReply::Sent,
        (Some(CANCELLED), _) => AutoReply::Cancelled,
        _ => return Err(corrupt("auto_reply")),
    };
    Ok(RecordedRating {
        recorded: Stamp { at: rated_at, actor: item.actor, request_id: item.request_id },
        fingerprint: item.fingerprint,
        version: item.version,
        rating: Rating {
            rating_id: item.rating_id,
            member_id: item.timeline_member,
            member_name: item.name,
            branch: item.branch,
            invoice_number: item.invoice_number,
            visited_at: item.visited_at,
            day: item.day,
            score: item.row.score,
            comment: item.row.comment,
            unread: item.unread,
            member_wrote: item.member_wrote,
            replies: item.replies,
            rated_at,
            changed_at: item.changed_at,
            earlier: item.earlier,
            auto_reply,
            newest_message: item.newest_message,
            viewers: viewers_of(item.viewers),
        },
    })
}
