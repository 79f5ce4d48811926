//! Attachments of a claim: pictures and documents that prove it, kept in the bucket. The claim holds what they
//! are; each is the evidence of the step that brought it.

use serde::{Deserialize, Serialize};

use super::{Act, Claim, ClaimStatus, Evidence, Refusal, Step, StepKind, Update};
use crate::id::{AttachmentId, ClaimId};

/// The most attachments of one claim.
pub const ATTACHMENTS_MAX: usize = 5;
/// The largest attachment, in bytes: 5 MB.
pub const ATTACHMENT_BYTES_MAX: u32 = 5 * 1024 * 1024;

/// A file that proves a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub attachment_id: AttachmentId,
    pub content_type: ContentType,
    /// Its size.
    pub bytes: u32,
}

/// The media type of an attachment.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::IntoStaticStr,
)]
pub enum ContentType {
    #[serde(rename = "image/jpeg")]
    #[strum(serialize = "image/jpeg")]
    Jpeg,
    #[serde(rename = "image/png")]
    #[strum(serialize = "image/png")]
    Png,
    #[serde(rename = "application/pdf")]
    #[strum(serialize = "application/pdf")]
    Pdf,
}

impl ContentType {
    /// Returns the media type as headers have it.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl Attachment {
    /// Returns the key of its object in the bucket: everything of a member has one prefix.
    pub fn object_key(&self, claim_id: &ClaimId) -> String {
        format!("{}/{claim_id}/{}", claim_id.member_id(), self.attachment_id)
    }
}

impl Claim {
    /// Returns an attachment of the claim.
    pub fn attachment(&self, attachment_id: &AttachmentId) -> Option<&Attachment> {
        self.evidence.attachments.iter().find(|found| found.attachment_id == *attachment_id)
    }

    /// Decides a new attachment. One of the member continues a claim that waits for them, as their answer does.
    ///
    /// # Errors
    /// Refuses it where the claim has ended, has the most attachments, or has the most steps.
    pub fn attach(&self, attachment: Attachment, act: &Act) -> Result<Self, Refusal> {
        if self.is_ended() {
            return Err(Refusal::Ended);
        }
        if self.evidence.attachments.len() >= ATTACHMENTS_MAX {
            return Err(Refusal::TooManyAttachments);
        }
        self.check_room(false)?;
        let evidence = Evidence { attachments: vec![attachment], ..Evidence::default() };
        let mut next = self.clone();
        next.evidence = next.evidence.with(&evidence);
        next.status = self.status_after(&Update::default(), act, false);
        next.waiting_on = next.waiting_on.filter(|_| next.status == ClaimStatus::Waiting);
        let step = act.step(StepKind::Attached, next.status);
        next.add(Step { evidence: Some(evidence), ..step });
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{act, brought, opened};
    use super::super::{ClaimStatus, Party, STEPS_MAX};
    use super::*;

    fn picture(number: usize, claim: &Claim) -> Attachment {
        let attachment_id = AttachmentId::from_key(&number.to_string(), &claim.claim_id);
        Attachment { attachment_id, content_type: ContentType::Png, bytes: 4 }
    }

    fn attached(claim: &Claim, number: usize) -> Result<Claim, Refusal> {
        claim.attach(picture(number, claim), &act(Party::Member))
    }

    #[test]
    fn a_claim_keeps_what_is_attached_up_to_five() {
        let mut claim = opened(Party::Member);
        let open = claim.clone();
        for number in 0..ATTACHMENTS_MAX {
            claim = attached(&claim, number).unwrap();
        }
        assert_eq!(attached(&claim, 5), Err(Refusal::TooManyAttachments));
        let kept = Evidence::of(&claim.history);
        assert_eq!((&kept, kept.attachments.len()), (&claim.evidence, 5));
        assert_eq!(claim.attachment(&picture(3, &open).attachment_id), Some(&picture(3, &open)));
        assert_eq!(claim.attachment(&picture(5, &open).attachment_id), None);
        let step = claim.history.last().unwrap();
        assert_eq!((step.what, step.status), (StepKind::Attached, ClaimStatus::Received));
        assert_eq!(claim.for_member().evidence.attachments.len(), 5, "the member sees them");
    }

    #[test]
    fn an_ended_or_full_claim_takes_no_attachment() {
        let rejected = brought(ClaimStatus::Rejected, |_| {});
        assert_eq!(attached(&rejected, 0), Err(Refusal::Ended));
        let mut full = opened(Party::Member);
        let step = full.history[0].clone();
        full.history.extend(vec![step; STEPS_MAX]);
        assert_eq!(attached(&full, 0), Err(Refusal::Full));
    }

    #[test]
    fn what_the_member_attaches_answers_a_claim_that_waits_for_them() {
        let waiting = brought(ClaimStatus::Waiting, |update| {
            update.waiting_on = Some("member".to_owned());
        });
        let after = |by| waiting.attach(picture(0, &waiting), &act(by)).unwrap();
        let (by_member, by_agent) = (after(Party::Member), after(Party::Agent));
        assert_eq!(by_member.status, ClaimStatus::Investigating);
        assert_eq!(by_member.waiting_on, None);
        assert_eq!((by_agent.status, &by_agent.waiting_on), (waiting.status, &waiting.waiting_on));
    }

    #[test]
    fn an_object_is_under_its_member_and_its_claim() {
        let claim = opened(Party::Member);
        let picture = picture(0, &claim);
        let (claim_id, id) = (&claim.claim_id, &picture.attachment_id);
        let expected = format!("{}/{claim_id}/{id}", claim_id.member_id());
        assert_eq!(picture.object_key(claim_id), expected);
    }
}
