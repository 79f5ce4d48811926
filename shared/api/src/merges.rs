//! Merging two members who are one person, and undoing that: the routes and their shapes.

use puntos_domain::account::Balance;
use puntos_domain::field::{FieldError, NOTE_MAX_CHARS, text};
use puntos_domain::id::MemberId;
use puntos_domain::merging::Refusal;
use puntos_domain::points::Points;
use serde::{Deserialize, Serialize};

use crate::{KeyRule, Problem, Reply, Role, Route, Shape};

/// Merges a member into another one.
pub const MERGE: Route = Route {
    key: "POST /v1/members/{member_id}/merge",
    operation_id: "merge_member",
    tag: "Members",
    summary: "Merge a member into another one",
    description: "All points, the debt and the tier sums go to the other member, by one correcting entry for each. \
        Card, document and address follow; the other profile takes the fields that it has none of. From then on a \
        purchase, a return or a redemption that names the merged member counts for the other one, and the merged \
        member shows `merged_into`. Its timeline stays.",
    roles: &[Role::Supervisor],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<MergeRequest>()),
    answers: &[Reply::new::<MergeAnswer>(200, "Merged, now or before with this key")],
    problems: &[
        (404, &["not_found"]),
        (409, &["member_merged", "points_reserved", "program_missing", "same_member"]),
    ],
};

/// Undoes a merge.
pub const UNMERGE: Route = Route {
    key: "POST /v1/members/{member_id}/unmerge",
    operation_id: "unmerge_member",
    tag: "Members",
    summary: "Undo a merge",
    description: "Both members have again what they had before the merge. Refused with `merge_built_upon` once \
        points of either or the profile of the other member changed.",
    roles: &[Role::Supervisor],
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<UnmergeRequest>()),
    answers: &[Reply::new::<MergeAnswer>(200, "Undone, now or before with this key")],
    problems: &[(404, &["not_found"]), (409, &["merge_built_upon", "not_merged"])],
};

/// Whom a member is merged into, and why.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// The member who keeps the points.
    pub into: String,
    /// Why, for colleagues.
    pub reason: String,
}

/// Why a merge is undone.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnmergeRequest {
    /// Why, for colleagues.
    pub reason: String,
}

impl MergeRequest {
    /// Returns the other member as the request names them, and the checked reason.
    ///
    /// # Errors
    /// Refuses a reason that does not fit.
    pub fn checked(self) -> Result<(String, String), FieldError> {
        Ok((self.into, text("reason", self.reason, NOTE_MAX_CHARS)?))
    }
}

impl UnmergeRequest {
    /// Returns the checked reason.
    ///
    /// # Errors
    /// Refuses a reason that does not fit.
    pub fn checked(self) -> Result<String, FieldError> {
        text("reason", self.reason, NOTE_MAX_CHARS)
    }
}

/// Two members after a merge or its end.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MergeAnswer {
    /// The member that the path names.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The member who has their points; null after the end of a merge.
    #[schema(value_type = Option<String>)]
    pub merged_into: Option<MemberId>,
    /// The points of the correcting entry of the member that the path names.
    pub points: Points,
    /// What that member has now.
    pub balance: Balance,
    /// The other member.
    pub other: OtherMember,
}

/// The other member of a merge.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OtherMember {
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The points of the correcting entry.
    pub points: Points,
    /// What the member has now.
    pub balance: Balance,
}

/// Returns the refusal of a merge or its end. `merged_into` is where a merged member's points are.
pub fn refused(refusal: Refusal, merged_into: Option<&MemberId>) -> Problem {
    let code = match refusal {
        Refusal::SameMember => "same_member",
        Refusal::Merged | Refusal::IntoMerged => "member_merged",
        Refusal::PointsReserved => "points_reserved",
        Refusal::NotMerged => "not_merged",
        Refusal::BuiltUpon => "merge_built_upon",
    };
    let problem = Problem::conflict(code, refusal.to_string());
    match merged_into {
        Some(member_id) => problem.with("merged_into", member_id.as_str()),
        None => problem,
    }
}

/// Returns the refusal of a change of a merged member.
pub fn member_merged(merged_into: &MemberId) -> Problem {
    refused(Refusal::Merged, Some(merged_into))
}
