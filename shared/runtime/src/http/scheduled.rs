//! Functions behind the API, a queue and a schedule.

use std::future::Future;

use puntos_api::Route;

use super::{Failure, HttpAndQueue, HttpFunction, QueueFunction};
use crate::scheduled::ScheduledRun;
use crate::trigger::{ApiOr, QueueOrSchedule, Schedule, TriggerAnswer};
use crate::{Environment, Function, Invocation, InvocationError, StartError};

/// The own parts of a function behind the API, a queue and a schedule, besides its routes and messages.
pub trait ScheduledFunction: QueueFunction {
    /// Does the work of one run of the schedule.
    fn handle_run(&self, run: &ScheduledRun) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// A function behind the API, a queue and a schedule, ready to run.
pub struct HttpQueueAndSchedule<F>(HttpAndQueue<F>);

const ACTOR: &str = "system";

impl<F: ScheduledFunction> Function for HttpQueueAndSchedule<F> {
    const ROUTES: &'static [&'static Route] = <F as HttpFunction>::ROUTES;

    type Event = ApiOr<QueueOrSchedule>;
    type Answer = TriggerAnswer;

    fn new(environment: Environment) -> Result<Self, StartError> {
        HttpAndQueue::new(environment).map(Self)
    }

    async fn handle(
        &self,
        event: ApiOr<QueueOrSchedule>,
        invocation: Invocation,
    ) -> Result<TriggerAnswer, InvocationError> {
        match event {
            ApiOr::Api(request) => {
                self.0.http.handle(request, invocation).await.map(TriggerAnswer::Api)
            }
            ApiOr::Other(QueueOrSchedule::Queue(messages)) => {
                self.0.messages(messages, &invocation, ACTOR).await.map(TriggerAnswer::Queue)
            }
            ApiOr::Other(QueueOrSchedule::Schedule(schedule)) => {
                self.scheduled(&schedule, invocation).await.map(TriggerAnswer::Run)
            }
        }
    }
}

impl<F: ScheduledFunction> HttpQueueAndSchedule<F> {
    async fn scheduled(
        &self,
        schedule: &Schedule,
        invocation: Invocation,
    ) -> Result<(), InvocationError> {
        let http = &self.0.http;
        let run = ScheduledRun::new(schedule, invocation, ACTOR, &http.environment, &http.store);
        let done = http.function.handle_run(&run).await;
        done.map_err(|failure| match failure {
            Failure::Refused(problem) => InvocationError::failed(problem.code()),
            Failure::Store(error) => InvocationError::failed(error),
        })
    }
}
