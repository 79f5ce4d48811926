//! The routes of `manage-members`, one module each.

pub(crate) mod change;
pub(crate) mod enrol;
pub(crate) mod search;
pub(crate) mod unblock;
