//! Tests of merges: nobody gains or loses a point, and an undone merge leaves both as they were.

use jiff::ToSpan;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::account::{Lot, OnceMark};
use crate::id::{MemberId, ReservationId};
use crate::mail::EmailAddress;
use crate::member::Contact;
use crate::program::Program;
use crate::program::tests::demo;
use crate::standing::{Month, MonthSum};

fn now() -> Timestamp {
    "2025-06-10T12:00:00Z".parse().unwrap()
}

fn at(days: i64) -> Timestamp {
    now().checked_add((24 * days).hours()).unwrap()
}

fn rules() -> ProgramVersion {
    let mut program = serde_json::to_value(demo().program).unwrap();
    program["tiers"] = json!([
        {"id": "silver", "name": "Silver", "threshold": 100},
        {"id": "gold", "name": "Gold", "threshold": 300},
    ]);
    let program: Program = serde_json::from_value(program).unwrap();
    ProgramVersion::new(1, program)
}

fn member(key: &str, account: Account) -> MemberAccount {
    let contact = Contact { first_name: key.to_owned(), email: None, locale: None };
    let member_id = MemberId::from_key(key);
    MemberAccount { member_id, account, contact, head: None, merged_into: None }
}

fn lot(points: i64, available: Option<i64>, expires: Option<i64>) -> Lot {
    Lot {
        points: Points::new(points),
        available_at: available.map(at),
        expires_at: expires.map(at),
    }
}

/// Returns an account with a lot that is available, one that is pending and one that has expired.
fn account(available: i64, pending: i64, expired: i64, debt: i64) -> Account {
    let mut account = Account { debt: Points::new(debt), ..Account::default() };
    let lots = [
        lot(available, None, Some(30)),
        lot(pending, Some(5), Some(60)),
        lot(expired, None, Some(-1)),
    ];
    account.lots = lots.into_iter().filter(|lot| lot.points > Points::ZERO).collect();
    account
}

fn counted(points: i64) -> MonthSum {
    MonthSum {
        month: Month::of(now(), &rules().zone()),
        points: Points::new(points),
        spent_minor: 100 * points,
    }
}

#[test]
fn everything_moves_with_its_own_dates_and_pays_the_debt() {
    let merged = member("merged", account(50, 30, 7, 0));
    let target = member("target", account(10, 0, 0, 20));
    let (decision, _) = merge(&merged, &target, &rules(), now()).unwrap();
    assert_eq!((decision.merged.points.get(), decision.target.points.get()), (-80, 80));
    assert_eq!(decision.merged.expired.len(), 1);
    assert_eq!(decision.merged.account, Account::default());
    let balance = &decision.target.balance;
    assert_eq!((balance.available.get(), balance.pending.get(), balance.debt.get()), (40, 30, 0));
    let expiries: Vec<_> = balance.expiring.iter().map(|one| (one.points.get(), one.at)).collect();
    assert_eq!(expiries, [(40, at(30)), (30, at(60))]);
}

#[test]
fn tier_sums_add_up_and_the_higher_tier_stays() {
    let rules = rules();
    let standing = |points| {
        let mut account = Account::default();
        account.standing.add(counted(points), &rules, now());
        account
    };
    let tier = |account: &Account| account.standing.tier_at(&rules, now());
    for (one, other, expected) in [
        (40, 40, None),
        (60, 40, Some("silver")),
        (200, 100, Some("gold")),
        (0, 150, Some("silver")),
    ] {
        let (merged, target) = (member("merged", standing(one)), member("target", standing(other)));
        let (decision, _) = merge(&merged, &target, &rules, now()).unwrap();
        assert_eq!(tier(&decision.target.account).as_deref(), expected, "{one} {other}");
        assert_eq!(tier(&decision.merged.account), None);
    }
}

#[test]
fn promotions_that_either_had_are_had() {
    let mark = |promotion: &str| OnceMark {
        promotion: promotion.to_owned(),
        day: "2025-06-10".parse().unwrap(),
    };
    let with = |marks: &[&str]| Account {
        once: marks.iter().map(|name| mark(name)).collect(),
        ..Account::default()
    };
    let (merged, target) = (member("merged", with(&["a", "b"])), member("target", with(&["b"])));
    let (decision, _) = merge(&merged, &target, &rules(), now()).unwrap();
    assert_eq!(decision.target.account.once, [mark("b"), mark("a")]);
}

