//! Tests of the automatic reply: when it is due, what cancels it, and that it is sent once.

use proptest::prelude::*;

use super::*;
use crate::id::{MemberId, RatingId};
use crate::invoice::Invoice;

const WAIT_MINUTES: i64 = 30;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_760_000_000 + 60 * minute).unwrap()
}

fn rating(score: u8, comment: Option<&str>, auto_reply: AutoReply) -> Rating {
    let member_id = MemberId::from_key("ana");
    Rating {
        rating_id: RatingId::of_visit(Invoice::new("msk-1", "1"), &member_id),
        member_id,
        member_name: "Ana".to_owned(),
        branch: "msk-1".to_owned(),
        invoice_number: Some("1".to_owned()),
        visited_at: at(-60),
        day: "2025-10-09".parse().unwrap(),
        score,
        comment: comment.map(str::to_owned),
        unread: true,
        member_wrote: false,
        replies: 0,
        rated_at: at(0),
        changed_at: None,
        earlier: Vec::new(),
        auto_reply,
        newest_message: None,
        viewers: Vec::new(),
    }
}

/// Settings that were turned on a minute ago.
fn on(since: i64) -> AutoReplySettings {
    AutoReplySettings {
        enabled: true,
        subject: "Sorry".to_owned(),
        body: "Tell us more.".to_owned(),
        wait_minutes: WAIT_MINUTES,
        enabled_since: Some(at(since)),
    }
}

#[test]
fn a_reply_is_due_to_a_bad_rating_without_a_comment_while_it_is_on() {
    use AutoReply::{Cancelled, None as Unasked, Sent, Waiting};
    let later = ReplyTiming::At(at(WAIT_MINUTES));
    let off = AutoReplySettings { enabled: false, ..on(-5) };
    let at_once = AutoReplySettings { wait_minutes: 0, ..on(-5) };
    let waiting = Waiting { until: at(10) };
    let table = [
        ((6, None, Unasked), Some(on(-5)), true, later),
        ((0, None, Unasked), Some(on(0)), true, later),
        ((7, None, Unasked), Some(on(-5)), true, ReplyTiming::Never),
        ((10, None, Unasked), Some(on(-5)), true, ReplyTiming::Never),
        ((6, Some("cold soup"), Unasked), Some(on(-5)), true, ReplyTiming::Never),
        ((6, None, Unasked), None, true, ReplyTiming::Never),
        ((6, None, Unasked), Some(off), true, ReplyTiming::Never),
        ((6, None, Unasked), Some(on(1)), true, ReplyTiming::Never),
        ((6, None, Unasked), Some(on(-5)), false, ReplyTiming::Never),
        ((6, None, Sent), Some(on(-5)), true, ReplyTiming::Never),
        ((6, None, Cancelled), Some(on(-5)), true, ReplyTiming::Never),
        ((6, None, waiting), Some(on(-5)), true, ReplyTiming::Never),
        ((6, None, Unasked), Some(at_once), true, ReplyTiming::Now),
    ];
    for ((score, comment, state), settings, may_write, expected) in table {
        let rating = rating(score, comment, state);
        let timing = on_rating(&rating, settings.as_ref(), may_write, at(0));
        assert_eq!(timing, expected, "{score} {comment:?} {state:?} {settings:?} {may_write}");
        let after = match expected {
            ReplyTiming::Never => state,
            ReplyTiming::At(until) => Waiting { until },
            ReplyTiming::Now => Sent,
        };
        assert_eq!(timing.applied(rating).auto_reply, after);
    }
}

