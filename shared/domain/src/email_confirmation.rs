//! The confirmation of an address that a member entered: what its link names, and what it changes.
//!
//! The store signs the token of the link.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use crate::id::{DIGEST_CHARS, MemberId, digest};
use crate::mail::EmailAddress;
use crate::member::Profile;

/// How long a link can be used.
const VALID_FOR: SignedDuration = SignedDuration::from_hours(3 * 24);
/// How many of these mails the addresses that a member enters on one local day get. They may be other people's.
pub const MAILS_PER_DAY_MAX: i64 = 5;

/// What the link names: a member and the address that waits, as a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailConfirmation {
    pub member_id: MemberId,
    address: String,
}

/// What a link does to a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// The address that waits becomes the address.
    Now(Box<Profile>),
    /// It is the address already.
    Before(EmailAddress),
}

impl EmailConfirmation {
    /// Returns what the link to an address names.
    pub fn new(member_id: MemberId, address: &EmailAddress) -> Self {
        Self { member_id, address: digest_of(address) }
    }

    /// Decides what the link does to the profile of its member; `None` if the address does not wait any more.
    pub fn applied(&self, profile: &Profile) -> Option<Confirmed> {
        let is_named = |address: &&EmailAddress| digest_of(address) == self.address;
        if let Some(address) = profile.email_pending.as_ref().filter(is_named) {
            let email = Some(address.clone());
            let after = Profile { email, email_pending: None, ..profile.clone() };
            return Some(Confirmed::Now(Box::new(after)));
        }
        profile.email.as_ref().filter(is_named).cloned().map(Confirmed::Before)
    }
}

/// Returns until when a link that is mailed now can be used.
pub fn valid_until(now: Timestamp) -> Timestamp {
    now.saturating_add(VALID_FOR).unwrap_or(Timestamp::MAX)
}

fn digest_of(address: &EmailAddress) -> String {
    digest(&["address", address.normalized()])
}

impl fmt::Display for EmailConfirmation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.member_id, self.address)
    }
}

/// The text names no confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a confirmation of an address")]
pub struct NotAConfirmation;

impl FromStr for EmailConfirmation {
    type Err = NotAConfirmation;

    fn from_str(text: &str) -> Result<Self, NotAConfirmation> {
        let (member, address) = text.split_once('-').ok_or(NotAConfirmation)?;
        let member_id = member.parse().map_err(|_| NotAConfirmation)?;
        let is_digest = address.len() == DIGEST_CHARS;
        is_digest.then(|| Self { member_id, address: address.to_owned() }).ok_or(NotAConfirmation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::member::ProfileRequest;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    fn profile(email: &str, pending: Option<&str>) -> Profile {
        let json = serde_json::json!({"name": "Ana Luz", "email": email});
        let request: ProfileRequest = serde_json::from_value(json).unwrap();
        let profile = Profile::checked(request, Timestamp::UNIX_EPOCH).unwrap();
        Profile { email_pending: pending.map(address), ..profile }
    }

    #[test]
    fn a_link_confirms_the_address_that_waits() {
        let member_id = MemberId::from_key("m");
        let link = EmailConfirmation::new(member_id, &address("New@example.com"));
        assert_eq!(link.to_string().parse(), Ok(link.clone()));
        let Some(Confirmed::Now(after)) =
            link.applied(&profile("old@example.com", Some("new@example.com")))
        else {
            panic!("it waits");
        };
        assert_eq!(*after, profile("new@example.com", None));
        let again = Some(Confirmed::Before(address("new@example.com")));
        assert_eq!(link.applied(&after), again);
        let replaced = profile("old@example.com", Some("newer@example.com"));
        assert_eq!(link.applied(&replaced), None, "a later address waits");
        assert_eq!(link.applied(&profile("old@example.com", None)), None);
        for bad in ["", "-", "mbr_1-2", "mbr_0000000000000000-short"] {
            assert_eq!(bad.parse::<EmailConfirmation>(), Err(NotAConfirmation), "{bad}");
        }
    }
}
