//! The programme, its catalogue and the automatic reply: read and replaced.

mod auto_reply;
mod branches;
mod program;
mod rewards;

use puntos_runtime::http::{Http, HttpFunction};
use puntos_runtime::{Environment, StartError, routes};

pub type Function = Http<ConfigureProgram>;

/// The function has nothing of its own.
pub struct ConfigureProgram;

impl HttpFunction for ConfigureProgram {
    routes! {
        puntos_api::program::SHOW => program::show,
        puntos_api::program::REPLACE => program::replace,
        puntos_api::program::VERSIONS => program::versions,
        puntos_api::program::WITHDRAW => program::withdraw,
        puntos_api::branches::LIST => branches::list,
        puntos_api::rewards::LIST => rewards::list,
        puntos_api::rewards::SHOW => rewards::show,
        puntos_api::rewards::VERSIONS => rewards::versions,
        puntos_api::rewards::REPLACE => rewards::replace,
        puntos_api::auto_reply::SHOW => auto_reply::show,
        puntos_api::auto_reply::REPLACE => auto_reply::replace,
        puntos_api::auto_reply::CHANGE => auto_reply::change,
    }

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }
}
