//! A route: its key, who may call it, and whether it needs an idempotency key.

use crate::Role;

/// One route of a function: its key as in the template, who may call it, whether it needs a key.
#[derive(Debug)]
pub struct Route {
    /// The route key, such as `POST /v1/purchases`.
    pub key: &'static str,
    /// The roles that may call it; none is everyone, without a token.
    pub roles: &'static [Role],
    /// Whether an `Idempotency-Key` is needed.
    pub idempotency: KeyRule,
}

/// Whether a route needs an `Idempotency-Key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRule {
    /// It changes something and nothing else names the request.
    Required,
    /// It changes nothing, or a natural key stands in; the header is ignored.
    Ignored,
    /// A natural key in the body may stand in: the route asks for the header where it does not.
    Natural,
}
