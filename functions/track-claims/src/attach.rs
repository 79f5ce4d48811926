//! Attachments of a claim: what they are is kept with the claim, and their bytes go to the bucket by addresses
//! that are signed here.

use puntos_api::Problem;
use puntos_api::claims::{AttachRequest, DownloadAnswer, SignedCall, UploadAnswer, refused};
use puntos_domain::claim::{self, Attachment, Claim, Refusal};
use puntos_domain::fingerprint;
use puntos_domain::id::{AttachmentId, ClaimId};
use puntos_domain::outcome::Outcome;
use puntos_runtime::bucket::Signed;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::ClaimChange;

use crate::TrackClaims;
use crate::context::{act, head_of, language, named_claim, request, rules, save_step};

/// A parsed request, ready to be decided.
struct Request {
    claim_id: ClaimId,
    attachment: Attachment,
    named: claim::Request,
}

pub(crate) async fn attach(function: &TrackClaims, call: &Call) -> Result<Answer, Failure> {
    let request = parse(call).await?;
    let outcome = call.decide(|_| attempt(call, &request)).await?;
    let answer = match outcome {
        Outcome::Done(()) => Outcome::Done(function.upload(call, &request)?),
        Outcome::Replayed(()) => Outcome::Replayed(function.upload(call, &request)?),
        Outcome::Conflict => Outcome::Conflict,
        Outcome::Refused(problem) => Outcome::Refused(problem),
    };
    Ok(Answer::of_outcome(201, answer)?)
}

pub(crate) async fn show(function: &TrackClaims, call: &Call) -> Result<Answer, Failure> {
    let claim_id = named_claim(call).await?;
    let attachment_id: AttachmentId = call.request.path_id("attachment_id")?;
    let stored = call.store.claim(&claim_id).await?.ok_or_else(Problem::not_found)?;
    let claim = seen(&stored.claim, call.request.caller()?.is_only_member());
    let attachment = claim.attachment(&attachment_id).ok_or_else(Problem::not_found)?;
    let signed = function.attachments.get(&attachment.object_key(&claim_id), call.now)?;
    let expires_at = signed.expires_at;
    let download = signed_call(signed);
    let Attachment { attachment_id, content_type, bytes } = attachment.clone();
    Ok(Answer::ok(DownloadAnswer { attachment_id, content_type, bytes, download, expires_at }))
}

fn seen(claim: &Claim, for_member: bool) -> Claim {
    if for_member { claim.for_member() } else { claim.clone() }
}

async fn parse(call: &Call) -> Result<Request, Failure> {
    let claim_id = named_claim(call).await?;
    let AttachRequest { content_type, bytes } = call.request.body::<AttachRequest>()?.checked()?;
    let attachment_id = AttachmentId::from_key(call.request.key(), &claim_id);
    let attachment = Attachment { attachment_id, content_type, bytes };
    let named = request(call, fingerprint::attachment(&attachment));
    Ok(Request { claim_id, attachment, named })
}

async fn attempt(call: &Call, request: &Request) -> Result<Option<Outcome<(), Problem>>, Failure> {
    let Request { claim_id, attachment, named } = request;
    let sources = call.store.claim_sources(claim_id, None, None).await?;
    let before = sources.claim.as_ref().ok_or_else(Problem::not_found)?;
    if let Some(step) = before.claim.step_of(&named.key) {
        let is_same = step.request.as_ref() == Some(named);
        return Ok(Some(match is_same {
            // Nothing is added to a claim that has ended.
            true if before.claim.is_ended() => {
                let by_member = call.request.caller()?.is_only_member();
                Outcome::Refused(refused(Refusal::Ended, by_member))
            }
            true => Outcome::Replayed(()),
            false => Outcome::Conflict,
        }));
    }
    let rules = rules(call, head_of(&sources)?).await?;
    let after = match before.claim.attach(attachment.clone(), &act(call, Some(named.clone()))?) {
        Ok(after) => after,
        Err(refusal) => {
            let by_member = call.request.caller()?.is_only_member();
            return Ok(Some(Outcome::Refused(refused(refusal, by_member))));
        }
    };
    let change = ClaimChange::new(Some(before), &after, rules.today.date);
    let language = language(call, &sources).await?;
    Ok(save_step(call, change, &rules, language).await?.map(|settled| match settled {
        Outcome::Done(_) => Outcome::Done(()),
        Outcome::Replayed(_) => Outcome::Replayed(()),
        Outcome::Conflict => Outcome::Conflict,
        Outcome::Refused(problem) => Outcome::Refused(problem),
    }))
}

impl TrackClaims {
    fn upload(&self, call: &Call, request: &Request) -> Result<UploadAnswer, Failure> {
        let Request { claim_id, attachment, .. } = request;
        let (content_type, bytes) = (attachment.content_type.name(), attachment.bytes);
        let key = attachment.object_key(claim_id);
        let signed = self.attachments.put(&key, content_type, bytes, call.now)?;
        let expires_at = signed.expires_at;
        let upload = signed_call(signed);
        Ok(UploadAnswer { attachment_id: attachment.attachment_id.clone(), upload, expires_at })
    }
}

fn signed_call(signed: Signed) -> SignedCall {
    let Signed { method, url, headers, .. } = signed;
    SignedCall { method, url, headers: headers.into_iter().collect() }
}
