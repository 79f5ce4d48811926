//! Tests of comparisons: what is summed up, and that a dry run says what a correction does.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::accrual::{Credit, Receipt};
use crate::fingerprint;
use crate::money::Money;
use crate::program::tests::demo;
use crate::program::{Program, ProgramVersion};
use crate::purchase::Purchase;
use crate::returns::Returned;

fn now() -> Timestamp {
    "2025-06-10T12:00:00Z".parse().unwrap()
}

/// Returns the demo programme with these promotions.
fn version(number: u32, promotions: serde_json::Value) -> Arc<ProgramVersion> {
    let mut program = serde_json::to_value(demo().program).unwrap();
    program["promotions"] = promotions;
    let program: Program = serde_json::from_value(program).unwrap();
    Arc::new(ProgramVersion::new(number, program))
}

fn plain() -> Arc<ProgramVersion> {
    version(1, json!([]))
}

fn triple() -> Arc<ProgramVersion> {
    version(2, json!([{"id": "x3", "name": "Triple", "effect": {"multiplier": "3"}}]))
}

fn terms(rating: &Arc<ProgramVersion>) -> Terms {
    Terms { rating: Arc::clone(rating), current: plain() }
}

/// Returns a purchase at a branch, and adds its points to the account.
fn bought(
    number: usize,
    branch: &str,
    total_minor: i64,
    rules: &Arc<ProgramVersion>,
    account: &mut Account,
) -> RecordedInvoice {
    let purchase = Purchase {
        branch: branch.into(),
        invoice_number: number.to_string(),
        purchased_at: now(),
        total: Money { amount: total_minor, currency: rules.program.currency },
        lines: vec![],
        paid_with_points_minor: 0,
    };
    let none = Returned::default();
    let read = account.clone();
    let accrual =
        crate::accrual::decide(&purchase, &none, read, &terms(rules), Points::ZERO, now()).unwrap();
    *account = accrual.account.clone();
    let member_id = MemberId::from_key("m");
    RecordedInvoice {
        purchase_id: purchase.id(),
        branch: branch.into(),
        invoice_number: number.to_string(),
        receipt: Some(Receipt {
            fingerprint: fingerprint::purchase(&purchase, Some(&member_id)),
            purchase,
            recorded: Stamp { at: now(), actor: "pos:1".into(), request_id: "r".into() },
            earned: Some(Earned::new(&member_id, &accrual, now())),
            returned: none,
            revision: 0,
        }),
        credit: None,
    }
}

/// Compares purchases one after the other, as a dry run does, and returns their lines and the account that a
/// re-rate leads to.
fn compared(
    invoices: &mut [RecordedInvoice],
    account: &Account,
    rules: &Arc<ProgramVersion>,
    over_credit: OverCredit,
) -> (Vec<Line>, Account) {
    let mut account = account.clone();
    let mut lines = Vec::new();
    for invoice in invoices {
        let found = compare(invoice, &account, &terms(rules), over_credit, now());
        let (line, decision) = found.unwrap();
        lines.push(line);
        let Some(decision) = decision else { continue };
        let receipt = invoice.receipt.as_mut().unwrap();
        receipt.returned = decision.returned;
        receipt.earned.as_mut().unwrap().corrected = Some(decision.rated);
        account = decision.account;
    }
    (lines, account)
}

fn sums(member: &str, lines: &[Line]) -> Sums {
    let mut sums = Sums::default();
    let member_id = MemberId::from_key(member);
    sums.add(&MemberLines { member_id: &member_id, lines, told: false });
    sums
}

