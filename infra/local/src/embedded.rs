//! The services of AWS inside this process: the table, the queues, the mail, the user pool and the buckets.
//!
//! They do not know the functions: `connector` checks permissions, and `triggers` reacts to changes.

pub(crate) mod bucket;
pub(crate) mod database;
pub(crate) mod mailbox;
pub(crate) mod queues;
pub(crate) mod request_tokens;
pub(crate) mod user_pool;
