//! Points as rows store them: those that expired, and those of lots.

use puntos_domain::account::{Allocation, Expired};
use puntos_domain::points::Points;

use crate::members::accounts::{AllocationItem, allocation_item, allocation_of, instant_of};

/// Expired points: how many, then the second of their expiry.
pub(super) type ExpiredItem = (Points, i64);

/// Returns expired points as a row stores them.
pub(crate) fn expired_item(expired: &[Expired]) -> Vec<ExpiredItem> {
    expired.iter().map(|part| (part.points, part.at.as_second())).collect()
}

pub(super) fn expired_of(items: &[ExpiredItem]) -> Vec<Expired> {
    let expired =
        |(points, at): &ExpiredItem| Some(Expired { points: *points, at: instant_of(*at)? });
    items.iter().filter_map(expired).collect()
}

/// Returns allocations as a row stores them.
pub(crate) fn allocations_item(allocations: &[Allocation]) -> Vec<AllocationItem> {
    allocations.iter().map(allocation_item).collect()
}

pub(crate) fn allocations_of(items: &[AllocationItem]) -> Vec<Allocation> {
    items.iter().copied().map(allocation_of).collect()
}
