//! Merges of members in the table, and their end: an entry of each member, under the member.
//!
//! The item of the merged member keeps how both accounts were before, and which fields the other profile took. So
//! an undone merge restores them, as long as both ledgers and the profile end with it.

use puntos_domain::account::MemberAccount;
use puntos_domain::id::MemberId;
use puntos_domain::member::{Contact, Member, Profile};
use puntos_domain::merging::{Before, Decision, Side, given_back};
use puntos_domain::points::Points;
use puntos_domain::program::ProgramHead;
use puntos_domain::stamp::Stamp;
use puntos_domain::text as said;
use serde::{Deserialize, Serialize};

use super::{OwnerItem, contact_set, owned_by};
use crate::keys::{Key, timeline_at};
use crate::ledger::{EntryPut, key_of_path, path_of};
use crate::members::accounts::{account_json, account_of, account_of_json};
use crate::members::entries::ProfileEntry;
use crate::members::profiles::{profile_item, profile_of};
use crate::program::head_of;
use crate::table::expression::{number, text};
use crate::table::{Condition, Item, Label, Transaction, Update, from_item};
use crate::timeline::row::{MergeRow, MergeStep, expired_item};
use crate::{Store, StoreError};

/// One of two members who are merged.
#[derive(Debug, Clone)]
pub struct MergeParty {
    pub member: Member,
    /// Their own account.
    pub account: MemberAccount,
}

/// What a merge or its end is decided on; each part is `None` if it does not exist.
pub struct MergeBasis {
    pub merged: Option<MergeParty>,
    pub target: Option<MergeParty>,
    pub head: Option<ProgramHead>,
    /// What the same request did before.
    pub first: Option<RecordedMerge>,
}

/// A recorded merge or its end.
#[derive(Debug, Clone)]
pub struct RecordedMerge {
    /// The member who has, or had, the points.
    pub target: MemberId,
    /// The points of the entry of the merged member.
    pub points: Points,
    /// The fingerprint of the request.
    pub fingerprint: String,
}

/// How both members were before the merge that ends both ledgers.
#[derive(Debug, Clone)]
pub struct LastMerge {
    pub before: Before,
    /// The profile of the target.
    pub profile: Profile,
}

/// The data of a merge or its end to be written.
pub struct MergeWrite<'a> {
    /// The request, with its idempotency key: see [`Store::merge_basis`].
    pub request: &'a str,
    pub merged: &'a MergeParty,
    pub target: &'a MergeParty,
    pub decision: &'a Decision,
    /// How both accounts were; `None` ends a merge.
    pub before: Option<&'a Before>,
    /// The profile of the target afterwards.
    pub profile: &'a Profile,
    /// The reason, in the words of the supervisor.
    pub reason: &'a str,
    /// The fingerprint of the request.
    pub fingerprint: &'a str,
}

#[derive(Serialize, Deserialize)]
struct MergeItem {
    kind: String,
    timeline_member: MemberId,
    timeline_at: String,
    row: MergeRow,
    /// Both accounts before the merge, as JSON: the merged one, then the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<[String; 2]>,
    /// The fields that the profile of the target took.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    taken: Vec<String>,
    /// The version of that profile since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    profile_version: Option<u64>,
    #[serde(rename = "content")]
    fingerprint: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads two members, the head of the programme, and what the same request did before, strongly and with one
    /// request. A request is its kind, the merged member and its idempotency key, in one text.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn merge_basis(
        &self,
        merged: &MemberId,
        target: &MemberId,
        request: &str,
    ) -> Result<MergeBasis, StoreError> {
        let keys = [
            Key::profile(merged),
            Key::account(merged),
            Key::profile(target),
            Key::account(target),
            Key::program_head(),
            Key::merge(merged, request),
        ];
        let found = self.batch_get(&keys, true).await?;
        // The two may be the same member.
        let [profile, account, of_target, account_of_target, head, first] =
            keys.map(|key| found.get(&(key.pk, key.sk)).cloned());
        Ok(MergeBasis {
            merged: party(merged, profile, account)?,
            target: party(target, of_target, account_of_target)?,
            head: head.map(head_of).transpose()?,
            first: first.map(recorded).transpose()?,
        })
    }

    /// Reads the merge of two members, if both ledgers and the profile of the target end with it.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn last_merge(
        &self,
        merged: &MergeParty,
        target: &MergeParty,
    ) -> Result<Option<LastMerge>, StoreError> {
        let Some(head) = &merged.account.head else { return Ok(None) };
        let key = key_of_path(&head.key);
        let of_target = path_of(&Key::new(target.member.member_id.as_str(), &*key.sk));
        let ends_target = target.account.head.as_ref().is_some_and(|head| head.key == of_target);
        if !key.sk.starts_with("merge#") || !ends_target {
            return Ok(None);
        }
        let Some(item) = self.get(&key).await? else { return Ok(None) };
        let item: MergeItem = from_item(item)?;
        if item.profile_version != Some(target.member.version) {
            return Ok(None);
        }
        let unreadable = || StoreError::attribute(&key.pk, &key.sk, "before");
        let [of_merged, of_target] = item.before.ok_or_else(unreadable)?;
        let before = Before {
            merged: account_of_json(&of_merged).ok_or_else(unreadable)?,
            target: account_of_json(&of_target).ok_or_else(unreadable)?,
        };
        Ok(Some(LastMerge { before, profile: given_back(&target.member.profile, &item.taken) }))
    }

    /// Writes a merge or its end: both entries and accounts, both profiles, and the owners of what the merged
    /// member has: all or nothing. Returns false if another write came first.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_merge(
        &self,
        write: &MergeWrite<'_>,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let MergeWrite { merged, target, decision, .. } = *write;
        let is_merge = write.before.is_some();
        let merged_into = text(target.member.member_id.as_str());
        let names_target = |update: Update| match is_merge {
            true => update.set("merged_into", merged_into.clone()),
            false => update.remove("merged_into"),
        };
        let contact = Contact::of(write.profile);
        let mut transaction = Transaction::default();
        let (key, item) = item_of(write, merged, &decision.merged, stamp)?;
        let put = entry_put(key, &item, &decision.merged);
        transaction.put_entry_and(put, &merged.account, &decision.merged.account, names_target)?;
        let (key, item) = item_of(write, target, &decision.target, stamp)?;
        let put = entry_put(key, &item, &decision.target);
        let with_contact = |update| contact_set(update, contact);
        transaction.put_entry_and(put, &target.account, &decision.target.account, with_contact)?;
        let version = merged.member.version;
        let update = names_target(Update::default().set("version", number(version + 1)));
        let as_read = Condition::compares("version", "=", number(version));
        let key = Key::profile(&merged.member.member_id);
        transaction.update(Label::Profile, key, update, as_read);
        transaction.change_target(write, stamp)?;
        let (had, has) = match is_merge {
            true => (&merged.member.member_id, &target.member.member_id),
            false => (&target.member.member_id, &merged.member.member_id),
        };
        for owned in owned_by(&merged.member.profile) {
            let owner = OwnerItem { member_id: has.clone(), replaced_at: None };
            let as_read = Condition::compares("member_id", "=", text(had.as_str()));
            transaction.put(Label::Owner, owned.key(), &owner, as_read)?;
        }
        Ok(self.commit(transaction).await?.is_committed())
    }
}

