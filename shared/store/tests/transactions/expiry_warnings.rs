//! Due warnings: written with the entry that opens an expiry, and removed with their mail.

use jiff::Timestamp;
use puntos_domain::adjustment;
use puntos_domain::expiry_warning::{DueWarning, Warned};
use puntos_domain::id::{AdjustmentId, MemberId};
use puntos_domain::mail::Composer;
use puntos_domain::program::ProgramVersion;
use puntos_store::{AdjustmentWrite, WarningOutcome};

use crate::program::program;
use crate::table::Table;
use crate::{account, enrolled, member, now, stamp};
use puntos_domain::points::Points;

fn rules() -> ProgramVersion {
    let mut rules = ProgramVersion::new(1, program("es"));
    rules.program.expiry_warning_days = Some(30);
    rules.program.expiry = serde_json::from_str(r#"{"months": 1, "align": "day"}"#).unwrap();
    rules
}

/// Credits points by hand, with this key.
async fn credit(table: &Table, member_id: &MemberId, key: &str) {
    let account = account(table, member_id).await;
    let decision =
        adjustment::decide(account.account.clone(), Points::new(5), &rules(), now()).unwrap();
    let write = AdjustmentWrite {
        adjustment_id: &AdjustmentId::from_key(key),
        account: &account,
        points: Points::new(5),
        decision: &decision,
        reason: &"goodwill".into(),
        note: None,
        invoice: None,
        agent_day: None,
        fingerprint: "digest",
    };
    let _ = table.store.record_adjustment(&write, &stamp()).await.unwrap();
}

/// Returns the warnings that are due by a day.
async fn due(table: &Table, day: &str) -> Vec<DueWarning> {
    let mut due = Vec::new();
    for shard in 0..puntos_store::keys::DUE_SHARDS {
        due.extend(table.store.due_warnings(shard, day.parse().unwrap(), 10).await.unwrap());
    }
    due
}

#[tokio::test]
async fn a_warning_is_due_once_and_ends_with_its_mail() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let before = table.items().await;
    credit(&table, &member_id, "a").await;
    let opened = table.changes(&before).await;
    let is_warning = |item: &&serde_json::Value| item["sk"].to_string().contains("expiry#");
    insta::assert_json_snapshot!(
        "put_warnings",
        opened.iter().filter(is_warning).collect::<Vec<_>>()
    );
    credit(&table, &member_id, "b").await;
    assert!(due(&table, "2026-03-15").await.is_empty());
    let due_now = due(&table, "2026-03-16").await;
    let [warning] = due_now.as_slice() else { panic!("{due_now:?}") };
    let expires_at: Timestamp = warning.expires_at;
    let read = account(&table, &member_id).await;
    assert_eq!(read.account.lots[0].expires_at, Some(expires_at));

    let rules = rules();
    let composer = Composer { program: &rules, brand: "Puntos" };
    let profile = member(&table, &member_id).await.profile;
    let warned = Warned { points: Points::new(10), available: Points::new(10) };
    let mail = composer.expiry_warning(warning, warned, &profile, &stamp());
    let settle = async |read, mail| table.store.settle_warning(warning, read, mail).await.unwrap();
    let mut stale = read.clone();
    stale.account.version -= 1;
    assert_eq!(settle(&stale, mail.as_ref()).await, WarningOutcome::Outdated);
    let before = table.items().await;
    assert_eq!(settle(&read, mail.as_ref()).await, WarningOutcome::Settled);
    insta::assert_json_snapshot!("settle_warning", table.changes(&before).await);
    assert!(due(&table, "2026-03-16").await.is_empty());
    // The expiry was opened again.
    assert_eq!(settle(&read, mail.as_ref()).await, WarningOutcome::AlreadyWarned);
    assert_eq!(settle(&read, None).await, WarningOutcome::Settled);
}
