//! Finds the route of a request, as API Gateway does: a literal segment beats a parameter, and a greedy
//! parameter (`{proxy+}`, the rest of a path) comes last.
//!
//! Each method has a router of its own: a path may be literal for one method and have a parameter for
//! another.

use std::collections::BTreeMap;

use matchit::{InsertError, Router};
use percent_encoding::percent_decode_str;

/// A route and its target.
pub(crate) struct Route<T> {
    /// The key, such as `GET /v1/members/{member_id}`.
    pub key: String,
    pub target: T,
}

/// All routes.
pub(crate) struct Routes<T>(BTreeMap<String, OfMethod<T>>);

/// The routes of one method.
struct OfMethod<T> {
    whole: Router<Route<T>>,
    /// The routes that end in a greedy parameter.
    greedy: Router<Route<T>>,
}

/// The outcome of a look-up.
pub(crate) enum Found<'a, T> {
    Route {
        route: &'a Route<T>,
        /// The parameters of the path, percent-decoded.
        parameters: Vec<(String, String)>,
    },
    /// There is no such path, or not with this method.
    Nothing,
}

impl<T> Default for Routes<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Routes<T> {
    /// Adds a route for a path with `{parameters}`, of which the last may be greedy.
    ///
    /// # Errors
    /// Refuses a second route for the same requests.
    pub(crate) fn add(&mut self, method: &str, path: &str, target: T) -> Result<(), InsertError> {
        let route = Route { key: format!("{method} {path}"), target };
        let routes = self.0.entry(method.to_owned());
        let routes =
            routes.or_insert_with(|| OfMethod { whole: Router::new(), greedy: Router::new() });
        let greedy = path.strip_suffix("+}").and_then(|rest| rest.rsplit_once('{'));
        match greedy {
            Some((before, name)) => routes.greedy.insert(format!("{before}{{*{name}}}"), route),
            None => routes.whole.insert(path, route),
        }
    }

    /// Finds the route of a request.
    pub(crate) fn find(&self, method: &str, path: &str) -> Found<'_, T> {
        let found = self
            .0
            .get(method)
            .and_then(|routes| routes.whole.at(path).ok().or_else(|| routes.greedy.at(path).ok()));
        if let Some(found) = found {
            let decoded = |value| percent_decode_str(value).decode_utf8_lossy().into_owned();
            let parameters = found.params.iter();
            return Found::Route {
                route: found.value,
                parameters: parameters
                    .map(|(name, value)| (name.to_owned(), decoded(value)))
                    .collect(),
            };
        }
        Found::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, path: &str) -> String {
        let mut routes = Routes::default();
        for (method, path) in [
            ("GET", "/v1/redemptions/{redemption_id}"),
            ("GET", "/v1/redemptions/by-key/{idempotency_key}"),
            ("GET", "/v1/redemptions/{redemption_id}/{part}"),
            ("POST", "/v1/redemptions/{redemption_id}/reversal"),
            ("POST", "/v1/purchases"),
            ("GET", "/v1/purchases"),
            ("POST", "/v1/purchases/quote"),
            ("GET", "/v1/purchases/{purchase_id}"),
            ("GET", "/"),
            ("GET", "/desk"),
            ("GET", "/desk/{proxy+}"),
            ("GET", "/desk/{kind}/new"),
            ("GET", "/desk/claims/{proxy+}"),
        ] {
            routes.add(method, path, ()).expect("no conflict");
        }
        match routes.find(method, path) {
            Found::Route { route, parameters } => format!("{} {parameters:?}", route.key),
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
            ("DELETE", "/v1/purchases", "nothing"),
            ("POST", "/v1/purchases/", "nothing"),
            ("POST", "/v1//purchases", "nothing"),
            ("GET", "/v1/redemptions/", "nothing"),
            ("POST", "/", "nothing"),
            ("GET", "/", "GET / []"),
            ("GET", "/desk", "GET /desk []"),
            ("GET", "/desk/", "nothing"),
            (
                "GET",
                "/desk/members/mbr_1%20a/",
                r#"GET /desk/{proxy+} [("proxy", "members/mbr_1 a/")]"#,
            ),
            ("GET", "/desk/claims/new", r#"GET /desk/{kind}/new [("kind", "claims")]"#),
            ("GET", "/desk/claims/clm_1", r#"GET /desk/claims/{proxy+} [("proxy", "clm_1")]"#),
            ("GET", "/desk/claims", r#"GET /desk/{proxy+} [("proxy", "claims")]"#),
            ("GET", "/nothing", "nothing"),
        ] {
            assert_eq!(found(method, path), expected, "{method} {path}");
        }
    }
}
