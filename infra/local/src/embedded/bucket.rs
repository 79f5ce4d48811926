//! The embedded S3: objects that are put and got by signed addresses, which are checked as S3 checks them. The
//! signature covers the method, the address, the time and the signed headers, type and length included.
//!
//! Knows no other request of S3. Encryption, lifecycle and CORS have no effect locally.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::clock::StackClock;
use crate::identity;

/// The folder of the objects in the data directory.
const FOLDER: &str = "buckets";
/// The longest that an address may be good.
const VALID_MAX_S: u64 = 7 * 24 * 60 * 60;
/// How far the clock of a signer may be ahead.
const SKEW: Duration = Duration::from_secs(15 * 60);

/// The buckets of the template.
pub(crate) struct Buckets {
    names: Vec<String>,
    objects: Objects,
    clock: StackClock,
}

/// Where the objects are.
enum Objects {
    Memory(Mutex<HashMap<String, Object>>),
    Directory(PathBuf),
}

/// An object.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub content_type: String,
    pub bytes: Vec<u8>,
}

/// A refusal of S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: &'static str,
}

/// A request to a bucket.
pub(crate) struct Request<'a> {
    pub method: &'a str,
    pub uri: &'a Uri,
    pub headers: &'a HeaderMap,
}

/// What the address of a request was signed with.
struct Signed {
    access_key: String,
    at: Timestamp,
    valid_for: Duration,
    headers: Vec<String>,
    signature: String,
}

impl Buckets {
    pub(crate) fn new(names: Vec<String>, directory: Option<&Path>, clock: StackClock) -> Self {
        let objects = match directory {
            None => Objects::Memory(Mutex::default()),
            Some(directory) => Objects::Directory(directory.join(FOLDER)),
        };
        Self { names, objects, clock }
    }

    /// Returns who signed the address of a request: the access key of their credentials.
    ///
    /// # Errors
    /// Refuses an address that is not signed, has expired, or was signed for another request.
    pub(crate) fn signer(&self, request: &Request<'_>) -> Result<String, Refusal> {
        let query = request.uri.query().unwrap_or_default();
        let signed = Signed::of(query).ok_or(Refusal::NOT_SIGNED)?;
        let now = self.clock.now();
        if now >= signed.at + signed.valid_for {
            return Err(Refusal::EXPIRED);
        }
        if now + SKEW < signed.at {
            return Err(Refusal::SKEWED);
        }
        let expected = signed.expected(request).ok_or(Refusal::MISMATCH)?;
        if expected == signed.signature { Ok(signed.access_key) } else { Err(Refusal::MISMATCH) }
    }

