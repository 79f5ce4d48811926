//! Points by hand: an agent's adjustment, a receipt that is attached to a member later, and a purchase that is
//! rated again or moved to its right member.

mod adjust;
mod attach;
mod move_purchase;
mod rerate;

use puntos_api::{adjustments, moves, purchases, rerating};
use puntos_runtime::http::{Http, HttpFunction};
use puntos_runtime::{Environment, StartError, routes};

pub type Function = Http<AdjustPoints>;

/// The function has nothing of its own.
pub struct AdjustPoints;

impl HttpFunction for AdjustPoints {
    routes! {
        adjustments::ADJUST => adjust::adjust,
        purchases::ATTACH_RECEIPT => attach::attach_receipt,
        rerating::RERATE => rerate::rerate,
        moves::MOVE => move_purchase::move_purchase,
    }

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }
}