#[test]
fn what_cannot_be_merged_is_refused_in_this_order() {
    let rules = rules();
    let free = member("a", account(10, 0, 0, 0));
    let other = member("b", Account::default());
    let into = |one: &MemberAccount| MemberAccount {
        merged_into: Some(MemberId::from_key("c")),
        ..one.clone()
    };
    let mut reserved = free.clone();
    let id = ReservationId::from_key("k", &free.member_id);
    reserved.account.reserve(id, Points::new(5), at(1), now()).unwrap();
    let table = [
        (&free, &free, Refusal::SameMember),
        (&into(&free), &into(&other), Refusal::Merged),
        (&free, &into(&other), Refusal::IntoMerged),
        (&reserved, &other, Refusal::PointsReserved),
        (&other, &reserved, Refusal::PointsReserved),
    ];
    for (merged, target, refusal) in table {
        assert_eq!(merge(merged, target, &rules, now()).unwrap_err(), refusal);
    }
    // A reservation that has lapsed is free.
    assert!(merge(&reserved, &other, &rules, at(2)).is_ok());
    let (_, before) = merge(&free, &other, &rules, now()).unwrap();
    let built = unmerge(&other, &reserved, before, now());
    assert_eq!(built.unwrap_err(), Refusal::BuiltUpon);
}

#[test]
fn the_target_takes_what_it_has_none_of() {
    let profile = |email: Option<&str>, card: Option<&str>, optional_emails| Profile {
        name: "Anna".to_owned(),
        email: email.map(|email| EmailAddress::parse(email).unwrap()),
        email_pending: None,
        phone: None,
        document: None,
        card_number: card.map(str::to_owned),
        locale: None,
        birth_date: None,
        optional_emails,
        agent_id: None,
    };
    let joined =
        joined(&profile(None, Some("1"), true), &profile(Some("a@example.com"), Some("2"), false));
    assert_eq!(joined, profile(Some("a@example.com"), Some("1"), false));
}

/// Returns a profile with the optional fields whose bits are set.
fn profile_with(fields: u8, who: &str) -> Profile {
    let given = |bit: u8| (fields & (1 << bit) != 0).then(|| who.to_owned());
    Profile {
        name: who.to_owned(),
        email: given(0).map(|who| EmailAddress::parse(&format!("{who}@example.com")).unwrap()),
        email_pending: None,
        phone: given(1),
        document: given(2),
        card_number: given(3),
        locale: given(4),
        birth_date: given(5).map(|_| "1990-02-03".parse().unwrap()),
        optional_emails: given(6).is_some(),
        agent_id: given(7),
    }
}

proptest! {
    #[test]
    fn an_undone_merge_gives_back_what_the_profile_took(target: u8, merged: u8) {
        let (target, merged) = (profile_with(target, "target"), profile_with(merged, "merged"));
        let joined = joined(&target, &merged);
        let taken: Vec<String> =
            target.differences(&joined).into_iter().map(str::to_owned).collect();
        prop_assert_eq!(given_back(&joined, &taken), target);
    }

    #[test]
    fn nobody_gains_or_loses_a_point_and_an_undone_merge_restores_both(
        of_merged in (0..99_i64, 0..99_i64, 0..99_i64, 0..150_i64),
        of_target in (0..99_i64, 0..99_i64, 0..99_i64, 0..150_i64),
        counts in (0..400_i64, 0..400_i64),
        later in 0..90_i64,
    ) {
        let rules = rules();
        let account_of = |(available, pending, expired, debt): (i64, i64, i64, i64), count| {
            let mut account = account(available, pending, expired, debt);
            account.standing.add(counted(count), &rules, now());
            account
        };
        let merged = member("merged", account_of(of_merged, counts.0));
        let target = member("target", account_of(of_target, counts.1));
        let expired = |account: &Account| -> Points {
            account.expired(now()).iter().map(|one| one.points).sum()
        };
        let live = |account: &Account| account.held() - expired(account);
        let (decision, before) = merge(&merged, &target, &rules, now()).unwrap();
        let sum = live(&merged.account) + live(&target.account);
        prop_assert_eq!(decision.merged.account.held(), Points::ZERO);
        prop_assert_eq!(decision.target.account.held(), sum);
        prop_assert_eq!(decision.merged.points, -decision.target.points);
        let balance = &decision.target.balance;
        prop_assert!(balance.debt == Points::ZERO || balance.available + balance.pending == Points::ZERO);
        let (mut settled, mut settled_target) = (merged.account.clone(), target.account.clone());
        settled.settle(now());
        settled_target.settle(now());
        let after = |side: &Side, of: &MemberAccount| MemberAccount {
            account: side.account.clone(),
            ..of.clone()
        };
        let after = (after(&decision.merged, &merged), after(&decision.target, &target));
        let undone = unmerge(&after.0, &after.1, before, at(later)).unwrap();
        prop_assert_eq!(&undone.merged.account, &settled);
        prop_assert_eq!(&undone.target.account, &settled_target);
        prop_assert_eq!(undone.merged.points, undone.merged.account.held());
        prop_assert_eq!(undone.target.points, -undone.merged.points);
    }
}
