//! Tests of ratings: categories, counters after every sequence of acts, and changed scores.

use crate::invoice::Invoice;
use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_760_000_000 + second).unwrap()
}

pub(crate) fn rating(score: u8, comment: Option<&str>) -> Rating {
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
        auto_reply: AutoReply::None,
        newest_message: None,
        viewers: Vec::new(),
    }
}

#[test]
fn every_score_has_its_category_and_color() {
    for score in 0..=SCORE_MAX {
        let expected = match score {
            0..=6 => (Category::Detractor, Color::Red),
            7 | 8 => (Category::Passive, Color::Yellow),
            _ => (Category::Promoter, Color::Green),
        };
        let category = Category::of(score);
        assert_eq!((category, category.color()), expected, "{score}");
    }
}

#[test]
fn scores_are_within_the_bounds_of_the_programme() {
    let table = [
        (0, 0, Some(0)),
        (10, 0, Some(10)),
        (11, 0, None),
        (-1, 0, None),
        (0, 1, None),
        (1, 1, Some(1)),
        (256, 0, None),
        (i64::MIN, 0, None),
        (i64::MAX, 0, None),
    ];
    for (given, lowest, expected) in table {
        let judged = super::score(given, lowest);
        assert_eq!(judged.as_ref().ok(), expected.as_ref(), "{given} from {lowest}");
        assert!(judged.err().is_none_or(|error| error.field == "score"));
    }
}

#[test]
fn a_changed_mind_keeps_what_was_thought_before() {
    let first = rating(3, None);
    let second = first.clone().opened().changed(9, None, at(10));
    assert_eq!((second.score, second.unread, second.opinion_at()), (9, false, at(10)));
    assert_eq!(second.earlier, [EarlierOpinion { score: 3, comment: None, at: at(0) }]);
    let third = second.changed(9, Some("better".into()), at(20));
    assert!(third.unread);
    assert_eq!(third.earlier[1], EarlierOpinion { score: 9, comment: None, at: at(10) });
    let same_comment = third.clone().opened().changed(10, Some("better".into()), at(30));
    assert!(!same_comment.unread);
    assert_eq!(
        (third.rating_id, third.visited_at, third.day, third.rated_at),
        (first.rating_id, first.visited_at, first.day, first.rated_at)
    );
}

#[test]
fn the_newest_earlier_opinions_are_kept() {
    let changes = i64::try_from(EARLIER_MAX).unwrap() + 5;
    let changed = (1..=changes).fold(rating(0, None), |rating, second| {
        rating.changed(u8::try_from(second % 11).unwrap(), None, at(second))
    });
    assert_eq!(changed.earlier.len(), EARLIER_MAX);
    assert_eq!(changed.earlier.last().unwrap().at, at(changes - 1));
    assert_eq!(changed.earlier[0].at, at(5));
    assert_eq!(changed.auto_reply, AutoReply::None);
    // A comment that is no longer kept still rules out an automatic reply.
    let explained = (1..=changes)
        .fold(rating(0, Some("cold soup")), |rating, second| rating.changed(0, None, at(second)));
    assert!(explained.earlier.iter().all(|opinion| opinion.comment.is_none()));
    assert_eq!(explained.auto_reply, AutoReply::Cancelled);
}

#[test]
fn what_was_said_or_mended_keeps_a_waiting_reply_back() {
    let waiting = AutoReply::Waiting { until: at(99) };
    let table = [
        (waiting, 2, None, waiting),
        (waiting, 2, Some("late"), AutoReply::Cancelled),
        (waiting, 7, None, AutoReply::Cancelled),
        (AutoReply::None, 9, Some("fine"), AutoReply::None),
        (AutoReply::Sent, 9, Some("fine"), AutoReply::Sent),
        (AutoReply::Cancelled, 1, None, AutoReply::Cancelled),
    ];
    for (auto_reply, score, comment, expected) in table {
        let before = Rating { auto_reply, ..rating(3, None) };
        let after = before.changed(score, comment.map(str::to_owned), at(1));
        assert_eq!(after.auto_reply, expected, "{auto_reply:?} {score} {comment:?}");
    }
    let before = Rating { auto_reply: waiting, ..rating(3, None) };
    assert_eq!(before.clone().opened().auto_reply, waiting);
    assert_eq!(before.clone().replied().auto_reply, waiting);
    for (auto_reply, expected) in [
        (waiting, AutoReply::Cancelled),
        (AutoReply::None, AutoReply::Cancelled),
        (AutoReply::Cancelled, AutoReply::Cancelled),
        (AutoReply::Sent, AutoReply::Sent),
    ] {
        let before = Rating { auto_reply, ..rating(3, None) };
        assert_eq!(before.messaged().auto_reply, expected, "{auto_reply:?}");
    }
}