#[test]
fn none_starts_after_anybody_said_something() {
    use AutoReply::{Cancelled, None as Unasked, Sent, Waiting};
    let bad = |comment| rating(3, comment, Unasked);
    let later = ReplyTiming::At(at(5 + WAIT_MINUTES));
    let table = [
        ("a better score", rating(9, None, Unasked), Unasked, later),
        ("a comment", bad(Some("cold soup")), Unasked, ReplyTiming::Never),
        (
            "a comment of long ago",
            bad(Some("x")).changed(9, None, at(1)),
            Unasked,
            ReplyTiming::Never,
        ),
        ("a message", bad(None).messaged(), Cancelled, ReplyTiming::Never),
        ("a reply", answered(bad(None)), Cancelled, ReplyTiming::Never),
        ("a reply of before", bad(None).replied(), Unasked, ReplyTiming::Never),
    ];
    for (said, before, state, expected) in table {
        assert_eq!(before.auto_reply, state, "{said}");
        let changed = before.changed(2, None, at(5));
        let timing = on_rating(&changed, Some(&on(-5)), true, at(5));
        assert_eq!(timing, expected, "{said}");
    }
    let waiting = Waiting { until: at(10) };
    for (state, expected) in [(waiting, Cancelled), (Sent, Sent), (Cancelled, Cancelled)] {
        assert_eq!(answered(rating(3, None, state)).auto_reply, expected, "{state:?}");
    }
}

#[test]
fn what_keeps_a_reply_back_is_seen_when_its_time_has_come() {
    use AutoReply::{Cancelled, None as Unasked, Sent, Waiting};
    let waiting = Waiting { until: at(WAIT_MINUTES) };
    let off = AutoReplySettings { enabled: false, ..on(-5) };
    let (due, early) = (at(WAIT_MINUTES), at(WAIT_MINUTES - 1));
    let table = [
        ((6, None, waiting), Some(on(-5)), true, due, Release::Send),
        ((6, None, waiting), Some(on(-5)), true, early, Release::NotDue),
        ((6, None, Sent), Some(on(-5)), true, due, Release::NotDue),
        ((6, None, Cancelled), Some(on(-5)), true, due, Release::NotDue),
        ((6, None, Unasked), Some(on(-5)), true, due, Release::NotDue),
        ((7, None, waiting), Some(on(-5)), true, due, Release::Cancel),
        ((6, Some("cold soup"), waiting), Some(on(-5)), true, due, Release::Cancel),
        ((6, None, waiting), Some(on(-5)), false, due, Release::Cancel),
        ((6, None, waiting), Some(off), true, due, Release::Cancel),
        ((6, None, waiting), None, true, due, Release::Cancel),
        // Off and on again: the rating is older.
        ((6, None, waiting), Some(on(1)), true, due, Release::Cancel),
    ];
    for ((score, comment, state), settings, may_write, now, expected) in table {
        let rating = rating(score, comment, state);
        let released = at_release(&rating, settings.as_ref(), may_write, now);
        assert_eq!(released, expected, "{score} {comment:?} {state:?} {settings:?} {may_write}");
    }
}

#[test]
fn it_is_on_since_it_was_turned_on() {
    let off = AutoReplySettings::default();
    let asked = || AutoReplySettings { enabled_since: None, ..on(0) };
    let first = asked().following(&off, at(1));
    assert_eq!(first.enabled_since, Some(at(1)));
    let reworded = AutoReplySettings { subject: "Pardon".to_owned(), ..asked() };
    assert_eq!(reworded.following(&first, at(2)).enabled_since, Some(at(1)));
    let stopped = AutoReplySettings { enabled: false, ..asked() }.following(&first, at(3));
    assert_eq!(stopped.enabled_since, None);
    assert_eq!(asked().following(&stopped, at(4)).enabled_since, Some(at(4)));
}

#[test]
fn settings_that_cannot_be_kept_are_refused_with_the_field() {
    let request = || AutoReplyRequest {
        enabled: true,
        subject: Some("s".repeat(SUBJECT_MAX_CHARS)),
        body: Some(format!("{}\r\n", "b".repeat(BODY_MAX_CHARS - 1))),
        wait_minutes: Some(WAIT_MINUTES_MAX),
        enabled_since: None,
    };
    let kept = request().checked().unwrap();
    assert_eq!(kept.body.chars().count(), BODY_MAX_CHARS);
    type Change = fn(&mut AutoReplyRequest);
    let table: [(Change, &[&str]); 8] = [
        (|request| request.subject = None, &["subject"]),
        (|request| request.body = Some(" \n".into()), &["body"]),
        (|request| request.subject = Some("two\nlines".into()), &["subject"]),
        (|request| request.subject = Some("s".repeat(SUBJECT_MAX_CHARS + 1)), &["subject"]),
        (|request| request.body = Some("b".repeat(BODY_MAX_CHARS + 1)), &["body"]),
        (|request| request.wait_minutes = Some(-1), &["wait_minutes"]),
        (|request| request.wait_minutes = Some(WAIT_MINUTES_MAX + 1), &["wait_minutes"]),
        (|request| (request.subject, request.body) = (None, None), &["subject", "body"]),
    ];
    for (change, fields) in table {
        let mut request = request();
        change(&mut request);
        let errors = request.checked().unwrap_err();
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), fields);
    }
    let off = AutoReplyRequest { enabled: false, subject: None, body: None, ..request() };
    let off = off.checked().unwrap();
    assert_eq!((off.subject.as_str(), off.body.as_str()), ("", ""));
}

