//! The tasks of agents: lists by day and by customer, their completion, to whom they belong, and their trend;
//! and the names of agents.

mod agents;
mod assign;
mod complete;
mod lists;
mod trend;

use puntos_api::{agents as names, tasks};
use puntos_runtime::http::{Http, HttpFunction};
use puntos_runtime::{Environment, StartError, routes};

pub type Function = Http<WorkTasks>;

/// The function has no settings.
pub struct WorkTasks;

impl HttpFunction for WorkTasks {
    routes! {
        tasks::LIST_DAY => lists::of_day,
        tasks::LIST_UPCOMING => lists::upcoming,
        tasks::LIST_OF_MEMBER => lists::of_member,
        tasks::COMPLETE => complete::complete,
        tasks::ASSIGN => assign::assign,
        tasks::TREND => trend::trend,
        names::NAME_ME => agents::name_me,
        names::LIST => agents::list,
    }

    fn new(_: &Environment) -> Result<Self, StartError> {
        Ok(Self)
    }
}
