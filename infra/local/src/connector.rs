//! The connection between a function's SDK and the embedded services. Each attempt of each call passes
//! here: it is checked against the function's policy, shown to the tap and carried out, and then the
//! readers of what it changed are woken.
//!
//! The SDK makes the retries, and each is an attempt like any other.

pub(crate) mod access;
pub(crate) mod policy;
pub(crate) mod tap;

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use tokio::sync::Notify;
use winterbaume_core::{MockRequest, MockResponse, MockService};

use self::access::Operation;
use self::policy::Policy;
use self::tap::{Call, Fault, Tap};
use crate::embedded::queues::Queues;
use crate::embedded::request_tokens::{Known, RequestTokens, Transaction};

/// Holds the tap once the stack has started.
pub(crate) type TapSlot = Arc<OnceLock<Arc<dyn Tap>>>;

/// The readers that a change wakes.
#[derive(Clone)]
pub(crate) struct Wakes {
    /// The reader of the stream.
    pub stream: Arc<Notify>,
    /// The readers of the queues.
    pub queues: Arc<Queues>,
}

/// The connection of one caller to one service.
#[derive(Clone)]
pub(crate) struct Wire {
    /// The policy of the calling function. `None` is the stack itself, which may do everything.
    pub caller: Option<Arc<Policy>>,
    /// The caller's name.
    pub name: Arc<str>,
    /// `dynamodb`, `sqs`, `ses` or `cognito-idp`.
    pub service: &'static str,
    /// Where the service is.
    pub destination: Destination,
    /// Sees each attempt.
    pub tap: TapSlot,
    /// The readers that a change wakes.
    pub wakes: Wakes,
}

/// The place of a service.
#[derive(Clone)]
pub(crate) enum Destination {
    /// Over HTTP on the loopback: the database.
    Loopback(SharedHttpClient, Arc<RequestTokens>),
    InProcess(Arc<dyn MockService>),
}

impl fmt::Debug for Wire {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Wire({} to {})", self.name, self.service)
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let way = match &self.destination {
            Destination::Loopback(client, tokens) => {
                Way::Loopback(client.http_connector(settings, components), Arc::clone(tokens))
            }
            Destination::InProcess(service) => Way::InProcess(Arc::clone(service)),
        };
        SharedHttpConnector::new(Connector { wire: self.clone(), way })
    }
}

#[derive(Debug, Clone)]
struct Connector {
    wire: Wire,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Loopback(SharedHttpConnector, Arc<RequestTokens>),
    InProcess(Arc<dyn MockService>),
}

impl fmt::Debug for Way {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Loopback(..) => "Loopback",
            Self::InProcess(_) => "InProcess",
        })
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        HttpConnectorFuture::new(async move { connector.attempt(request).await })
    }
}

impl Connector {
    async fn attempt(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let wire = &self.wire;
        let operation = match self.authorized(&request) {
            Ok(operation) => operation,
            Err(refusal) => {
                let refusal = format!("{refusal:#}");
                tracing::error!(function = %wire.name, service = wire.service, %refusal, "refused");
                return Ok(access_denied(&refusal));
            }
        };
        let Some(tap) = wire.tap.get().filter(|_| wire.caller.is_some()) else {
            let response = self.way.carry_out(request).await?;
            self.wake(&operation, response.status());
            return Ok(response);
        };
        let call = Call {
            function: wire.name.to_string(),
            service: wire.service,
            action: operation.name.clone(),
        };
        let fault = tap.before(&call);
        match fault {
            Some(Fault::BeforeEffect) => return Err(broken("before the call")),
            Some(Fault::Silence) => return std::future::pending().await,
            Some(Fault::Refuse(status, body)) => return Ok(answer(status, body)),
            Some(Fault::AfterEffect) | None => {}
        }
        let response = self.way.carry_out(request).await?;
        let status = response.status();
        self.wake(&operation, status);
        let (response, body) = with_body(response).await?;
        tap.after(&call, status.as_u16(), &body);
        match fault {
            Some(_) => Err(broken("after the call")),
            None => Ok(response),
        }
    }

