//! Due changes of a claim, observations of the system, and results of fixes.

use super::*;
use crate::id::EmailId;
use crate::invoice::Invoice;
use crate::mail::EmailStatus;
use crate::points::Points;
use crate::text;

/// Returns the days on which an untouched claim creates a follow-up, and the day on which its promise is
/// recorded as broken, for runs on these days.
fn run_on(days: impl Iterator<Item = i64>) -> (Vec<i64>, Vec<i64>) {
    let mut claim = opened(Party::Member);
    let (mut follow_ups, mut broken) = (Vec::new(), Vec::new());
    for number in days {
        let date = today().date.saturating_add(Span::new().days(number));
        let today = Today { date, ..today() };
        let before = claim.follow_up_on;
        // The second run of a day changes nothing.
        for _ in 0..2 {
            let Some(found) = claim.on_day(&today, now()) else { break };
            claim = found.claim;
            broken.extend(found.broken_promise.map(|_| number));
        }
        assert_eq!(claim.on_day(&today, now()), None, "day {number}");
        if claim.follow_up_on != before {
            follow_ups.push(number);
        }
        assert!(claim.next_due().unwrap() > date, "day {number}");
    }
    (follow_ups, broken)
}

#[test]
fn follow_ups_go_on_and_a_broken_promise_is_told_once() {
    assert_eq!(run_on(0..=12), (vec![3, 6, 9, 12], vec![8]));
    // Missed days are caught up with one follow-up.
    assert_eq!(run_on([0, 11, 12, 14].into_iter()), (vec![11, 14], vec![11]));
    assert_eq!(run_on([7, 8].into_iter()), (vec![7], vec![8]));
}

#[test]
fn the_member_is_told_on_set_days_and_of_a_broken_promise() {
    let news_of = |by| {
        let (mut claim, mut told) = (opened(by), Vec::new());
        for number in 0..=22 {
            let date = today().date.saturating_add(Span::new().days(number));
            let Some(day) = claim.on_day(&Today { date, ..today() }, now()) else { continue };
            claim = day.claim;
            told.extend(day.news.map(|news| (number, news, day.asks)));
        }
        told
    };
    use News::{BrokenPromise, Reminder};
    let told = [(7, Reminder, false), (8, BrokenPromise, true), (15, Reminder, true)];
    assert_eq!(news_of(Party::Member), [&told[..], &[(22, Reminder, false)]].concat());
    assert_eq!(news_of(Party::System), []);
    // A public step of an agent puts the next mail off, an internal one and one of the member do not.
    let later = Today { date: day("2031-03-12"), ..today() };
    let tell_on = |by, internal| {
        let said = with(|update| update.internal = internal);
        opened(Party::Agent).update(&said, &act(by), &later).unwrap().tell_on
    };
    assert_eq!(tell_on(Party::Agent, false), Some(day("2031-03-19")));
    assert_eq!(tell_on(Party::Agent, true), Some(day("2031-03-17")));
    assert_eq!(tell_on(Party::Member, false), Some(day("2031-03-17")));
}

#[test]
fn a_new_promise_can_be_broken_anew() {
    let on = |text: &str| Today { date: day(text), ..today() };
    let broken = opened(Party::Member).on_day(&on("2031-03-18"), now()).unwrap();
    assert_eq!(broken.broken_promise, Some(day("2031-03-17")));
    assert!(broken.claim.escalated);
    let promise = with(|update| update.promised_by = Some(day("2031-03-19")));
    let anew = broken.claim.update(&promise, &act(Party::Agent), &on("2031-03-18")).unwrap();
    assert!(!anew.escalated);
    assert_eq!(anew.on_day(&on("2031-03-19"), now()), None);
    let again = anew.on_day(&on("2031-03-20"), now()).unwrap();
    assert_eq!(again.broken_promise, Some(day("2031-03-19")));
}

