//! The commands that are clients of the API: `import` posts the rows of a file, `recount` checks the
//! counters of ratings, `story` plays a whole example, `demo` fills a shop.
//!
//! They know the server by its address only, and share no code with it.

pub mod demo;
pub mod import;
pub mod recount;
pub mod story;

mod remote;
mod stage;
