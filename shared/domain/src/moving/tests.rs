//! Tests of moves: what one member gives up the other gets.

use std::sync::Arc;

use jiff::ToSpan;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::account::Allocation;
use crate::accrual::{self, Credit, Receipt};
use crate::fingerprint;
use crate::id::MemberId;
use crate::member::Contact;
use crate::money::Money;
use crate::program::tests::demo;
use crate::program::{Negative, Program, ProgramVersion};
use crate::purchase::Purchase;
use crate::returns::{Goods, Returned};
use crate::stamp::Stamp;

fn now() -> Timestamp {
    "2025-06-10T12:00:00Z".parse().unwrap()
}

/// Returns the demo programme with tiers and a bonus once per member.
fn terms(negative: Negative) -> Terms {
    let mut program = serde_json::to_value(demo().program).unwrap();
    program["promotions"] = json!([
        {"id": "first", "name": "First", "once": "member", "effect": {"bonus_points": 7}},
    ]);
    program["tiers"] = json!([{"id": "silver", "name": "Silver", "threshold": 100}]);
    let mut program: Program = serde_json::from_value(program).unwrap();
    program.returns.negative = negative;
    let rules = Arc::new(ProgramVersion::new(1, program));
    Terms { rating: Arc::clone(&rules), current: rules }
}

fn member(key: &str, account: Account) -> MemberAccount {
    let contact = Contact { first_name: key.to_owned(), email: None, locale: None };
    MemberAccount {
        member_id: MemberId::from_key(key),
        account,
        contact,
        head: None,
        merged_into: None,
    }
}

/// A purchase of the member `wrong`, and the account after it.
struct Bought {
    receipt: Receipt,
    wrong: MemberAccount,
}

impl Bought {
    fn new(total_minor: i64, credited: i64, before: Account, terms: &Terms) -> Self {
        let currency = terms.current.program.currency;
        let purchase = Purchase {
            branch: "b1".into(),
            invoice_number: "1".into(),
            purchased_at: now(),
            total: Money { amount: total_minor, currency },
            lines: vec![],
            paid_with_points_minor: 0,
        };
        let none = Returned::default();
        let accrual =
            accrual::decide(&purchase, &none, before, terms, Points::new(credited), now()).unwrap();
        let wrong = member("wrong", accrual.account.clone());
        let receipt = Receipt {
            fingerprint: fingerprint::purchase(&purchase, Some(&wrong.member_id)),
            purchase,
            recorded: Stamp { at: now(), actor: "pos:1".into(), request_id: "r".into() },
            earned: Some(Earned::new(&wrong.member_id, &accrual, now())),
            returned: none,
            revision: 0,
        };
        Self { receipt, wrong }
    }

    fn earned(&self) -> &Earned {
        self.receipt.earned.as_ref().unwrap()
    }

    fn move_to(&self, to: &MemberAccount, terms: &Terms, at: Timestamp) -> Decision {
        decide(self.receipt.of_member().unwrap(), &self.wrong, to, terms, at).unwrap()
    }
}

fn right() -> MemberAccount {
    member("right", Account::default())
}

#[test]
fn the_right_member_is_as_if_the_purchase_had_been_theirs() {
    let terms = terms(Negative::Debt);
    let bought = Bought::new(110_000, 0, Account::default(), &terms);
    let decision = bought.move_to(&right(), &terms, now());
    assert_eq!((decision.from.points().get(), decision.to.points().get()), (-117, 117));
    let own = Account { version: 0, ..bought.wrong.account.clone() };
    assert_eq!(decision.to.account, own);
    let tier = |account: &Account| account.standing.tier_at(&terms.current, now());
    assert_eq!(tier(&decision.to.account).as_deref(), Some("silver"));
    assert_eq!(tier(&decision.from.account), None);
    assert_eq!(decision.from.balance.available.get(), 0);
    // The wrong member may have the promotion again.
    assert_eq!(decision.from.account.once, []);
    assert_eq!(decision.from.account.standing.months, []);
}

#[test]
fn what_is_missing_becomes_a_debt_or_is_let_go_and_the_right_member_gets_all() {
    for (negative, points, debt) in [(Negative::Debt, -117, 17), (Negative::WithinBalance, -100, 0)]
    {
        let terms = terms(negative);
        let mut bought = Bought::new(110_000, 0, Account::default(), &terms);
        let _ = bought.wrong.account.spend(Points::new(17), now()).unwrap();
        let decision = bought.move_to(&right(), &terms, now());
        assert_eq!(
            (decision.from.points().get(), decision.from.balance.debt.get()),
            (points, debt)
        );
        assert_eq!((decision.to.points().get(), decision.to.balance.available.get()), (117, 117));
    }
}

