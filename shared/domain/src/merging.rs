//! Merging two members who are one person, and undoing that.
//!
//! One correcting entry takes everything from the merged member, and one gives it to the other. From then on the
//! merged account names the one that has its points. An undone merge restores both accounts as they were; nothing
//! may have happened to either since.

use jiff::Timestamp;

use crate::account::{Account, Balance, Expired, MemberAccount};
use crate::calendar::local_date;
use crate::expiry_warning::{Expiries, ExpiryWarning};
use crate::member::Profile;
use crate::points::Points;
use crate::program::ProgramVersion;

#[cfg(test)]
mod tests;

/// Why two members are not merged, or a merge is not undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("a member cannot be merged with themselves")]
    SameMember,
    #[error("the member is merged already")]
    Merged,
    /// The other member is.
    #[error("the other member is merged already: name the one that has the points")]
    IntoMerged,
    #[error("a till has reserved points of one of the members: try again when the basket is paid")]
    PointsReserved,
    #[error("the member is not merged")]
    NotMerged,
    #[error("something happened to the points or the profile since the merge")]
    BuiltUpon,
}

/// What a merge does, or what undoes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The member who is merged.
    pub merged: Side,
    /// The member who has the points.
    pub target: Side,
}

/// The entry of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The points given, or taken when negative.
    pub points: Points,
    /// Points that expired earlier and get their entry with this write.
    pub expired: Vec<Expired>,
    /// The warnings of expiries that become due.
    pub warnings: Vec<ExpiryWarning>,
    /// The account afterwards.
    pub account: Account,
    /// What the member has afterwards.
    pub balance: Balance,
}

impl Side {
    fn new(points: Points, expired: Vec<Expired>, account: Account, now: Timestamp) -> Self {
        let (balance, warnings) = (account.balance(now), Vec::new());
        Self { points, expired, warnings, balance, account }
    }
}

/// The accounts as a merge found them, after their expiries were recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    pub merged: Account,
    pub target: Account,
}

/// Decides a merge.
///
/// # Errors
/// Refuses members who are the same or merged already, and reserved points: their basket is being paid.
pub fn merge(
    merged: &MemberAccount,
    target: &MemberAccount,
    rules: &ProgramVersion,
    now: Timestamp,
) -> Result<(Decision, Before), Refusal> {
    if merged.member_id == target.member_id {
        return Err(Refusal::SameMember);
    }
    if merged.merged_into.is_some() {
        return Err(Refusal::Merged);
    }
    if target.merged_into.is_some() {
        return Err(Refusal::IntoMerged);
    }
    let mut before = Before { merged: merged.account.clone(), target: target.account.clone() };
    let expired = [before.merged.settle(now), before.target.settle(now)];
    if !before.merged.reserved.is_empty() || !before.target.reserved.is_empty() {
        return Err(Refusal::PointsReserved);
    }
    let [expired_of_merged, expired_of_target] = expired;
    let points = before.merged.held();
    let mut target = before.target.clone();
    target.absorb(before.merged.clone(), rules, now);
    let emptied = Account { version: before.merged.version, ..Account::default() };
    let mut warnings = Expiries::of(&before.target).opened(&target, rules, now);
    // The merged member was warned of what was due before.
    let today = local_date(now, &rules.zone());
    warnings.retain(|warning| warning.due_on > today);
    let decision = Decision {
        merged: Side::new(-points, expired_of_merged, emptied, now),
        target: Side { warnings, ..Side::new(points, expired_of_target, target, now) },
    };
    Ok((decision, before))
}

/// Decides how a merge is undone: both accounts are as they were before it. Points that expired since are found
/// expired by the next entry. A warning that came due while the members were merged is not sent. The store knows whether both ledgers end with the merge.
///
/// # Errors
/// Refuses if points of the target are reserved.
pub fn unmerge(
    merged: &MemberAccount,
    target: &MemberAccount,
    before: Before,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    if target.account.reserved.iter().any(|reserved| reserved.lapses_at > now) {
        return Err(Refusal::BuiltUpon);
    }
    let points = before.merged.held();
    let of_merged = Account { version: merged.account.version, ..before.merged };
    let of_target = Account { version: target.account.version, ..before.target };
    Ok(Decision {
        merged: Side::new(points, Vec::new(), of_merged, now),
        target: Side::new(-points, Vec::new(), of_target, now),
    })
}

/// Returns the profile of the target after a merge: what it has none of it takes from the merged member. Who
/// refused optional mails under either profile gets none.
pub fn joined(target: &Profile, merged: &Profile) -> Profile {
    Profile {
        name: target.name.clone(),
        email: target.email.clone().or_else(|| merged.email.clone()),
        email_pending: target.email_pending.clone(),
        phone: target.phone.clone().or_else(|| merged.phone.clone()),
        document: target.document.clone().or_else(|| merged.document.clone()),
        card_number: target.card_number.clone().or_else(|| merged.card_number.clone()),
        locale: target.locale.clone().or_else(|| merged.locale.clone()),
        birth_date: target.birth_date.or(merged.birth_date),
        optional_emails: target.optional_emails && merged.optional_emails,
        agent_id: target.agent_id.clone(),
    }
}

/// Returns the profile of the target without the fields that it took in a merge, by their names.
pub fn given_back(profile: &Profile, taken: &[String]) -> Profile {
    let is_own = |field: &str| !taken.iter().any(|taken| taken == field);
    Profile {
        name: profile.name.clone(),
        email: profile.email.clone().filter(|_| is_own("email")),
        email_pending: profile.email_pending.clone(),
        phone: profile.phone.clone().filter(|_| is_own("phone")),
        document: profile.document.clone().filter(|_| is_own("document")),
        card_number: profile.card_number.clone().filter(|_| is_own("card_number")),
        locale: profile.locale.clone().filter(|_| is_own("locale")),
        birth_date: profile.birth_date.filter(|_| is_own("birth_date")),
        optional_emails: profile.optional_emails || !is_own("optional_emails"),
        agent_id: profile.agent_id.clone(),
    }
}
