//! Exchanges points for a coupon: one decision, one write.

mod redeem;

use puntos_api::redemptions;
use puntos_runtime::http::{Http, HttpFunction};
use puntos_runtime::{Environment, StartError, routes};

pub type Function = Http<Redeem>;

/// The function has nothing of its own.
pub struct Redeem;

impl HttpFunction for Redeem {
    routes! {
        redemptions::REDEEM => redeem::redeem,
    }

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }
}
