//! HTTP as API Gateway delivers it: who calls, what is asked, and the answer or the refusal.
//!
//! Order of judgement: the caller's role, the idempotency key, then everything that the body names.
//! Knows no route by itself: each function brings its table.

mod answer;
mod caller;
mod failure;
mod function;
mod member;
mod request;

pub use answer::Answer;
pub use caller::Caller;
pub use failure::Failure;
pub use function::{Http, HttpAndQueue, HttpFunction, Message, QueueFunction};
pub use request::{Call, Request, serve};
