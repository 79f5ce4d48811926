//! The parts that all tests share: a running stack, callers with tokens, and builders with good defaults.
//!
//! Does not assert what is right: each test does.

mod answer;
mod document;
pub mod orders;
mod signed;
mod world;

pub use answer::Answer;
pub use signed::signed;
pub use world::{Caller, World, payment};
