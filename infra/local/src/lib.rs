//! Puntos on one machine: the real functions, wired from `infra/template.yaml`, on an embedded
//! DynamoDB, SQS and SES; and the command line's companions of the running stack.
//!
//! Holds no business: what a purchase earns is decided in the same crates as in the cloud.

mod access;
mod assembly;
mod checkpoint;
mod clock;
mod connector;
mod demo;
mod embedded;
mod filter;
mod function;
mod functions;
mod gateway;
mod identity;
mod intrinsics;
mod local_routes;
mod policy;
mod progress;
pub mod serve;
mod settle;
mod shutdown;
mod stack;
mod tap;
mod template;
mod tokens;
mod triggers;
mod wiring;

pub use clock::StackClock;
pub use embedded::mailbox::Mail;
pub use embedded::queues::Counts;
pub use functions::{Build, Registry, registry};
pub use policy::Grant;
pub use puntos_tools::{import, recount, story};
pub use stack::{Data, Options, Stack, TEMPLATE, start, start_from};
pub use tap::{Call, Fault, Tap};
