//! Blocked addresses in the table, by normalised address, independent of the current owner.
//!
//! A block is never downgraded: a complaint replaces a bounce, and nothing replaces a complaint. An event
//! from before a supervisor's unblocking changes nothing.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use puntos_domain::id::MemberId;
use puntos_domain::language::Language;
use puntos_domain::mail::{AddressBlock, BlockReason};
use puntos_domain::member::Member;
use puntos_domain::stamp::Stamp;
use puntos_domain::text as said;
use serde::{Deserialize, Serialize};

use crate::keys::{Key, instant};
use crate::members::entries::ProfileEntry;
use crate::table::expression::{number, text};
use crate::table::{Commit, Condition, Item, Label, Transaction, Update, from_item};
use crate::timeline::Entry;
use crate::timeline::row::{ProfileRow, Row};
use crate::{Store, StoreError};

/// What is stored for an address: its block, and the request that last unblocked it.
///
/// Each unblocking is an entry of its member's timeline as well, under the idempotency key of its request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressRecord {
    /// Why and since when it is blocked.
    pub block: Option<AddressBlock>,
    /// The idempotency key of the last unblocking.
    pub unblocked_key: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
struct BlockItem {
    #[serde(default)]
    unblocked_key: Option<String>,
    #[serde(default)]
    blocked: Option<BlockReason>,
    #[serde(default)]
    since: Option<String>,
}

impl Store {
    /// Reads whether an address is blocked, strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn address_block(
        &self,
        normalized: &str,
    ) -> Result<Option<AddressBlock>, StoreError> {
        Ok(self.address_record(normalized).await?.block)
    }

    /// Reads everything that is stored for an address, strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn address_record(&self, normalized: &str) -> Result<AddressRecord, StoreError> {
        let item = self.get(&Key::address_block(normalized)).await?;
        item.map_or_else(|| Ok(AddressRecord::default()), record_of)
    }

    /// Returns whether the unblocking that a request made before has this reason; `None` if it made none.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn made_unblocking(
        &self,
        member_id: &MemberId,
        key: &str,
        reason: &str,
    ) -> Result<Option<bool>, StoreError> {
        let item = self.get(&Key::unblocking(member_id, key)).await?;
        // An earlier release stored the English words.
        let said = said::reason_email_unblocked(reason).in_language(Language::En);
        let is_same = |entry: Entry| match entry.row {
            Row::Profile(ProfileRow { reason: Some(found) }) => {
                found.in_language(Language::En) == said
            }
            _ => false,
        };
        Ok(item.map(Entry::of).transpose()?.map(is_same))
    }

    /// Unblocks a member's address, and writes the entry that records who did it and why.
    ///
    /// False where the address or the profile changed since it was read, or the request did it before: read
    /// again.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn unblock(
        &self,
        profile: &Member,
        normalized: &str,
        seen: Option<&AddressBlock>,
        reason: &str,
        key: &str,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let open = Update::default()
            .remove("blocked")
            .remove("rank")
            .remove("since")
            .set("unblocked_at", text(instant(stamp.at)))
            .set("unblocked_by", text(&*stamp.actor))
            .set("unblocked_key", text(key));
        let as_seen = match seen {
            None => Condition::missing("blocked"),
            Some(block) => Condition::compares("blocked", "=", reason_attribute(block.reason))
                .and(Condition::compares("since", "=", text(instant(block.since)))),
        };
        let version = profile.version + 1;
        let as_read = Condition::compares("version", "=", number(profile.version));
        let count = Update::default().set("version", number(version));
        let mut transaction = Transaction::default();
        transaction.update(Label::Block, Key::address_block(normalized), open, as_seen);
        transaction.update(Label::Profile, Key::profile(&profile.member_id), count, as_read);
        let entry = Key::unblocking(&profile.member_id, key);
        let (id, told) = (&profile.member_id, said::reason_email_unblocked(reason).into());
        let told = ProfileEntry::new(id, version, &told, stamp);
        transaction.put_profile_entry(entry, &told)?;
        Ok(self.commit(transaction).await?.is_committed())
    }

    /// Blocks addresses of which we know no mail. A block that would downgrade is left out.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn block_addresses(
        &self,
        normalized: &[String],
        reason: BlockReason,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        for address in normalized {
            // One at a time: in one transaction, one blocked address would refuse all.
            let mut transaction = Transaction::default();
            transaction.block_address(address, reason, at);
            // A refusal means that the address is blocked already.
            let (Commit::Committed | Commit::Refused(_)) = self.commit(transaction).await?;
        }
        Ok(())
    }
}

impl Transaction {
    /// Adds the condition that an address is not blocked.
    pub(crate) fn check_unblocked(&mut self, normalized: &str) {
        let key = Key::address_block(normalized);
        self.check(Label::Block, key, Condition::missing("blocked"));
    }

    /// Adds the block of an address: refused if that would downgrade what is there or undo a
    /// later unblocking.
    pub(crate) fn block_address(&mut self, normalized: &str, reason: BlockReason, at: Timestamp) {
        let since = instant(at);
        let rank = rank_of(reason);
        let update = Update::default()
            .set("blocked", reason_attribute(reason))
            .set("rank", number(rank))
            .set("since", text(since.clone()));
        let unblocked_earlier = Condition::compares("unblocked_at", "<", text(since.clone()));
        let fresh = Condition::missing("unblocked_at").or(unblocked_earlier);
        // The most severe reason is kept, with the first time that it came, in any order of arrival.
        let earlier = Condition::compares("rank", "=", number(rank)).and(Condition::compares(
            "since",
            ">",
            text(since),
        ));
        let graver = Condition::compares("rank", "<", number(rank));
        let raises = Condition::missing("blocked").or(graver).or(earlier);
        self.update(Label::Block, Key::address_block(normalized), update, raises.and(fresh));
    }
}

fn record_of(item: Item) -> Result<AddressRecord, StoreError> {
    let item: BlockItem = from_item(item)?;
    let since = item.since.and_then(|at| at.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(AddressRecord {
        block: item.blocked.map(|reason| AddressBlock { reason, since }),
        unblocked_key: item.unblocked_key,
    })
}

/// Reads the block of an address from its item.
pub(crate) fn block_of(item: Item) -> Result<Option<AddressBlock>, StoreError> {
    Ok(record_of(item)?.block)
}

fn reason_attribute(reason: BlockReason) -> AttributeValue {
    text(match reason {
        BlockReason::HardBounce => "hard_bounce",
        BlockReason::Complaint => "complaint",
        BlockReason::Suppressed => "suppressed",
    })
}

/// Returns the severity of a reason: a complaint is the highest, SES's own list the lowest.
fn rank_of(reason: BlockReason) -> u8 {
    match reason {
        BlockReason::Suppressed => 1,
        BlockReason::HardBounce => 2,
        BlockReason::Complaint => 3,
    }
}
