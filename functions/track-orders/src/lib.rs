//! Records events of orders, which change the care cycle of their customer: the shop sends them over HTTP,
//! and purchases at the till come from a queue, where the programme says that they start a cycle too.

mod record;

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use puntos_api::{Problem, Route, body, orders};
use puntos_domain::care::OrderEvent;
use puntos_domain::outbox::CycleStart;
use puntos_domain::outcome::Outcome;
use puntos_domain::stamp::Stamp;
use puntos_runtime::batch;
use puntos_runtime::http::{Failure, serve};
use puntos_runtime::trigger::{ApiOrQueue, ApiOrQueueAnswer};
use puntos_runtime::{Deadline, Environment, Invocation, InvocationError, StartError, decide};
use puntos_store::Store;

/// The routes, as the template has them.
pub const ROUTES: &[&Route] = &[&orders::RECORD_EVENT];

/// The time of an invocation that is kept for its answer.
const RESERVE: Duration = Duration::from_millis(500);

/// The function.
pub struct Function {
    environment: Environment,
    store: Store,
}

impl puntos_runtime::Function for Function {
    const ROUTES: &'static [&'static Route] = ROUTES;

    type Event = ApiOrQueue;
    type Answer = ApiOrQueueAnswer;

    fn new(environment: Environment) -> Result<Self, StartError> {
        let store = environment.store()?;
        Ok(Self { environment, store })
    }

    async fn handle(
        &self,
        event: ApiOrQueue,
        invocation: Invocation,
    ) -> Result<ApiOrQueueAnswer, InvocationError> {
        match event {
            ApiOrQueue::Queue(messages) => {
                self.record_each(messages, &invocation).await.map(ApiOrQueueAnswer::Queue)
            }
            ApiOrQueue::Api(request) => Ok(ApiOrQueueAnswer::Api(
                serve(
                    request,
                    invocation,
                    ROUTES,
                    &self.environment,
                    &self.store,
                    |call| async move { record::record(&call).await },
                )
                .await,
            )),
        }
    }
}

impl Function {
    async fn record_each(
        &self,
        messages: SqsEvent,
        invocation: &Invocation,
    ) -> Result<SqsBatchResponse, InvocationError> {
        let deadline = Deadline::after(invocation.remaining.saturating_sub(RESERVE));
        batch::each(messages, invocation.deadline(), |message| async move {
            let recorded = self.record_one(&message, &invocation.request_id, deadline).await;
            recorded.map_err(|failure| failure.into_problem().code().to_owned())
        })
        .await
    }

    /// A purchase may come many times. The id of its event is the purchase's, so it counts once.
    async fn record_one(
        &self,
        message: &str,
        request_id: &str,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        let start: CycleStart = body::parse(message.as_bytes())?;
        let event =
            OrderEvent::of_purchase(&start.purchase_id, start.member_id, start.purchased_at);
        let at = self.environment.now();
        let stamp = Stamp { at, actor: "pos:queue".to_owned(), request_id: request_id.to_owned() };
        match decide(deadline, |_| record::attempt(&self.store, &event, &stamp)).await? {
            Outcome::Done(_) | Outcome::Replayed(_) => Ok(()),
            Outcome::Conflict => Err(Problem::key_reused().into()),
            Outcome::Refused(problem) => Err(problem.into()),
        }
    }
}