    /// Returns the requested operation if the caller may do it.
    fn authorized(&self, request: &HttpRequest) -> anyhow::Result<Operation> {
        let uri = request.uri();
        let path = uri.split_once("://").map_or(uri, |(_, rest)| rest);
        let path = path.find('/').map_or("/", |start| &path[start..]);
        let request = access::Request {
            method: request.method(),
            path: path.split('?').next().unwrap_or(path),
            target: request.headers().get("x-amz-target"),
            body: request.body().bytes().unwrap_or_default(),
        };
        let Some(policy) = &self.wire.caller else {
            // The stack itself also calls operations that no function calls, such as scanning the table.
            let name = request.target.and_then(|target| target.rsplit('.').next());
            return Ok(Operation {
                name: name.unwrap_or_default().to_owned(),
                accesses: Vec::new(),
            });
        };
        let operation = access::operation(self.wire.service, &request)?;
        for access in &operation.accesses {
            policy.allow(access)?;
        }
        Ok(operation)
    }

    fn wake(&self, operation: &Operation, status: StatusCode) {
        if !status.is_success() {
            return;
        }
        match operation.name.as_str() {
            "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems" | "BatchWriteItem" => {
                self.wire.wakes.stream.notify_one();
            }
            "SendMessage" | "SendMessageBatch" => {
                for queue in operation.accesses.iter().flat_map(|access| &access.resources) {
                    self.wire.wakes.queues.notify(queue);
                }
            }
            _ => {}
        }
    }
}

impl Way {
    async fn carry_out(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        match self {
            Self::Loopback(connector, tokens) => once(connector, tokens, request).await,
            Self::InProcess(service) => {
                Ok(from_service(service.handle(to_service(&request)).await))
            }
        }
    }
}

/// Carries out a transaction once per token, and any other request as it is.
async fn once(
    connector: &SharedHttpConnector,
    tokens: &RequestTokens,
    mut request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let Some(transaction) = request.body().bytes().and_then(Transaction::split) else {
        return connector.call(request).await;
    };
    match tokens.known(&transaction) {
        Known::Answered(before) => return Ok(answer(200, before)),
        Known::OfAnother => {
            let body = json!({"__type": "IdempotentParameterMismatchException"});
            return Ok(answer(400, body.to_string()));
        }
        Known::New => {}
    }
    request.headers_mut().insert("content-length", transaction.body.len().to_string());
    *request.body_mut() = SdkBody::from(transaction.body.clone());
    let (response, body) = with_body(connector.call(request).await?).await?;
    if response.status().is_success() {
        tokens.keep(transaction, body);
    }
    Ok(response)
}

fn to_service(request: &HttpRequest) -> MockRequest {
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers() {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        {
            headers.insert(name, value);
        }
    }
    MockRequest {
        method: request.method().to_owned(),
        uri: request.uri().to_owned(),
        headers,
        body: Bytes::copy_from_slice(request.body().bytes().unwrap_or_default()),
    }
}

fn from_service(response: MockResponse) -> HttpResponse {
    let mut converted = answer(response.status, response.body);
    for (name, value) in &response.headers {
        if let Ok(value) = value.to_str() {
            converted.headers_mut().insert(name.as_str().to_owned(), value.to_owned());
        }
    }
    converted
}

/// Reads the body of a response, and returns both.
async fn with_body(mut response: HttpResponse) -> Result<(HttpResponse, Bytes), ConnectorError> {
    let streaming = std::mem::replace(response.body_mut(), SdkBody::empty());
    let body = ByteStream::new(streaming)
        .collect()
        .await
        .map_err(|error| ConnectorError::io(error.into()))?
        .into_bytes();
    *response.body_mut() = SdkBody::from(body.clone());
    Ok((response, body))
}

fn answer(status: u16, body: impl Into<SdkBody>) -> HttpResponse {
    let status = StatusCode::try_from(status)
        .unwrap_or_else(|_| StatusCode::try_from(500).expect("500 is a status"));
    HttpResponse::new(status, body.into())
}

fn access_denied(refusal: &str) -> HttpResponse {
    let name = "AccessDeniedException";
    let body = json!({"__type": name, "message": refusal, "Message": refusal}).to_string();
    let mut response = answer(400, body);
    response.headers_mut().insert("x-amzn-errortype", name);
    response
}

fn broken(when: &str) -> ConnectorError {
    ConnectorError::io(format!("the connection broke {when}").into())
}
