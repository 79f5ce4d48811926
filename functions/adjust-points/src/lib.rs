//! Points by hand: an agent's adjustment, a receipt that is attached to a member later, and a purchase that is
//! rated again.

mod adjust;
mod attach;
mod rerate;

use puntos_api::{adjustments, purchases, rerating};
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
    }

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }
}