#[test]
fn a_forgotten_promotion_says_who_gains_and_how_much() {
    let mut account = Account::default();
    let mut invoices = [
        bought(1, "North", 110_000, &plain(), &mut account),
        bought(2, " north ", 220_000, &plain(), &mut account),
        bought(3, "South", 10, &plain(), &mut account),
    ];
    let (lines, after) = compared(&mut invoices, &account, &triple(), OverCredit::Claw);
    let found = sums("m", &lines);
    assert_eq!((found.purchases, found.points_now.get(), found.points_then.get()), (3, 330, 990));
    assert_eq!(found.more, MembersAndPoints { members: 1, points: Points::new(660) });
    assert_eq!(found.less, MembersAndPoints::default());
    assert_eq!(found.moved, Settlement { given: Points::new(660), ..Settlement::default() });
    assert_eq!(after.balance(now()).available.get(), 990);
    let part = |id: Option<&str>, purchases, points| ComparedPart {
        id: id.map(str::to_owned),
        purchases,
        points: Points::new(points),
    };
    assert_eq!(found.by_branch, [part(Some("north"), 2, 660), part(Some("south"), 1, 0)]);
    assert_eq!(found.by_tier, [part(None, 3, 660)]);
    assert_eq!(found.by_promotion, [part(Some("x3"), 2, 660)]);
    let shown: Vec<(i64, i64)> =
        found.examples.iter().map(|one| (one.points_now.get(), one.points_then.get())).collect();
    assert_eq!(shown, [(220, 660), (110, 330)]);
    // Under the same rules nothing changes any more.
    let (again, same) = compared(&mut invoices, &after, &triple(), OverCredit::Claw);
    let found = sums("m", &again);
    assert_eq!(
        (found.points_now.get(), found.points_then.get(), found.more.members),
        (990, 990, 0)
    );
    assert_eq!((found.examples.len(), found.by_promotion.len(), same), (0, 0, after));
}

#[test]
fn a_promotion_once_for_a_member_is_given_once() {
    let once = version(
        2,
        json!([{"id": "hi", "name": "Hi", "once": "member", "effect": {"bonus_points": 50}}]),
    );
    let mut account = Account::default();
    let mut invoices: Vec<RecordedInvoice> =
        (0..3).map(|number| bought(number, "b", 110_000, &plain(), &mut account)).collect();
    let (lines, _) = compared(&mut invoices, &account, &once, OverCredit::Claw);
    let more: Vec<i64> = lines.iter().map(|line| line.change.points().get()).collect();
    assert_eq!(more, [50, 0, 0]);
}

#[test]
fn points_too_many_are_told_by_what_becomes_of_them() {
    for (over_credit, spent, moved) in [
        (OverCredit::Claw, 0, Settlement { clawed: Points::new(220), ..Settlement::default() }),
        // What the member has spent becomes a debt.
        (OverCredit::Claw, 330, Settlement { clawed: Points::new(220), ..Settlement::default() }),
        (
            OverCredit::Forgive,
            0,
            Settlement { forgiven: Points::new(220), ..Settlement::default() },
        ),
    ] {
        let mut account = Account::default();
        let mut invoices = [bought(1, "b", 110_000, &triple(), &mut account)];
        if spent > 0 {
            let _ = account.spend(Points::new(spent), now()).unwrap();
        }
        let (lines, _) = compared(&mut invoices, &account, &plain(), over_credit);
        let found = sums("m", &lines);
        assert_eq!(found.less, MembersAndPoints { members: 1, points: Points::new(220) });
        assert_eq!(found.moved, moved, "{over_credit:?} {spent}");
    }
}

#[test]
fn what_an_agent_credited_before_is_neither_earned_now_nor_then() {
    let mut account = Account::default();
    let mut invoice = bought(1, "b", 110_000, &plain(), &mut account);
    // 300 points were credited, and the purchase brings 110: nothing is left to give.
    invoice.credit = Some(Credit { member_id: MemberId::from_key("m"), points: Points::new(300) });
    let earned = invoice.receipt.as_mut().unwrap().earned.as_mut().unwrap();
    let row = crate::explanation::Row {
        reason: Reason::AlreadyCredited,
        base_minor: 0,
        points: Points::new(-110),
    };
    earned.explanation.rows.push(row);
    let (lines, _) = compared(&mut [invoice], &account, &triple(), OverCredit::Claw);
    assert_eq!((lines[0].change.now.get(), lines[0].change.then.get()), (0, 30));
}

#[test]
fn a_purchase_without_a_member_or_in_another_currency_is_left_out() {
    let mut account = Account::default();
    let invoice = bought(1, "b", 110_000, &plain(), &mut account);
    let mut unclaimed = invoice.clone();
    unclaimed.receipt.as_mut().unwrap().earned = None;
    let mut foreign = invoice.clone();
    foreign.receipt.as_mut().unwrap().purchase.total.currency =
        "EUR".to_owned().try_into().unwrap();
    let credited = RecordedInvoice { receipt: None, ..invoice };
    for left_out in [unclaimed, foreign, credited] {
        let found = compare(&left_out, &account, &terms(&triple()), OverCredit::Claw, now());
        assert_eq!(found, None);
    }
}

