//! What the tests share: a running stack, people with tokens, and builders with good defaults.
//!
//! Holds no assertion about what is right: that is each test's.

mod answer;
mod world;

pub use answer::Answer;
pub use world::{Caller, World};
