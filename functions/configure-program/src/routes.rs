//! The routes of `configure-program`, one module each.

pub(crate) mod auto_reply;
pub(crate) mod program;
pub(crate) mod rewards;
