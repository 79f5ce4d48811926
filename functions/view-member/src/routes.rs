//! The routes of `view-member`, one module each.

pub(crate) mod page;
pub(crate) mod redemptions;
pub(crate) mod sentence;
pub(crate) mod timeline;
