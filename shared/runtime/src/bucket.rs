//! A bucket of S3, by signed addresses: who has one may put or get one object for a while, with no other permission.
//! The bytes never pass a function.
//!
//! `aws-sigv4` signs, which is in every SDK client already: no request is made, so a client of S3 would only make
//! the binary larger and the start slower.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use jiff::Timestamp;
use puntos_store::StoreError;

use crate::http::Failure;
use crate::{Environment, StartError};

/// How long an address is good.
const VALID_FOR: Duration = Duration::from_secs(15 * 60);

/// A bucket.
pub struct Bucket {
    /// The address of the bucket, without a slash at its end.
    url: String,
    region: String,
    credentials: Credentials,
}

/// A signed request.
#[derive(Debug)]
pub struct Signed {
    pub method: &'static str,
    pub url: String,
    /// The headers that the request must have, `host` aside.
    pub headers: Vec<(&'static str, String)>,
    pub expires_at: Timestamp,
}

impl Bucket {
    /// Returns the bucket that a setting names.
    ///
    /// # Errors
    /// Refuses if the setting is absent.
    pub fn new(environment: &Environment, setting: &'static str) -> Result<Self, StartError> {
        let name = environment.setting(setting)?;
        let settings = environment.clients().settings();
        Ok(Self {
            url: settings.bucket_url(name),
            region: settings.region.clone(),
            credentials: settings.credentials.clone(),
        })
    }

    /// Returns the request that puts an object with exactly this type and size, once: an object is never replaced.
    ///
    /// # Errors
    /// Fails if the request cannot be signed.
    pub fn put(
        &self,
        key: &str,
        content_type: &str,
        bytes: u32,
        now: Timestamp,
    ) -> Result<Signed, Failure> {
        let headers = vec![
            ("content-length", bytes.to_string()),
            ("content-type", content_type.to_owned()),
            ("if-none-match", "*".to_owned()),
        ];
        self.signed("PUT", key, headers, now, VALID_FOR)
    }

    /// Returns the request that reads an object.
    ///
    /// # Errors
    /// Fails if the request cannot be signed.
    pub fn get(&self, key: &str, now: Timestamp) -> Result<Signed, Failure> {
        self.signed("GET", key, Vec::new(), now, VALID_FOR)
    }

    /// Keys consist of characters that no address has to escape.
    fn signed(
        &self,
        method: &'static str,
        key: &str,
        headers: Vec<(&'static str, String)>,
        now: Timestamp,
        valid_for: Duration,
    ) -> Result<Signed, Failure> {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(valid_for);
        let identity = self.credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(SystemTime::from(now))
            .settings(settings)
            .build()
            .map_err(StoreError::unavailable)?
            .into();
        let url = format!("{}/{key}", self.url);
        let named = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let request = SignableRequest::new(method, &url, named, SignableBody::UnsignedPayload)
            .map_err(StoreError::unavailable)?;
        let signed = sign(request, &params).map_err(StoreError::unavailable)?;
        let (_, query) = signed.into_parts().0.into_parts();
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        // The signature has whole seconds.
        let signed_at = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Ok(Signed {
            method,
            url: format!("{url}?{query}"),
            headers,
            expires_at: signed_at + valid_for,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(url: &str) -> Bucket {
        let (key, secret) = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let credentials = Credentials::new(key, secret, None, None, "test");
        Bucket { url: url.to_owned(), region: "us-east-1".to_owned(), credentials }
    }

    #[test]
    fn an_address_has_the_signature_of_the_example_of_s3() {
        let now = "2013-05-24T00:00:00Z".parse().unwrap();
        let day = Duration::from_secs(86_400);
        let bucket = bucket("https://examplebucket.s3.amazonaws.com");
        let signed = bucket.signed("GET", "test.txt", Vec::new(), now, day).unwrap();
        let expected = "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
            &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
            &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
            &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        assert_eq!(signed.url, expected);
        assert_eq!(signed.expires_at, "2013-05-25T00:00:00Z".parse().unwrap());
    }

    #[test]
    fn the_type_and_the_length_of_an_object_are_signed() {
        let now = "2013-05-24T00:00:00.9Z".parse().unwrap();
        let put = |content_type, bytes| {
            bucket("https://b").put("mbr_1/clm_1/att_1", content_type, bytes, now).unwrap()
        };
        let signed = put("image/png", 4);
        let names = "content-length%3Bcontent-type%3Bhost%3Bif-none-match";
        assert!(signed.url.contains(&format!("X-Amz-SignedHeaders={names}&")), "{}", signed.url);
        let headers =
            [("content-length", "4"), ("content-type", "image/png"), ("if-none-match", "*")];
        assert_eq!(signed.headers, headers.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(signed.expires_at, "2013-05-24T00:15:00Z".parse().unwrap());
        for other in [put("image/png", 5), put("image/jpeg", 4)] {
            assert_ne!(other.url, signed.url);
        }
    }
}
