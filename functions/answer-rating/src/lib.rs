//! One rating with its thread: shows it and who looks at it, marks it as read, takes messages and gives gifts.
//!
//! Lists and counters are in `view-ratings`.

mod gift;
mod message;
mod thread;
mod viewing;

use puntos_api::ratings;
use puntos_runtime::http::{Http, HttpFunction};
use puntos_runtime::{Environment, StartError, routes};

pub type Function = Http<AnswerRating>;

/// The settings of the function.
pub struct AnswerRating {
    brand: String,
}

impl HttpFunction for AnswerRating {
    routes! {
        ratings::thread::SHOW => thread::show,
        ratings::thread::WRITE_MESSAGE => message::write,
        ratings::gifts::GIVE => gift::give,
        ratings::thread::MARK_READ => thread::mark_read,
        ratings::viewing::VIEW => viewing::view,
    }

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self { brand: environment.setting("BRAND_NAME")?.to_owned() })
    }
}
