//! One member: the page, the timeline, the purchases, the redemptions and their proof, the coupons.

mod coupons;
mod page;
mod purchase;
mod purchases;
mod redemptions;
mod sentence;
mod statement;
mod timeline;

use puntos_api::member_view;
use puntos_runtime::http::{Http, HttpFunction};
use puntos_runtime::{Environment, StartError, routes};

pub type Function = Http<ViewMember>;

/// The function has nothing of its own.
pub struct ViewMember;

impl HttpFunction for ViewMember {
    routes! {
        member_view::SHOW => page::show,
        puntos_api::purchases::FIND => purchases::find,
        puntos_api::purchases::SHOW => purchase::show,
        member_view::TIMELINE => timeline::timeline,
        puntos_api::statement::SHOW => statement::show,
        puntos_api::redemptions::LIST => redemptions::list,
        puntos_api::redemptions::SHOW => redemptions::one,
        puntos_api::redemptions::FIND_BY_KEY => redemptions::by_key,
        puntos_api::coupons::LIST => coupons::list,
    }

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }
}
