//! The Lambda side: what every function runs on, and the adapters of its triggers.
//!
//! Decides nothing: what a purchase earns or a redemption costs is `puntos-domain`'s. The table is
//! `puntos-store`'s, the public contract `puntos-api`'s.

mod attempts;
pub mod batch;
pub mod clients;
mod environment;
mod function;
pub mod http;
pub mod mailer;
pub mod mails;
pub mod queue;
pub mod trigger;

pub use attempts::{Deadline, decide};
pub use environment::{Clock, Entropy, Environment, StartError};
pub use function::{
    Function, Handler, HandlerFuture, Invocation, InvocationError, chain, in_process, log_filter,
    run,
};
