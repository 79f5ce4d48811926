//! The link between a person who signs in and their member.
//!
//! A subject of tokens is linked to one member, and a member to one subject. Only a code of a supervisor replaces the
//! subject of a member (`join_code`). The subject of a merged member reaches the target of the merge too.

use crate::id::MemberId;

/// The links that a subject and a member have before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// The member whom the subject reaches.
    pub member_of_subject: Option<MemberId>,
    /// The subject that reaches the member.
    pub subject_of_member: Option<String>,
}

/// What a link of a subject to a member has to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linking {
    /// The link is new.
    Write,
    /// The same link exists.
    Exists,
}

/// Why a subject is not linked, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkRefusal {
    /// The subject reaches another member.
    SubjectIsLinked,
    /// Another subject reaches the member.
    MemberIsLinked,
}

/// Decides on the link of a subject to a member.
///
/// # Errors
/// Refuses to move a subject to another member, and to take a member from another subject.
pub fn link(subject: &str, member_id: &MemberId, links: &Links) -> Result<Linking, LinkRefusal> {
    match &links.member_of_subject {
        Some(linked) if linked == member_id => return Ok(Linking::Exists),
        Some(_) => return Err(LinkRefusal::SubjectIsLinked),
        None => {}
    }
    match &links.subject_of_member {
        Some(linked) if linked != subject => Err(LinkRefusal::MemberIsLinked),
        _ => Ok(Linking::Write),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_made_once() {
        let (ana, eva) = (MemberId::from_key("ana"), MemberId::from_key("eva"));
        let table = [
            (None, None, Ok(Linking::Write)),
            (Some(&ana), Some("mine"), Ok(Linking::Exists)),
            (Some(&ana), None, Ok(Linking::Exists)),
            (None, Some("mine"), Ok(Linking::Write)),
            (Some(&eva), None, Err(LinkRefusal::SubjectIsLinked)),
            (None, Some("other"), Err(LinkRefusal::MemberIsLinked)),
            (Some(&eva), Some("other"), Err(LinkRefusal::SubjectIsLinked)),
        ];
        for (member, subject, expected) in table {
            let links = Links {
                member_of_subject: member.cloned(),
                subject_of_member: subject.map(str::to_owned),
            };
            assert_eq!(link("mine", &ana, &links), expected, "{links:?}");
        }
    }
}
