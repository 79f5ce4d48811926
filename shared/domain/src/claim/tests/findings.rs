//! Findings: what an invoice says about a claim, to agents and to the member.

use super::*;
use crate::invoice::Invoice;
use crate::points::Points;

fn receipt() -> (Money, Timestamp) {
    let total = Money { amount: 129_990, currency: "RUB".to_owned().try_into().unwrap() };
    (total, "2031-03-09T18:30:00Z".parse().unwrap())
}

/// Returns a purchase without a member.
fn unclaimed(claimable: bool) -> InvoiceState {
    let (total, purchased_at) = receipt();
    let purchase_id = Invoice::new("b", "i").purchase_id();
    InvoiceState::Unclaimed { purchase_id, claimable, total, purchased_at }
}

fn missing() -> InvoiceState {
    InvoiceState::Missing { branch: "b".into(), invoice_number: "i".into() }
}

fn named() -> Evidence {
    let (branch, invoice_number) = (Some("b".to_owned()), Some("i".to_owned()));
    Evidence { branch, invoice_number, ..Evidence::default() }
}

/// Returns evidence with everything that is printed on the receipt.
fn shown() -> Evidence {
    let (total, purchased_at) = receipt();
    Evidence { total: Some(total), purchased_at: Some(purchased_at), ..named() }
}

fn claim(by: Party, evidence: Evidence) -> Claim {
    opened_with(by, ClaimKind::MissingPoints, evidence)
}

#[test]
fn what_is_recorded_for_the_invoice_says_what_to_do() {
    use FixAction::{AttachReceipt, CreditPoints};
    let other = MemberId::from_key("other");
    let earned = |member_id: &MemberId, points| InvoiceState::Earned {
        member_id: member_id.clone(),
        points: Points::new(points),
        why: vec![crate::text::explanation_let_go()],
        rerating: None,
    };
    let credited = |member_id| InvoiceState::Credited { member_id, points: Points::new(5) };
    // What agents see, what the member sees, the fix, and whether the member may read the note.
    use Finding::{NotReceived, ReceivedWithPoints, ReceivedWithoutPoints};
    let table = [
        (missing(), NotReceived, NotReceived, Some(CreditPoints), None),
        (credited(member()), NotReceived, NotReceived, None, Some(true)),
        (credited(other.clone()), NotReceived, NotReceived, None, Some(false)),
        (unclaimed(true), ReceivedWithoutPoints, ReceivedWithoutPoints, Some(AttachReceipt), None),
        (unclaimed(false), ReceivedWithoutPoints, ReceivedWithoutPoints, None, Some(false)),
        (earned(&member(), 7), ReceivedWithPoints, ReceivedWithPoints, None, Some(true)),
        (earned(&member(), 0), ReceivedWithoutPoints, ReceivedWithoutPoints, None, Some(true)),
        (earned(&other, 7), ReceivedWithPoints, NotReceived, None, Some(false)),
        (earned(&other, 0), ReceivedWithPoints, NotReceived, None, Some(false)),
    ];
    for (invoice, agents, members, fix, is_told) in table {
        let checked = claim(Party::Member, shown()).check(invoice.clone());
        let finding = checked.finding.unwrap();
        let seen = (finding.in_contract(), finding.for_member());
        assert_eq!(seen, (agents, members), "{invoice:?}");
        assert_eq!(checked.fix.map(|fix| fix.action()), fix, "{invoice:?}");
        assert_eq!(checked.note.map(|_| !checked.internal), is_told, "{invoice:?}");
    }
}

#[test]
fn a_receipt_that_is_not_shown_looks_to_its_member_like_none() {
    let (total, purchased_at) = receipt();
    let minutes = |count| Some(purchased_at + jiff::SignedDuration::from_mins(count));
    let other_total = Money { amount: total.amount + 1, ..total.clone() };
    let other_currency = Money { currency: "EUR".to_owned().try_into().unwrap(), ..total.clone() };
    let table = [
        named(),
        Evidence { purchased_at: None, ..shown() },
        Evidence { total: None, ..shown() },
        Evidence { total: Some(other_total), ..shown() },
        Evidence { total: Some(other_currency), ..shown() },
        Evidence { purchased_at: minutes(1), ..shown() },
        Evidence { purchased_at: minutes(-1), ..shown() },
    ];
    for evidence in table {
        let seen = |invoice| {
            let opened = claim(Party::Member, evidence.clone());
            let checked = opened.check(invoice);
            (opened.checked(checked.clone(), now()).for_member(), checked.fix)
        };
        let (of_none, _) = seen(missing());
        for claimable in [true, false] {
            let (of_a_strangers, fix) = seen(unclaimed(claimable));
            assert_eq!(of_a_strangers, of_none, "{evidence:?}");
            assert_eq!(fix, None, "{evidence:?}");
        }
        // An agent who names the invoice may give the points. The member still sees no difference.
        let vouched = claim(Party::Agent, evidence.clone());
        let checked = vouched.check(unclaimed(true));
        assert_eq!(checked.finding.map(Finding::in_contract), Some(Finding::ReceivedWithoutPoints));
        assert_eq!(checked.fix.clone().map(|fix| fix.action()), Some(FixAction::AttachReceipt));
        let found = vouched.checked(checked, now()).for_member();
        assert_eq!(found.finding, Some(Finding::NotReceived));
    }
    let in_its_minute = Evidence {
        purchased_at: Some(purchased_at + jiff::SignedDuration::from_secs(59)),
        ..shown()
    };
    let checked = claim(Party::Member, in_its_minute).check(unclaimed(true));
    assert_eq!(checked.finding, Some(Finding::ReceivedWithoutPoints));
}

