//! Tables and properties of claims: refusals, transitions, and proofs.

mod findings;
mod following;
mod money;
mod view;

use super::*;
use crate::id::MemberId;
use crate::money::Money;
use proptest::prelude::*;
use serde::Serialize;

type Change = fn(&mut Update);

pub(super) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(super) fn today() -> Today {
    let settings = ClaimSettings::default();
    Today { date: day("2031-03-10"), settings }
}

pub(super) fn now() -> Timestamp {
    "2031-03-10T12:00:00Z".parse().unwrap()
}

pub(super) fn act(by: Party) -> Act {
    Act { at: now(), by, actor: Some("a".to_owned()), request: None }
}

pub(super) fn member() -> MemberId {
    MemberId::from_key("claimant")
}

pub(super) fn opened(by: Party) -> Claim {
    opened_with(by, ClaimKind::Refund, Evidence::default())
}

pub(super) fn opened_with(by: Party, kind: ClaimKind, evidence: Evidence) -> Claim {
    Claim::open(ClaimId::from_key("k", &member()), kind, evidence, &act(by), &today())
}

pub(super) fn with(change: impl FnOnce(&mut Update)) -> Update {
    let mut update = Update { note: Some("n".to_owned()), ..Update::default() };
    change(&mut update);
    update
}

/// Returns a claim that an agent brought to a status, with these further changes.
pub(super) fn brought(status: ClaimStatus, change: impl FnOnce(&mut Update)) -> Claim {
    let update = with(|update| {
        update.status = (status != ClaimStatus::Received).then_some(status);
        if status == ClaimStatus::Waiting {
            update.waiting_on = Some("bank".to_owned());
        }
        change(update);
    });
    opened(Party::Member).update(&update, &act(Party::Agent), &today()).unwrap()
}

#[test]
fn a_new_claim_is_received_and_promised() {
    let claim = opened(Party::Supervisor);
    assert_eq!((claim.status, claim.opened_by), (ClaimStatus::Received, Party::Agent));
    assert_eq!(claim.promised_by, day("2031-03-17"));
    assert_eq!(claim.follow_up_on, Some(day("2031-03-13")));
    assert_eq!(claim.history.len(), 1);
    assert_eq!(claim.history[0].by, Party::Supervisor);
    assert!(!claim.proven && !claim.is_ended());
}

#[test]
fn each_refusal_and_their_order() {
    let ended = brought(ClaimStatus::Rejected, |_| ());
    let open = opened(Party::Member);
    let mut full = open.clone();
    while full.history.len() < STEPS_MAX {
        full = full.update(&with(|_| ()), &act(Party::Agent), &today()).unwrap();
    }
    // The order of refusals: each row also has the fault of the next one.
    let table: [(&Claim, Change, Refusal); 10] = [
        (&ended, |update| update.status = Some(ClaimStatus::Received), Refusal::Ended),
        (&ended, |update| update.confirmed = Some(true), Refusal::Ended),
        (
            &ended,
            |update| {
                update.confirmed = Some(false);
                update.note = None;
                update.status = Some(ClaimStatus::Received);
            },
            Refusal::NoteNeeded,
        ),
        (
            &open,
            |update| {
                update.status = Some(ClaimStatus::Received);
                update.confirmed = Some(true);
            },
            Refusal::NotAStep,
        ),
        (
            &open,
            |update| {
                update.status = Some(ClaimStatus::Waiting);
                update.confirmed = Some(true);
            },
            Refusal::Contradiction,
        ),
        (
            &open,
            |update| {
                update.status = Some(ClaimStatus::Resolved);
                update.confirmed = Some(false);
                update.promised_by = Some(day("2031-03-09"));
            },
            Refusal::Contradiction,
        ),
        (
            &open,
            |update| {
                update.status = Some(ClaimStatus::Waiting);
                update.promised_by = Some(day("2031-03-09"));
            },
            Refusal::WaitingOnNeeded,
        ),
        (
            &open,
            |update| {
                update.waiting_on = Some("bank".to_owned());
                update.promised_by = Some(day("2031-03-09"));
            },
            Refusal::WaitingOnUnasked,
        ),
        (
            &full,
            |update| {
                update.promised_by = Some(day("2031-03-09"));
                update.expected_by = Some(day("2031-03-09"));
            },
            Refusal::PromisePast,
        ),
        (&full, |update| update.expected_by = Some(day("2031-03-09")), Refusal::ExpectedPast),
    ];
    for (claim, change, refusal) in table {
        let refused = claim.update(&with(change), &act(Party::Agent), &today());
        assert_eq!(refused, Err(refusal), "{refusal:?}");
    }
    let full_refused = full.update(&with(|_| ()), &act(Party::Member), &today());
    assert_eq!(full_refused, Err(Refusal::Full));
    let ending = with(|update| update.status = Some(ClaimStatus::Rejected));
    assert!(full.update(&ending, &act(Party::Agent), &today()).unwrap().is_ended());
    let promise = with(|update| update.promised_by = Some(today().date));
    assert!(open.update(&promise, &act(Party::Agent), &today()).is_ok(), "today is not over");
}

