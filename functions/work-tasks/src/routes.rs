//! The routes of `work-tasks`.

pub(crate) mod complete;
pub(crate) mod day;
pub(crate) mod member;
pub(crate) mod upcoming;
