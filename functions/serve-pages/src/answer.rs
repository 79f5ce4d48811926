//! Makes the answer of a file: with its tag, compressed where the browser allows it, or empty where the browser
//! has it already.

use std::borrow::Cow;
use std::io::Write;

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::encodings::Body;
use aws_lambda_events::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use aws_lambda_events::http::{HeaderMap, HeaderName, HeaderValue};
use flate2::Compression;
use flate2::write::GzEncoder;
use puntos_runtime::http::accepts_gzip;

use crate::files::{ContentType, hexadecimal};

/// How long a browser may keep an answer without asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caching {
    /// Not at all: it asks each time whether there is a newer one.
    Asks,
    /// For good: the address has the version of the content.
    Keeps,
}

/// What is answered.
pub(crate) struct Content {
    pub bytes: Cow<'static, [u8]>,
    pub content_type: ContentType,
    pub digest: [u8; 32],
    pub caching: Caching,
}

/// Returns the answer with a content, for a request with these headers.
pub(crate) fn found(
    content: Content,
    asked: &HeaderMap,
) -> std::io::Result<ApiGatewayV2httpResponse> {
    // A weak tag: it is the same with and without compression.
    let tag = format!("W/\"{}\"", &hexadecimal(&content.digest)[..32]);
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = 200;
    let caching = match content.caching {
        Caching::Asks => "no-cache",
        Caching::Keeps => "public, max-age=31536000, immutable",
    };
    answer.headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    answer.headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if listed(asked, &IF_NONE_MATCH).any(|known| known == "*" || is_same_tag(known, &tag)) {
        answer.status_code = 304;
    }
    if let Ok(tag) = HeaderValue::try_from(tag) {
        answer.headers.insert(ETAG, tag);
    }
    if answer.status_code == 304 {
        return Ok(answer);
    }
    let content_type = HeaderValue::from_static(content.content_type.name);
    answer.headers.insert(CONTENT_TYPE, content_type);
    let accepts = asked.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let body = if content.content_type.is_text && accepts.is_some_and(accepts_gzip) {
        answer.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        Body::Binary(compressed(&content.bytes)?)
    } else {
        let text = String::from_utf8(content.bytes.into_owned());
        text.map_or_else(|no_text| Body::Binary(no_text.into_bytes()), Body::Text)
    };
    answer.is_base64_encoded = matches!(body, Body::Binary(_));
    answer.body = Some(body);
    Ok(answer)
}

/// Returns the answer for an address without a file.
pub(crate) fn nothing() -> ApiGatewayV2httpResponse {
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = 404;
    let content_type = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers.insert(CONTENT_TYPE, content_type);
    answer.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer.body = Some(Body::Text("Not Found".to_owned()));
    answer
}

/// Returns the values of a header that is a list.
fn listed<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

/// Compares two tags, weakly: <https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3.2>.
fn is_same_tag(one: &str, other: &str) -> bool {
    one.trim_start_matches("W/") == other.trim_start_matches("W/")
}

fn compressed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}
