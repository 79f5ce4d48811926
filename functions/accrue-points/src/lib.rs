//! Purchases become points: from the till over HTTP, and from a queue of purchases.
//!
//! Also answers the quote, by the same decision without the write, and the till's "did it arrive?".

pub mod answer;
pub mod event;
mod routes;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use puntos_api::body;
use puntos_api::{KeyRule, Problem, Role, Route};
use puntos_domain::stamp::Stamp;
use puntos_runtime::batch;
use puntos_runtime::http::serve;
use puntos_runtime::trigger::{ApiOrQueue, ApiOrQueueAnswer};
use puntos_runtime::{Environment, Invocation, InvocationError, StartError};
use puntos_store::Store;

/// The routes, as the template has them.
pub const ROUTES: &[&Route] = &[
    &Route {
        key: "POST /v1/purchases",
        roles: &[Role::Pos],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "POST /v1/purchases/quote",
        roles: &[Role::Pos, Role::Agent],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
    &Route {
        key: "GET /v1/purchases",
        roles: &[Role::Pos, Role::Agent],
        idempotency: KeyRule::Ignored,
        ..Route::BARE
    },
];

/// The routes, described.
#[derive(utoipa::OpenApi)]
#[openapi(paths(routes::record, routes::quote, routes::find))]
pub struct Api;

/// The function.
pub struct Function {
    environment: Environment,
    store: Store,
}

impl puntos_runtime::Function for Function {
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
                            "POST /v1/purchases" => routes::record(&call).await,
                            "POST /v1/purchases/quote" => routes::quote(&call).await,
                            "GET /v1/purchases" => routes::find(&call).await,
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
    /// A purchase that is refused goes the way of every failed message: to the dead-letter queue, so
    /// that no point is lost without a person having seen it.
    async fn record_each(
        &self,
        messages: SqsEvent,
        invocation: &Invocation,
    ) -> Result<SqsBatchResponse, InvocationError> {
        let request_id = &invocation.request_id;
        batch::each(messages, invocation.deadline(), |message| async move {
            let request =
                body::parse(message.as_bytes()).map_err(|problem| problem.code().to_owned())?;
            let now = self.environment.now();
            let stamp =
                Stamp { at: now, actor: "pos:queue".to_owned(), request_id: request_id.clone() };
            let command =
                event::command(request, now).map_err(|problem| problem.code().to_owned())?;
            let recorded = routes::record_once(&self.store, command, &stamp).await;
            recorded.map(drop).map_err(|failure| failure.into_problem().code().to_owned())
        })
        .await
    }
}
