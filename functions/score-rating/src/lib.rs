//! Rates a visit: classifies and counts the rating, and decides on the automatic reply.

mod invited;
mod rate;

use puntos_api::ratings;
use puntos_runtime::http::{Http, HttpFunction};
use puntos_runtime::{Environment, StartError, routes};

pub type Function = Http<ScoreRating>;

/// The settings of the function.
pub struct ScoreRating {
    brand: String,
}

impl HttpFunction for ScoreRating {
    routes! {
        ratings::rate::RATE => rate::rate,
        ratings::invited::RATE_INVITED => invited::rate,
    }

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self { brand: environment.setting("BRAND_NAME")?.to_owned() })
    }
}
