//! The HTTP API on one port: routes, tokens and limits as API Gateway has them, in front of the
//! functions, and the `/local` routes beside them.
//!
//! A function that fails, panics or overruns is one 500, never a dead process.

pub(crate) mod answer;
pub(crate) mod event;
pub(crate) mod routes;
pub(crate) mod tokens;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Response, header};
use axum::serve::ListenerExt;
use bytes::BytesMut;
use http_body_util::BodyExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::answer::{Problem, Refusal, response_of};
use self::event::{Incoming, token_scopes};
use self::routes::{Found, Routes};
use crate::clock::StackClock;
use crate::functions::local::LocalFunction;
use crate::gateway::tokens::Tokens;
use crate::identity;

/// The largest body that passes.
pub(crate) const MAX_BODY_BYTES: usize = 256 * 1024;

/// How much of a larger body is read before the connection is closed.
const MAX_DISCARDED_BYTES: usize = 16 * 1024 * 1024;

/// The target of a route.
pub(crate) struct Target {
    pub function: Arc<LocalFunction>,
    /// Whether the route needs no token.
    pub is_open: bool,
    /// The scopes of which a token needs one, if there are any.
    pub scopes: Vec<String>,
}

pub(crate) struct Gateway {
    pub routes: Routes<Target>,
    /// Checks the tokens.
    pub tokens: Arc<Tokens>,
    /// The time on events.
    pub clock: StackClock,
}

impl Gateway {
    /// Serves until the stack shuts down; requests under way are answered.
    pub(crate) async fn serve(
        self,
        listener: TcpListener,
        local_routes: Router,
        shutdown: CancellationToken,
    ) {
        let gateway = Arc::new(self);
        let router = Router::new().fallback(pass).with_state(gateway).merge(local_routes);
        // If this fails, answers are a little late.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let served =
            axum::serve(listener, service).with_graceful_shutdown(shutdown.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "the gateway stopped");
        }
    }

    /// Answers one request.
    async fn handle(&self, peer: SocketAddr, request: Request) -> Response<Body> {
        let request_id = identity::fresh();
        let instance = request.uri().path().to_owned();
        let refuse = |problem: Problem| problem.response(&instance, &request_id);
        let (parts, body) = request.into_parts();
        let Ok(body) = within_limit(body).await else { return refuse(Problem::INCOMPLETE_BODY) };
        let (route, path_parameters) = match self.routes.find(parts.method.as_str(), &instance) {
            Found::Route { route, parameters } => (route, parameters),
            Found::Nothing => return Refusal::NOT_FOUND.response(),
        };
        let target = &route.target;
        let claims = if target.is_open {
            None
        } else {
            let header = parts.headers.get(header::AUTHORIZATION).and_then(|h| h.to_str().ok());
            let Some(claims) = self.tokens.verify(header) else {
                return Refusal::UNAUTHORIZED.response();
            };
            let asked = &target.scopes;
            if !asked.is_empty() && !token_scopes(&claims).any(|s| asked.iter().any(|a| a == s)) {
                return Refusal::FORBIDDEN.response();
            }
            Some(claims)
        };
        let Some(body) = body else { return refuse(Problem::PAYLOAD_TOO_LARGE) };
        let incoming = Incoming {
            parts: &parts,
            body: &body,
            route_key: &route.key,
            path_parameters,
            claims: claims.as_ref(),
            scopes: &target.scopes,
            request_id: &request_id,
            peer,
            now: self.clock.now(),
        };
        let event = incoming.event();
        match target.function.invoke(&request_id, event).await {
            Ok(answer) => response_of(answer).unwrap_or_else(|| refuse(Problem::INTERNAL_ERROR)),
            Err(_) => refuse(Problem::INTERNAL_ERROR),
        }
    }
}

async fn pass(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    gateway.handle(peer, request).await
}

/// Returns a body, or `None` if it is too large. A large body is read all the same, up to a second
/// limit: otherwise a caller that is still sending sees a broken connection instead of the refusal.
async fn within_limit(mut body: Body) -> Result<Option<Bytes>, axum::Error> {
    let mut gathered = BytesMut::new();
    let mut total = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        total += data.len();
        if total <= MAX_BODY_BYTES {
            gathered.extend_from_slice(&data);
        } else if total > MAX_DISCARDED_BYTES {
            break;
        }
    }
    Ok((total <= MAX_BODY_BYTES).then(|| gathered.freeze()))
}
