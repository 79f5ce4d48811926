//! The names of enums, as JSON and the table have them.

use crate::care::OrderEventKind;
use crate::claim::{ClaimKind, ClaimStatus, MoneyAt, News};
use crate::mail::{EmailStatus, MailKind};
use crate::task::{TaskKind, TaskStatus};

macro_rules! names {
    ($($kind:ident),+ $(,)?) => {$(
        impl $kind {
            /// Returns the name, as JSON has it.
            pub fn name(self) -> &'static str {
                self.into()
            }
        }
    )+};
}

names!(
    ClaimKind,
    ClaimStatus,
    EmailStatus,
    MailKind,
    MoneyAt,
    News,
    OrderEventKind,
    TaskKind,
    TaskStatus,
);
