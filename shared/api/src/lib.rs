//! The public contract: routes with their roles, request and answer shapes, problems, pages of lists.
//!
//! Pure: knows the domain, and neither the table nor a trigger.

pub mod body;
pub mod claims;
pub mod emails;
pub mod enrolment;
mod member_named;
mod problem;
pub mod redemptions;
mod role;
mod route;
pub mod shape;

pub use member_named::MemberNamed;
pub use problem::{Problem, ProblemBody};
pub use role::Role;
pub use route::{KeyRule, Parameter, Reply, Route, Shape};
