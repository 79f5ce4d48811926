//! The routes of `adjust-points`, one module each.

pub(crate) mod adjust;
pub(crate) mod claim;
