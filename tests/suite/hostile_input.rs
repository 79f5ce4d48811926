//! Hostile strings in every text field of every route. Each is refused with a clear 4xx or stored
//! unchanged, never a 5xx, and none is executed in a mail.
//!
//! The long lists are not part of this project. Without them, a short list of our own is used.

mod addresses;
mod bodies;
mod lookups;
mod mails;
mod ratings;
mod strings;

use std::future::Future;

use futures::StreamExt;
use puntos_tests::Answer;

/// How many requests are under way at once.
const AT_ONCE: usize = 8;

/// Does the same with each string, several at a time.
async fn each<'a, Done: Future<Output = ()>>(
    strings: &'a [String],
    work: impl Fn(usize, &'a String) -> Done,
) {
    let all = strings.iter().enumerate().map(|(index, string)| work(index, string));
    futures::stream::iter(all).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}

/// Returns every byte percent-encoded.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Expects a success, or a refusal that is a whole problem document.
#[track_caller]
fn assert_clear(answer: &Answer, what: &str) {
    let clear = match answer.status {
        200..300 => true,
        // An empty text in a path makes another route, or none: the gateway says so.
        404 if answer.at("message").is_string() => true,
        400..500 => !answer.code().is_empty() && !answer.text("detail").is_empty(),
        _ => false,
    };
    let what: String = what.chars().take(100).collect();
    assert!(clear, "{what}: {answer:?}");
}
