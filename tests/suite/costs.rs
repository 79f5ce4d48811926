//! What each operation costs, measured: requests, and the capacity units that DynamoDB reports.
//!
//! Prints the table that the README shows (`cargo test -p puntos-tests --test suite costs:: --
//! --nocapture`) and holds the limits. Does not measure time.

mod meter;
mod operations;
mod sizes;
