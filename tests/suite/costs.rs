//! Measures the cost of each operation: requests, and the capacity units that DynamoDB reports.
//!
//! Prints the table of infra/TABLE.md (`cargo test -p puntos-tests --test suite costs:: --
//! --nocapture`) and checks the limits. Does not measure time.

mod care;
mod desk;
mod due;
mod meter;
mod operations;
mod orders;
mod ratings;
mod rerates;
mod sizes;
mod visits;
