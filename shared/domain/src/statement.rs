//! The statement of a period: the balance before it, what moved points in it, and the balance after it.
//!
//! The balance of a statement is everything that a member holds: available, pending and reserved points,
//! less the debt. It is counted back from the account, so the newest balance is the account's.

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::account::{Account, Expired};
use crate::points::Points;

/// The points of an entry that moved some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPoints {
    /// When it was written.
    pub at: Timestamp,
    /// The points given, or taken when negative.
    pub points: Points,
    /// The expired points that it recorded.
    pub expired: Vec<Expired>,
    /// How many of these it gave itself: they had expired before they came.
    pub expired_at_once: Points,
}

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When it counted. An expiry counts at its own instant, or with the entry that gave points which had
    /// expired already.
    pub at: Timestamp,
    pub points: Points,
    /// The balance right after it.
    pub balance: Points,
    pub cause: Cause,
}

/// What moved the points of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The entry with this index.
    Entry(usize),
    /// Points that expired at an instant, recorded by the entry with this index, or by none yet.
    Expiry { at: Timestamp, recorded_by: Option<usize> },
}

/// What a member had at both ends of a period, and what changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub opening: Points,
    /// The lines, oldest first. The opening and their points are the closing.
    pub lines: Vec<Line>,
    pub closing: Points,
}

impl Statement {
    /// Returns the statement of the period from an instant to another, which is excluded; `None` is no end.
    /// The entries are all those of the account since the start of the period, oldest first.
    pub fn of(
        entries: &[EntryPoints],
        account: &Account,
        from: Timestamp,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let mut settled = account.clone();
        let unwritten = settled.settle(now);
        let mut lines = lines_of(entries, &unwritten);
        lines.sort_by_key(|line| line.at);
        let since: Points =
            lines.iter().filter(|line| line.at >= from).map(|line| line.points).sum();
        let opening = settled.held() - since;
        lines.retain(|line| line.at >= from && until.is_none_or(|until| line.at < until));
        let mut balance = opening;
        for line in &mut lines {
            balance += line.points;
            line.balance = balance;
        }
        Self { opening, lines, closing: balance }
    }
}

fn lines_of(entries: &[EntryPoints], unwritten: &[Expired]) -> Vec<Line> {
    let line = |at, points, cause| Line { at, points, balance: Points::ZERO, cause };
    let mut lines = Vec::new();
    // The points that expired by then were recorded by then.
    let mut settled_at = Timestamp::MIN;
    for (index, entry) in entries.iter().enumerate() {
        let mut own = entry.expired_at_once;
        let mut after = Vec::new();
        // Points that were given back expired after those that were taken before.
        for expired in entry.expired.iter().rev() {
            let at_once = own.min(expired.points);
            own -= at_once;
            let cause = Cause::Expiry { at: expired.at, recorded_by: Some(index) };
            if at_once > Points::ZERO {
                after.push(line(entry.at, -at_once, cause));
            }
            if expired.points > at_once {
                lines.push(line(expired.at.max(settled_at), at_once - expired.points, cause));
            }
        }
        lines.push(line(entry.at, entry.points, Cause::Entry(index)));
        lines.append(&mut after);
        settled_at = entry.at;
    }
    lines.extend(unwritten.iter().map(|expired| {
        let cause = Cause::Expiry { at: expired.at, recorded_by: None };
        line(expired.at.max(settled_at), -expired.points, cause)
    }));
    lines
}
