//! Tests of returns: many small ones take exactly as much as one big one.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::accrual::Receipt;
use crate::fingerprint;
use crate::money::Money;
use crate::program::tests::demo;
use crate::program::{Negative, Program};
use crate::purchase::Line;
use crate::stamp::Stamp;

fn now() -> Timestamp {
    "2025-06-10T12:00:00Z".parse().unwrap()
}

/// Returns the demo programme with a multiplier for milk and a bonus from 500.00.
fn terms(negative: Negative) -> Terms {
    let mut program = serde_json::to_value(demo().program).unwrap();
    program["promotions"] = json!([
        {"id": "x2.5", "name": "Milk", "skus": ["milk"], "effect": {"multiplier": "2.5"}},
        {"id": "plus", "name": "Plus", "lowest_total": 50_000, "effect": {"bonus_points": 7}},
    ]);
    let mut program: Program = serde_json::from_value(program).unwrap();
    program.returns.negative = negative;
    let rules = Arc::new(ProgramVersion::new(1, program));
    Terms { rating: Arc::clone(&rules), current: rules }
}

fn plain() -> Terms {
    let rules = Arc::new(demo());
    Terms { rating: Arc::clone(&rules), current: rules }
}

fn line(sku: &str, quantity: u32, amount_minor: i64) -> Line {
    let sku = sku.to_owned();
    Line { sku, category: None, quantity: quantity.into(), amount_minor, discount_minor: 0 }
}

/// A purchase that earned, and the account after it.
struct Bought {
    receipt: Receipt,
    account: Account,
}

fn bought(lines: Vec<Line>, total_minor: i64, terms: &Terms) -> Bought {
    let currency = terms.current.program.currency;
    let purchase = Purchase {
        branch: "b1".into(),
        invoice_number: "1".into(),
        purchased_at: now(),
        total: Money { amount: total_minor, currency },
        lines,
        paid_with_points_minor: 0,
    };
    let none = Returned::default();
    let accrual =
        crate::accrual::decide(&purchase, &none, Account::default(), terms, Points::ZERO, now())
            .unwrap();
    let member_id = MemberId::from_key("m");
    let earned = Earned::new(&member_id, &accrual, now());
    let receipt = Receipt {
        fingerprint: fingerprint::purchase(&purchase, Some(&member_id)),
        purchase,
        recorded: Stamp { at: now(), actor: "pos:1".into(), request_id: "r".into() },
        earned: Some(earned),
        returned: none,
        revision: 0,
    };
    Bought { receipt, account: accrual.account }
}

impl Bought {
    fn give_back(&mut self, goods: &Goods, terms: &Terms) -> Result<Decision, Refusal> {
        let bought = self.receipt.of_member().unwrap();
        let decision = decide(bought, goods, self.account.clone(), terms, now())?;
        let rows: Points = decision.explanation.rows.iter().map(|row| row.points).sum();
        assert_eq!(rows, decision.points_given_back - decision.points_clawed_back);
        self.receipt.returned = decision.returned.clone();
        self.account = decision.account.clone();
        Ok(decision)
    }
}

#[test]
fn a_return_claws_what_the_rest_no_longer_earns() {
    // 1100.00 earned 110. What is left of it, 900.00, earns 45.
    let mut purchase = bought(vec![], 110_000, &plain());
    let decision = purchase.give_back(&Goods::Amount(20_000), &plain()).unwrap();
    assert_eq!((decision.points_clawed_back.get(), decision.balance.available.get()), (65, 45));
    let again = purchase.give_back(&Goods::Amount(90_001), &plain()).unwrap_err();
    assert_eq!(again, Refusal::ExceedsPurchase);
    let rest = purchase.give_back(&Goods::Amount(90_000), &plain()).unwrap();
    assert_eq!((rest.points_clawed_back.get(), rest.balance.available.get()), (45, 0));
}

#[test]
fn lines_are_bounded_by_their_quantity_and_amount() {
    let goods = |sku: &str, quantity: u32, amount_minor| {
        let line = GoodsLine { sku: sku.into(), quantity: quantity.into(), amount_minor };
        Goods::Lines(vec![line])
    };
    let lines = vec![line("milk", 2, 20_000), line("bread", 1, 10_000), line("milk", 1, 9_000)];
    let mut purchase = bought(lines, 39_000, &plain());
    for (refused, expected) in [
        (goods("wine", 1, 1), Refusal::NoSuchGoods(0)),
        (goods("milk", 4, 1), Refusal::ExceedsPurchase),
        (goods("milk", 1, 29_001), Refusal::ExceedsPurchase),
    ] {
        assert_eq!(purchase.give_back(&refused, &plain()).unwrap_err(), expected);
    }
    let _ = purchase.give_back(&goods("milk", 3, 29_000), &plain()).unwrap();
    let again = purchase.give_back(&goods("milk", 1, 0), &plain()).unwrap_err();
    assert_eq!(again, Refusal::ExceedsPurchase);
    let _ = purchase.give_back(&Goods::Amount(10_000), &plain()).unwrap();
    let all = purchase.give_back(&Goods::Amount(1), &plain()).unwrap_err();
    assert_eq!(all, Refusal::ExceedsPurchase);
}

