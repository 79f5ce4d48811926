//! Reverses an accidental redemption: points, coupon, stock and limit, in one write.

mod reverse;

use puntos_api::reversals;
use puntos_runtime::http::{Http, HttpFunction};
use puntos_runtime::{Environment, StartError, routes};

pub type Function = Http<ReverseRedemption>;

/// The function has nothing of its own.
pub struct ReverseRedemption;

impl HttpFunction for ReverseRedemption {
    routes! {
        reversals::REVERSE => reverse::reverse,
    }

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }
}
