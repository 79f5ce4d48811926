//! The page of the sign-in, without a script, and the page that says why there is none.

use aws_smithy_types::base64;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, context};
use sha2::{Digest, Sha256};

use super::request::{Parameters, origins};
use super::session::ROLES;
use super::words::{Mistake, Words};
use super::{Choice, private};

const TEMPLATE: &str = include_str!("page.html");

const STYLE: &str = ":root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}\
main{max-width:22rem;margin:3rem auto;padding:0 1rem}\
label{display:block}fieldset{border:1px solid;border-radius:.25rem}\
input:not([type=radio]),button{box-sizing:border-box;width:100%;padding:.5rem;font:inherit}";

/// Returns the page, with what is wrong if somebody filled it in before.
pub(super) fn form(
    url: &str,
    parameters: &Parameters,
    choice: &Choice,
    words: &Words,
    mistake: Option<Mistake>,
) -> anyhow::Result<Response<Body>> {
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    let page = templates.render_str(
        TEMPLATE,
        context! {
            style => minijinja::Value::from_safe_string(STYLE.to_owned()),
            parameters => Serde(parameters),
            choice => Serde(choice),
            words => Serde(words),
            roles => ROLES.into_iter().zip(words.roles).collect::<Vec<_>>(),
            error => mistake.map(|mistake| words.mistake(mistake)),
        },
    )?;
    let status = if mistake.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let style = base64::encode(Sha256::digest(STYLE));
    // A form that is answered by a redirection needs its target here too.
    let [one, other] = origins(url);
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action {one} {other}; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    Ok(html(status, page, &policy))
}

/// Returns the page of a request that no form can repair.
pub(super) fn refused(reason: &'static str) -> Response<Body> {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Sign in</title>\n\
         <h1>Sign in</h1>\n<p role=\"alert\">{reason}</p>\n</html>\n"
    );
    html(StatusCode::BAD_REQUEST, page, "default-src 'none'; frame-ancestors 'none'")
}

fn html(status: StatusCode, page: String, policy: &str) -> Response<Body> {
    let mut answer = Response::new(Body::from(page));
    *answer.status_mut() = status;
    private(&mut answer);
    let headers = answer.headers_mut();
    let media_type = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, media_type);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    answer
}