#[test]
fn resolved_is_followed_up_until_it_is_proven() {
    let resolved = brought(ClaimStatus::Resolved, |_| ());
    assert_eq!(resolved.next_due(), Some(day("2031-03-13")));
    let confirms = with(|update| update.confirmed = Some(true));
    let proven = resolved.update(&confirms, &act(Party::Member), &today()).unwrap();
    assert_eq!(proven.next_due(), None);
    let years_later = Today { date: day("2040-01-01"), ..today() };
    assert_eq!(proven.on_day(&years_later, now()), None);
}

fn email_id() -> EmailId {
    EmailId::of_cause(&["mail"], &member())
}

/// Returns a claim that the system opened with this fix.
fn found(fix: Fix) -> Claim {
    let claim_id = ClaimId::of_cause(&crate::id::digest(&["x"]), &member());
    let evidence = Evidence {
        branch: Some("b".to_owned()),
        invoice_number: Some("i".to_owned()),
        ..Evidence::default()
    };
    let checked = Checked {
        finding: Some(Finding::NotReceived),
        ..Checked::proposing(fix, text::claim_purchase_not_recorded())
    };
    let kind = ClaimKind::MissingPoints;
    let opened = Claim::open(claim_id, kind, evidence, &Act::of_system(now()), &today());
    opened.checked(checked, now())
}

#[test]
fn a_fix_that_is_its_own_proof_ends_the_claim() {
    let purchase_id = Invoice::new("b", "i").purchase_id();
    let claim = found(Fix::AttachReceipt { purchase_id });
    assert_eq!(claim.watched(), None);
    assert!(claim.fix().is_ok());
    let fixed = claim.fixed(Some(text::claim_points_credited(Points::new(5))), &act(Party::Agent));
    assert!(fixed.proven && fixed.is_ended());
    assert_eq!(fixed.fix(), Err(Refusal::Ended));
    assert_eq!(fixed.history.last().unwrap().fix, Some(FixAction::AttachReceipt));
    assert_eq!(opened(Party::Member).fix(), Err(Refusal::NoFix));
}

#[test]
fn a_mail_that_was_requested_proves_itself_or_is_proposed_again() {
    use EmailStatus::{Blocked, Bounced, Delivered, Queued, Rejected, Sending, Sent, Uncertain};
    let requested = found(Fix::RequestMail { email_id: email_id() })
        .fix_requested(Fix::RequestMail { email_id: email_id() }, &act(Party::Agent));
    assert_eq!(requested.waiting_on.as_deref(), Some(SYSTEM));
    assert_eq!(requested.fix(), Err(Refusal::NoFix));
    assert_eq!(requested.watched(), Some(Watched::Mail(email_id())));
    for status in [Queued, Sending] {
        assert_eq!(requested.observed(&Observation::Mail(email_id(), status), now()), None);
    }
    for status in [Sent, Delivered] {
        let proven = requested.observed(&Observation::Mail(email_id(), status), now()).unwrap();
        assert!(proven.is_ended());
        assert_eq!(proven.observed(&Observation::Mail(email_id(), Bounced), now()), None);
    }
    for status in [Uncertain, Blocked, Rejected, Bounced] {
        let failed = requested.observed(&Observation::Mail(email_id(), status), now()).unwrap();
        assert_eq!(failed.status, ClaimStatus::Investigating);
        assert_eq!(failed.proposed_fix, Some(Fix::Resend { email_id: email_id() }));
        // The same fix is not proposed again at each check.
        assert_eq!(failed.observed(&Observation::Mail(email_id(), status), now()), None);
    }
}

#[test]
fn a_lost_mail_that_comes_by_itself_needs_no_agent() {
    let lost = found(Fix::RequestMail { email_id: email_id() });
    let came = lost.observed(&Observation::Mail(email_id(), EmailStatus::Sent), now()).unwrap();
    assert!(came.is_ended());
    let blocked =
        lost.observed(&Observation::Mail(email_id(), EmailStatus::Blocked), now()).unwrap();
    assert_eq!(blocked.proposed_fix.unwrap().action(), FixAction::Resend);
}

