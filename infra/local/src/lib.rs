//! Puntos on one machine: the real functions, wired from `infra/template.yaml`, on an embedded
//! DynamoDB, SQS and SES.
//!
//! It has no business rules: the functions are the crates that run in the cloud.

mod clock;
mod connector;
mod embedded;
mod functions;
mod gateway;
mod identity;
mod local_routes;
pub mod serve;
mod stack;
mod start;
mod triggers;
mod wiring;

pub use clock::StackClock;
pub use connector::policy::Grant;
pub use connector::tap::{Call, Fault, Tap};
pub use embedded::mailbox::Mail;
pub use embedded::queues::Counts;
pub use functions::{Build, Registry, registry, routes};
pub use puntos_tools::{demo, import, recount, story};
pub use stack::{Data, Options, Pace, Stack};
pub use start::{TEMPLATE, start, start_from};