#[test]
fn a_purchase_that_the_newest_rules_rate_otherwise_is_rated_again() {
    let purchase_id = Invoice::new("b", "i").purchase_id();
    let loss = Some(Fix::Rerate { purchase_id: purchase_id.clone(), points: Points::new(-3) });
    let fix = Some(Fix::Rerate { purchase_id, points: Points::new(3) });
    let earned = |points, rerating| InvoiceState::Earned {
        member_id: member(),
        points: Points::new(points),
        why: vec![],
        rerating,
    };
    use Finding::{ReceivedWithPoints, ReceivedWithoutPoints};
    let table = [
        (ClaimKind::MissingPoints, earned(7, fix.clone()), Some(ReceivedWithPoints), true),
        (ClaimKind::MissingPoints, earned(0, fix.clone()), Some(ReceivedWithoutPoints), true),
        (ClaimKind::ReceiptData, earned(7, fix.clone()), Some(ReceivedWithPoints), true),
        (ClaimKind::MissingPoints, earned(7, loss.clone()), Some(ReceivedWithPoints), false),
        (ClaimKind::MissingPoints, earned(7, None), Some(ReceivedWithPoints), false),
        (ClaimKind::ReceiptData, earned(7, loss), Some(ReceivedWithPoints), true),
        (ClaimKind::ReceiptData, earned(7, None), None, false),
        (ClaimKind::ReceiptData, missing(), None, false),
    ];
    for (kind, invoice, finding, is_proposed) in table {
        let claim = opened_with(Party::Member, kind, named());
        let checked = claim.relevant(claim.check(invoice));
        assert_eq!((checked.finding, checked.fix.is_some()), (finding, is_proposed), "{kind}");
        // The member reads what the purchase earned, whatever is proposed to the agents.
        assert_eq!(checked.note.is_some() && !checked.internal, finding.is_some(), "{kind}");
    }
}

#[test]
fn a_number_alone_finds_the_members_own_the_shown_or_the_only_invoice() {
    let own = InvoiceState::Earned {
        member_id: member(),
        points: Points::new(7),
        why: vec![],
        rerating: None,
    };
    let other_id = MemberId::from_key("other");
    let other = InvoiceState::Earned {
        member_id: other_id,
        points: Points::new(7),
        why: vec![],
        rerating: None,
    };
    let find = |by, evidence: Evidence, states: Vec<InvoiceState>| {
        let opened = claim(by, Evidence { branch: None, ..evidence });
        let found: Vec<(String, InvoiceState)> =
            states.into_iter().enumerate().map(|(at, state)| (format!("b{at}"), state)).collect();
        opened.checked(opened.check_numbered(found), now())
    };
    use Party::{Agent, Member};
    let table = [
        (find(Member, named(), vec![other.clone(), own.clone()]), Some("b1"), "own"),
        (find(Member, shown(), vec![other.clone(), unclaimed(true)]), Some("b1"), "shown"),
        (find(Agent, named(), vec![unclaimed(true)]), Some("b0"), "only"),
        (find(Agent, named(), vec![own.clone(), own]), None, "two of the member"),
        (find(Agent, named(), vec![other.clone()]), None, "another's"),
        (find(Member, named(), vec![unclaimed(true)]), None, "not shown"),
        (find(Agent, named(), vec![unclaimed(true), other.clone()]), None, "none fits"),
        (find(Agent, named(), vec![]), None, "none"),
    ];
    for (claim, branch, row) in &table {
        assert_eq!(claim.evidence.branch.as_deref(), *branch, "{row}");
        assert_eq!(claim.proposed_fix.is_some(), ["shown", "only"].contains(row), "{row}");
        // The right one may still arrive, at any branch.
        assert_eq!(claim.missed_number(), branch.is_none().then_some("i"), "{row}");
    }
    // A member who guesses a number sees the same for a stranger's purchase and for none.
    let guessed = [vec![], vec![other], vec![unclaimed(true)]];
    let seen = guessed.map(|states| find(Member, named(), states).for_member());
    assert!(seen.iter().all(|claim| *claim == seen[0]));
    assert_eq!((seen[0].finding, &seen[0].evidence.branch), (Some(Finding::NotReceived), &None));
}

#[test]
fn the_invoice_is_vouched_for_by_the_one_who_named_it_last() {
    let bring = |claim: &Claim, by, evidence| {
        let update = with(|update| update.evidence = Some(evidence));
        claim.update(&update, &act(by), &today()).unwrap()
    };
    let is_proposed = |claim: &Claim| claim.check(unclaimed(true)).fix.is_some();
    let opened = claim(Party::Member, named());
    assert!(!is_proposed(&opened));
    let note = Evidence { note: Some("called".to_owned()), ..Evidence::default() };
    assert!(!is_proposed(&bring(&opened, Party::Agent, note)));
    let named_by_agent = bring(&opened, Party::Supervisor, named());
    assert!(is_proposed(&named_by_agent));
    assert!(!is_proposed(&bring(&named_by_agent, Party::Member, named())));
    assert!(is_proposed(&bring(&opened, Party::Member, shown())));
    assert!(is_proposed(&claim(Party::System, named())));
}
