//! Races of 64 callers: the right number of them succeeds, no answer is a 5xx, and the balance agrees
//! with the successes.
//!
//! Everything goes over HTTP to a separate stack. The tests check how many callers succeed, not which.

mod corrections;
mod coupons;
mod inbox;
mod mails;
mod members;
mod points;
mod ratings;
mod tasks;
mod under_way;
mod warnings;

use std::collections::BTreeMap;

use futures::future::join_all;
use puntos_tests::Answer;

/// How many call at once.
const CALLERS: usize = 64;

/// Makes this many calls at once, numbered from 0. Returns the answers by number.
async fn at_once<Work: AsyncFn(usize) -> Answer>(work: Work) -> Vec<Answer> {
    join_all((0..CALLERS).map(|number| work(number))).await
}

/// Returns how many answers there are of each status and, of problems, of each code.
fn tally(answers: &[Answer]) -> BTreeMap<(u16, &str), usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        let code = if answer.status < 400 { "" } else { answer.code() };
        *tally.entry((answer.status, code)).or_insert(0) += 1;
    }
    tally
}

/// Returns the distinct texts that the answers have at a path, without absent ones.
fn different<'a>(answers: &'a [Answer], path: &str) -> Vec<&'a str> {
    let mut texts: Vec<&str> =
        answers.iter().filter_map(|answer| answer.at(path).as_str()).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

/// Returns how many answers repeat an earlier one.
fn replayed(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.replayed).count()
}
