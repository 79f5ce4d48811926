//! Events of orders move the care cycle of their customer: the shop's own, over HTTP, and purchases at
//! the till from a queue, where the programme says that they start a cycle too.

mod routes;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use puntos_api::body;
use puntos_api::{KeyRule, Problem, Role, Route};
use puntos_domain::care::OrderEvent;
use puntos_domain::outbox::CycleStart;
use puntos_domain::stamp::Stamp;
use puntos_runtime::batch;
use puntos_runtime::http::serve;
use puntos_runtime::trigger::{ApiOrQueue, ApiOrQueueAnswer};
use puntos_runtime::{Environment, Invocation, InvocationError, StartError};
use puntos_store::Store;

/// The routes, as the template has them.
pub const ROUTES: &[&Route] = &[&Route {
    key: "POST /v1/orders/events",
    roles: &[Role::Pos],
    idempotency: KeyRule::Ignored,
    ..Route::BARE
}];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(routes::record))]
pub struct Api;

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
                    |call| async move {
                        match call.request.route.key {
                            "POST /v1/orders/events" => routes::record(&call).await,
                            _ => Err(Problem::not_found().into()),
                        }
                    },
                )
                .await,
            )),
        }
    }
}

impl Function {
    /// A purchase comes as often as the queue likes: its id is the event's, so it counts once.
    async fn record_each(
        &self,
        messages: SqsEvent,
        invocation: &Invocation,
    ) -> Result<SqsBatchResponse, InvocationError> {
        let request_id = &invocation.request_id;
        batch::each(messages, invocation.deadline(), |message| async move {
            let order: CycleStart =
                body::parse(message.as_bytes()).map_err(|problem| problem.code().to_owned())?;
            let at = self.environment.now();
            let stamp = Stamp { at, actor: "pos:queue".to_owned(), request_id: request_id.clone() };
            let event =
                OrderEvent::of_purchase(&order.purchase_id, order.member_id, order.purchased_at);
            let recorded = routes::record_once(&self.store, &event, &stamp).await;
            recorded.map(drop).map_err(|failure| failure.into_problem().code().to_owned())
        })
        .await
    }
}
