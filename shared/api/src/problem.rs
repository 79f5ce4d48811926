//! Refusals as RFC 9457 problems: a status, a code for programs, a sentence for people.

use puntos_domain::field::FieldError;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The detail of a refusal that does not say yet what was not found.
const NOTHING: &str = "there is nothing here";

/// Why a request is refused.
#[derive(Debug, Clone)]
pub struct Problem {
    status: u16,
    code: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    facts: Map<String, Value>,
    retry_after_s: u32,
}

/// A problem as it is answered (`application/problem+json`).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with this request.
    pub detail: String,
    /// The path that was asked.
    pub instance: String,
    /// The kind of problem, for programs.
    pub code: String,
    /// The id under which the request is logged.
    pub request_id: String,
    /// The fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Facts of this kind of problem, such as `missing_points`.
    #[serde(flatten)]
    pub facts: Map<String, Value>,
}

impl Problem {
    /// Returns a problem of a kind without its own constructor.
    pub fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            facts: Map::new(),
            retry_after_s: 1,
        }
    }

    /// Returns the refusal of a missing or bad token.
    pub fn unauthorized() -> Self {
        Self::new(401, "unauthorized", "a valid access token is needed")
    }

    /// Returns the refusal of a role.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(403, "forbidden", detail)
    }

    /// Returns the answer for a missing thing and for another member's thing. Callers cannot tell them apart.
    /// The answer names the thing that the request is about.
    pub fn not_found() -> Self {
        Self::new(404, "not_found", NOTHING)
    }

    /// Returns the same problem. If it is that something was not found, it says what, by the parameter that
    /// names it.
    #[must_use]
    pub fn naming(self, parameter: Option<&str>) -> Self {
        if self.code != "not_found" || self.detail != NOTHING || !self.errors.is_empty() {
            return self;
        }
        let Some(parameter) = parameter else { return self };
        let detail = match parameter {
            "document" | "email" | "card_number" => "no member is enrolled with it".to_owned(),
            "idempotency_key" => "there is no redemption with this key".to_owned(),
            "code" => "there is no such coupon".to_owned(),
            "email_id" => "there is no such mail".to_owned(),
            id => format!("there is no such {}", id.trim_end_matches("_id").replace('_', " ")),
        };
        let errors = vec![FieldError::not_found(parameter, detail.clone())];
        Self { detail, errors, ..self }
    }

    /// Returns the refusal of a field that names a missing thing.
    pub fn not_found_field(field: &str, detail: &str) -> Self {
        let errors = vec![FieldError::not_found(field, detail)];
        Self { errors, ..Self::new(404, "not_found", format!("{field}: {detail}")) }
    }

    /// Returns the refusal of a caller who calls too often, and may call again after so many seconds.
    pub fn throttled(detail: impl Into<String>, retry_after_s: u32) -> Self {
        Self { retry_after_s, ..Self::new(429, "throttled", detail) }
    }

    /// Returns the refusal of a conflict with the current state.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(409, code, detail)
    }

    /// Returns the refusal of fields out of their bounds.
    pub fn invalid_fields(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [only] => format!("{}: {}", only.field, only.detail),
            several => format!("{} fields are refused", several.len()),
        };
        Self { errors, ..Self::new(422, "invalid_field", detail) }
    }

    /// Returns the refusal of fields that the route does not have. Other faults may come with them.
    pub fn unknown_fields(errors: Vec<FieldError>) -> Self {
        let unknown = errors.iter().filter(|error| error.code == "unknown_field");
        let names: Vec<&str> = unknown.map(|error| error.field.as_str()).collect();
        let detail = format!("not known here: {}", names.join(", "));
        Self { errors, ..Self::new(422, "unknown_field", detail) }
    }

    /// Returns the refusal of one field out of its bounds.
    pub fn invalid_field(field: &str, detail: &str) -> Self {
        Self::invalid_fields(vec![FieldError::invalid(field, detail)])
    }

    /// Returns the refusal of a key that was used before with another request.
    pub fn key_reused() -> Self {
        Self::new(
            422,
            "idempotency_key_reused",
            "this Idempotency-Key came before with another request",
        )
    }

    /// Returns the refusal of a request that needs a programme before there is one.
    pub fn program_missing() -> Self {
        Self::conflict("program_missing", "no programme is set up yet: PUT /v1/program")
    }

    /// Returns the same problem with one more fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// Returns the same problem with these fields at fault.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// Returns the same problem of a part of the body: its fields are under this one.
    #[must_use]
    pub fn under(mut self, field: &str) -> Self {
        for error in &mut self.errors {
            let named = format!("{field}.{}", error.field);
            if self.detail == format!("{}: {}", error.field, error.detail) {
                self.detail = format!("{named}: {}", error.detail);
            }
            error.field = named;
        }
        self
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the kind of problem, for programs.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Returns how many seconds a caller should wait before a retry.
    pub fn retry_after_s(&self) -> Option<u32> {
        matches!(self.status, 429 | 503).then_some(self.retry_after_s)
    }

    /// Returns the answer with this problem, for a request of this path.
    pub fn body(&self, instance: &str, request_id: &str) -> Value {
        json!(ProblemBody {
            kind: format!("urn:puntos:problem:{}", self.code),
            title: self.code.replace('_', " "),
            status: self.status,
            detail: self.detail.clone(),
            instance: instance.to_owned(),
            code: self.code.to_owned(),
            request_id: request_id.to_owned(),
            errors: self.errors.clone(),
            facts: self.facts.clone(),
        })
    }
}

impl From<Vec<FieldError>> for Problem {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::invalid_fields(errors)
    }
}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        Self::invalid_fields(vec![error])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_found_is_named_by_its_parameter() {
        let table = [
            ("redemption_id", "there is no such redemption"),
            ("member_id", "there is no such member"),
            ("document", "no member is enrolled with it"),
            ("code", "there is no such coupon"),
        ];
        for (parameter, detail) in table {
            let body = Problem::not_found().naming(Some(parameter)).body("", "");
            assert_eq!(
                (&body["detail"], &body["errors"][0]["field"]),
                (&json!(detail), &json!(parameter))
            );
        }
        let named = Problem::not_found_field("reward_id", "there is no such reward");
        let body = named.naming(Some("member_id")).body("", "");
        assert_eq!(body["errors"][0]["field"], "reward_id");
    }
}
