//! The variables of mail templates: stored with each mail, and cleaned before every rendering.
//!
//! Escapes nothing: the renderer does, because it knows where a text goes.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{MailKind, SUBJECT_MAX_CHARS, UNSUBSCRIBE_URL};
use crate::field::NAME_MAX_CHARS;
use crate::language::Language;
use crate::mail::{PagePath, PagesUrl, plain_lines, single_line};
use crate::money::Money;
use crate::points::Points;
use crate::text::Remark;

/// The longest message, in characters.
const MESSAGE_MAX_CHARS: usize = 4_000;

/// The facts in a mail about this member and its cause.
///
/// `Debug` shows nothing of it: the name is personal, and the code can be used by anyone who reads it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailVariables {
    /// The name to greet.
    #[serde(default)]
    pub name: Option<String>,
    /// The name of the programme, as its members know it.
    pub brand: String,
    /// The name of the reward or of the gift.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reward: String,
    /// The code of the coupon, formatted to be read aloud.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// How many points the coupon cost.
    #[serde(default)]
    pub points_spent: Points,
    /// How many points are available afterwards.
    #[serde(default)]
    pub balance: Points,
    /// The last local day on which the coupon or the points can be used.
    #[serde(default)]
    pub expires_on: Option<Date>,
    /// How many points a reversal gave back.
    #[serde(default)]
    pub points_restored: Points,
    /// How many points it could not give back, because they had expired meanwhile.
    #[serde(default)]
    pub points_expired: Points,
    /// How many points a gift gives.
    #[serde(default, skip_serializing_if = "Points::is_zero")]
    pub points_given: Points,
    /// How many points expire soon.
    #[serde(default, skip_serializing_if = "Points::is_zero")]
    pub points_expiring: Points,
    /// How many points a re-rate gave, or took when negative.
    #[serde(default, skip_serializing_if = "Points::is_zero")]
    pub points_corrected: Points,
    /// The subject that a person wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The message that a person wrote, in lines, or what the system says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Remark>,
    /// The branch of the visit that a reply is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The local day of that visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visited_on: Option<Date>,
    /// The id of the claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// The status of the claim, as JSON has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_status: Option<String>,
    /// Why the member is written to about the claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_news: Option<String>,
    /// Who has to act, while the claim waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_on: Option<String>,
    /// Where the money of the claim is, as JSON has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money_at: Option<String>,
    /// The money of the claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// The local day by which the money is expected back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_by: Option<Date>,
    /// The order that was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The local day by which the claim is promised to be resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised_by: Option<Date>,
    /// The bank's reference of money that is on its way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_reference: Option<String>,
    /// The page that the mail links to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<PagePath>,
}

impl MailVariables {
    /// Returns the variables for a mail of this kind. Each text is a single plain line, and the message is
    /// several. A text without letters is null. All variables are present, because a template that uses a
    /// missing one is wrong.
    pub(super) fn cleaned(
        &self,
        kind: MailKind,
        language: Language,
        pages: Option<&PagesUrl>,
    ) -> Value {
        let is_optional = kind.is_optional();
        // SES replaces its placeholder anywhere, so no variable may contain one.
        let unlinked = |text: String| if is_optional { without_placeholders(&text) } else { text };
        let line = |text: &str| unlinked(single_line(text, NAME_MAX_CHARS));
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        let optional_line = |text: &Option<String>| text.as_deref().map(line).and_then(some);
        let subject = |text: &str| unlinked(single_line(text, SUBJECT_MAX_CHARS));
        let message = |message: &Remark| {
            unlinked(plain_lines(&message.in_language(language), MESSAGE_MAX_CHARS))
        };
        json!({
            "name": optional_line(&self.name),
            "brand": line(&self.brand),
            "reward": line(&self.reward),
            "code": line(&self.code),
            "points_spent": self.points_spent,
            "balance": self.balance,
            "expires_on": self.expires_on,
            "points_restored": self.points_restored,
            "points_expired": self.points_expired,
            "points_given": self.points_given,
            "points_expiring": self.points_expiring,
            "points_corrected": self.points_corrected,
            "subject": self.subject.as_deref().map(subject).and_then(some),
            "message": self.message.as_ref().map(message).and_then(some),
            "branch": optional_line(&self.branch),
            "visited_on": self.visited_on,
            "claim": optional_line(&self.claim),
            "claim_status": optional_line(&self.claim_status),
            "claim_news": optional_line(&self.claim_news),
            "waiting_on": optional_line(&self.waiting_on),
            "money_at": optional_line(&self.money_at),
            "amount": self.amount,
            "expected_by": self.expected_by,
            "order": optional_line(&self.order),
            "promised_by": self.promised_by,
            "bank_reference": optional_line(&self.bank_reference),
            "link": pages.zip(self.page.as_ref()).map(|(pages, page)| pages.link(page)),
            "unsubscribe_url": is_optional.then_some(UNSUBSCRIBE_URL),
        })
    }
}

/// Returns the text with a space in each pair of opening braces.
fn without_placeholders(text: &str) -> String {
    // Twice, because three braces in a row are two pairs.
    text.replace("{{", "{ {").replace("{{", "{ {")
}

impl fmt::Debug for MailVariables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MailVariables").finish_non_exhaustive()
    }
}
