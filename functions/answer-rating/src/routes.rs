//! The routes of `answer-rating`, one module each.

pub(crate) mod gift;
pub(crate) mod message;
pub(crate) mod thread;
