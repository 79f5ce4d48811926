//! The data of the story: an invented member, a reward, a redemption, a mail.

use anyhow::Context as _;

use crate::stage::Actor;

/// The branch at which everything happens.
pub(super) const BRANCH: &str = "story-1";

/// The member, new in each run.
pub(super) struct Ana {
    pub(super) name: &'static str,
    pub(super) member_id: String,
    pub(super) card_number: String,
    pub(super) email: String,
    pub(super) corrected_email: String,
    /// When she was enrolled, by the clock of the stack. Her purchases have the same date.
    pub(super) enrolled_at: String,
    /// Distinguishes this run from others.
    pub(super) suffix: String,
    /// Her own sign-in.
    pub(super) herself: Actor,
}

/// The reward that the points are spent on.
pub(super) struct Reward {
    pub(super) reward_id: String,
    pub(super) name: String,
    pub(super) points_cost: i64,
}

/// The accidental redemption.
pub(super) struct Redemption {
    pub(super) key: String,
    pub(super) redemption_id: String,
    pub(super) reward_id: String,
    pub(super) points_spent: i64,
    pub(super) code: String,
    pub(super) email_id: String,
}

/// A mail that the embedded SES accepted.
pub(super) struct Mail {
    pub(super) email_id: String,
    pub(super) message_id: String,
    pub(super) sent_at: String,
}

/// Returns a random suffix of a run.
pub(super) fn suffix() -> anyhow::Result<String> {
    let number = getrandom::u32().context("the system has no random numbers")?;
    Ok(format!("{number:08x}"))
}
