//! The headers that every answer has. They let a page run its own files only, and send data to nobody but the
//! API, the sign-in and the bucket of attachments.

use aws_lambda_events::http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use aws_lambda_events::http::{HeaderMap, HeaderName, HeaderValue};

/// Returns the headers, with the origins of the sign-in and of the bucket.
pub(crate) fn headers(sign_in: &str, bucket: &str) -> HeaderMap {
    let policy = HeaderValue::try_from(policy(sign_in, bucket));
    let policy = policy.expect("an origin is plain text");
    let opener = HeaderName::from_static("cross-origin-opener-policy");
    HeaderMap::from_iter([
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (opener, HeaderValue::from_static("same-origin")),
    ])
}

/// Returns the Content-Security-Policy.
fn policy(sign_in: &str, bucket: &str) -> String {
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        &format!("img-src 'self' blob: data: {bucket}"),
        &format!("connect-src 'self' {sign_in} {bucket}"),
        "manifest-src 'self'",
        &format!("form-action 'self' {sign_in}"),
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
    .join("; ")
}

/// Returns the origin of an address: scheme, host and port.
pub(crate) fn origin(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_once("://")?;
    let host = rest.split('/').next()?;
    let is_of_host =
        |character: char| character.is_ascii_alphanumeric() || ".-:".contains(character);
    let is_origin =
        ["https", "http"].contains(&scheme) && !host.is_empty() && host.chars().all(is_of_host);
    is_origin.then(|| &address[..scheme.len() + "://".len() + host.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_our_own_origins_and_allows_nothing_unsafe() {
        let policy = policy("https://sign-in.example.com", "https://bucket.example.com");
        assert_eq!(
            policy,
            "default-src 'none'; script-src 'self'; style-src 'self'; \
             img-src 'self' blob: data: https://bucket.example.com; \
             connect-src 'self' https://sign-in.example.com https://bucket.example.com; \
             manifest-src 'self'; form-action 'self' https://sign-in.example.com; base-uri 'none'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        );
        assert!(!policy.contains("unsafe"));
    }

    #[test]
    fn an_origin_has_no_path() {
        let table = [
            ("https://a.example.com", Some("https://a.example.com")),
            ("http://127.0.0.1:3000/local", Some("http://127.0.0.1:3000")),
            ("https://a.example.com/", Some("https://a.example.com")),
            ("https://a.example.com; script-src *", None),
            ("https://a.example.com *", None),
            ("https:///path", None),
            ("javascript://a", None),
            ("a.example.com", None),
            ("", None),
        ];
        for (address, expected) in table {
            assert_eq!(origin(address), expected, "{address}");
        }
    }
}
