//! Mail: addresses, the status of a mail, and its text.
//!
//! Sends nothing and reads no SES event: `send-coupon-email` sends, and `handle-bounce` parses SES events
//! into a [`DeliveryReport`]. This module decides what a report means for a mail and for an address.

mod address;
mod code;
mod composition;
mod email;
mod pace;
mod page;
mod report;
pub mod resend;
pub mod sending;
mod single_line;
mod status;
mod template;

#[cfg(test)]
mod rendering_tests;

pub use address::{AddressError, EmailAddress};
pub use code::{CodeMail, CodeMailKind, Placeholders};
pub use composition::{Composer, auto_reply_email_id};
pub use email::{AddressBlock, Email, MailRequest, Recipient};
pub use pace::Pace;
pub use page::{PagePath, PagesUrl};
pub use report::{BlockReason, BounceKind, DeliveryReport, Outcome};
pub use single_line::{plain_lines, single_line};
pub use status::{EmailStatus, StatusChange, StatusHistory};
pub use template::{MailKind, MailVariables, RenderError, Rendered, render};
