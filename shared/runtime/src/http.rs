//! HTTP as API Gateway delivers it: the caller, the request, and the answer or the refusal.
//!
//! The order of the checks is the caller's role, the idempotency key, then the content of the body. Knows no
//! route: each function has its own list of routes.

mod accept;
mod answer;
mod caller;
mod failure;
mod function;
mod link;
mod member;
mod reader;
mod request;
mod scheduled;

pub use accept::{accepted_language, accepts_gzip};
pub use answer::Answer;
pub use caller::Caller;
pub use failure::Failure;
pub use function::{Http, HttpAndQueue, HttpFunction, Message, QueueFunction};
pub use member::NamedMember;
pub use reader::reader_language;
pub use request::{Call, Request, serve};
pub use scheduled::{HttpQueueAndSchedule, ScheduledFunction};
