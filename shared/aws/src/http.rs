//! HTTP as API Gateway delivers it: who calls, what is asked, and the answer or the refusal.
//!
//! Order of judgement: the caller's role, the idempotency key, then everything that the body names.
//! Knows no route by itself: each function brings its table.

mod answer;
mod caller;
mod function;
mod member;
mod problem;
mod request;
pub mod shape;

pub use answer::{Answer, Page};
pub use caller::{Caller, Role};
pub use function::{Http, HttpFunction};
pub use member::MemberNamed;
pub use problem::{Problem, ProblemBody};
pub use request::{Call, KeyRule, PageQuery, Request, Route, serve};
