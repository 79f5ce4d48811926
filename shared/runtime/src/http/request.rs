//! One request: its route, caller, key, parameters and body, each checked in order.

use crate::http::Failure;
use puntos_domain::id::MemberId;
use puntos_domain::language::Language;
use puntos_domain::page::PageQuery;
use std::collections::HashMap;
use std::future::Future;
use std::sync::OnceLock;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_smithy_types::base64;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::answer::problem_response;
use super::{Answer, Caller, accept};
use crate::{Deadline, Environment, Invocation};
use puntos_api::body;
use puntos_api::{KeyRule, Parameter, Problem, Route};
use puntos_domain::field::FieldError;
use puntos_domain::stamp::Stamp;
use puntos_store::{Store, StoreError};

/// The largest body accepted, in bytes.
const BODY_MAX_BYTES: usize = 256 * 1024;
/// The rows of a page by default, and the most.
const PAGE_DEFAULT: u32 = 20;
const PAGE_MAX: u32 = 100;

/// A checked request.
#[derive(Debug)]
pub struct Request {
    pub route: &'static Route,
    /// The caller; `None` on a route without a token.
    caller: Option<Caller>,
    /// The id under which the request is logged.
    pub request_id: String,
    key: Result<String, Problem>,
    /// Whether the caller prefers `text/csv` to JSON.
    prefers_csv: bool,
    /// The language that the caller asks for.
    language: Option<Language>,
    path_parameters: HashMap<String, String>,
    query: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What a member writes in the place of their own id.
const ME: &str = "me";

/// One request and its environment: the store, the time, and the deadline.
pub struct Call {
    /// The checked request.
    pub request: Request,
    /// The table, with a meter for this request.
    pub store: Store,
    /// The time of the request.
    pub now: Timestamp,
    /// Settings, clients and randomness.
    pub environment: Environment,
    /// The deadline of the answer.
    pub deadline: Deadline,
    /// The member of the token, once it was read.
    pub(super) own: OnceLock<MemberId>,
}

/// Checks one API Gateway event, does the work, and answers. Refusals are answers too.
pub async fn serve<Work, Done>(
    event: ApiGatewayV2httpRequest,
    invocation: Invocation,
    routes: &'static [&'static Route],
    environment: &Environment,
    store: &Store,
    work: Work,
) -> ApiGatewayV2httpResponse
where
    Work: FnOnce(Call) -> Done,
    Done: Future<Output = Result<Answer, Failure>>,
{
    let instance = event.raw_path.clone().unwrap_or_default();
    let request_id =
        event.request_context.request_id.clone().unwrap_or_else(|| invocation.request_id.clone());
    let deadline = invocation.deadline();
    let store = store.metered();
    let meter = store.meter();
    let judged = Request::judge(event, routes, &request_id);
    let named = judged.as_ref().ok().map(Request::named);
    let (route, actor) = match &judged {
        Ok(request) => (request.route.key, request.caller.as_ref().map(Caller::actor)),
        Err(_) => ("", None),
    };
    let outcome = match judged {
        Err(problem) => Err(problem),
        Ok(request) => {
            let now = environment.now();
            let environment = environment.clone();
            let own = OnceLock::new();
            let mut call = Call { request, store, now, environment, deadline, own };
            let done = async {
                call.resolve_me().await?;
                work(call).await
            };
            // Lambda would stop it without an answer. A retry gets the answer of what was committed.
            tokio::time::timeout(deadline.left(), done)
                .await
                .unwrap_or_else(|_| Err(StoreError::OutOfTime.into()))
                .map_err(Failure::into_problem)
        }
    };
    let (status, code) = match &outcome {
        Ok(answer) => (answer.status(), "ok"),
        Err(problem) => (problem.status(), problem.code()),
    };
    let cost = meter.total();
    tracing::info!(
        route,
        actor,
        request_id,
        status,
        code,
        requests = cost.requests,
        read_units = cost.read_units,
        write_units = cost.write_units,
        "answered"
    );
    match outcome {
        Ok(answer) => answer.into_response(),
        Err(problem) => {
            let problem = problem.naming(named.flatten());
            problem_response(&problem, &instance, &request_id)
        }
    }
}

impl Request {
    /// Puts an id in the place of `me` where the request names a member.
    pub(super) fn replace_me(&mut self, member_id: &MemberId) {
        let in_path = self.path_parameters.get_mut("member_id");
        let in_query = self.query.iter_mut().find(|(name, _)| name == "member_id");
        for value in in_path.into_iter().chain(in_query.map(|(_, value)| value)) {
            if value == ME {
                *value = member_id.to_string();
            }
        }
    }

