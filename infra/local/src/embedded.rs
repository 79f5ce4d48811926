//! The services of AWS inside this process: the table, the queues and the mail.
//!
//! They know nothing of functions: who may call them is `connector`'s, what their changes start is
//! `triggers`'.

pub(crate) mod database;
pub(crate) mod mailbox;
pub(crate) mod queues;
pub(crate) mod request_tokens;
