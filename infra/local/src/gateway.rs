//! The HTTP API on one port: routes, tokens and limits as API Gateway has them, in front of the
//! functions, and the `/local` routes beside them.
//!
//! A function that fails, panics or overruns is one 500, never a dead process.

pub(crate) mod answer;
pub(crate) mod event;
pub(crate) mod routes;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Response, header};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use self::answer::{Problem, response_of};
use self::event::{Incoming, token_scopes};
use self::routes::{Found, Routes};
use crate::clock::StackClock;
use crate::function::LocalFunction;
use crate::identity;
use crate::shutdown::Shutdown;
use crate::tokens::Tokens;

/// The largest body that passes.
pub(crate) const MAX_BODY_BYTES: usize = 256 * 1024;

/// What a route leads to.
pub(crate) struct Target {
    /// The function.
    pub function: Arc<LocalFunction>,
    /// Whether it needs no token.
    pub is_open: bool,
    /// The scopes of which a token needs any one.
    pub scopes: Vec<String>,
}

/// The gateway.
pub(crate) struct Gateway {
    /// Where requests lead.
    pub routes: Routes<Target>,
    /// Who may pass.
    pub tokens: Arc<Tokens>,
    /// The time on events.
    pub clock: StackClock,
}

impl Gateway {
    /// Serves until the stack shuts down; requests under way are answered.
    ///
    /// # Errors
    /// Fails where the listener does.
    pub(crate) async fn serve(
        self,
        listener: TcpListener,
        local_routes: Router,
        mut shutdown: Shutdown,
    ) -> anyhow::Result<()> {
        let gateway = Arc::new(self);
        let router = Router::new().fallback(pass).with_state(gateway).merge(local_routes);
        // Where this fails an answer is a little late.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service)
            .with_graceful_shutdown(async move { shutdown.wait().await })
            .await
            .context("the gateway stopped")
    }

    /// Works off one request.
    async fn handle(&self, peer: SocketAddr, request: Request) -> Response<Body> {
        let request_id = identity::fresh();
        let instance = request.uri().path().to_owned();
        let refuse = |problem: Problem| problem.response(&instance, &request_id);
        let (parts, body) = request.into_parts();
        let (route, path_parameters) = match self.routes.find(parts.method.as_str(), &instance) {
            Found::Route(route, parameters) => (route, parameters),
            Found::OtherMethods(methods) if parts.method != "HEAD" => {
                let mut response = refuse(Problem::METHOD_NOT_ALLOWED);
                let methods: Vec<&str> = methods.into_iter().collect();
                if let Ok(allowed) = HeaderValue::from_str(&methods.join(", ")) {
                    response.headers_mut().insert(header::ALLOW, allowed);
                }
                return response;
            }
            Found::OtherMethods(_) | Found::Nothing => return refuse(Problem::NOT_FOUND),
        };
        let target = &route.target;
        let claims = if target.is_open {
            None
        } else {
            let header = parts.headers.get(header::AUTHORIZATION).and_then(|h| h.to_str().ok());
            let Some(claims) = self.tokens.verify(header) else {
                return refuse(Problem::UNAUTHORIZED);
            };
            let asked = &target.scopes;
            if !asked.is_empty() && !token_scopes(&claims).any(|s| asked.iter().any(|a| a == s)) {
                return refuse(Problem::FORBIDDEN);
            }
            Some(claims)
        };
        if declared_length(&parts.headers).is_some_and(|length| length > MAX_BODY_BYTES as u64) {
            return refuse(Problem::PAYLOAD_TOO_LARGE);
        }
        let body = match to_bytes(body, MAX_BODY_BYTES).await {
            Ok(body) => body,
            Err(error) if is_over_limit(&error) => return refuse(Problem::PAYLOAD_TOO_LARGE),
            Err(_) => return refuse(Problem::INCOMPLETE_BODY),
        };
        let incoming = Incoming {
            parts: &parts,
            body: &body,
            route_key: &route.key(),
            path_parameters,
            claims: claims.as_ref(),
            scopes: &target.scopes,
            request_id: &request_id,
            peer,
            now: self.clock.now(),
        };
        let event = incoming.event();
        match target.function.invoke(request_id.clone(), event).await {
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

fn declared_length(headers: &axum::http::HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_over_limit(error: &axum::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        source = error.source();
    }
    false
}
