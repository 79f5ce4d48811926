//! The authorizer of the template's HTTP API. The routes belong to the functions.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::properties_as;

/// The gateway's JWT authorizer.
#[derive(Debug, Clone)]
pub(crate) struct Authorizer {
    pub issuer: String,
    /// The clients whose tokens are accepted.
    pub audience: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct HttpApi {
    auth: Option<Auth>,
    /// The local stack does not throttle.
    #[serde(default)]
    _default_route_settings: Option<IgnoredAny>,
    #[serde(default)]
    _route_settings: Option<IgnoredAny>,
    #[serde(default)]
    _access_log_settings: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Auth {
    default_authorizer: String,
    authorizers: BTreeMap<String, AuthorizerProperties>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AuthorizerProperties {
    identity_source: String,
    jwt_configuration: JwtConfiguration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JwtConfiguration {
    issuer: String,
    audience: Vec<String>,
}

/// Reads the authorizer of all routes that do not opt out.
pub(super) fn authorizer(properties: &Value) -> anyhow::Result<Option<Authorizer>> {
    let Some(mut auth) = properties_as::<HttpApi>(properties)?.auth else { return Ok(None) };
    let chosen = auth
        .authorizers
        .remove(&auth.default_authorizer)
        .with_context(|| format!("no authorizer {}", auth.default_authorizer))?;
    if chosen.identity_source != "$request.header.Authorization" {
        bail!("the identity source {} is not supported", chosen.identity_source);
    }
    let JwtConfiguration { issuer, audience } = chosen.jwt_configuration;
    Ok(Some(Authorizer { issuer, audience }))
}
