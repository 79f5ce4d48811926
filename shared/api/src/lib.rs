//! The public contract: routes with their roles, request and answer shapes, problems, pages of lists.
//!
//! Pure: knows the domain, and neither the table nor a trigger.

pub mod body;
mod member_named;
pub mod orders;
mod problem;
pub mod ratings;
pub mod redemptions;
mod role;
mod route;
pub mod shape;
pub mod tasks;

pub use member_named::MemberNamed;
pub use problem::{Problem, ProblemBody};
pub use role::Role;
pub use route::{KeyRule, Parameter, Reply, Route, Shape};
