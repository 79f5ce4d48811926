//! Points by hand: an agent's adjustment, and a receipt that is attached to a member later.

mod adjust;
mod attach;

use puntos_api::{adjustments, purchases};
use puntos_runtime::http::{Http, HttpFunction};
use puntos_runtime::{Environment, StartError, routes};

pub type Function = Http<AdjustPoints>;

/// The function has nothing of its own.
pub struct AdjustPoints;

impl HttpFunction for AdjustPoints {
    routes! {
        adjustments::ADJUST => adjust::adjust,
        purchases::ATTACH_RECEIPT => attach::attach_receipt,
    }

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }
}
