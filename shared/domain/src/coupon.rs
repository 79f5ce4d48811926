//! Coupon codes, how they are read from a person's input, and the life of a coupon.
//!
//! A code is 20 characters of Crockford's base 32 in five groups. Three characters name the hour of issue, by
//! which the store finds the coupons of an hour. Sixteen are random (80 bits). One is a check character that
//! detects mistakes in speech or typing before any read.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{GiftId, MemberId, PurchaseId, RatingId, RedemptionId, base32};
use crate::invoice::Invoice;
use crate::reward::{Discount, RewardKind};
use crate::stamp::Stamp;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const HOUR_CHARS: usize = 3;
const CODE_CHARS: usize = 20;
/// For how many hours the use of a coupon can be taken back.
const UNUSE_HOURS: i64 = 24;

/// A coupon code, kept without hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CouponCode(String);

/// The use of a coupon on an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponUse {
    pub branch: String,
    pub invoice_number: String,
    /// The purchase of the invoice, however it is written.
    pub purchase_id: PurchaseId,
    /// When.
    pub at: Timestamp,
    /// The last second at which it can be taken back.
    pub unuse_until: i64,
    /// The idempotency key of the use.
    pub key: String,
    /// Who took it.
    pub actor: String,
    /// The request that used it.
    pub request_id: String,
}

impl CouponUse {
    /// Returns the use on an invoice by the request with this key.
    pub fn new(branch: String, invoice_number: String, key: String, stamp: Stamp) -> Self {
        Self {
            purchase_id: Invoice::new(&branch, &invoice_number).purchase_id(),
            branch,
            invoice_number,
            at: stamp.at,
            unuse_until: (stamp.at + SignedDuration::from_hours(UNUSE_HOURS)).as_second(),
            key,
            actor: stamp.actor,
            request_id: stamp.request_id,
        }
    }
}

/// Takes the use of a coupon back, because the payment of its invoice failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponUnuse {
    /// The purchase of the invoice on which it was used.
    pub purchase_id: PurchaseId,
    pub at: Timestamp,
    /// The idempotency key of the request.
    pub key: String,
    pub actor: String,
    pub request_id: String,
}

/// Why the use of a coupon is not taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnuseRefused {
    #[error("the coupon was used on another invoice")]
    OtherInvoice,
    #[error("the coupon was used more than a day ago")]
    TooLate,
    #[error("the coupon was not used")]
    NotUsed,
    #[error("the redemption was reversed")]
    Cancelled,
}

/// A request about a coupon that was answered before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    Same,
    /// The key named another invoice.
    KeyReused,
}

/// A coupon with what a till needs to know about it.
#[derive(Debug, Clone)]
pub struct GrantedCoupon {
    /// The redemption or gift that gave it.
    pub source: CouponSource,
    /// The member who holds it.
    pub member_id: MemberId,
    /// The reward of the catalogue; none for a gift outside the catalogue.
    pub reward_id: Option<String>,
    pub reward_name: String,
    pub reward_kind: RewardKind,
    /// The discount, for that kind.
    pub discount: Option<Discount>,
    pub coupon: Coupon,
    pub used: Option<CouponUse>,
    /// The last use that was taken back, and by what.
    pub unused: Option<(CouponUse, CouponUnuse)>,
}

impl GrantedCoupon {
    /// Compares a use with those that were recorded with its key, one that was taken back included.
    pub fn repeat_of_use(&self, requested: &CouponUse) -> Option<Repeat> {
        let taken_back = self.unused.as_ref().map(|(used, _)| used);
        let mut known = self.used.iter().chain(taken_back);
        let first = known.find(|first| first.key == requested.key)?;
        Some(Repeat::of(first.purchase_id == requested.purchase_id))
    }

    /// Judges a request to take the use back that changed nothing.
    ///
    /// # Errors
    /// Returns why the use is not taken back.
    pub fn judge_unuse(&self, requested: &CouponUnuse) -> Result<Repeat, UnuseRefused> {
        let before = self.unused.as_ref().map(|(_, unuse)| unuse);
        if let Some(first) = before.filter(|first| first.key == requested.key) {
            return Ok(Repeat::of(first.purchase_id == requested.purchase_id));
        }
        let is_of = |used: &CouponUse| used.purchase_id == requested.purchase_id;
        match self.coupon.written {
            CouponStatus::Cancelled => Err(UnuseRefused::Cancelled),
            CouponStatus::Used if self.used.as_ref().is_some_and(is_of) => {
                Err(UnuseRefused::TooLate)
            }
            CouponStatus::Used => Err(UnuseRefused::OtherInvoice),
            CouponStatus::Issued | CouponStatus::Expired => {
                let is_done =
                    before.is_some_and(|first| first.purchase_id == requested.purchase_id);
                if is_done { Ok(Repeat::Same) } else { Err(UnuseRefused::NotUsed) }
            }
        }
    }
}

impl Repeat {
    fn of(is_same: bool) -> Self {
        if is_same { Self::Same } else { Self::KeyReused }
    }
}

/// What gave a coupon.
#[derive(Debug, Clone)]
pub enum CouponSource {
    Redemption(RedemptionId),
    Gift(RatingId, GiftId),
}

/// The text is not a coupon code of this programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a coupon code")]
pub struct NotACode;

impl CouponCode {
    /// Returns the code of these random bits, issued in the hour of `now`.
    pub fn issue(random: [u8; 10], now: Timestamp) -> Self {
        let mut code = hour_prefix(now);
        code.push_str(&base32(&random).to_ascii_uppercase());
        code.push(check_character(&code));
        Self(code)
    }