#[test]
fn what_moves_a_claim_and_what_proves_it() {
    use ClaimStatus::{Investigating, Received, Rejected, Resolved, Waiting};
    use Party::{Agent, Member};
    let rows: [(ClaimStatus, Party, Change, ClaimStatus, bool); 14] = [
        (Received, Member, |_| (), Received, false),
        (Received, Agent, |update| update.status = Some(Investigating), Investigating, false),
        (Received, Agent, |update| update.status = Some(Resolved), Resolved, false),
        (Received, Agent, |update| update.confirmed = Some(true), Resolved, true),
        (Received, Agent, |update| update.bank_reference = Some("r".into()), Received, false),
        (Investigating, Member, |update| update.confirmed = Some(true), Resolved, true),
        (Investigating, Member, |update| update.confirmed = Some(false), Investigating, false),
        (Waiting, Member, |_| (), Waiting, false),
        (Waiting, Agent, |update| update.status = Some(Investigating), Investigating, false),
        (Resolved, Agent, |update| update.bank_reference = Some("r".into()), Resolved, false),
        (Resolved, Member, |update| update.confirmed = Some(true), Resolved, true),
        (Resolved, Member, |_| (), Resolved, false),
        (Resolved, Member, |update| update.confirmed = Some(false), Investigating, false),
        (Rejected, Member, |update| update.confirmed = Some(false), Investigating, false),
    ];
    for (index, (from, by, change, status, proven)) in rows.into_iter().enumerate() {
        let claim = brought(from, |_| ());
        let after = claim.update(&with(change), &act(by), &today()).unwrap();
        assert_eq!((after.status, after.proven), (status, proven), "row {index}");
        assert_eq!(after.history.len(), claim.history.len() + 1, "row {index}");
        assert_eq!(after.waiting_on.is_some(), status == Waiting, "row {index}");
    }
    let told_before = brought(Waiting, |update| update.bank_reference = Some("r".into()));
    let resolve = with(|update| update.status = Some(Resolved));
    assert!(!told_before.update(&resolve, &act(Agent), &today()).unwrap().proven);
}

#[test]
fn an_answer_of_the_member_moves_a_claim_that_waits_for_it() {
    let waits = brought(ClaimStatus::Waiting, |update| update.waiting_on = Some("Member".into()));
    let answered = waits.update(&with(|_| ()), &act(Party::Member), &today()).unwrap();
    assert_eq!((answered.status, answered.waiting_on), (ClaimStatus::Investigating, None));
    let reminded = waits.update(&with(|_| ()), &act(Party::Agent), &today()).unwrap();
    assert_eq!(reminded.waiting_on.as_deref(), Some("Member"));
}

#[test]
fn who_does_not_agree_gets_a_new_promise_and_the_proof_begins_anew() {
    let proven = brought(ClaimStatus::Resolved, |update| update.confirmed = Some(true));
    assert!(proven.is_ended() && proven.next_due().is_none());
    let later = Today { date: day("2031-04-01"), ..today() };
    let objects = with(|update| update.confirmed = Some(false));
    let reopened = proven.update(&objects, &act(Party::Member), &later).unwrap();
    assert_eq!(reopened.promised_by, day("2031-04-08"));
    assert_eq!(reopened.follow_up_on, Some(day("2031-04-04")));
    assert!(!reopened.proven);
    assert_eq!(reopened.history.last().unwrap().what, StepKind::Reopened);
    let resolve = with(|update| update.status = Some(ClaimStatus::Resolved));
    assert!(!reopened.update(&resolve, &act(Party::Agent), &later).unwrap().proven);
}

#[test]
fn names_are_those_of_json() {
    fn names<T: strum::VariantArray + Into<&'static str> + Copy + Serialize>() {
        for one in T::VARIANTS {
            let name: &'static str = (*one).into();
            assert_eq!(serde_json::to_value(one).unwrap(), name);
        }
    }
    names::<ClaimStatus>();
    names::<ClaimKind>();
    names::<StepKind>();
    names::<Party>();
    names::<FixAction>();
    names::<MoneyAt>();
}

fn any_update() -> impl Strategy<Value = (Update, Party, i64)> {
    let statuses = proptest::option::of(proptest::sample::select(
        <ClaimStatus as strum::VariantArray>::VARIANTS.to_vec(),
    ));
    let parties = proptest::sample::select(vec![Party::Member, Party::Agent, Party::Supervisor]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let confirmed = proptest::option::of(any::<bool>());
    (statuses, parties, flags, confirmed, -5_i64..5).prop_map(
        |(status, by, (waits, notes, pays), confirmed, days)| {
            let update = Update {
                status,
                waiting_on: waits.then(|| "bank".to_owned()),
                note: notes.then(|| "n".to_owned()),
                bank_reference: pays.then(|| "r".to_owned()),
                promised_by: notes.then(|| today().date.saturating_add(Span::new().days(days))),
                confirmed,
                ..Update::default()
            };
            (update, by, days)
        },
    )
}

proptest! {
    /// In any history, steps are only added, their times never decrease, and a closed claim has nothing due.
    #[test]
    fn histories_only_grow(steps in proptest::collection::vec(any_update(), 1..120)) {
        let mut claim = opened(Party::Member);
        let mut hours = 0_i64;
        for (update, by, wobble) in steps {
            let before = claim.clone();
            // Clocks of different machines may go back a little.
            hours += 20 + wobble * 5;
            let at = now() + jiff::SignedDuration::from_hours(hours);
            let date = today().date.saturating_add(Span::new().days(hours / 24));
            let today = Today { date, ..today() };
            if let Some(day) = claim.on_day(&today, at) {
                claim = day.claim;
            }
            if let Ok(after) = claim.update(&update, &Act { at, ..act(by) }, &today) {
                claim = after;
            }
            prop_assert_eq!(&claim.history[..before.history.len()], &before.history[..]);
            prop_assert!(claim.history.len() <= STEPS_TOTAL_MAX);
            prop_assert!(claim.history.windows(2).all(|pair| pair[0].at <= pair[1].at));
            prop_assert_eq!(claim.history.last().unwrap().status, claim.status);
            prop_assert_eq!(claim.is_ended(), claim.next_due().is_none());
            prop_assert!(!claim.proven || claim.status == ClaimStatus::Resolved);
            prop_assert_eq!(claim.waiting_on.is_some(), claim.status == ClaimStatus::Waiting);
        }
    }
}