#[test]
fn points_that_are_gone_become_debt_or_are_let_go() {
    for (negative, debt, clawed) in [(Negative::Debt, 40, 110), (Negative::WithinBalance, 0, 70)] {
        let mut terms = plain();
        let mut rules = ProgramVersion::clone(&terms.current);
        rules.program.returns.negative = negative;
        terms.current = Arc::new(rules);
        let mut purchase = bought(vec![], 110_000, &plain());
        let _ = purchase.account.spend(Points::new(40), now()).unwrap();
        let decision = purchase.give_back(&Goods::Amount(110_000), &terms).unwrap();
        assert_eq!(
            (decision.balance.debt.get(), decision.points_clawed_back.get()),
            (debt, clawed)
        );
        assert_eq!(decision.returned.clawed.get(), 110);
        assert_eq!(decision.balance.available.get(), 0);
    }
}

#[test]
fn points_that_paid_come_back_pro_rata_with_their_own_expiry() {
    let at = |text: &str| Some(text.parse().unwrap());
    let (soon, late) = (at("2025-07-01T00:00:00Z"), at("2026-07-01T00:00:00Z"));
    let mut purchase = bought(vec![], 100_000, &plain());
    purchase.receipt.purchase.paid_with_points_minor = 30_000;
    let parts = [(100, soon), (200, late)];
    let paid =
        parts.map(|(points, expires_at)| Allocation { points: Points::new(points), expires_at });
    purchase.receipt.earned.as_mut().unwrap().paid = paid.to_vec();
    let half = purchase.give_back(&Goods::Amount(50_000), &plain()).unwrap();
    assert_eq!(half.points_given_back.get(), 150);
    let has = |account: &Account, points, expires_at| {
        account.lots.iter().any(|lot| lot.points == points && lot.expires_at == expires_at)
    };
    assert!(has(&half.account, Points::new(150), late), "{:?}", half.account.lots);
    let rest = purchase.give_back(&Goods::Amount(50_000), &plain()).unwrap();
    assert_eq!(rest.points_given_back.get(), 150);
    assert!(
        has(&rest.account, Points::new(100), soon) && has(&rest.account, Points::new(200), late)
    );
}

#[test]
fn points_that_have_expired_are_not_clawed() {
    let mut purchase = bought(vec![], 110_000, &plain());
    let late = "2027-01-01T00:00:00Z".parse().unwrap();
    purchase.account.debt = Points::new(5);
    let decision = decide(
        purchase.receipt.of_member().unwrap(),
        &Goods::Amount(110_000),
        purchase.account.clone(),
        &plain(),
        late,
    )
    .unwrap();
    assert_eq!((decision.points_clawed_back.get(), decision.balance.debt.get()), (0, 5));
    assert_eq!(decision.expired.iter().map(|part| part.points).sum::<Points>().get(), 110);
}

proptest! {
    /// Whatever comes back in whatever order, by amount or by line: together it claws what the rest no
    /// longer earns, and all of it everything.
    #[test]
    fn a_split_return_equals_the_whole(
        milk in 1_i64..80_000, bread in 1_i64..80_000,
        parts in proptest::collection::vec((0_u8..3, 0_i64..60_000), 0..6),
        paid_points in 0_i64..200,
    ) {
        let terms = terms(Negative::Debt);
        let lines = vec![line("milk", 9, milk), line("bread", 9, bread)];
        let mut split = bought(lines.clone(), milk + bread, &terms);
        let paid = Allocation { points: Points::new(paid_points), expires_at: None };
        split.receipt.purchase.paid_with_points_minor = paid_points * 10;
        split.receipt.earned.as_mut().unwrap().paid = vec![paid];
        let (mut clawed, mut given) = (Points::ZERO, Points::ZERO);
        for (what, amount) in parts {
            let goods = |sku: &str| Goods::Lines(vec![GoodsLine {
                sku: sku.into(), quantity: Quantity::ZERO, amount_minor: amount,
            }]);
            let goods = match what {
                0 => Goods::Amount(amount),
                1 => goods("milk"),
                _ => goods("bread"),
            };
            if let Ok(decision) = split.give_back(&goods, &terms) {
                clawed += decision.points_clawed_back;
                given += decision.points_given_back;
            }
        }
        // The rest comes back by amount.
        let left = milk + bread - split.receipt.returned.total_minor();
        let last = split.give_back(&Goods::Amount(left), &terms).unwrap();
        clawed += last.points_clawed_back;
        given += last.points_given_back;
        let earned = split.receipt.earned.as_ref().unwrap();
        prop_assert_eq!(clawed, earned.gross());
        prop_assert_eq!(given.get(), paid_points);
        prop_assert!(split.account.standing.months.iter().all(|month| month.points == Points::ZERO));
    }
}
