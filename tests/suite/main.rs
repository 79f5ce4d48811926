//! All tests of the whole stack in one binary: journeys, races, models, faults, costs, and checks of the
//! code itself.

#![expect(clippy::unwrap_used, reason = "a test may unwrap: a panic is its failure")]

mod contract;
mod costs;
mod faults;
mod foreign_events;
mod hostile_input;
mod journeys;
mod lagging_reads;
mod ledgers;
mod model;
mod openapi;
mod outages;
mod policies;
mod races;
mod table;
mod template;
mod tidy;
mod views;
