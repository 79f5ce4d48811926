//! The code with which a person who signs in joins a member: one who has no address on file, or one whose earlier
//! sign-in is lost.
//!
//! An agent, a supervisor or a till gives it. If somebody signs in as the member already, only a supervisor does.
//! The code has eight digits, so that it can be read aloud. Its short life and the few tries make up for its length.

use jiff::{SignedDuration, Timestamp};

use crate::id::{MemberId, digest};
use crate::sign_in::{LinkRefusal, Linking, Links, link};

const DIGITS: usize = 8;
/// How long a code can be used.
const VALID_FOR: SignedDuration = SignedDuration::from_hours(24);
/// The wrong tries that make a code void.
const WRONG_TRIES_MAX: u32 = 5;

/// A code: eight digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinCode(String);

impl JoinCode {
    /// Returns the code of random bytes.
    pub fn issue(random: [u8; 8]) -> Self {
        // The remainder favours no code by more than one in 10^11.
        Self(format!("{:08}", u64::from_be_bytes(random) % 100_000_000))
    }

    /// Reads a code as people write it, with spaces or hyphens between its digits.
    pub fn parse(text: &str) -> Option<Self> {
        let code: String =
            text.chars().filter(|sign| !sign.is_whitespace() && *sign != '-').collect();
        let is_code = code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then_some(Self(code))
    }

    /// Returns the digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A code that waits for its member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingCode {
    /// The digest of the code and its member. The code itself is not kept.
    pub digest: String,
    pub expires_at: Timestamp,
    pub wrong_tries: u32,
}

impl PendingCode {
    /// Returns the record of a code that is given now.
    pub fn new(member_id: &MemberId, code: &JoinCode, now: Timestamp) -> Self {
        Self {
            digest: digest_of(member_id, code),
            expires_at: now.saturating_add(VALID_FOR).unwrap_or(Timestamp::MAX),
            wrong_tries: 0,
        }
    }

    fn is_void(&self, now: Timestamp) -> bool {
        self.expires_at <= now || self.wrong_tries >= WRONG_TRIES_MAX
    }
}

/// Why a person does not join a member, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinRefusal {
    /// The person reaches another member.
    SubjectIsLinked,
    /// The code is wrong or void, or there is none.
    Wrong {
        /// Whether the try counts against a code.
        counts: bool,
    },
}

/// What a person who joins a member has to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joining {
    /// The person reaches the member already.
    Exists,
    /// The link is new. The person with the replaced subject reaches the member no longer.
    Write { code: PendingCode, replaced: Option<String> },
}

/// Decides whether a person joins a member with a code. A person who reaches the member already is answered as before,
/// with any code.
///
/// # Errors
/// Refuses a person who reaches another member, and a wrong or void code.
pub fn join(
    subject: &str,
    member_id: &MemberId,
    links: &Links,
    pending: Option<&PendingCode>,
    code: &JoinCode,
    now: Timestamp,
) -> Result<Joining, JoinRefusal> {
    match link(subject, member_id, links) {
        Ok(Linking::Exists) => return Ok(Joining::Exists),
        Err(LinkRefusal::SubjectIsLinked) => return Err(JoinRefusal::SubjectIsLinked),
        // Only a supervisor gives a code for a member whom somebody reaches.
        Ok(Linking::Write) | Err(LinkRefusal::MemberIsLinked) => {}
    }
    match pending.filter(|pending| !pending.is_void(now)) {
        None => Err(JoinRefusal::Wrong { counts: false }),
        Some(pending) if pending.digest != digest_of(member_id, code) => {
            Err(JoinRefusal::Wrong { counts: true })
        }
        Some(code) => {
            Ok(Joining::Write { code: code.clone(), replaced: links.subject_of_member.clone() })
        }
    }
}

fn digest_of(member_id: &MemberId, code: &JoinCode) -> String {
    digest(&["join", member_id.as_str(), code.as_str()])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
    }

    fn code(text: &str) -> JoinCode {
        JoinCode::parse(text).expect("a code")
    }

    proptest! {
        #[test]
        fn every_code_is_read_back_however_it_is_grouped(random: [u8; 8]) {
            let code = JoinCode::issue(random);
            let (first, second) = code.as_str().split_at(4);
            prop_assert_eq!(JoinCode::parse(&format!(" {first} {second}")), Some(code.clone()));
            prop_assert_eq!(JoinCode::parse(&format!("{first}-{second}")), Some(code));
        }
    }

    #[test]
    fn what_is_no_code_is_not_read() {
        for text in ["", "1234567", "123456789", "1234567a", "１２３４５６７８", "1234_5678"]
        {
            assert_eq!(JoinCode::parse(text), None, "{text}");
        }
        assert_eq!(JoinCode::issue([0; 8]).as_str(), "00000000");
        assert_eq!(JoinCode::issue([0, 0, 0, 0, 0, 0, 0, 7]).as_str(), "00000007");
    }

    #[test]
    fn a_person_joins_with_the_code_of_the_member_in_time() {
        let (ana, eva) = (MemberId::from_key("ana"), MemberId::from_key("eva"));
        let given = PendingCode::new(&ana, &code("1234 5678"), at(0));
        let tried = |wrong_tries| PendingCode { wrong_tries, ..given.clone() };
        let of_eva = PendingCode::new(&eva, &code("1234 5678"), at(0));
        let wrong = |counts| Err(JoinRefusal::Wrong { counts });
        let table = [
            (Some(tried(0)), "12345678", 23, Ok(())),
            (Some(tried(4)), "12345678", 23, Ok(())),
            (Some(tried(0)), "12345679", 23, wrong(true)),
            (Some(tried(4)), "12345679", 23, wrong(true)),
            (Some(of_eva), "12345678", 23, wrong(true)),
            // Void.
            (Some(tried(5)), "12345678", 23, wrong(false)),
            (Some(tried(0)), "12345678", 24, wrong(false)),
            (Some(tried(0)), "12345679", 24, wrong(false)),
            (None, "12345678", 23, wrong(false)),
        ];
        // Nobody reaches the member, or somebody does, and is replaced.
        for replaced in [None, Some("other".to_owned())] {
            let links = Links { subject_of_member: replaced.clone(), ..Links::default() };
            for (pending, text, hour, expected) in &table {
                let joined = join("me", &ana, &links, pending.as_ref(), &code(text), at(*hour));
                let expected = expected.map(|()| Joining::Write {
                    code: pending.clone().expect("a code"),
                    replaced: replaced.clone(),
                });
                assert_eq!(joined, expected, "{pending:?} {text} {hour}");
            }
        }
    }

    #[test]
    fn a_link_that_exists_comes_before_the_code() {
        let (ana, eva) = (MemberId::from_key("ana"), MemberId::from_key("eva"));
        let given = PendingCode::new(&ana, &code("12345678"), at(0));
        let own = Links { member_of_subject: Some(ana.clone()), ..Links::default() };
        let elsewhere = Links { member_of_subject: Some(eva), ..Links::default() };
        let table = [
            (own, "00000000", Ok(Joining::Exists)),
            (elsewhere, "12345678", Err(JoinRefusal::SubjectIsLinked)),
        ];
        for (links, text, expected) in table {
            let joined = join("me", &ana, &links, Some(&given), &code(text), at(1));
            assert_eq!(joined, expected, "{links:?}");
        }
    }
}
