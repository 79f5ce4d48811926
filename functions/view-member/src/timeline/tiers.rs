//! Changes of the tier in a timeline, with their sentences.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use puntos_api::member_view::TimelineEntry;
use puntos_domain::account::MemberAccount;
use puntos_domain::calendar::local_date;
use puntos_domain::id::EntryId;
use puntos_domain::language::Language;
use puntos_domain::program::ProgramVersion;
use puntos_domain::standing::TierChange;
use puntos_domain::text;
use puntos_domain::timeline::EntryKind;
use puntos_runtime::http::{Call, Failure};
use puntos_store::Entry;

use crate::sentence;

/// What changes of the tier are shown with.
pub(super) struct Tiers {
    rules: Arc<ProgramVersion>,
    language: Language,
}

impl Tiers {
    /// Reads the programme, if a member has a tier or had one.
    pub(super) async fn of(
        call: &Call,
        account: &MemberAccount,
        entries: &[Entry],
    ) -> Result<Option<Self>, Failure> {
        let mut changes = entries.iter().map(|entry| entry.row.tier_changes());
        if account.account.standing.tier.is_none() && changes.all(|changes| changes.is_empty()) {
            return Ok(None);
        }
        let rules = call.store.program_in_force(call.now).await?;
        Ok(rules.map(|rules| {
            let (asked, locale) = (call.request.language(), account.contact.locale.as_deref());
            Self { language: Language::of_reader(asked, locale, &rules.program.locale), rules }
        }))
    }

    /// Returns the language of the reader.
    pub(super) fn language(&self) -> Language {
        self.language
    }

    /// Returns the changes that an entry recorded.
    pub(super) fn noticed_by(&self, entry: &Entry) -> Vec<TimelineEntry> {
        let changes = entry.row.tier_changes();
        // The change that the entry itself made has its time, of which the row keeps the second.
        let own = entry.at().filter(|at| {
            changes.last().is_some_and(|change| change.at.as_second() == at.as_second())
        });
        let last = changes.len().saturating_sub(1);
        let shown = changes.iter().enumerate().map(|(index, change)| {
            let at = own.filter(|_| index == last).unwrap_or(change.at);
            self.shown(entry.object(), change, at)
        });
        shown.collect()
    }

    /// Returns the tiers that were lost and that no entry has recorded.
    pub(super) fn unnoticed(&self, account: &MemberAccount, now: Timestamp) -> Vec<TimelineEntry> {
        let losses = account.account.standing.losses(&self.rules, now);
        let member_id = account.member_id.as_str();
        losses.iter().map(|change| self.shown(member_id, change, change.at)).collect()
    }

    fn shown(&self, noticed_by: &str, change: &TierChange, at: Timestamp) -> TimelineEntry {
        // One second may have a loss at a month's start and what the entry itself changed.
        let (second, to) = (change.at.as_second(), change.to.as_deref().unwrap_or_default());
        let entry_id = EntryId::of("tier", &format!("{noticed_by}#{second}#{to}"));
        let names = (change.from.as_deref(), change.to.as_deref());
        let sentence = sentence::tier(names).map(|changed| match change.until {
            None => changed,
            Some(until) => {
                let last = until.checked_sub(SignedDuration::from_secs(1)).unwrap_or(until);
                text::entry_tier_until(&changed, local_date(last, &self.rules.zone()))
            }
        });
        let summary = sentence.map(|text| text.in_language(self.language)).unwrap_or_default();
        TimelineEntry::new(entry_id, EntryKind::Tier, at, summary)
    }
}
