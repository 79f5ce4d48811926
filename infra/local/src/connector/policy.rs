//! The permissions of each function: the statements of its role in the template, checked before each
//! call.
//!
//! Knows `Allow` with actions and resources (`*` and `?` included), which is all that the template
//! uses; `wiring` refuses anything else. Records which grants are used, so that a test can find the
//! superfluous ones.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use wildmatch::WildMatch;

/// One permission: an action on a resource, as a statement of the template writes them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The function whose role holds it.
    pub function: String,
    /// The action, such as `dynamodb:GetItem`.
    pub action: String,
    /// The resource's ARN, or a star.
    pub resource: String,
}

/// An action that a call needs. A grant for any one of the resources is enough.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Access {
    pub action: String,
    /// The names that AWS has for the one resource.
    pub resources: Vec<String>,
}

/// A call that the function's role does not allow.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{function} is not authorized to perform: {action} on resource: {resource}")]
pub(crate) struct Denied {
    function: String,
    action: String,
    resource: String,
}

/// The grants used so far, of all functions.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<BTreeSet<Grant>>);

impl Uses {
    /// Returns the grants used so far.
    pub(crate) fn all(&self) -> BTreeSet<Grant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, grants: impl IntoIterator<Item = Grant>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(grants);
    }
}

/// The permissions of one function.
#[derive(Debug)]
pub(crate) struct Policy {
    function: String,
    grants: Vec<Grant>,
    uses: Arc<Uses>,
    /// Accesses that were allowed before: the hot path takes one shared lock and no more.
    allowed: RwLock<HashSet<Access>>,
}

impl Policy {
    /// Builds the policy of a function.
    pub(crate) fn new(function: &str, grants: Vec<Grant>, uses: Arc<Uses>) -> Self {
        Self { function: function.to_owned(), grants, uses, allowed: RwLock::default() }
    }

    /// Returns the function's grants.
    pub(crate) fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// Allows an access and records the grants that allow it.
    ///
    /// # Errors
    /// Refuses an access that no grant covers.
    pub(crate) fn allow(&self, access: &Access) -> Result<(), Denied> {
        if self.allowed.read().unwrap_or_else(PoisonError::into_inner).contains(access) {
            return Ok(());
        }
        let covering: Vec<Grant> = self
            .grants
            .iter()
            .filter(|grant| {
                matches(&grant.action, &access.action)
                    && access.resources.iter().any(|name| matches(&grant.resource, name))
            })
            .cloned()
            .collect();
        if covering.is_empty() {
            let resource = access.resources.first().map_or("*", String::as_str);
            return Err(Denied {
                function: self.function.clone(),
                action: access.action.clone(),
                resource: resource.to_owned(),
            });
        }
        self.uses.add(covering);
        self.allowed.write().unwrap_or_else(PoisonError::into_inner).insert(access.clone());
        Ok(())
    }

    /// Allows an action on one resource, as Lambda itself needs it for a trigger or a log.
    ///
    /// # Errors
    /// Refuses an access that no grant covers.
    pub(crate) fn allow_one(&self, action: &str, resource: &str) -> Result<(), Denied> {
        self.allow(&Access { action: action.to_owned(), resources: vec![resource.to_owned()] })
    }
}

/// Returns whether a text fits an IAM pattern: `*` is any run of characters and `?` any one.
fn matches(pattern: &str, text: &str) -> bool {
    WildMatch::new(pattern).matches(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_iam_does() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "anything", true),
            ("dynamodb:GetItem", "dynamodb:GetItem", true),
            ("dynamodb:GetItem", "dynamodb:GetItems", false),
            ("dynamodb:*Item", "dynamodb:PutItem", true),
            ("dynamodb:*Item", "dynamodb:PutItems", false),
            ("arn:*:table/t?", "arn:aws:table/t1", true),
            ("arn:*:table/t?", "arn:aws:table/t", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn uses_name_the_grants_and_nothing_else_is_allowed() {
        let grant = |action: &str, resource: &str| Grant {
            function: "f".to_owned(),
            action: action.to_owned(),
            resource: resource.to_owned(),
        };
        let uses = Arc::new(Uses::default());
        let grants = vec![grant("sqs:SendMessage", "arn:q"), grant("dynamodb:GetItem", "arn:t")];
        let policy = Policy::new("f", grants.clone(), Arc::clone(&uses));

        policy.allow_one("sqs:SendMessage", "arn:q").expect("granted");
        policy.allow_one("sqs:SendMessage", "arn:other").expect_err("another queue");
        policy.allow_one("sqs:DeleteMessage", "arn:q").expect_err("another action");

        assert_eq!(uses.all(), BTreeSet::from([grants[0].clone()]));
    }
}