    /// Returns the characters without hyphens.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the characters that name the hour of issue.
    pub fn hour(&self) -> &str {
        &self.0[..HOUR_CHARS]
    }

    /// Returns whether the code may have been issued within the last minute: its hour is that of a minute
    /// ago or later.
    pub fn may_be_new(&self, now: Timestamp) -> bool {
        [now, now - SignedDuration::from_mins(1)].iter().any(|at| hour_prefix(*at) == self.hour())
    }
}

/// Returns the characters that name an hour: hours since 1970, modulo 32,768 (three years and more).
pub fn hour_prefix(at: Timestamp) -> String {
    let hour = at.as_second().div_euclid(3600).rem_euclid(32 * 32 * 32);
    let digit = |shift: u32| char::from(ALPHABET[(hour >> shift & 31) as usize]);
    [digit(10), digit(5), digit(0)].iter().collect()
}

/// Weights increase with the position, modulo the prime 31, so swapped neighbours are detected too.
fn check_character(characters: &str) -> char {
    let sum: usize = characters
        .bytes()
        .enumerate()
        .map(|(index, byte)| {
            (index + 1) * ALPHABET.iter().position(|letter| *letter == byte).unwrap_or(0)
        })
        .sum();
    char::from(ALPHABET[sum % 31])
}

impl FromStr for CouponCode {
    type Err = NotACode;

    /// Reads a code as people say and type it: any case, with hyphens or spaces, O for 0, I or L for 1.
    fn from_str(text: &str) -> Result<Self, NotACode> {
        let mut code = String::with_capacity(CODE_CHARS);
        for character in text.chars().filter(|character| !matches!(character, '-' | ' ')) {
            let character = match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            if code.len() == CODE_CHARS
                || !character.is_ascii()
                || !ALPHABET.contains(&(character as u8))
            {
                return Err(NotACode);
            }
            code.push(character);
        }
        let (characters, check) = code.split_at_checked(CODE_CHARS - 1).ok_or(NotACode)?;
        if check.chars().eq([check_character(characters)]) { Ok(Self(code)) } else { Err(NotACode) }
    }
}

impl TryFrom<String> for CouponCode {
    type Error = NotACode;

    fn try_from(text: String) -> Result<Self, NotACode> {
        text.parse()
    }
}

impl From<CouponCode> for String {
    fn from(code: CouponCode) -> String {
        code.0
    }
}

impl fmt::Display for CouponCode {
    /// Writes five groups of four: `7KQ2-ABCD-EFGH-JKMN-PQRS`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, character) in self.0.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                formatter.write_str("-")?;
            }
            write!(formatter, "{character}")?;
        }
        Ok(())
    }
}

/// What can be done with a coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CouponStatus {
    /// It can be used.
    Issued,
    /// It was used at a till.
    Used,
    /// It has expired. Never stored: it follows from the time.
    Expired,
    /// Its redemption was reversed.
    Cancelled,
}

/// The state of a coupon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    /// The code that opens it.
    pub code: CouponCode,
    /// The last stored status: issued, used or cancelled.
    pub written: CouponStatus,
    /// The first instant at which it can no longer be used.
    pub expires_at: Timestamp,
}

impl Coupon {
    /// Returns the status at an instant.
    pub fn status(&self, now: Timestamp) -> CouponStatus {
        match self.written {
            CouponStatus::Issued if self.expires_at <= now => CouponStatus::Expired,
            written => written,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_coupon_expires_at_its_instant() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut coupon = Coupon {
            code: CouponCode::issue([7; 10], at(0)),
            written: CouponStatus::Issued,
            expires_at: at(100),
        };
        assert_eq!(coupon.status(at(99)), CouponStatus::Issued);
        assert_eq!(coupon.status(at(100)), CouponStatus::Expired);
        coupon.written = CouponStatus::Used;
        assert_eq!(coupon.status(at(100)), CouponStatus::Used);
    }

    #[test]
    fn a_code_may_be_new_in_its_hour_and_a_minute_longer() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let code = CouponCode::issue([7; 10], at(3_600));
        for (second, may_be) in [(3_599, false), (3_600, true), (7_259, true), (7_260, false)] {
            assert_eq!(code.may_be_new(at(second)), may_be, "{second}");
        }
    }

    proptest! {
        #[test]
        fn codes_are_read_back_as_people_say_them(random: [u8; 10], second in 0_i64..4_000_000_000) {
            let now = Timestamp::from_second(second).unwrap();
            let code = CouponCode::issue(random, now);
            let said = code.to_string();
            prop_assert_eq!(said.len(), 24);
            prop_assert_eq!(said.parse(), Ok(code.clone()));
            let mumbled = said.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            prop_assert_eq!(mumbled.parse(), Ok(code.clone()));
            prop_assert_eq!(code.hour(), hour_prefix(now));
        }

        #[test]
        fn neighbours_that_are_swapped_are_caught(random: [u8; 10], place in 0_usize..18) {
            let code = CouponCode::issue(random, Timestamp::UNIX_EPOCH);
            let mut letters: Vec<char> = code.as_str().chars().collect();
            letters.swap(place, place + 1);
            let differ = |one: char, other: char| one != other && !matches!((one, other), ('0', 'Z') | ('Z', '0'));
            prop_assume!(differ(letters[place], letters[place + 1]));
            let swapped: String = letters.into_iter().collect();
            prop_assert_eq!(swapped.parse::<CouponCode>(), Err(NotACode));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<CouponCode>();
        }
    }
}
