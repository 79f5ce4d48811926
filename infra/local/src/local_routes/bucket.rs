//! The address of the embedded S3: `/local/s3/{bucket}/{key}`, put and got as S3 allows it.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};

use crate::embedded::bucket::{Object, Refusal, Request};
use crate::stack::Parts;

/// The largest object: more than any function signs for.
pub(super) const OBJECT_MAX_BYTES: usize = 16 * 1024 * 1024;

pub(super) async fn put(
    State(parts): State<Arc<Parts>>,
    Path((bucket, key)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let request = Request { method: Method::PUT.as_str(), uri: &uri, headers: &headers };
    if let Err(refusal) = allowed(&parts, &request, "s3:PutObject", &bucket, &key) {
        return refused(refusal);
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::CONTENT_LENGTH) != Some(body.len().to_string().as_str()) {
        return refused(Refusal::INCOMPLETE);
    }
    let content_type = text(header::CONTENT_TYPE).unwrap_or("binary/octet-stream").to_owned();
    let replaces = text(header::IF_NONE_MATCH) != Some("*");
    let object = Object { content_type, bytes: body.to_vec() };
    match parts.buckets.put(&bucket, &key, object, replaces) {
        Ok(true) => Response::new(Body::empty()),
        Ok(false) => refused(Refusal::EXISTS),
        Err(error) => failed(&error),
    }
}

pub(super) async fn get(
    State(parts): State<Arc<Parts>>,
    Path((bucket, key)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let request = Request { method: Method::GET.as_str(), uri: &uri, headers: &headers };
    if let Err(refusal) = allowed(&parts, &request, "s3:GetObject", &bucket, &key) {
        return refused(refusal);
    }
    match parts.buckets.get(&bucket, &key) {
        Ok(Some(object)) => {
            let mut response = Response::new(Body::from(object.bytes));
            if let Ok(content_type) = HeaderValue::from_str(&object.content_type) {
                response.headers_mut().insert(header::CONTENT_TYPE, content_type);
            }
            response
        }
        Ok(None) => refused(Refusal::DENIED),
        Err(error) => failed(&error),
    }
}

/// Checks the signature of a request, and the role of the function that signed it.
fn allowed(
    parts: &Parts,
    request: &Request<'_>,
    action: &str,
    bucket: &str,
    key: &str,
) -> Result<(), Refusal> {
    let signer = parts.buckets.signer(request)?;
    let function = parts.function(&signer).map_err(|_| Refusal::DENIED)?;
    let object = format!("arn:aws:s3:::{bucket}/{key}");
    function.policy.allow_one(action, &object).map_err(|denied| {
        tracing::error!(%denied, "an address is signed for more than the role allows");
        Refusal::DENIED
    })
}

fn refused(refusal: Refusal) -> Response<Body> {
    let Refusal { status, code, message } = refusal;
    answer(status, &format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
}

fn failed(error: &anyhow::Error) -> Response<Body> {
    tracing::error!(%error, "the embedded bucket failed");
    answer(StatusCode::INTERNAL_SERVER_ERROR, "<Error><Code>InternalError</Code></Error>")
}

fn answer(status: StatusCode, xml: &str) -> Response<Body> {
    let document = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}");
    let mut response = Response::new(Body::from(document));
    *response.status_mut() = status;
    let xml = HeaderValue::from_static("application/xml");
    response.headers_mut().insert(header::CONTENT_TYPE, xml);
    response
}
