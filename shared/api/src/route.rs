//! A route, declared once. Dispatch, roles, the key rule and the OpenAPI document follow from it.

use std::borrow::Cow;

use puntos_domain::page::Page;
use serde_json::json;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::{Role, openapi};

/// One route of the API.
#[derive(Debug)]
pub struct Route {
    /// The method and the path, as the template has them: `POST /v1/purchases`.
    pub key: &'static str,
    /// The name of the operation in generated clients: `record_purchase`.
    pub operation_id: &'static str,
    /// The group in the document.
    pub tag: &'static str,
    /// One line.
    pub summary: &'static str,
    /// What a caller must know besides the summary.
    pub description: &'static str,
    /// The roles that may call it; empty means everyone, without a token.
    pub roles: &'static [Role],
    /// Whether an `Idempotency-Key` is needed.
    pub idempotency: KeyRule,
    /// The parameters of the query.
    pub query: &'static [Parameter],
    /// The body.
    pub request: Option<Shape>,
    /// The answers: statuses from 200 to 299.
    pub answers: &'static [Reply],
    /// The codes of its own refusals by status. Those that every route shares are added.
    pub problems: &'static [(u16, &'static [&'static str])],
}

/// Whether a route needs an `Idempotency-Key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRule {
    /// The route changes something, and nothing else names the request.
    Required,
    /// The route changes nothing, or a natural key replaces the header, which is ignored.
    Ignored,
    /// A natural key in the body may replace the header. Without one, the route requires the header.
    Natural,
}

/// A parameter of the query.
#[derive(Debug)]
pub struct Parameter {
    /// The name.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// The type of its value.
    pub shape: Shape,
}

/// An answer of a route.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The case in which it is sent.
    pub description: &'static str,
    /// The body.
    pub body: Body,
    /// The body that a till gets instead, if it sees less.
    pub till_body: Option<Body>,
    /// Whether a caller can have it as `text/csv` instead, by the header `Accept`.
    pub has_csv: bool,
}

/// The body of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Body {
    /// Its shape.
    pub shape: Shape,
    /// A row, if it is a page.
    pub row: Option<Shape>,
}

/// The shape of a body or a value: its name, its schema, and the schemas it refers to.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The name in the document.
    pub name: fn() -> Cow<'static, str>,
    /// The Rust name of the type, which distinguishes the pages of different rows.
    pub type_name: fn() -> &'static str,
    /// The schema.
    pub schema: fn() -> RefOr<Schema>,
    /// Collects the schemas that it refers to.
    pub schemas: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Shape {
    /// Returns the shape of a type.
    pub const fn of<T: ToSchema>() -> Self {
        Self {
            name: T::name,
            type_name: std::any::type_name::<T>,
            schema: <T as PartialSchema>::schema,
            schemas: T::schemas,
        }
    }
}

impl Parameter {
    /// The most rows of a page.
    pub const LIMIT: Self =
        Self::optional::<u32>("limit", "The most rows of the page: 1 to 100; 20 by default");
    /// Where a page begins.
    pub const CURSOR: Self = Self::optional::<String>("cursor", "next_cursor of the page before");

    /// Returns a parameter that may be left out.
    pub const fn optional<T: ToSchema>(name: &'static str, description: &'static str) -> Self {
        Self { name, description, required: false, shape: Shape::of::<T>() }
    }

    /// Returns a parameter that must be given.
    pub const fn required<T: ToSchema>(name: &'static str, description: &'static str) -> Self {
        Self { name, description, required: true, shape: Shape::of::<T>() }
    }

    /// Returns the names that it can have, if it is a choice.
    pub fn choices(&self) -> Option<Vec<String>> {
        let RefOr::T(Schema::Object(object)) = (self.shape.schema)() else { return None };
        let names = object.enum_values?;
        Some(names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
    }
}

impl Parameter {
    /// Returns the most characters of its value, if the document limits them. A cursor judges itself.
    pub fn max_chars(&self) -> Option<usize> {
        let mut schema = json!({"type": "string"});
        openapi::bound("query", self.name, &mut schema);
        let most = schema["maxLength"].as_u64().filter(|_| self.name != "cursor")?;
        most.try_into().ok()
    }
}

impl Reply {
    /// Returns an answer with a body.
    pub const fn new<T: ToSchema>(status: u16, description: &'static str) -> Self {
        let body = Body { shape: Shape::of::<T>(), row: None };
        Self { status, description, body, till_body: None, has_csv: false }
    }

    /// Returns an answer with a page of these rows.
    pub const fn page<T: ToSchema>(status: u16, description: &'static str) -> Self {
        Self { status, description, body: Body::page::<T>(), till_body: None, has_csv: false }
    }

    /// Returns the same answer, which a caller can have as `text/csv` as well.
    #[must_use]
    pub const fn or_csv(self) -> Self {
        Self { has_csv: true, ..self }
    }

    /// Returns the same answer, with this body for a till.
    #[must_use]
    pub const fn or_for_till<T: ToSchema>(self) -> Self {
        Self { till_body: Some(Body { shape: Shape::of::<T>(), row: None }), ..self }
    }

    /// Returns the same answer, with a page of these rows for a till.
    #[must_use]
    pub const fn or_page_for_till<T: ToSchema>(self) -> Self {
        Self { till_body: Some(Body::page::<T>()), ..self }
    }
}

impl Body {
    const fn page<T: ToSchema>() -> Self {
        Self { shape: Shape::of::<Page<T>>(), row: Some(Shape::of::<T>()) }
    }
}

impl Route {
    /// Returns the method: `POST`.
    pub fn method(&self) -> &'static str {
        self.key.split(' ').next().unwrap_or_default()
    }

    /// Returns the path with its parameters in braces: `/v1/members/{member_id}`.
    pub fn path(&self) -> &'static str {
        self.key.split(' ').nth(1).unwrap_or_default()
    }
}

impl PartialEq for Route {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Route {}
