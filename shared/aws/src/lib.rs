//! The only crate that knows AWS: clients, the table, queues, mail, HTTP events, and the runtime.
//!
//! Decides nothing: what a purchase earns or a redemption costs is `puntos-domain`'s.

pub mod batch;
pub mod body;
pub mod clients;
pub mod http;
pub mod keys;
pub mod mailer;
pub mod order;
pub mod queue;
pub mod resend;
pub mod runtime;
pub mod store;
pub mod trigger;