#[test]
fn a_mail_that_bounces_after_it_went_out_opens_its_claim_again() {
    let later = Today { date: day("2031-05-01"), ..today() };
    let disproven =
        |claim: &Claim| claim.disproven(&email_id(), EmailStatus::Bounced, &later, now());
    let lost = found(Fix::Resend { email_id: email_id() });
    assert_eq!(disproven(&lost), None, "it waits for an agent already");
    let sent = lost.observed(&Observation::Mail(email_id(), EmailStatus::Sent), now()).unwrap();
    let reopened = disproven(&sent).unwrap();
    assert_eq!((reopened.promised_by, reopened.proven), (day("2031-05-08"), false));
    assert_eq!(reopened.proposed_fix, lost.proposed_fix);
    assert_eq!(disproven(&reopened), None);
    let reject = with(|update| update.status = Some(ClaimStatus::Rejected));
    let rejected = lost.update(&reject, &act(Party::Agent), &today()).unwrap();
    assert_eq!(disproven(&rejected), None, "a person ended it");
}

#[test]
fn a_purchase_that_fails_again_opens_its_claim_again() {
    let dead = found(Fix::Redrive);
    assert_eq!(dead.recurred(&today(), now()), None, "it waits for an agent already");
    let purchase_id = Invoice::new("b", "i").purchase_id();
    assert_eq!(dead.watched(), Some(Watched::Purchase(purchase_id)));
    let redriven = dead.fix_requested(Fix::Redrive, &act(Party::Agent));
    let again = redriven.recurred(&today(), now()).unwrap();
    assert_eq!(again.status, ClaimStatus::Investigating);
    assert_eq!((&again.proposed_fix, &again.under_way), (&Some(Fix::Redrive), &None));
    assert_eq!(again.promised_by, dead.promised_by);
    let recorded = redriven.observed(&Observation::Purchase, now()).unwrap();
    assert!(recorded.is_ended());
    let later = Today { date: day("2031-05-01"), ..today() };
    let reopened = recorded.recurred(&later, now()).unwrap();
    assert_eq!((reopened.promised_by, reopened.proven), (day("2031-05-08"), false));
    assert!(reopened.next_due().is_some());
}

#[test]
fn a_conflict_is_not_settled_by_the_purchase_it_conflicts_with() {
    let mut conflict = found(Fix::Redrive);
    for finding in [Finding::OfAnotherMember, Finding::ReceivedWithPoints] {
        conflict.finding = Some(finding);
        assert_eq!(conflict.watched(), None);
    }
}

#[test]
fn a_claim_keeps_moving_when_it_has_all_its_steps() {
    let mut claim = found(Fix::Redrive);
    for _ in 0..2 * STEPS_TOTAL_MAX {
        claim = claim.fix_requested(Fix::Redrive, &Act::of_system(now()));
        claim = claim.recurred(&today(), now()).unwrap();
    }
    assert_eq!(claim.history.len() - claim.steps_of_people(), SYSTEM_STEPS_MAX);
    assert_eq!(claim.proposed_fix, Some(Fix::Redrive));
}

#[test]
fn what_the_system_noticed_leaves_room_for_every_step_of_people() {
    let mut claim = found(Fix::Redrive);
    for _ in 0..2 * STEPS_TOTAL_MAX {
        claim = claim.fix_requested(Fix::Redrive, &Act::of_system(now()));
        claim = claim.recurred(&today(), now()).unwrap();
    }
    while claim.steps_of_people() < STEPS_MAX {
        let said = claim.update(&with(|_| ()), &act(Party::Agent), &today()).unwrap();
        assert_eq!(said.steps_of_people(), claim.steps_of_people() + 1);
        claim = said;
    }
    for _ in 0..ENDING_STEPS_MAX {
        assert!(claim.fix().is_ok());
        let requested = claim.fix_requested(Fix::Redrive, &act(Party::Agent));
        assert_eq!(requested.history.last().unwrap().what, StepKind::Fixed);
        assert_eq!(requested.steps_of_people(), claim.steps_of_people() + 1);
        claim = requested.recurred(&today(), now()).unwrap();
    }
    assert_eq!(claim.fix(), Err(Refusal::Full));
    assert_eq!(claim.history.len(), STEPS_TOTAL_MAX);
}
