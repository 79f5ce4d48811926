//! The request tokens of transactions, checked before dynoxide sees them: a transaction sent again with
//! its `ClientRequestToken` gets the same answer and is not carried out again.
//!
//! dynoxide can do that itself, but it reads all tokens of the last ten minutes for each transaction,
//! which takes half of the time at 50,000 tokens. Here only the newest are kept, far longer than the
//! SDK retries, and the project needs no more.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

const KEPT_TOKENS: usize = 10_000;

/// The field as the SDK writes it. Inside a text the quotes are escaped, and after an attribute of this
/// name comes an object.
const FIELD: &[u8] = br#""ClientRequestToken":""#;

/// The newest transactions by their tokens.
#[derive(Default)]
pub(crate) struct RequestTokens(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    answers: HashMap<String, Answered>,
    oldest_first: VecDeque<String>,
}

struct Answered {
    request: u64,
    answer: Bytes,
}

/// A transaction without its token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Transaction {
    pub token: String,
    /// The request's body without the token.
    pub body: Vec<u8>,
}

/// The result of looking up a transaction.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Known {
    New,
    /// It was carried out, with this answer.
    Answered(Bytes),
    /// The token belongs to another transaction.
    OfAnother,
}

impl Transaction {
    /// Removes the token from a request's body. Returns `None` if there is none.
    pub(crate) fn split(body: &[u8]) -> Option<Self> {
        let start = body.windows(FIELD.len()).rposition(|window| window == FIELD)?;
        let value = start + FIELD.len();
        let length = body[value..].iter().position(|&byte| byte == b'"')?;
        let token = std::str::from_utf8(&body[value..value + length]).ok()?.to_owned();
        let (mut before, mut after) = (&body[..start], &body[value + length + 1..]);
        match (before.strip_suffix(b","), after.strip_prefix(b",")) {
            (Some(shorter), _) => before = shorter,
            (None, Some(shorter)) => after = shorter,
            (None, None) => {}
        }
        Some(Self { token, body: [before, after].concat() })
    }

    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.body.hash(&mut hasher);
        hasher.finish()
    }
}

impl RequestTokens {
    /// Looks up a transaction by its token.
    pub(crate) fn known(&self, transaction: &Transaction) -> Known {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.answers.get(&transaction.token) {
            None => Known::New,
            Some(answered) if answered.request == transaction.fingerprint() => {
                Known::Answered(answered.answer.clone())
            }
            Some(_) => Known::OfAnother,
        }
    }

    /// Keeps the answer of a transaction that was carried out.
    pub(crate) fn keep(&self, transaction: Transaction, answer: Bytes) {
        let answered = Answered { request: transaction.fingerprint(), answer };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.oldest_first.len() == KEPT_TOKENS
            && let Some(oldest) = kept.oldest_first.pop_front()
        {
            kept.answers.remove(&oldest);
        }
        kept.oldest_first.push_back(transaction.token.clone());
        kept.answers.insert(transaction.token, answered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(body: &str) -> Option<(String, String)> {
        let transaction = Transaction::split(body.as_bytes())?;
        Some((transaction.token, String::from_utf8(transaction.body).expect("text")))
    }

    #[test]
    fn the_token_is_taken_out_wherever_it_stands() {
        let taken = |rest: &str| Some(("t-1".to_owned(), rest.to_owned()));
        assert_eq!(split(r#"{"A":1,"ClientRequestToken":"t-1"}"#), taken(r#"{"A":1}"#));
        assert_eq!(split(r#"{"ClientRequestToken":"t-1","A":1}"#), taken(r#"{"A":1}"#));
        assert_eq!(split(r#"{"A":1,"ClientRequestToken":"t-1","B":2}"#), taken(r#"{"A":1,"B":2}"#));
        assert_eq!(split(r#"{"ClientRequestToken":"t-1"}"#), taken("{}"));
    }

    #[test]
    fn data_that_speaks_of_tokens_is_left_alone() {
        for body in [
            r#"{"Item":{"ClientRequestToken":{"S":"x"}}}"#,
            r#"{"Item":{"note":{"S":"\"ClientRequestToken\":\"x\""}}}"#,
            "{}",
        ] {
            assert_eq!(split(body), None, "{body}");
        }
    }

    #[test]
    fn a_token_is_good_for_one_request() {
        let tokens = RequestTokens::default();
        let transaction = |token: &str, body: &str| Transaction {
            token: token.to_owned(),
            body: body.as_bytes().to_vec(),
        };
        assert_eq!(tokens.known(&transaction("t", "a")), Known::New);
        tokens.keep(transaction("t", "a"), Bytes::from_static(b"answer"));
        let answer = Known::Answered(Bytes::from_static(b"answer"));
        assert_eq!(tokens.known(&transaction("t", "a")), answer);
        assert_eq!(tokens.known(&transaction("t", "b")), Known::OfAnother);
        for number in 0..KEPT_TOKENS {
            tokens.keep(transaction(&number.to_string(), "a"), Bytes::new());
        }
        assert_eq!(tokens.known(&transaction("t", "a")), Known::New);
        assert_eq!(tokens.known(&transaction("0", "a")), Known::Answered(Bytes::new()));
    }
}
