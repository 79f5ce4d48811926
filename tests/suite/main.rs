//! The whole of Puntos under test, in one binary: journeys, races, models, faults, cost, and checks of
//! the code itself.

mod contract;
mod costs;
mod faults;
mod foreign_events;
mod hostile_input;
mod journeys;
mod model;
mod openapi;
mod policies;
mod races;
mod table;
mod template;
mod tidy;
