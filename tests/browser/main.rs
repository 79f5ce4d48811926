//! The screens in a real browser: the journeys of agent, supervisor, administrator and shopper, found by role
//! and name as a screen reader tells them.
//!
//! Needs Debian's `chromium` and `chromium-driver`. Where they are not installed, each test says that it is
//! skipped.

mod axe;
mod budgets;
mod claims;
mod driver;
mod hostile_strings;
mod keyboard;
mod languages;
mod members;
mod outline;
mod page;
mod pictures;
mod programme;
mod ratings;
mod shopper;
mod tasks;
mod visitors;
mod webdriver;