#[test]
fn the_lists_have_limits_and_keep_their_sums() {
    let line = |number: usize| Line {
        purchase_id: crate::invoice::Invoice::new("b", &number.to_string()).purchase_id(),
        branch: format!("{number:0>64}"),
        tier: None,
        change: Change {
            now: Points::ZERO,
            then: Points::new(i64::try_from(number).unwrap()),
            promotions: [(format!("{number:0>64}"), Points::new(1))].into(),
        },
        moved: Settlement::default(),
    };
    let lines: Vec<Line> = (1..=1_000).map(line).collect();
    let found = sums("m", &lines);
    for parts in [&found.by_branch, &found.by_promotion] {
        assert_eq!(parts.len(), PARTS_MAX);
        assert_eq!(parts.iter().map(|part| part.purchases).sum::<u64>(), 1_000);
    }
    assert_eq!(found.by_branch.iter().map(|part| part.points).sum::<Points>().get(), 500_500);
    let most: Vec<i64> = found.examples.iter().map(|example| example.points_then.get()).collect();
    assert_eq!(most, (981..=1_000).rev().collect::<Vec<_>>());
    assert!(serde_json::to_string(&found).unwrap().len() < 100_000);
}

#[test]
fn the_period_begins_with_its_first_instant_and_ends_before_its_last() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let comparison = Comparison {
        id: ComparisonId::Rerate(RerateId::from_key("k")),
        from: at(10),
        to: at(20),
        version: Some(1),
        dry_run: true,
        over_credit: OverCredit::Claw,
        reason: None,
        fingerprint: String::new(),
        ordered: Stamp { at: at(0), actor: "admin:a".into(), request_id: "r".into() },
        walk: Walk::new(at(0)),
        sums: Sums::default(),
    };
    let covered = [9, 10, 19, 20].map(|second| comparison.covers(at(second)));
    assert_eq!(covered, [false, true, true, false]);
}

proptest! {
    /// Members in any order and number: what they gain and lose is what the purchases earn more and less.
    #[test]
    fn more_and_less_add_up(
        members in proptest::collection::vec(
            proptest::collection::vec((1_i64..400_000, any::<bool>()), 0..5), 0..8,
        ),
        forgive: bool,
    ) {
        let over_credit = if forgive { OverCredit::Forgive } else { OverCredit::Claw };
        // Some purchases got the promotion and should not have, others the other way round.
        let right = version(3, json!([{
            "id": "big", "name": "Big", "lowest_total": 150_000, "effect": {"multiplier": "3"},
        }]));
        let mut found = Sums::default();
        let mut of_ledger = Points::ZERO;
        let mut number = 0;
        for (index, purchases) in members.iter().enumerate() {
            let mut account = Account::default();
            let mut invoices: Vec<RecordedInvoice> = purchases.iter().map(|(total, got)| {
                number += 1;
                let rules = if *got { triple() } else { plain() };
                bought(number, "b", *total, &rules, &mut account)
            }).collect();
            let (lines, after) = compared(&mut invoices, &account, &right, over_credit);
            let held = |account: &Account| { let b = account.balance(now()); b.available - b.debt };
            prop_assert_eq!(moved(&lines), held(&after) - held(&account));
            of_ledger += moved(&lines);
            let member_id = MemberId::from_key(&index.to_string());
            found.add(&MemberLines { member_id: &member_id, lines: &lines, told: false });
        }
        let Sums { purchases, points_now, points_then, more, less, by_branch, by_tier, by_promotion, moved, .. } = found;
        prop_assert_eq!(points_then - points_now, more.points - less.points);
        prop_assert_eq!(moved.given - moved.clawed - moved.forgiven - moved.let_go, more.points - less.points);
        prop_assert_eq!(moved.points(), of_ledger);
        prop_assert!(more.members + less.members <= members.len() as u64);
        for parts in [&by_branch, &by_tier] {
            prop_assert_eq!(parts.iter().map(|part| part.purchases).sum::<u64>(), purchases);
            prop_assert_eq!(parts.iter().map(|part| part.points).sum::<Points>(), points_then - points_now);
        }
        // Nothing but promotions differs.
        prop_assert_eq!(by_promotion.iter().map(|part| part.points).sum::<Points>(), points_then - points_now);
    }
}
