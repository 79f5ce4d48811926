//! The e-mail address of a person: the original text, and the form for comparisons.
//!
//! Accepts what SES can deliver to and what is safe in a header: a dot-atom local part in ASCII and a host
//! name, including an international one. Refuses quoted local parts, comments, display names and IP literals.
//! Does not check whether the mailbox exists.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};

/// The longest address, in bytes (RFC 5321: a path of 256 less its angle brackets).
const ADDRESS_MAX_BYTES: usize = 254;
/// The longest part before the @, in bytes (RFC 5321, 4.5.3.1.1).
const LOCAL_PART_MAX_BYTES: usize = 64;

/// An address that mail can be sent to.
///
/// Two addresses are equal if their normalized forms are. `Debug` does not show the address, because it must
/// not be in a log.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress {
    as_given: String,
    normalized: String,
    local_part_bytes: usize,
}

/// Why a text is not an address that mail can be sent to, in the order of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing is there.
    #[error("must not be empty")]
    Empty,
    /// The whole has more than 254 bytes, as given or with its domain in ASCII.
    #[error("must have at most 254 bytes")]
    TooLong,
    /// There is no @.
    #[error("must have an @")]
    WithoutAt,
    /// There is more than one @.
    #[error("must have only one @")]
    SeveralAts,
    /// Nothing is before the @.
    #[error("must have something before the @")]
    LocalPartEmpty,
    /// The part before the @ needs SMTPUTF8, which SES does not offer.
    #[error("must have only ASCII letters, digits and signs before the @")]
    LocalPartNotAscii,
    /// A space, a quote, a bracket, a control character or the like is before the @.
    #[error("must not have spaces, quotes, brackets or the like before the @")]
    LocalPartCharacter,
    /// The part before the @ has more than 64 bytes.
    #[error("must have at most 64 bytes before the @")]
    LocalPartTooLong,
    /// A dot begins or ends the part before the @, or follows another.
    #[error("must not begin or end with a dot, or have two in a row, before the @")]
    LocalPartDots,
    /// The domain is an IP address.
    #[error("must have a domain name after the @, not an IP address")]
    IpLiteral,
    /// The domain is not a host name.
    #[error("must have a valid domain name after the @")]
    DomainInvalid,
    /// The domain is a single label, such as `localhost`.
    #[error("must have a domain name with a dot after the @")]
    DomainWithoutDot,
}

impl EmailAddress {
    /// Parses what a person typed. White space around it is dropped.
    ///
    /// # Errors
    /// Refuses an address that SES could not deliver to or that could break a header.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let as_given = text.trim();
        if as_given.is_empty() {
            return Err(AddressError::Empty);
        }
        if as_given.len() > ADDRESS_MAX_BYTES {
            return Err(AddressError::TooLong);
        }
        let (local_part, domain) = as_given.rsplit_once('@').ok_or(AddressError::WithoutAt)?;
        check_local_part(local_part)?;
        let normalized = format!("{}@{}", local_part.to_ascii_lowercase(), ascii_domain(domain)?);
        if normalized.len() > ADDRESS_MAX_BYTES {
            return Err(AddressError::TooLong);
        }
        Ok(Self { as_given: as_given.to_owned(), normalized, local_part_bytes: local_part.len() })
    }

    /// Returns the address as its owner wrote it, without white space around it.
    pub fn as_given(&self) -> &str {
        &self.as_given
    }

    /// Returns the form to compare and to store keys by: lower case, the domain in IDNA ASCII.
    ///
    /// It is in NFC as well: the local part is ASCII, and IDNA normalizes the domain.
    pub fn normalized(&self) -> &str {
        &self.normalized
    }

    /// Returns the form to send to: the local part as given, the domain in IDNA ASCII.
    ///
    /// Only the owner's server knows whether case matters before the @ (RFC 5321, 2.4).
    pub fn deliverable(&self) -> String {
        let (local_part, _) = self.as_given.split_at(self.local_part_bytes);
        let (_, at_and_domain) = self.normalized.split_at(self.local_part_bytes);
        format!("{local_part}{at_and_domain}")
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.normalized == other.normalized
    }
}

impl Eq for EmailAddress {}

impl Hash for EmailAddress {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.normalized.hash(state);
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EmailAddress").finish_non_exhaustive()
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.as_given
    }
}

fn check_local_part(local_part: &str) -> Result<(), AddressError> {
    if local_part.is_empty() {
        return Err(AddressError::LocalPartEmpty);
    }
    if local_part.contains('@') {
        return Err(AddressError::SeveralAts);
    }
    if !local_part.is_ascii() {
        return Err(AddressError::LocalPartNotAscii);
    }
    if !local_part.bytes().all(|byte| byte == b'.' || is_atom_byte(byte)) {
        return Err(AddressError::LocalPartCharacter);
    }
    if local_part.len() > LOCAL_PART_MAX_BYTES {
        return Err(AddressError::LocalPartTooLong);
    }
    if local_part.split('.').any(str::is_empty) {
        return Err(AddressError::LocalPartDots);
    }
    Ok(())
}

/// Returns whether a byte is allowed in an atom (RFC 5322, 3.2.3).
fn is_atom_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

/// Returns a domain in lower-case IDNA ASCII, or why mail cannot be sent to it.
fn ascii_domain(domain: &str) -> Result<Cow<'_, str>, AddressError> {
    if domain.starts_with('[') {
        return Err(AddressError::IpLiteral);
    }
    let ascii = Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Verify)
        .map_err(|_| AddressError::DomainInvalid)?;
    let (_, top_level) = ascii.rsplit_once('.').ok_or(AddressError::DomainWithoutDot)?;
    if top_level.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AddressError::IpLiteral);
    }
    // Every top-level domain ends with a letter, except an encoded one.
    let last_is_letter = top_level.bytes().last().is_some_and(|byte| byte.is_ascii_alphabetic());
    if !last_is_letter && !top_level.starts_with("xn--") {
        return Err(AddressError::DomainInvalid);
    }
    Ok(ascii)
}

#[cfg(test)]
mod tests;
