//! Ratings: the routes and their shapes, one module for each group.

pub mod gifts;
pub mod invited;
pub mod lists;
pub mod rate;
pub mod summary;
pub mod thread;
pub mod trend;
pub mod viewing;

use crate::Role;

const AGENTS: &[Role] = &[Role::Agent, Role::Supervisor];
/// Members reach their own ratings only.
const READERS: &[Role] = &[Role::Agent, Role::Supervisor, Role::Member];
