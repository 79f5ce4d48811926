//! Tests of re-rating: up, down, twice, and after returns.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::accrual::{Earned, Receipt};
use crate::fingerprint;
use crate::id::MemberId;
use crate::money::Money;
use crate::program::tests::demo;
use crate::program::{Program, ProgramVersion};
use crate::purchase::Purchase;
use crate::returns::Goods;
use crate::stamp::Stamp;

fn now() -> Timestamp {
    "2025-06-10T12:00:00Z".parse().unwrap()
}

/// Returns the demo programme with a multiplier for everything, or without for "1".
fn version(number: u32, factor: &str) -> Arc<ProgramVersion> {
    let mut program = serde_json::to_value(demo().program).unwrap();
    if factor != "1" {
        program["promotions"] =
            json!([{"id": "times", "name": "Times", "effect": {"multiplier": factor}}]);
    }
    let program: Program = serde_json::from_value(program).unwrap();
    Arc::new(ProgramVersion::new(number, program))
}

fn terms(rating: &Arc<ProgramVersion>) -> Terms {
    Terms { rating: Arc::clone(rating), current: version(9, "1") }
}

fn bought(total_minor: i64, rules: &Arc<ProgramVersion>, credited: i64) -> (Receipt, Account) {
    let purchase = Purchase {
        branch: "b1".into(),
        invoice_number: "1".into(),
        purchased_at: now(),
        total: Money { amount: total_minor, currency: rules.program.currency },
        lines: vec![],
        paid_with_points_minor: 0,
    };
    let none = Returned::default();
    let account = Account::default();
    let accrual = crate::accrual::decide(
        &purchase,
        &none,
        account,
        &terms(rules),
        Points::new(credited),
        now(),
    )
    .unwrap();
    let member_id = MemberId::from_key("m");
    let receipt = Receipt {
        fingerprint: fingerprint::purchase(&purchase, Some(&member_id)),
        purchase,
        recorded: Stamp { at: now(), actor: "pos:1".into(), request_id: "r".into() },
        earned: Some(Earned::new(&member_id, &accrual, now())),
        returned: none,
        revision: 0,
    };
    (receipt, accrual.account)
}

fn rerate(
    receipt: &mut Receipt,
    account: &mut Account,
    rules: &Arc<ProgramVersion>,
    over_credit: OverCredit,
) -> Option<Decision> {
    let bought = receipt.of_member().unwrap();
    let decided = decide(bought, None, account.clone(), &terms(rules), over_credit, now())?;
    let rows: Points = decided.explanation.rows.iter().map(|row| row.points).sum();
    assert_eq!(rows, decided.correction);
    *account = decided.account.clone();
    receipt.returned = decided.returned.clone();
    receipt.earned.as_mut().unwrap().corrected = Some(decided.rated.clone());
    Some(decided)
}

fn give_back(receipt: &mut Receipt, account: &mut Account, amount: i64) -> i64 {
    let bought = receipt.of_member().unwrap();
    let version_of = |number| if number == 2 { version(2, "3") } else { version(1, "1") };
    let rating = version_of(bought.earned.current().rule_version);
    let goods = Goods::Amount(amount);
    let decided = returns::decide(bought, &goods, account.clone(), &terms(&rating), now()).unwrap();
    *account = decided.account;
    receipt.returned = decided.returned;
    decided.points_clawed_back.get()
}

#[test]
fn a_forgotten_promotion_is_given_once_and_a_wrong_one_is_taken() {
    let (mut receipt, mut account) = bought(110_000, &version(1, "1"), 0);
    let right = version(2, "3");
    let up = rerate(&mut receipt, &mut account, &right, OverCredit::Claw).unwrap();
    assert_eq!((up.points_now.get(), up.points_then.get(), up.correction.get()), (110, 330, 220));
    assert_eq!(account.balance(now()).available.get(), 330);
    assert_eq!(rerate(&mut receipt, &mut account, &right, OverCredit::Claw), None);
    let down = rerate(&mut receipt, &mut account, &version(3, "1"), OverCredit::Claw).unwrap();
    assert_eq!((down.correction.get(), account.balance(now()).available.get()), (-220, 110));
}