#[test]
fn a_returned_part_does_not_move() {
    let terms = terms(Negative::Debt);
    let mut bought = Bought::new(110_000, 0, Account::default(), &terms);
    let account = bought.wrong.account.clone();
    let half = Goods::Amount(55_000);
    let returned =
        returns::decide(bought.receipt.of_member().unwrap(), &half, account, &terms, now())
            .unwrap();
    bought.wrong.account = returned.account;
    bought.receipt.returned = returned.returned;
    let decision = bought.move_to(&right(), &terms, now());
    let left = Points::new(117) - returned.points_clawed_back;
    assert_eq!(decision.from.points(), -left);
    assert_eq!(decision.to.points(), left);
    assert_eq!(decision.from.account.held().get(), 0);
    assert_eq!(decision.to.account.standing.months[0].spent_minor, 55_000);
}

#[test]
fn a_credit_that_was_netted_off_moves_with_the_purchase() {
    let terms = terms(Negative::Debt);
    let mut account = Account::default();
    account.credit(Lot { points: Points::new(50), available_at: None, expires_at: None }, now());
    let credit = Credit { member_id: MemberId::from_key("wrong"), points: Points::new(50) };
    let bought = Bought::new(110_000, credit.points.get(), account, &terms);
    assert_eq!(bought.earned().points.get(), 67);
    let decision = bought.move_to(&right(), &terms, now());
    assert_eq!((decision.from.points().get(), decision.to.points().get()), (-117, 117));
    assert_eq!(decision.from.account.held().get(), 0);
    assert_eq!(decision.rated.points().get(), 117);
}

#[test]
fn expired_points_do_not_move_and_the_tier_sums_do() {
    let terms = terms(Negative::Debt);
    let bought = Bought::new(110_000, 0, Account::default(), &terms);
    let later = now().checked_add((24 * 400).hours()).unwrap();
    let decision = bought.move_to(&right(), &terms, later);
    assert_eq!((decision.from.points().get(), decision.to.points().get()), (0, 0));
    assert_eq!(decision.from.expired.len(), 1);
    assert_eq!(decision.to.account.held().get(), 0);
}

#[test]
fn the_same_member_and_a_purchase_that_points_paid_are_refused() {
    let terms = terms(Negative::Debt);
    let mut bought = Bought::new(110_000, 0, Account::default(), &terms);
    let refused = |bought: &Bought, to: &MemberAccount| {
        decide(bought.receipt.of_member().unwrap(), &bought.wrong, to, &terms, now()).unwrap_err()
    };
    assert_eq!(refused(&bought, &bought.wrong), Refusal::SameMember);
    if let Some(earned) = &mut bought.receipt.earned {
        earned.paid = vec![Allocation { points: Points::new(1), expires_at: None }];
    }
    assert_eq!(refused(&bought, &right()), Refusal::PaidWithPoints);
    assert_eq!(refused(&bought, &bought.wrong), Refusal::SameMember);
}

proptest! {
    /// Both members have as many points as before, and moving back restores both.
    #[test]
    fn a_move_keeps_the_sum_and_a_move_back_restores(
        total in 0..500_000_i64, had in 0..300_i64, spent in 0..600_i64, owed in 0..300_i64,
    ) {
        let terms = terms(Negative::Debt);
        let mut before = Account::default();
        before.credit(Lot { points: Points::new(had), available_at: None, expires_at: None }, now());
        let mut bought = Bought::new(total, 0, before, &terms);
        let available = bought.wrong.account.balance(now()).available;
        let _ = bought.wrong.account.spend(Points::new(spent.min(available.get())), now()).unwrap();
        let to = member("right", Account { debt: Points::new(owed), ..Account::default() });
        let sum = bought.wrong.account.held() + to.account.held();
        let there = bought.move_to(&to, &terms, now());
        prop_assert_eq!(there.from.account.held() + there.to.account.held(), sum);
        prop_assert_eq!(there.from.points(), -there.to.points());
        let mut moved = bought.receipt.clone();
        if let Some(earned) = &mut moved.earned {
            earned.member_id = to.member_id.clone();
        }
        let (from, back_to) = (
            MemberAccount { account: there.to.account, ..to.clone() },
            MemberAccount { account: there.from.account, ..bought.wrong.clone() },
        );
        let back = decide(moved.of_member().unwrap(), &from, &back_to, &terms, now()).unwrap();
        prop_assert_eq!(back.from.account.held(), to.account.held());
        prop_assert_eq!(back.to.account.held(), bought.wrong.account.held());
        prop_assert_eq!(back.to.account.standing.months, bought.wrong.account.standing.months);
    }
}
