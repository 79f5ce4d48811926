//! The embedded user pool: the addresses that its people got.
//!
//! It knows everybody, because the local sign-in asks nobody for a password, and forgets at the end of the stack.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use winterbaume_core::{MockRequest, MockResponse, MockService};

/// The people of the pool by the subjects of their tokens.
#[derive(Default)]
pub(crate) struct UserPool(Mutex<BTreeMap<String, Attributes>>);

/// The attributes of a person.
pub(crate) type Attributes = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Update {
    username: String,
    user_attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    name: String,
    value: String,
}

impl UserPool {
    /// Returns the attributes that each person got.
    pub(crate) fn people(&self) -> BTreeMap<String, Attributes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn update(&self, request: &MockRequest) -> MockResponse {
        let Ok(update) = serde_json::from_slice::<Update>(&request.body) else {
            return MockResponse::json(400, r#"{"__type": "InvalidParameterException"}"#);
        };
        let attributes = update.user_attributes.into_iter().map(|one| (one.name, one.value));
        let mut people = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        people.entry(update.username).or_default().extend(attributes);
        MockResponse::json(200, "{}")
    }
}

impl MockService for UserPool {
    fn service_name(&self) -> &str {
        "cognito-idp"
    }

    fn url_patterns(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Answers the two operations that `connector` lets through. Nobody is in a group: a local token names its groups
    /// itself.
    fn handle(
        &self,
        request: MockRequest,
    ) -> Pin<Box<dyn Future<Output = MockResponse> + Send + '_>> {
        let target = request.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let answer = match target.is_some_and(|target| target.ends_with(".AdminListGroupsForUser"))
        {
            true => MockResponse::json(200, r#"{"Groups": []}"#),
            false => self.update(&request),
        };
        Box::pin(std::future::ready(answer))
    }
}