    /// Returns whether the path or the query names the caller's own member as `me`.
    pub(super) fn names_me(&self) -> bool {
        self.path("member_id") == ME || self.query("member_id") == Some(ME)
    }
}

impl Call {
    /// Loads, decides and commits with `attempt`, and repeats while another write came first (`None`) and
    /// there is time.
    ///
    /// # Errors
    /// Fails with the failure of `attempt`, and at the deadline.
    pub async fn decide<T, Tried>(&self, attempt: impl FnMut(u32) -> Tried) -> Result<T, Failure>
    where
        Tried: Future<Output = Result<Option<T>, Failure>>,
    {
        crate::decide(self.deadline, attempt).await
    }

    /// Returns who makes a change, when, and under which request.
    ///
    /// # Errors
    /// Refuses if the route has no token.
    pub fn stamp(&self) -> Result<Stamp, Problem> {
        let actor = self.request.caller()?.actor();
        Ok(Stamp { at: self.now, actor, request_id: self.request.request_id.clone() })
    }
}

impl Request {
    fn judge(
        event: ApiGatewayV2httpRequest,
        routes: &'static [&'static Route],
        request_id: &str,
    ) -> Result<Self, Problem> {
        let route_key = event.route_key.as_deref().unwrap_or_default();
        let route = routes.iter().find(|route| route.key == route_key);
        let route = route.ok_or_else(Problem::not_found)?;
        let jwt = event.request_context.authorizer.as_ref().and_then(|found| found.jwt.as_ref());
        let token_fields = jwt.map(|jwt| &jwt.claims);
        let caller = match route.roles {
            [] => None,
            roles => Some(Caller::of_token(token_fields, roles)?),
        };
        let header = |name: &str| event.headers.get(name).and_then(|value| value.to_str().ok());
        let key = match route.idempotency {
            KeyRule::Ignored => Ok(String::new()),
            KeyRule::Required => Ok(idempotency_key(header("idempotency-key"))?),
            KeyRule::Natural => idempotency_key(header("idempotency-key")),
        };
        let prefers_csv = header("accept").is_some_and(accept::prefers_csv);
        let language = header("accept-language").and_then(accept::accepted_language);
        let body = match (event.body, event.is_base64_encoded) {
            (None, _) => Vec::new(),
            (Some(text), false) => text.into_bytes(),
            (Some(text), true) => base64::decode(text)
                .map_err(|_| Problem::new(400, "invalid_json", "the body is not valid base64"))?,
        };
        if body.len() > BODY_MAX_BYTES {
            return Err(Problem::new(413, "payload_too_large", "the body is larger than 256 KiB"));
        }
        let media_type =
            event.headers.get("content-type").map(|value| value.to_str().unwrap_or("?"));
        if !body.is_empty() && !media_type.is_none_or(|name| is_json(name, route.key)) {
            return Err(Problem::new(
                415,
                "unsupported_media_type",
                "the body must be application/json",
            ));
        }
        let query = query_of(event.raw_query_string.as_deref().unwrap_or_default());
        known_parameters(&query, route)?;
        let request = Self {
            route,
            caller,
            request_id: request_id.to_owned(),
            key,
            prefers_csv,
            language,
            path_parameters: event.path_parameters,
            query,
            body,
        };
        // Also where nothing is found to page through.
        request.page()?;
        Ok(request)
    }

    /// Returns who calls.
    ///
    /// # Errors
    /// Refuses if the route has no token.
    pub fn caller(&self) -> Result<&Caller, Problem> {
        self.caller.as_ref().ok_or_else(Problem::unauthorized)
    }

    /// Returns the parameter that names what the request is about: the last of its path, or the filter by member
    /// of its query.
    fn named(&self) -> Option<&'static str> {
        const OF_MEMBER: [&str; 4] = ["member_id", "document", "email", "card_number"];
        let of_path = self.route.path().rsplit('{').next().and_then(|rest| rest.split_once('}'));
        let of_query = || OF_MEMBER.into_iter().find(|name| self.query(name).is_some());
        of_path.map(|(name, _)| name).or_else(of_query)
    }

    /// Returns the idempotency key; empty if the route ignores it.
    pub fn key(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    /// Returns the idempotency key of a request without a natural key in its body.
    ///
    /// # Errors
    /// Refuses a missing or invalid header.
    pub fn needed_key(&self) -> Result<&str, Problem> {
        self.key.as_deref().map_err(Problem::clone)
    }

    /// Returns whether the caller prefers `text/csv` to JSON, on a route that has both.
    pub fn prefers_csv(&self) -> bool {
        self.prefers_csv
    }

    /// Returns the language that the caller asks for, if it is one of ours.
    pub fn language(&self) -> Option<Language> {
        self.language
    }

    /// Returns a parameter of the path.
    pub fn path(&self, name: &str) -> &str {
        self.path_parameters.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Returns an id from the path. Text that is not an id is not found.
    ///
    /// # Errors
    /// Answers 404, as for an id that does not exist.
    pub fn path_id<Id: std::str::FromStr>(&self, name: &str) -> Result<Id, Problem> {
        self.path(name).parse().map_err(|_| Problem::not_found())
    }

    /// Returns a parameter of the query. An empty one is absent; an empty choice is refused before.
    pub fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Returns the requested paging.
    ///
    /// # Errors
    /// Refuses a limit that is not from 1 to 100.
    pub fn page(&self) -> Result<PageQuery, Problem> {
        let limit = match self.query("limit") {
            None => PAGE_DEFAULT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=PAGE_MAX).contains(limit))
                .ok_or_else(|| Problem::invalid_field("limit", "must be from 1 to 100"))?,
        };
        Ok(PageQuery { limit, cursor: self.query("cursor").map(str::to_owned) })
    }

    /// Reads the body. A body that may be empty may be missing.
    ///
    /// # Errors
    /// Refuses a missing body and invalid JSON with 400, and unknown or ill-typed fields with 422 and their
    /// paths.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        if self.body.is_empty() {
            let missing = |_| Problem::new(400, "invalid_json", "a body is needed");
            return body::parse(b"{}", None).map_err(missing);
        }
        body::parse(&self.body, self.route.request.as_ref())
    }

    /// Refuses a body with any field, on a route without a body.
    ///
    /// # Errors
    /// Refuses any field as unknown.
    pub fn no_body(&self) -> Result<(), Problem> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}
        match self.body.as_slice() {
            [] => Ok(()),
            body => body::parse::<Nothing>(body, None).map(drop),
        }
    }
}