    /// Puts an object. Returns false if there is one and it must not be replaced.
    ///
    /// # Errors
    /// Fails if it cannot be written.
    pub(crate) fn put(
        &self,
        bucket: &str,
        key: &str,
        object: Object,
        replaces: bool,
    ) -> anyhow::Result<bool> {
        let name = self.name_of(bucket, key)?;
        match &self.objects {
            Objects::Memory(objects) => {
                let mut objects = objects.lock().unwrap_or_else(PoisonError::into_inner);
                if !replaces && objects.contains_key(&name) {
                    return Ok(false);
                }
                objects.insert(name, object);
            }
            Objects::Directory(directory) => {
                let path = directory.join(name);
                let folder = path.parent().context("an object has a folder")?;
                std::fs::create_dir_all(folder)?;
                let unfinished = path.with_extension(identity::fresh());
                let content = [object.content_type.as_bytes(), b"\n", &object.bytes].concat();
                std::fs::write(&unfinished, content)?;
                if replaces {
                    std::fs::rename(unfinished, path)?;
                    return Ok(true);
                }
                // A link is made only where there is no file.
                let linked = std::fs::hard_link(&unfinished, path);
                std::fs::remove_file(unfinished)?;
                match linked {
                    Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                        return Ok(false);
                    }
                    linked => linked?,
                }
            }
        }
        Ok(true)
    }

    /// Returns an object; `None` if there is none.
    ///
    /// # Errors
    /// Fails if it cannot be read.
    pub(crate) fn get(&self, bucket: &str, key: &str) -> anyhow::Result<Option<Object>> {
        let name = self.name_of(bucket, key)?;
        match &self.objects {
            Objects::Memory(objects) => {
                Ok(objects.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned())
            }
            Objects::Directory(directory) => match std::fs::read(directory.join(name)) {
                Ok(content) => {
                    let end = content.iter().position(|byte| *byte == b'\n');
                    let (content_type, bytes) =
                        content.split_at(end.context("an object has a type")?);
                    let content_type = String::from_utf8_lossy(content_type).into_owned();
                    Ok(Some(Object { content_type, bytes: bytes[1..].to_vec() }))
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// Returns the name of an object, which is also its path. Keys are made by functions.
    fn name_of(&self, bucket: &str, key: &str) -> anyhow::Result<String> {
        anyhow::ensure!(
            self.names.iter().any(|name| name == bucket),
            "there is no bucket {bucket}"
        );
        let is_plain = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        anyhow::ensure!(key.split('/').all(is_plain), "the key {key} is not supported");
        Ok(format!("{bucket}/{key}"))
    }
}

impl Refusal {
    const NOT_SIGNED: Self = Self::denied("AccessDenied", "The address is not signed.");
    const EXPIRED: Self = Self::denied("AccessDenied", "Request has expired");
    const SKEWED: Self =
        Self::denied("RequestTimeTooSkewed", "The address is signed for a later time.");
    const MISMATCH: Self = Self::denied(
        "SignatureDoesNotMatch",
        "The signature does not fit the request: its method, address, type or length differ.",
    );
    /// A call that the role of the signer does not allow; also a missing object, which S3 tells only to those
    /// who may list the bucket.
    pub(crate) const DENIED: Self = Self::denied("AccessDenied", "Access Denied");
    /// An object that must not be replaced.
    pub(crate) const EXISTS: Self = Self {
        status: StatusCode::PRECONDITION_FAILED,
        code: "PreconditionFailed",
        message: "At least one of the pre-conditions you specified did not hold",
    };
    /// A body that does not have the length of its header.
    pub(crate) const INCOMPLETE: Self = Self {
        status: StatusCode::BAD_REQUEST,
        code: "IncompleteBody",
        message: "The body does not have the length of its header.",
    };

    const fn denied(code: &'static str, message: &'static str) -> Self {
        Self { status: StatusCode::FORBIDDEN, code, message }
    }
}

impl Signed {
    /// Reads the parameters of a signed address:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
    fn of(query: &str) -> Option<Self> {
        let parameters: HashMap<String, String> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let get = |name: &str| parameters.get(name).map(String::as_str);
        if get("X-Amz-Algorithm") != Some("AWS4-HMAC-SHA256") {
            return None;
        }
        let (access_key, scope) = get("X-Amz-Credential")?.split_once('/')?;
        let at = DateTime::strptime("%Y%m%dT%H%M%SZ", get("X-Amz-Date")?).ok()?;
        let at = at.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let valid_for_s =
            get("X-Amz-Expires")?.parse().ok().filter(|seconds| *seconds <= VALID_MAX_S)?;
        let expected = format!("{}/{}/s3/aws4_request", at.strftime("%Y%m%d"), identity::REGION);
        (scope == expected).then_some(())?;
        Some(Self {
            access_key: access_key.to_owned(),
            at,
            valid_for: Duration::from_secs(valid_for_s),
            headers: get("X-Amz-SignedHeaders")?.split(';').map(str::to_owned).collect(),
            signature: get("X-Amz-Signature")?.to_owned(),
        })
    }

    /// Returns the signature that the request should have; `None` if it lacks a signed header.
    fn expected(&self, request: &Request<'_>) -> Option<String> {
        let value = |name: &str| request.headers.get(name)?.to_str().ok();
        let host = value(header::HOST.as_str())?;
        let mut headers = Vec::new();
        for name in self.headers.iter().filter(|name| *name != "host") {
            headers.push((name.as_str(), value(name)?));
        }
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(self.valid_for);
        let credentials =
            Credentials::new(&self.access_key, identity::SECRET_KEY, None, None, "local");
        let signer = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&signer)
            .region(identity::REGION)
            .name("s3")
            .time(SystemTime::from(self.at))
            .settings(settings)
            .build()
            .ok()?
            .into();
        let address = format!("http://{host}{}", request.uri.path());
        let body = SignableBody::UnsignedPayload;
        let request =
            SignableRequest::new(request.method, address, headers.into_iter(), body).ok()?;
        Some(sign(request, &params).ok()?.into_parts().1)
    }
}
