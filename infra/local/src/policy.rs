//! What each function may do: the statements of its role in the template, asked before every call.
//!
//! Understands `Allow` with actions and resources (`*` and `?` included), which is all that the
//! template uses; wiring refuses anything else. Also remembers which grants were made use of, so that
//! a test can find the superfluous ones.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// One permission: an action on a resource, as a statement of the template spells them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The function whose role holds it.
    pub function: String,
    /// The action, such as `dynamodb:GetItem`.
    pub action: String,
    /// The resource's ARN, or a star.
    pub resource: String,
}

/// An action that a call needs; being allowed it on any one of the resources is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Access {
    /// The action.
    pub action: String,
    /// The names under which AWS knows the one thing acted on.
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

/// The grants that were made use of, over all functions.
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
    /// What was allowed and noted before: the hot path takes one shared lock and no more.
    allowed: RwLock<HashSet<(String, String)>>,
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

    /// Allows an access and notes the grants that allow it.
    ///
    /// # Errors
    /// Refuses what no grant covers.
    pub(crate) fn allow(&self, access: &Access) -> Result<(), Denied> {
        let first = access.resources.first().map_or("*", String::as_str);
        let key = (access.action.clone(), first.to_owned());
        if self.allowed.read().unwrap_or_else(PoisonError::into_inner).contains(&key) {
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
            let (action, resource) = key;
            return Err(Denied { function: self.function.clone(), action, resource });
        }
        self.uses.add(covering);
        self.allowed.write().unwrap_or_else(PoisonError::into_inner).insert(key);
        Ok(())
    }

    /// Allows an action on one resource, as the platform itself needs it for a trigger or a log.
    ///
    /// # Errors
    /// Refuses what no grant covers.
    pub(crate) fn allow_one(&self, action: &str, resource: &str) -> Result<(), Denied> {
        self.allow(&Access { action: action.to_owned(), resources: vec![resource.to_owned()] })
    }
}

/// Returns whether a text fits an IAM pattern, where `*` is any run of characters and `?` any one.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at_pattern, mut at_text) = (0, 0);
    // Where to resume when the run that the last star stands for must grow by one.
    let mut resume: Option<(usize, usize)> = None;
    while at_text < text.len() {
        match pattern.get(at_pattern) {
            Some(b'*') => {
                resume = Some((at_pattern + 1, at_text));
                at_pattern += 1;
            }
            Some(&expected) if expected == b'?' || expected == text[at_text] => {
                at_pattern += 1;
                at_text += 1;
            }
            _ => match resume {
                Some((after_star, run_end)) => {
                    at_pattern = after_star;
                    at_text = run_end + 1;
                    resume = Some((after_star, run_end + 1));
                }
                None => return false,
            },
        }
    }
    pattern[at_pattern..].iter().all(|&left| left == b'*')
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
