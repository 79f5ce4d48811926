//! The public contract: routes with their roles, request and answer shapes, problems, and pages of lists.
//!
//! Pure: knows the domain, but not the table and no trigger.

pub mod adjustments;
pub mod agents;
pub mod auto_reply;
pub mod body;
pub mod branches;
pub mod claims;
pub mod comparisons;
pub mod coupons;
pub mod email_confirmations;
pub mod emails;
pub mod joining;
mod member_named;
pub mod member_view;
pub mod members;
pub mod merges;
pub mod moves;
pub mod openapi;
pub mod orders;
pub mod period;
mod problem;
pub mod program;
pub mod purchases;
pub mod ratings;
pub mod redemptions;
pub mod reports;
pub mod rerating;
pub mod reservations;
pub mod returns;
pub mod reversals;
pub mod rewards;
mod role;
mod route;
pub mod statement;
pub mod tasks;

pub use member_named::MemberNamed;
pub use problem::{Problem, ProblemBody};
pub use role::Role;
pub use route::{Body, KeyRule, Parameter, Reply, Route, Shape};