fn idempotency_key(header: Option<&str>) -> Result<String, Problem> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:~-".contains(&byte);
    match header {
        None | Some("") => {
            Err(Problem::new(400, "idempotency_key_missing", "an Idempotency-Key header is needed"))
        }
        Some(key) if key.len() <= 128 && key.bytes().all(allowed) => Ok(key.to_owned()),
        Some(_) => {
            let detail = "an Idempotency-Key has 1 to 128 of A-Z a-z 0-9 . _ : ~ -";
            Err(Problem::new(400, "idempotency_key_invalid", detail))
        }
    }
}

/// Refuses parameters of the query that the route does not have, that are given twice or are longer than the
/// document says, and empty ones where a choice is asked.
fn known_parameters(query: &[(String, String)], route: &Route) -> Result<(), Problem> {
    let of = |name: &str| route.query.iter().find(|parameter| parameter.name == name);
    let unknown = query.iter().filter(|(name, _)| of(name).is_none());
    let errors: Vec<FieldError> = unknown.map(|(name, _)| FieldError::unknown(name)).collect();
    if !errors.is_empty() {
        return Err(Problem::unknown_fields(errors));
    }
    for (index, (name, value)) in query.iter().enumerate() {
        if query[..index].iter().any(|(before, _)| before == name) {
            return Err(Problem::invalid_field(name, "is given twice"));
        }
        let most = of(name).and_then(Parameter::max_chars);
        if most.is_some_and(|most| value.chars().count() > most) {
            return Err(Problem::invalid_field(name, "is too long"));
        }
    }
    let empty = query.iter().filter(|(_, value)| value.is_empty());
    let choices = empty.filter_map(|(name, _)| of(name)?.choices().map(|choices| (name, choices)));
    let detail = |choices: Vec<String>| format!("must be one of {}", choices.join(", "));
    let errors: Vec<FieldError> =
        choices.map(|(name, choices)| FieldError::invalid(name, detail(choices))).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.into()) }
}

fn is_json(media_type: &str, route: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let merge_patch = route.starts_with("PATCH ") && essence == "application/merge-patch+json";
    essence == "application/json" || merge_patch
}

/// The raw query is parsed. API Gateway's map of it joins repeated values with commas.
fn query_of(raw: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(raw.as_bytes()).into_owned().collect()
}
