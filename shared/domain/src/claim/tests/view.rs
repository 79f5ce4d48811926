//! What a member sees of a claim, and what stays with the agents.

use super::*;

type Steps<'a> = &'a [(bool, Change)];

/// Returns a claim after these updates by an agent, each internal or not.
fn after(steps: Steps<'_>) -> Claim {
    let evidence = Evidence { branch: Some("b1".to_owned()), ..Evidence::default() };
    let mut claim = opened_with(Party::Member, ClaimKind::Refund, evidence);
    for (internal, change) in steps {
        let update = with(|update| {
            update.internal = *internal;
            change(update);
        });
        claim = claim.update(&update, &act(Party::Agent), &today()).unwrap();
    }
    claim
}

const WAIT: Change = |update| {
    update.status = Some(ClaimStatus::Waiting);
    update.waiting_on = Some("the lawyer".to_owned());
};
const OTHER: Change = |update| update.waiting_on = Some("the bank".to_owned());
const GO_ON: Change = |update| update.status = Some(ClaimStatus::Investigating);
const PAY: Change = |update| update.bank_reference = Some("REF-2".to_owned());
const EVIDENCE: Change = |update| {
    let note = Some("a known liar".to_owned());
    update.evidence = Some(Evidence { note, branch: Some("b9".to_owned()), ..Evidence::default() });
};
const SAY: Change = |_| ();

#[test]
fn what_an_internal_step_says_stays_with_the_agents() {
    let table: [(Steps<'_>, Option<&str>, Option<&str>, &str); 9] = [
        (&[(true, WAIT)], None, None, "b1"),
        (&[(false, WAIT)], Some("the lawyer"), None, "b1"),
        (&[(true, WAIT), (false, SAY)], None, None, "b1"),
        (&[(false, WAIT), (true, OTHER)], None, None, "b1"),
        (&[(false, WAIT), (true, SAY)], Some("the lawyer"), None, "b1"),
        (&[(false, WAIT), (true, GO_ON)], None, None, "b1"),
        (&[(true, PAY), (false, SAY)], None, None, "b1"),
        (&[(false, PAY), (true, EVIDENCE)], None, Some("REF-2"), "b1"),
        (&[(true, EVIDENCE), (false, EVIDENCE)], None, None, "b9"),
    ];
    for (index, (steps, waiting_on, bank_reference, branch)) in table.into_iter().enumerate() {
        let claim = after(steps);
        let seen = claim.for_member();
        assert_eq!(seen.waiting_on.as_deref(), waiting_on, "row {index}");
        assert_eq!(seen.bank_reference.as_deref(), bank_reference, "row {index}");
        assert_eq!(seen.evidence.branch.as_deref(), Some(branch), "row {index}");
        assert_eq!((seen.status, seen.promised_by), (claim.status, claim.promised_by));
    }
}

#[test]
fn an_internal_step_shows_a_new_status_or_promise_and_no_word_of_it() {
    let everything: Change = |update| {
        WAIT(update);
        PAY(update);
        EVIDENCE(update);
    };
    let promise: Change = |update| update.promised_by = Some(day("2031-03-20"));
    let seen = after(&[(true, everything), (true, SAY), (true, promise)]).for_member();
    assert_eq!(seen.history.len(), 3, "the opening, the status and the promise");
    for step in &seen.history[1..] {
        assert_eq!((&step.note, &step.evidence, &step.actor), (&None, &None, &None));
        assert_eq!((&step.waiting_on, &step.bank_reference), (&None, &None));
        assert!(!step.internal);
    }
    assert_eq!(seen.history[1].status, ClaimStatus::Waiting);
    assert_eq!(seen.history[2].promised_by, Some(day("2031-03-20")));
}

#[test]
fn where_the_money_is_shows_what_was_said_openly() {
    let sent: Change = |update| {
        update.money_at = Some(MoneyAt::Bank);
        update.expected_by = Some(day("2031-03-12"));
    };
    let back: Change = |update| update.money_at = Some(MoneyAt::Customer);
    let seen = after(&[(false, sent), (true, back)]).for_member();
    assert_eq!(seen.money_at, Some(MoneyAt::Bank));
    assert_eq!(seen.expected_by, Some(day("2031-03-12")));
    assert_eq!(after(&[(true, sent)]).for_member().expected_by, None);
}
