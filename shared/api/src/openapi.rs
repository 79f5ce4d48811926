//! The OpenAPI document, generated from the routes.
//!
//! Has no text about a single route. That text is in the route's declaration.

mod examples;
mod fields;
mod operation;
mod refusals;
mod schemas;

use std::collections::BTreeMap;

use puntos_domain::field::FieldError;
use serde_json::{Map, Value, json};

pub(crate) use self::fields::bound;
use self::refusals::Refusals;
use self::schemas::{Direction, Schemas};
use crate::{ProblemBody, Route, Shape};

const DESCRIPTION: &str = "A loyalty and care backend: members earn points at the till, redeem them \
    for coupons, get the coupon by e-mail, and rate their visits. Agents see what happened, undo \
    mistakes, answer ratings, call customers in time and bring claims to their end.\n\n\
    Money is in minor units, points are integers, and times are RFC 3339. `x-roles` names who may call \
    a route. In a request, null is the same as absent; in a PATCH it removes. An answer always has all \
    fields of its schema, and clients ignore fields that they do not know. Texts have no control \
    characters and are not blank.\n\n\
    Problems are `application/problem+json` and have a `code`. Refusals of the gateway are \
    `application/json` and have only a `message`.";

/// The groups of routes, in the order of the document.
const TAGS: [(&str, &str); 13] = [
    ("Members", "Enrol members, find them, see what happened to them, and change it"),
    ("Purchases", "Record purchases and their points"),
    ("Rewards", "The catalogue"),
    ("Redemptions", "Spend points, and undo it"),
    ("Coupons", "Coupons at the till"),
    ("E-mails", "Mails to members"),
    ("Reports", "Sums over all members, and the proof that balances are the sums of their entries"),
    ("Ratings", "Ratings of visits, their threads and gifts, and the automatic reply"),
    ("Tasks", "Events of orders, and the calls that follow from them"),
    ("Claims", "Claims, from their opening to their proven end"),
    ("Agents", "How colleagues see an agent"),
    ("Programme", "The rules of points"),
    ("Document", "This document"),
];

/// The parts of the document that operations share.
#[derive(Default)]
struct Parts {
    schemas: Schemas,
    refusals: Refusals,
}

/// Returns the document of these routes.
pub fn document<'a>(routes: impl IntoIterator<Item = &'a Route>) -> Value {
    let mut parts = Parts::default();
    parts.schemas.add(&Shape::of::<FieldError>(), Direction::Problem);
    parts.schemas.add(&Shape::of::<ProblemBody>(), Direction::Problem);
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in routes {
        let operation = operation::of(route, &mut parts);
        paths.entry(route.path()).or_default().insert(route.method().to_lowercase(), operation);
    }
    let of_document = operation::of_document(&mut parts);
    paths.entry("/v1/openapi.json").or_default().insert("get".to_owned(), of_document);
    parts.schemas.made.append(&mut parts.refusals.schemas);
    let tags = TAGS.map(|(name, description)| json!({"name": name, "description": description}));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Puntos",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [
            {"url": "http://127.0.0.1:3000", "description": "The local stack"},
            {
                "url": "https://{api}.execute-api.{region}.amazonaws.com",
                "description": "A deployed stack: its output ApiUrl",
                "variables": {"api": {"default": "api"}, "region": {"default": "eu-west-1"}},
            },
        ],
        "security": [{"token": []}],
        "tags": tags,
        "paths": paths,
        "components": {
            "headers": operation::headers(),
            "parameters": operation::shared_parameters(),
            "responses": parts.refusals.made,
            "schemas": parts.schemas.made,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    })
}
