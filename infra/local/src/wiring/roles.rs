//! The roles of the template and their grants.
//!
//! Knows inline policies with `Allow` statements. The stack does not start with managed policies,
//! denials or conditions.

use anyhow::bail;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::properties_as;
use crate::connector::policy::Grant;
use crate::identity;

/// A role and its permissions.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) arn: String,
    statements: Vec<Statement>,
}

impl Role {
    /// Returns the grants of a function with this role.
    pub(super) fn grants(&self, function: &str) -> Vec<Grant> {
        self.statements.iter().flat_map(|statement| statement.grants(function)).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RoleProperties {
    policies: Vec<InlinePolicy>,
    #[serde(default)]
    _role_name: Option<IgnoredAny>,
    _assume_role_policy_document: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct InlinePolicy {
    policy_document: PolicyDocument,
    _policy_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PolicyDocument {
    statement: Vec<Statement>,
    _version: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    effect: String,
    action: OneOrMany,
    resource: OneOrMany,
    #[serde(default)]
    _sid: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn all(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

impl Statement {
    fn grants<'a>(&'a self, function: &'a str) -> impl Iterator<Item = Grant> + 'a {
        self.action.all().iter().flat_map(move |action| {
            self.resource.all().iter().map(move |resource| Grant {
                function: function.to_owned(),
                action: action.clone(),
                resource: resource.clone(),
            })
        })
    }
}

/// Reads a role.
pub(super) fn role(logical_name: &str, properties: &Value) -> anyhow::Result<Role> {
    let role: RoleProperties = properties_as(properties)?;
    let statements: Vec<Statement> =
        role.policies.into_iter().flat_map(|policy| policy.policy_document.statement).collect();
    if let Some(other) = statements.iter().find(|statement| statement.effect != "Allow") {
        bail!("the effect {} of a statement is not supported", other.effect);
    }
    Ok(Role { arn: identity::attribute("AWS::IAM::Role", logical_name, "Arn")?, statements })
}