/// What can happen to a rating and its reply.
#[derive(Debug, Clone)]
enum Act {
    /// The member changes the rating.
    Change(u8, bool),
    /// The member writes a message.
    Message,
    /// An agent replies.
    Reply,
    /// A supervisor turns it on or off.
    Switch(bool),
    /// The member gives or takes back consent.
    Consent(bool),
    /// The schedule fires.
    Run,
}

fn waits(rating: &Rating) -> bool {
    matches!(rating.auto_reply, AutoReply::Waiting { .. })
}

fn acts() -> impl Strategy<Value = Vec<(i64, Act)>> {
    let act = prop_oneof![
        (0_u8..=10, any::<bool>()).prop_map(|(score, comments)| Act::Change(score, comments)),
        Just(Act::Message),
        Just(Act::Reply),
        any::<bool>().prop_map(Act::Switch),
        any::<bool>().prop_map(Act::Consent),
        Just(Act::Run),
        Just(Act::Run),
        Just(Act::Run),
    ];
    prop::collection::vec((0_i64..40, act), 0..24)
}

proptest! {
    /// The reply is sent once, in time, and only while all conditions hold, after any history.
    #[test]
    fn no_history_replies_twice_or_against_what_was_said(
        first in (0_u8..=10, any::<bool>(), any::<bool>()),
        acts in acts(),
    ) {
        let (score, comments, mut consents) = first;
        let mut settings = on(-1);
        let mut minute = 0;
        let given = rating(score, comments.then_some("cold soup"), AutoReply::None);
        let timing = on_rating(&given, Some(&settings), consents, at(0));
        let mut rating = timing.applied(given);
        // The expected result follows from the acts alone. It does not use the states.
        let (mut sent, mut spoken) = (0, comments);
        for (pause, act) in acts {
            minute += pause;
            let now = at(minute);
            match act {
                Act::Change(score, comments) => {
                    let changed = rating.changed(score, comments.then(|| "x".to_owned()), now);
                    let timing = on_rating(&changed, Some(&settings), consents, now);
                    prop_assert_ne!(timing, ReplyTiming::Now);
                    rating = timing.applied(changed);
                    spoken |= comments;
                }
                Act::Message => {
                    rating = rating.messaged();
                    spoken = true;
                    prop_assert!(!waits(&rating));
                }
                Act::Reply => {
                    rating = answered(rating);
                    spoken = true;
                    prop_assert!(!waits(&rating));
                }
                Act::Switch(enabled) => {
                    let asked = AutoReplySettings { enabled, ..settings.clone() };
                    settings = asked.following(&settings, now);
                }
                Act::Consent(given) => consents = given,
                Act::Run => {
                    match at_release(&rating, Some(&settings), consents, now) {
                        Release::Send => {
                            prop_assert!(waits(&rating) && settings.enabled && consents && !spoken);
                            prop_assert!(rating.score <= 6 && minute >= WAIT_MINUTES);
                            rating.auto_reply = AutoReply::Sent;
                            sent += 1;
                        }
                        Release::Cancel => rating.auto_reply = AutoReply::Cancelled,
                        Release::NotDue => {}
                    }
                }
            }
            prop_assert!(sent <= 1);
            prop_assert_eq!(sent == 1, rating.auto_reply == AutoReply::Sent);
        }
    }
}
