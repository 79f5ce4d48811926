//! Serves the OpenAPI document of the whole API. Needs no token.
//!
//! A test generates `infra/openapi.json` from the routes of every function and checks that it is current.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use aws_lambda_events::http::HeaderValue;
use aws_lambda_events::http::header::CONTENT_TYPE;
use puntos_runtime::{Environment, Invocation, InvocationError, StartError};

/// The document.
pub const OPENAPI_JSON: &str = include_str!("../../../infra/openapi.json");

pub struct Function;

impl puntos_runtime::Function for Function {
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(_: Environment) -> Result<Self, StartError> {
        Ok(Self)
    }

    async fn handle(
        &self,
        _: ApiGatewayV2httpRequest,
        _: Invocation,
    ) -> Result<ApiGatewayV2httpResponse, InvocationError> {
        let mut response = ApiGatewayV2httpResponse::default();
        response.status_code = 200;
        response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.body = Some(Body::Text(OPENAPI_JSON.to_owned()));
        Ok(response)
    }
}
