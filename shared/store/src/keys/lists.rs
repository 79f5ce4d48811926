//! The partitions and sort keys of lists: ratings, tasks, claims, and what is due.

use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::id::{ClaimId, MemberId, RatingId, TaskId};
use puntos_domain::invoice::BranchKey;
use puntos_domain::outbox::AddressChange;
use puntos_domain::task::{TaskKind, TaskStatus};

use super::{DUE_SHARDS, Key, instant};

/// Returns the partition of the index of all ratings with this unread flag and score.
pub fn rating_partition(unread: bool, score: u8) -> String {
    format!("{}#{score:02}", if unread { "unread" } else { "read" })
}

/// Returns the partition of the index of a branch's ratings with this unread flag and score.
pub fn branch_rating_partition(branch: &BranchKey, unread: bool, score: u8) -> String {
    format!("{branch}#{}", rating_partition(unread, score))
}

/// Returns the sort key of a rating in its partition: its visit, then its id.
pub fn rating_order(visited_at: Timestamp, rating_id: &RatingId) -> String {
    format!("{}#{rating_id}", instant(visited_at))
}

/// Returns the sort key of a rating by its customer's (folded) name, then its visit. Two spaces end the name.
/// The words of a name have one space between them, so a name sorts before its continuations.
pub fn rating_name_order(folded_name: &str, visited_at: Timestamp, rating_id: &RatingId) -> String {
    let words: Vec<&str> = folded_name.split_whitespace().collect();
    format!("{}  {}", words.join(" "), rating_order(visited_at, rating_id))
}

/// Returns the partition of the work index that holds the tasks of a kind with a status.
pub fn task_queue(status: TaskStatus, kind: TaskKind) -> String {
    format!("task#{status}#{kind}")
}

/// Returns the sort key of a task in its partition: a local day, then its id.
pub fn task_order(day: Date, task_id: &TaskId) -> String {
    format!("{day}#{task_id}")
}

/// Returns the partition of the work index that holds the claims with a status.
pub fn claim_queue(status: &str) -> String {
    format!("claim#{status}")
}

/// Returns the partition of the work index that holds a member's due date.
pub fn due_queue(member_id: &MemberId) -> String {
    due_shard_queue(shard_of(member_id))
}

/// Returns the partition of the work index that holds the due warnings of a member.
pub fn expiry_queue(member_id: &MemberId) -> String {
    expiry_shard_queue(shard_of(member_id))
}

/// Returns one of the partitions of the work index that hold due warnings of expiries.
pub fn expiry_shard_queue(shard: u8) -> String {
    format!("expiry#{shard}")
}

/// Returns the partition of the work index that holds the visits of a member whose invitation waits.
pub fn invitation_queue(member_id: &MemberId) -> String {
    invitation_shard_queue(shard_of(member_id))
}

/// Returns one of the partitions of the work index that hold visits whose invitation waits.
pub fn invitation_shard_queue(shard: u8) -> String {
    format!("invitation#{shard}")
}

fn shard_of(member_id: &MemberId) -> u8 {
    let bytes = member_id.digest().bytes();
    let spread = bytes.fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    spread % DUE_SHARDS
}

/// Returns the sort key of a member's next due date in its partition.
pub fn due_order(day: Date, member_id: &MemberId) -> String {
    format!("{day}#{}", member_id.digest())
}

/// Returns the sort key of a claim's next due date in its partition.
pub fn claim_due_order(day: Date, claim_id: &ClaimId) -> String {
    format!("{day}#{}", claim_id.digest())
}

/// Returns the sort key of a payment that waits for its order: until when, then the order.
pub fn payment_due_order(due_at: Timestamp, key: &Key) -> String {
    format!("{}#{}", instant(due_at), key.sk)
}

/// Returns the sort key of a changed address: when it was changed, then the change.
pub fn address_order(changed_at: Timestamp, change: &AddressChange) -> String {
    let AddressChange { member_id, version } = change;
    format!("{}#{}#{version}", instant(changed_at), member_id.digest())
}

/// Returns one of the partitions of the work index that hold due dates.
pub fn due_shard_queue(shard: u8) -> String {
    format!("due#{shard}")
}
