//! Gifts for ratings: a coupon with its unit, or points, within the agent's day.

use jiff::Timestamp;
use puntos_domain::account::{Lot, MemberAccount};
use puntos_domain::adjustment::Decision;
use puntos_domain::coupon::CouponCode;
use puntos_domain::gift::{self, Gift, GivenGift};
use puntos_domain::id::{AdjustmentId, GiftId};
use puntos_domain::reward::{Reward, RewardKind};
use puntos_store::{AdjustmentWrite, AgentDay, GiftOutcome, GiftWrite, UseOutcome};

use crate::coupons::{coupon, use_at};
use crate::mails::mail;
use crate::program::program;
use crate::ratings::rating;
use crate::redemptions::{edit, mug, offered};
use crate::table::Table;
use crate::{account, enrolled, now, stamp, today};
use puntos_domain::points::Points;

fn given(key: &str, gift: Gift) -> GivenGift {
    let rating_id = rating().rating.rating_id;
    GivenGift {
        gift_id: GiftId::from_key(&rating_id, key),
        rating_id,
        gift,
        used: None,
        email_id: Some(mail(0).email_id),
        created_at: now(),
        fingerprint: "digest".to_owned(),
    }
}

/// Gives a mug, which counts 30 points, on a day of at most 30.
async fn give_mug(table: &Table, key: &str) -> GiftOutcome {
    let code = CouponCode::issue([7; 10], now());
    let gift = given(
        key,
        gift::decide(Some("rwd_mug"), (&mug(1, 1), Some(1)), &program("es"), code, now()).unwrap(),
    );
    let agent_day =
        Some(AgentDay { subject: "bea", day: today(), points_max: Points::new(30), worth_max: 0 });
    let mail = mail(0);
    let mail = Some(&mail).filter(|_| key == "k1");
    let write = GiftWrite { gift: &gift, credit: None, agent_day, mail };
    table.store.record_gift(&write, &stamp()).await.unwrap()
}

/// Gives 50 points.
async fn give_points(table: &Table, key: &str, account: &MemberAccount) -> GiftOutcome {
    let reward = Reward {
        kind: RewardKind::Points,
        points: Some(Points::new(50)),
        stock: None,
        ..mug(1, 1)
    };
    let code = CouponCode::issue([7; 10], now());
    let gift =
        given(key, gift::decide(None, (&reward, None), &program("es"), code, now()).unwrap());
    let mut after = account.account.clone();
    after.credit(
        Lot { points: Points::new(50), available_at: None, expires_at: None },
        Timestamp::UNIX_EPOCH,
    );
    let balance = after.balance(now());
    let decision = Decision { expired: Vec::new(), warnings: Vec::new(), account: after, balance };
    let credit = AdjustmentWrite {
        adjustment_id: &AdjustmentId::from_key(gift.gift_id.as_str()),
        account,
        points: Points::new(50),
        decision: &decision,
        reason: &"gift".into(),
        note: None,
        invoice: None,
        agent_day: None,
        fingerprint: "digest",
    };
    let write = GiftWrite { gift: &gift, credit: Some(credit), agent_day: None, mail: None };
    table.store.record_gift(&write, &stamp()).await.unwrap()
}

#[tokio::test]
async fn a_gift_of_a_coupon_writes_the_unit_the_day_and_the_mail() {
    let (table, _, _) = offered(1, 1).await;
    let before = table.items().await;
    let outcome = give_mug(&table, "k1").await;
    assert!(matches!(outcome, GiftOutcome::Recorded), "{outcome:?}");
    insta::assert_json_snapshot!("record_gift", table.changes(&before).await);
    let issued = coupon(&table).await;
    let before = table.items().await;
    assert!(matches!(use_at(&table, &issued, now()).await, UseOutcome::Used));
    insta::assert_json_snapshot!("use_coupon_of_gift", table.changes(&before).await);
}

#[tokio::test]
async fn a_gift_of_points_writes_their_entry_and_the_account() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let read = account(&table, &member_id).await;
    let before = table.items().await;
    let outcome = give_points(&table, "k1", &read).await;
    assert!(matches!(outcome, GiftOutcome::Recorded), "{outcome:?}");
    insta::assert_json_snapshot!("record_gift_of_points", table.changes(&before).await);
    // The account has changed.
    let before = table.items().await;
    let outcome = give_points(&table, "k2", &read).await;
    assert!(matches!(outcome, GiftOutcome::Outdated), "{outcome:?}");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn each_refusal_of_a_gift_has_its_outcome() {
    let (table, _, _) = offered(1, 1).await;
    give_mug(&table, "k1").await;
    let before = table.items().await;
    // All conditions fail: the same key comes first, then the unit, then the day.
    let outcome = give_mug(&table, "k1").await;
    assert!(matches!(outcome, GiftOutcome::Exists(_)), "{outcome:?}");
    let outcome = give_mug(&table, "k2").await;
    assert!(matches!(outcome, GiftOutcome::Outdated), "{outcome:?}");
    assert_eq!(table.items().await, before);
    edit(&table, mug(2, 1)).await;
    let before = table.items().await;
    let outcome = give_mug(&table, "k2").await;
    assert!(matches!(outcome, GiftOutcome::DayFull), "{outcome:?}");
    assert_eq!(table.items().await, before);
}
