//! The branches of the programme. Without a list, any branch is taken.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::field::{FieldError, FieldErrors, LABEL_MAX_CHARS, NAME_MAX_CHARS, text};
use crate::invoice::BranchKey;

/// The most branches of a programme, and the most that are shown.
pub const BRANCHES_MAX: usize = 1_000;

/// A branch of the programme: `id` is what tills send, and compares without case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// How purchases and ratings name it; compared trimmed and without case.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// Refuses lists that are too long, and branches that are one.
pub(super) fn check(branches: &[Branch], errors: &mut FieldErrors) {
    if branches.len() > BRANCHES_MAX {
        let detail = format!("must have at most {BRANCHES_MAX} branches");
        errors.push(FieldError::invalid("branches", detail));
        return;
    }
    let mut known = BTreeSet::new();
    for (index, branch) in branches.iter().enumerate() {
        let field = |name: &str| format!("branches[{index}].{name}");
        errors.keep(text(&field("id"), branch.id.clone(), LABEL_MAX_CHARS));
        errors.keep(text(&field("name"), branch.name.clone(), NAME_MAX_CHARS));
        if !known.insert(BranchKey::of(&branch.id)) {
            errors.push(FieldError::invalid(field("id"), "another branch has the same id"));
        }
    }
}

/// Returns the branches in the form that is compared.
pub(super) fn keys_of(branches: &[Branch]) -> BTreeSet<BranchKey> {
    branches.iter().map(|branch| BranchKey::of(&branch.id)).collect()
}
