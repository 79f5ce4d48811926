//! A coupon at the till: shown by its code, used once, and its use taken back.

mod coupon;

use puntos_api::coupons;
use puntos_runtime::http::{Http, HttpFunction};
use puntos_runtime::{Environment, StartError, routes};

pub type Function = Http<UseCoupon>;

/// The function has nothing of its own.
pub struct UseCoupon;

impl HttpFunction for UseCoupon {
    routes! {
        coupons::SHOW => coupon::show,
        coupons::USE => coupon::use_once,
        coupons::UNUSE => coupon::unuse,
    }

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }
}
