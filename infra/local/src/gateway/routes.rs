//! Finds the route of a request, as API Gateway does: a literal segment beats a parameter.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;

/// A route and what it leads to.
pub(crate) struct Route<T> {
    method: String,
    path: String,
    segments: Vec<Segment>,
    /// What the route leads to.
    pub target: T,
}

enum Segment {
    Literal(String),
    Parameter(String),
}

/// All routes.
pub(crate) struct Routes<T>(Vec<Route<T>>);

/// What a request leads to.
pub(crate) enum Found<'a, T> {
    /// A route, with the parameters of its path, percent-decoded.
    Route(&'a Route<T>, Vec<(&'a str, String)>),
    /// A path that exists, under these methods only.
    OtherMethods(BTreeSet<&'a str>),
    /// Nothing.
    Nothing,
}

impl<T> Route<T> {
    /// Builds a route from a method and a path with `{parameters}`.
    pub(crate) fn new(method: &str, path: &str, target: T) -> Self {
        let segments = path.split('/').map(|segment| {
            match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) => Segment::Parameter(name.to_owned()),
                None => Segment::Literal(segment.to_owned()),
            }
        });
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            segments: segments.collect(),
            target,
        }
    }

    /// Returns the route's key, such as `GET /v1/members/{member_id}`.
    pub(crate) fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn parameters(&self, path: &[&str]) -> Option<Vec<(&str, String)>> {
        if path.len() != self.segments.len() {
            return None;
        }
        let mut parameters = Vec::new();
        for (segment, &given) in self.segments.iter().zip(path) {
            match segment {
                Segment::Literal(literal) if literal == given => {}
                Segment::Parameter(name) if !given.is_empty() => {
                    let value = percent_decode_str(given).decode_utf8_lossy().into_owned();
                    parameters.push((name.as_str(), value));
                }
                _ => return None,
            }
        }
        Some(parameters)
    }

    /// Returns which segments are parameters: the smaller, the more specific the route.
    fn generality(&self) -> impl Iterator<Item = bool> {
        self.segments.iter().map(|segment| matches!(segment, Segment::Parameter(_)))
    }
}

impl<T> Routes<T> {
    /// Gathers routes, the more specific ones first.
    pub(crate) fn new(mut routes: Vec<Route<T>>) -> Self {
        routes.sort_by(|left, right| left.generality().cmp(right.generality()));
        Self(routes)
    }

    /// Finds what a request leads to.
    pub(crate) fn find(&self, method: &str, path: &str) -> Found<'_, T> {
        let segments: Vec<&str> = path.split('/').collect();
        let mut methods = BTreeSet::new();
        for route in &self.0 {
            if let Some(parameters) = route.parameters(&segments) {
                if route.method == method {
                    return Found::Route(route, parameters);
                }
                methods.insert(route.method.as_str());
            }
        }
        if methods.is_empty() { Found::Nothing } else { Found::OtherMethods(methods) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, path: &str) -> String {
        let routes = Routes::new(
            [
                ("GET", "/v1/redemptions/{redemption_id}"),
                ("GET", "/v1/redemptions/by-key/{idempotency_key}"),
                ("GET", "/v1/redemptions/{redemption_id}/{part}"),
                ("POST", "/v1/redemptions/{redemption_id}/reversal"),
                ("POST", "/v1/purchases"),
                ("GET", "/v1/purchases"),
                ("POST", "/v1/purchases/quote"),
                ("GET", "/v1/purchases/{purchase_id}"),
            ]
            .map(|(method, path)| Route::new(method, path, ()))
            .into(),
        );
        match routes.find(method, path) {
            Found::Route(route, parameters) => format!("{} {parameters:?}", route.key()),
            Found::OtherMethods(methods) => format!("{methods:?}"),
            Found::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn routes_are_found_as_the_gateway_finds_them() {
        for (method, path, expected) in [
            ("POST", "/v1/purchases", "POST /v1/purchases []"),
            ("POST", "/v1/purchases/quote", "POST /v1/purchases/quote []"),
            (
                "GET",
                "/v1/purchases/quote",
                r#"GET /v1/purchases/{purchase_id} [("purchase_id", "quote")]"#,
            ),
            (
                "GET",
                "/v1/redemptions/by-key/a%2Fb%20c",
                r#"GET /v1/redemptions/by-key/{idempotency_key} [("idempotency_key", "a/b c")]"#,
            ),
            (
                "POST",
                "/v1/redemptions/rdm_1/reversal",
                r#"POST /v1/redemptions/{redemption_id}/reversal [("redemption_id", "rdm_1")]"#,
            ),
            ("DELETE", "/v1/purchases", r#"{"GET", "POST"}"#),
            ("POST", "/v1/purchases/", "nothing"),
            ("POST", "/v1//purchases", "nothing"),
            ("GET", "/v1/redemptions/", "nothing"),
            ("GET", "/", "nothing"),
        ] {
            assert_eq!(found(method, path), expected, "{method} {path}");
        }
    }
}
