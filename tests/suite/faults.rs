//! Faults where the SDK meets the wire: functions that die, answers that get lost, services that
//! refuse. Whatever happens between two calls, nothing is lost and nothing is doubled.
//!
//! Does not slow anything down: delays use the stack's clock.

mod desk;
mod found;
mod found_again;
mod journey;
pub(crate) mod mails;
mod model;
mod outage;
mod refusals;
pub(crate) mod sweep;
mod walk;
pub(crate) mod wire;
