//! The Lambda side: the base of every function, and the adapters of its triggers.
//!
//! Decides nothing. The rules are in `puntos-domain`, the table is in `puntos-store`, and the public contract
//! is in `puntos-api`.

mod attempts;
pub mod batch;
pub mod bucket;
pub mod clients;
mod environment;
mod function;
pub mod http;
pub mod mailer;
pub mod mails;
pub mod queue;
pub mod scheduled;
pub mod sheet;
pub mod trigger;

pub use attempts::{Deadline, decide};
pub use environment::{Clock, Entropy, Environment, StartError};
pub use function::{
    Function, Handler, HandlerFuture, Invocation, InvocationError, chain, in_process, log_filter,
    run,
};