impl Transaction {
    /// Adds the profile of the target and the entry that records its change.
    fn change_target(&mut self, write: &MergeWrite<'_>, stamp: &Stamp) -> Result<(), StoreError> {
        let before = &write.target.member;
        let version = before.version + 1;
        let (actor, request_id) = before.enrolled_by.clone();
        let enrolled = Stamp { at: before.created_at, actor, request_id };
        let says = before.profile.optional_emails != write.profile.optional_emails;
        let consent_at = if says { Some(stamp.at) } else { before.consent_at };
        let id = &before.member_id;
        let item =
            profile_item(id, write.profile, version, &before.fingerprint, &enrolled, consent_at);
        let as_read = Condition::compares("version", "=", number(before.version));
        self.put(Label::Profile, Key::profile(id), &item, as_read)?;
        let reason = match write.before {
            Some(_) => said::reason_merged(),
            None => said::reason_unmerged(),
        };
        let reason = reason.into();
        let entry = ProfileEntry::new(id, version, &reason, stamp).with_new_address(
            &before.profile,
            write.profile,
            version,
            stamp.at,
        );
        self.put_profile_entry(Key::profile_change(id, version), &entry)
    }
}

fn party(
    member_id: &MemberId,
    profile: Option<Item>,
    account: Option<Item>,
) -> Result<Option<MergeParty>, StoreError> {
    let Some((profile, account)) = profile.zip(account) else { return Ok(None) };
    let (member, account) = (profile_of(profile)?, account_of(member_id, account)?);
    Ok(Some(MergeParty { member, account }))
}

fn entry_put<'a>(key: Key, item: &'a MergeItem, side: &'a Side) -> EntryPut<'a, MergeItem> {
    let (label, warnings) = (Label::Merge, &side.warnings);
    EntryPut { label, key, item, as_read: Condition::absent(), warnings }
}

/// Returns the entry of one of the two members.
fn item_of(
    write: &MergeWrite<'_>,
    party: &MergeParty,
    side: &Side,
    stamp: &Stamp,
) -> Result<(Key, MergeItem), StoreError> {
    let member_id = &party.member.member_id;
    let is_merged = *member_id == write.merged.member.member_id;
    let step = match (write.before.is_some(), is_merged) {
        (true, true) => MergeStep::Into,
        (true, false) => MergeStep::From,
        (false, true) => MergeStep::Back,
        (false, false) => MergeStep::Undone,
    };
    let other = if is_merged { write.target } else { write.merged };
    let kept = write.before.filter(|_| is_merged);
    let before = kept.map(|before| {
        Ok::<_, StoreError>([account_json(&before.merged)?, account_json(&before.target)?])
    });
    let item = MergeItem {
        kind: "adjustment".to_owned(),
        timeline_member: member_id.clone(),
        timeline_at: timeline_at(stamp.at, party.account.account.version + 1),
        row: MergeRow {
            step,
            other_member: other.member.member_id.clone(),
            points: side.points,
            balance_after: side.balance.available,
            expired: expired_item(&side.expired),
            reason: write.reason.to_owned(),
        },
        before: before.transpose()?,
        taken: match kept {
            Some(_) => {
                let taken = write.target.member.profile.differences(write.profile);
                taken.into_iter().map(str::to_owned).collect()
            }
            None => Vec::new(),
        },
        profile_version: kept.map(|_| write.target.member.version + 1),
        fingerprint: write.fingerprint.to_owned(),
        actor: stamp.actor.clone(),
        request_id: stamp.request_id.clone(),
    };
    Ok((Key::merge(member_id, write.request), item))
}

fn recorded(item: Item) -> Result<RecordedMerge, StoreError> {
    let item: MergeItem = from_item(item)?;
    Ok(RecordedMerge {
        target: item.row.other_member,
        points: item.row.points,
        fingerprint: item.fingerprint,
    })
}
