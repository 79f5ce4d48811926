//! Earning: how many points a basket earns under one version of the programme.
//!
//! A quote, an accrual, a receipt that is attached later, a return and a re-rating call the same function,
//! [`points::rate`]. It is pure and exact: fractions of integers, and one floor at the end.

pub mod basket;
pub mod points;
pub mod rules;
mod table;
pub mod why_not;

pub use basket::{Basket, BasketLine, Circumstances};
pub use table::{BRACKETS_MAX, Bracket, Earning, Mode};

#[cfg(test)]
mod tests;
