//! The rules of Puntos as pure decisions: accruals, redemptions, reversals, the status of mails, ratings,
//! care cycles and claims.
//!
//! Performs no I/O and reads no clock and no random bytes: the time, the state and every random value are
//! arguments. `shared/store` loads and commits; this crate decides.

pub mod account;
pub mod accrual;
pub mod adjustment;
pub mod agent_limits;
pub mod auto_reply;
pub mod calendar;
pub mod card;
pub mod care;
pub mod chain;
pub mod claim;
pub mod comparison;
pub mod coupon;
pub mod earning;
pub mod email_confirmation;
pub mod expiry_warning;
pub mod explanation;
pub mod field;
pub mod fingerprint;
mod form;
pub mod gift;
pub mod id;
pub mod invitation;
pub mod invoice;
pub mod join_code;
pub mod language;
pub mod mail;
pub mod member;
pub mod merging;
pub mod money;
pub mod moving;
mod name;
pub mod outbox;
pub mod outcome;
pub mod page;
pub mod payment;
pub mod points;
pub mod program;
pub mod purchase;
pub mod quantity;
pub mod rating;
pub mod redemption;
pub mod report;
pub mod rerating;
pub mod reservation;
pub mod returns;
pub mod reversal;
pub mod reward;
pub mod sign_in;
pub mod stamp;
pub mod standing;
pub mod statement;
pub mod task;
pub mod text;
pub mod thread;
pub mod timeline;
pub mod walk;
