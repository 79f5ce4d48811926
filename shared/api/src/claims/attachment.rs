//! Attachments of claims: the routes and their shapes. The bytes go to the bucket and not through the API.

use std::collections::BTreeMap;

use jiff::Timestamp;
use puntos_domain::claim::{ATTACHMENT_BYTES_MAX, Attachment, ContentType};
use puntos_domain::field::FieldError;
use puntos_domain::id::AttachmentId;
use serde::{Deserialize, Serialize};

use crate::{KeyRule, Reply, Role, Route, Shape};

/// Adds an attachment to a claim.
pub const ATTACH: Route = Route {
    key: "POST /v1/claims/{claim_id}/attachments",
    operation_id: "attach_to_claim",
    tag: "Claims",
    summary: "Attach a picture or a document to a claim",
    description: "Answers with an address for the file, which is then sent there with these headers and \
        exactly so many bytes. The same key gives a new address for the same attachment. A claim has at \
        most 5, of at most 5 MB each.",
    roles: READERS,
    idempotency: KeyRule::Required,
    query: &[],
    request: Some(Shape::of::<AttachRequest>()),
    answers: &[Reply::new::<UploadAnswer>(201, "Attached, or attached before with this key")],
    problems: &[
        (404, &["not_found"]),
        (409, &["claim_ended", "claim_full", "program_missing", "too_many_attachments"]),
        (422, &["idempotency_key_reused", "invalid_field", "unknown_field"]),
    ],
};

/// Shows an attachment of a claim.
pub const SHOW_ATTACHMENT: Route = Route {
    key: "GET /v1/claims/{claim_id}/attachments/{attachment_id}",
    operation_id: "show_attachment",
    tag: "Claims",
    summary: "Show an attachment of a claim",
    description: "Answers with an address at which the file is read. The bucket refuses it with 403 if the \
        file was never sent, or is older than the bucket keeps it.",
    roles: READERS,
    idempotency: KeyRule::Ignored,
    query: &[],
    request: None,
    answers: &[Reply::new::<DownloadAnswer>(200, "The attachment")],
    problems: &[(404, &["not_found"])],
};

const READERS: &[Role] = &[Role::Agent, Role::Supervisor, Role::Member];

/// A file to be attached.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachRequest {
    /// Its media type.
    pub content_type: ContentType,
    /// Its exact size.
    pub bytes: u32,
}

/// An attachment, as its claim lists it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AttachmentAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub attachment_id: AttachmentId,
    /// Its media type.
    pub content_type: ContentType,
    /// Its size.
    pub bytes: u32,
}

/// The address to which a file is sent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UploadAnswer {
    /// The id of the attachment.
    #[schema(value_type = String)]
    pub attachment_id: AttachmentId,
    /// The request that sends the file.
    pub upload: SignedCall,
    /// Until when the address is good.
    #[schema(value_type = String, format = "date-time")]
    pub expires_at: Timestamp,
}

/// An attachment, and the address at which it is read.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DownloadAnswer {
    /// The id of the attachment.
    #[schema(value_type = String)]
    pub attachment_id: AttachmentId,
    /// Its media type.
    pub content_type: ContentType,
    /// Its size.
    pub bytes: u32,
    /// The request that reads the file.
    pub download: SignedCall,
    /// Until when the address is good.
    #[schema(value_type = String, format = "date-time")]
    pub expires_at: Timestamp,
}

/// A request to the bucket. It needs no token: the address is signed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SignedCall {
    /// Its method.
    pub method: &'static str,
    /// Its address.
    pub url: String,
    /// The headers that it must have.
    pub headers: BTreeMap<&'static str, String>,
}

impl AttachRequest {
    /// Refuses an empty file, and one that is too large.
    ///
    /// # Errors
    /// Names the field.
    pub fn checked(self) -> Result<Self, FieldError> {
        match (1..=ATTACHMENT_BYTES_MAX).contains(&self.bytes) {
            true => Ok(self),
            false => {
                let detail = format!("must be from 1 to {ATTACHMENT_BYTES_MAX}");
                Err(FieldError::invalid("bytes", detail))
            }
        }
    }
}

impl From<Attachment> for AttachmentAnswer {
    fn from(attachment: Attachment) -> Self {
        let Attachment { attachment_id, content_type, bytes } = attachment;
        Self { attachment_id, content_type, bytes }
    }
}
