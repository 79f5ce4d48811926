//! Plays the sign-in of the user pool: its hosted page, its token endpoint and its sign-out, so that the pages'
//! script is the same here and in the cloud (authorization code with PKCE, RFC 6749 and RFC 7636).
//!
//! There are no passwords: a person chooses a role, or says which member they are.

mod page;
mod request;
mod session;
mod token;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};

use self::request::{Authorization, Parameters, is_own_page};
use self::session::{Code, Person};
use self::words::Words;
use super::{Refusal, failed};
use crate::gateway::tokens::Use;
use crate::stack::Parts;

/// How long a code is good.
const CODE_SECONDS: u64 = 60;

type Answer = Result<Response<Body>, Refusal>;

pub(super) fn routes() -> Router<Arc<Parts>> {
    Router::new()
        .route("/local/oauth2/authorize", get(authorize).post(sign_in))
        .route("/local/oauth2/token", post(token::exchange))
        .route("/local/oauth2/revoke", post(token::revoke))
        .route("/local/logout", get(sign_out))
}

/// Shows the page. While a session lasts, sends the browser back at once instead.
async fn authorize(
    State(parts): State<Arc<Parts>>,
    headers: HeaderMap,
    Query(parameters): Query<Parameters>,
) -> Answer {
    let authorization = match parameters.check(&parts) {
        Ok(authorization) => authorization,
        Err(reason) => return Ok(page::refused(reason)),
    };
    if let Some(person) = session::of(&parts, &headers) {
        return back(&parts, &authorization, person).map_err(failed);
    }
    let role = if authorization.redirect_uri.ends_with("/desk") { "agent" } else { "member" };
    let choice = Choice { role: role.to_owned(), member_id: String::new() };
    let words = Words::of(parameters.language(), &headers);
    page::form(&parts.url, &parameters, &choice, &words, None).map_err(failed)
}

/// What a person chose on the page.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Choice {
    role: String,
    member_id: String,
}

/// The form of the page.
#[derive(Deserialize)]
struct Filled {
    #[serde(flatten)]
    parameters: Parameters,
    #[serde(flatten)]
    choice: Choice,
}

/// Begins a session and sends the browser back with a code, or shows what is wrong.
async fn sign_in(
    State(parts): State<Arc<Parts>>,
    headers: HeaderMap,
    Form(filled): Form<Filled>,
) -> Answer {
    let Filled { parameters, choice } = filled;
    let authorization = match parameters.check(&parts) {
        Ok(authorization) => authorization,
        Err(reason) => return Ok(page::refused(reason)),
    };
    let person = match Person::choose(&parts, &choice).await.map_err(failed)? {
        Ok(person) => person,
        Err(mistake) => {
            let words = Words::of(parameters.language(), &headers);
            let form = page::form(&parts.url, &parameters, &choice, &words, Some(mistake));
            return form.map_err(failed);
        }
    };
    let cookies = session::begin(&parts, &person).map_err(failed)?;
    let mut answer = back(&parts, &authorization, person).map_err(failed)?;
    set_cookies(&mut answer, &cookies);
    Ok(answer)
}

#[derive(Deserialize)]
struct SignOut {
    client_id: Option<String>,
    logout_uri: Option<String>,
}

/// Ends the session, with its refresh tokens.
async fn sign_out(
    State(parts): State<Arc<Parts>>,
    headers: HeaderMap,
    Query(asked): Query<SignOut>,
) -> Response<Body> {
    let SignOut { client_id, logout_uri } = asked;
    if client_id.as_deref() != parts.tokens.people_client() {
        return page::refused("There is no client with this client_id.");
    }
    let Some(target) = logout_uri.filter(|uri| is_own_page(uri, &parts.url)) else {
        return page::refused("The logout_uri is no page of this stack.");
    };
    session::end(&parts, &headers);
    let mut answer = redirect(&target);
    set_cookies(&mut answer, &session::cleared());
    answer
}

/// Sends the browser back to its page, with a code.
fn back(
    parts: &Parts,
    authorization: &Authorization,
    person: Person,
) -> anyhow::Result<Response<Body>> {
    let Authorization { redirect_uri, challenge, state } = authorization;
    let subject = person.subject();
    let code = Code { person, redirect_uri: redirect_uri.clone(), challenge: challenge.clone() };
    let ends_at = jsonwebtoken::get_current_timestamp() + CODE_SECONDS;
    let code = parts.tokens.seal(Use::Code, &subject, ends_at, code)?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("code", &code);
    if let Some(state) = state {
        query.append_pair("state", state);
    }
    Ok(redirect(&format!("{redirect_uri}?{}", query.finish())))
}

fn redirect(target: &str) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(target) = HeaderValue::from_str(target) {
        answer.headers_mut().insert(header::LOCATION, target);
    }
    private(&mut answer);
    answer
}

/// Keeps an answer out of caches, and its address out of other sites' logs.
fn private(answer: &mut Response<Body>) {
    let headers = answer.headers_mut();
    for (name, value) in
        [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn set_cookies(answer: &mut Response<Body>, cookies: &[String]) {
    let cookies = cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok());
    for cookie in cookies {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