#[test]
fn points_too_many_are_forgiven_or_become_debt() {
    for (over_credit, correction, debt) in
        [(OverCredit::Forgive, 0, 0), (OverCredit::Claw, -220, 150)]
    {
        let (mut receipt, mut account) = bought(110_000, &version(2, "3"), 0);
        let _ = account.spend(Points::new(260), now()).unwrap();
        let decided = rerate(&mut receipt, &mut account, &version(3, "1"), over_credit).unwrap();
        assert_eq!((decided.correction.get(), decided.balance.debt.get()), (correction, debt));
        // The next return claws by the corrected rules.
        assert_eq!(give_back(&mut receipt, &mut account, 110_000), 110);
    }
}

#[test]
fn a_credit_by_hand_counts_against_a_correction() {
    let (receipt, account) = bought(110_000, &version(1, "1"), 300);
    assert_eq!(receipt.earned.as_ref().unwrap().points.get(), 0);
    let credit = Credit { member_id: MemberId::from_key("m"), points: Points::new(300) };
    let decided = decide(
        receipt.of_member().unwrap(),
        Some(&credit),
        account,
        &terms(&version(2, "3")),
        OverCredit::Claw,
        now(),
    );
    // 300 of the 330 were credited.
    assert_eq!(decided.unwrap().correction.get(), 30);
}

#[test]
fn a_promotion_of_once_a_day_that_was_used_up_then_is_used_up_now() {
    let mut program = serde_json::to_value(demo().program).unwrap();
    program["promotions"] = json!([
        {"id": "daily", "name": "Daily", "once": "day", "effect": {"bonus_points": 7}},
    ]);
    let rules = Arc::new(ProgramVersion::new(1, serde_json::from_value(program).unwrap()));
    let (mut receipt, mut account) = bought(110_000, &rules, 0);
    receipt.earned.as_mut().unwrap().corrected = Some(Explanation {
        limited: vec!["daily".into()],
        rows: receipt.earned.as_ref().unwrap().explanation.rows[..1].to_vec(),
        ..receipt.earned.as_ref().unwrap().explanation.clone()
    });
    // Three newer days have pushed the day of this purchase out.
    account.once.clear();
    assert_eq!(rerate(&mut receipt, &mut account, &rules, OverCredit::Claw), None);
}

proptest! {
    /// Returns before and after a correction: together they end where the corrected rules would have led.
    #[test]
    fn a_correction_ends_where_the_right_rules_lead(
        total in 1_i64..300_000, before in 0_i64..300_000, after in 0_i64..300_000, up: bool,
    ) {
        let (wrong, right) = if up { ("1", "3") } else { ("3", "1") };
        let (wrong, right) = (version(1, wrong), version(2, right));
        let (mut receipt, mut account) = bought(total, &wrong, 0);
        let claw = |receipt: &mut Receipt, account: &mut Account, amount: i64, rating: &Arc<ProgramVersion>| {
            let amount = amount.min(total - receipt.returned.total_minor());
            let decided = returns::decide(receipt.of_member().unwrap(), &Goods::Amount(amount), account.clone(), &terms(rating), now()).unwrap();
            *account = decided.account;
            receipt.returned = decided.returned;
        };
        claw(&mut receipt, &mut account, before, &wrong);
        let _ = rerate(&mut receipt, &mut account, &right, OverCredit::Claw);
        claw(&mut receipt, &mut account, after, &right);
        let _ = rerate(&mut receipt, &mut account, &right, OverCredit::Claw);
        let rest = Rerated::of(receipt.of_member().unwrap(), &Account::default(), &terms(&right)).left.points();
        let balance = account.balance(now());
        prop_assert_eq!(balance.available - balance.debt, rest);
        prop_assert_eq!(rerate(&mut receipt, &mut account, &right, OverCredit::Claw), None);
    }
}
