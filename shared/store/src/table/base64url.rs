//! Bytes as text that can be part of a URL: base 64 with `-` and `_`, without padding.

use aws_smithy_types::base64;

/// Returns bytes as text.
pub(crate) fn encode(bytes: &[u8]) -> String {
    base64::encode(bytes).replace('+', "-").replace('/', "_").replace('=', "")
}

/// Returns the bytes of a text, if it is exactly what [`encode`] makes of them.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut padded = text.replace('-', "+").replace('_', "/");
    while !padded.len().is_multiple_of(4) {
        padded.push('=');
    }
    let bytes = base64::decode(padded).ok()?;
    (encode(&bytes) == text).then_some(bytes)
}