#[test]
fn a_message_of_the_member_counts_as_a_comment_for_good() {
    let silent = rating(3, None).opened();
    assert_eq!((silent.has_comment(), silent.tally().comments), (false, 0));
    let wrote = silent.messaged();
    assert_eq!((wrote.tally().comments, wrote.tally().unread_comments), (1, 1));
    let answered = wrote.replied();
    let tally = answered.tally();
    assert_eq!((tally.comments, tally.unread_comments, tally.replies), (1, 0, 1));
    let changed = answered.changed(9, None, at(5));
    assert_eq!((changed.comment.as_ref(), changed.has_comment()), (None, true));
}

#[test]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn published_results_come_out_the_same() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases/nps/known-results.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: no published results at hand");
        return;
    };
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    for case in &cases {
        let count = |name: &str| case[name].as_i64().unwrap_or_default();
        let scores = case["scores"].as_array().into_iter().flatten();
        let counted = Tally {
            promoters: count("promoters"),
            passives: count("passives"),
            detractors: count("detractors"),
            ..Tally::default()
        };
        let scored = scores
            .map(|score| rating(u8::try_from(score.as_u64().unwrap()).unwrap(), None).tally());
        let tally = counted + scored.sum();
        let published: f64 = case["nps"].as_str().unwrap().parse().unwrap();
        let found = tally.nps().unwrap().hundredths();
        assert_eq!(found, (published * 100.0).round() as i64, "{case}");
    }
    assert!(!cases.is_empty());
}

/// One act on one of a few ratings.
#[derive(Debug, Clone)]
enum Act {
    Rate(u8, bool),
    Open,
    Reply,
    Message,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (0..=SCORE_MAX, any::<bool>()).prop_map(|(score, has)| Act::Rate(score, has)),
        1 => Just(Act::Open),
        1 => Just(Act::Reply),
        1 => Just(Act::Message),
    ]
}

proptest! {
    #[test]
    fn counters_equal_a_recount(acts in prop::collection::vec((0..4_usize, act()), 0..60)) {
        let mut ratings: [Option<Rating>; 4] = [const { None }; 4];
        let mut counters = Tally::default();
        for (second, (index, act)) in (0_i64..).zip(acts) {
            let before = ratings[index].take();
            let comment = format!("comment {second}");
            let after = match (act, before.clone()) {
                (Act::Rate(score, has), None) => Some(rating(score, has.then_some(comment.as_str()))),
                (Act::Rate(score, has), Some(found)) => {
                    Some(found.changed(score, has.then_some(comment), at(second)))
                }
                (_, None) => None,
                (Act::Open, Some(found)) => Some(found.opened()),
                (Act::Reply, Some(found)) => Some(found.replied()),
                (Act::Message, Some(found)) => Some(found.messaged()),
            };
            let tally = |rating: &Option<Rating>| rating.as_ref().map(Rating::tally).unwrap_or_default();
            counters += tally(&after) - tally(&before);
            ratings[index] = after;
        }
        let recount: Tally = ratings.iter().flatten().map(Rating::tally).sum();
        prop_assert_eq!(counters, recount);
        prop_assert_eq!(recount.ratings, recount.promoters + recount.passives + recount.detractors);
        prop_assert!(recount.unread_comments <= recount.comments);
        let score = recount.nps().map_or(0, Nps::hundredths);
        prop_assert!((-10_000..=10_000).contains(&score));
    }
}
