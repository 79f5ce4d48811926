//! Orders for mails, made from the commits that cause them: by the relay from the stream, by the sweep
//! from the table, and by the viewer for a mail that nobody has claimed yet.
//!
//! A commit and its order are the same facts, so the order can be made again at any time.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use puntos_domain::auto_reply::AutoReplySettings;
use puntos_domain::calendar::local_date;
use puntos_domain::id::{EmailId, MemberId, RedemptionId};
use puntos_domain::mail::{EmailAddress, Language, MailKind, MailVariables, StatusHistory};
use puntos_domain::member::Profile;
use puntos_domain::program::ProgramVersion;
use puntos_domain::rating::Rating;
use serde::{Deserialize, Serialize};

use crate::store::{
    MailTo, Stamp, Store, StoreError, StoredEmail, StoredRedemption, StoredReversal,
};

/// A mail to be sent, as the queue carries it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EmailOrder {
    /// The mail.
    pub email: StoredEmail,
    /// Whether its item is in the table already, as a resend's is.
    pub stored: bool,
}

/// A purchase with which a care cycle starts, as the queue carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseOrder {
    /// The purchase.
    pub purchase_id: String,
    /// Who bought.
    pub member_id: MemberId,
    /// When.
    pub purchased_at: Timestamp,
}

/// What an order needs besides the commit: the programme of now and the brand's name.
pub struct OrderContext<'a> {
    /// The newest version of the programme.
    pub program: &'a ProgramVersion,
    /// The name of the programme, as its members know it.
    pub brand: &'a str,
}

impl OrderContext<'_> {
    /// Returns the order for the mail that brings a coupon; none where there is no address.
    pub fn coupon(&self, redemption: &StoredRedemption) -> Option<EmailOrder> {
        let mail = redemption.mail.as_ref()?;
        let variables = MailVariables {
            reward: redemption.reward_name.clone(),
            code: redemption.coupon.code.to_string(),
            points_spent: redemption.points_spent,
            balance: redemption.balance_after,
            expires_on: Some(self.last_day(redemption.coupon.expires_at)),
            ..self.variables(mail)
        };
        let email_id = redemption.redemption_id.coupon_email_id();
        self.order(
            MailKind::Coupon,
            email_id,
            &redemption.redemption_id,
            redemption.created_at,
            mail,
            variables,
        )
    }

    /// Returns the order for the mail that tells of a reversal; none where there is no address.
    pub fn reversal(&self, reversal: &StoredReversal) -> Option<EmailOrder> {
        let mail = reversal.mail.as_ref()?;
        let variables = MailVariables {
            reward: reversal.reward_name.clone(),
            code: reversal.code.to_string(),
            balance: reversal.balance_after,
            points_restored: reversal.points_restored,
            points_expired: reversal.points_expired,
            ..self.variables(mail)
        };
        let email_id = reversal.redemption_id.reversal_email_id();
        self.order(
            MailKind::Reversal,
            email_id,
            &reversal.redemption_id,
            reversal.created_at,
            mail,
            variables,
        )
    }

    /// Returns a mail to be written with what it tells of: committed, it is relayed and sent.
    ///
    /// Which name, address and language it goes to is the profile's of now; `variables` need neither
    /// name nor brand.
    pub fn email(
        &self,
        kind: MailKind,
        email_id: EmailId,
        profile: &Profile,
        variables: MailVariables,
        stamp: &Stamp,
    ) -> Option<StoredEmail> {
        let locale = profile.locale.as_deref().unwrap_or(&self.program.program.locale);
        Some(StoredEmail {
            member_id: email_id.member_id(),
            kind,
            revision: kind.revision(),
            language: Language::of_locale(locale),
            to: profile.email.clone()?,
            variables: MailVariables {
                name: Some(profile.first_name()),
                brand: self.brand.to_owned(),
                ..variables
            },
            history: StatusHistory::queued(stamp.at),
            redemption_id: None,
            resend_of: None,
            last_resend_id: None,
            message_id: None,
            created_at: stamp.at,
            ordered_by: Some((stamp.actor.clone(), stamp.request_id.clone())),
            version: 0,
            email_id,
        })
    }

    /// Returns the automatic reply to a rating, to be written with what lets it leave; none where
    /// there is no address. There is one a rating: its id is the rating's.
    pub fn auto_reply(
        &self,
        settings: &AutoReplySettings,
        rating: &Rating,
        profile: &Profile,
        stamp: &Stamp,
    ) -> Option<StoredEmail> {
        let variables = MailVariables {
            subject: Some(settings.subject.clone()),
            message: Some(settings.body.clone()),
            branch: Some(rating.branch.clone()),
            visited_on: Some(rating.day),
            ..MailVariables::default()
        };
        self.email(MailKind::AutoReply, auto_reply_email_id(rating), profile, variables, stamp)
    }

    fn order(
        &self,
        kind: MailKind,
        email_id: EmailId,
        redemption_id: &RedemptionId,
        created_at: Timestamp,
        mail: &MailTo,
        variables: MailVariables,
    ) -> Option<EmailOrder> {
        let locale = mail.locale.as_deref().unwrap_or(&self.program.program.locale);
        let email = StoredEmail {
            member_id: redemption_id.member_id(),
            kind,
            revision: kind.revision(),
            language: Language::of_locale(locale),
            // The address was parsed when it was enrolled.
            to: EmailAddress::parse(&mail.address).ok()?,
            variables,
            history: StatusHistory::queued(created_at),
            redemption_id: Some(redemption_id.clone()),
            resend_of: None,
            last_resend_id: None,
            message_id: None,
            created_at,
            ordered_by: None,
            version: 0,
            email_id,
        };
        Some(EmailOrder { email, stored: false })
    }

    fn variables(&self, mail: &MailTo) -> MailVariables {
        MailVariables {
            name: Some(mail.first_name.clone()),
            brand: self.brand.to_owned(),
            ..MailVariables::default()
        }
    }

    /// Returns the last whole or partial local day on which something that ends at an instant can be used.
    pub fn last_day(&self, expires_at: Timestamp) -> Date {
        let just_before = expires_at.checked_sub(Span::new().seconds(1)).unwrap_or(expires_at);
        local_date(just_before, &self.program.zone())
    }
}

/// Returns the id of the automatic reply to a rating: there is one.
pub fn auto_reply_email_id(rating: &Rating) -> EmailId {
    EmailId::of_cause(&["auto-reply", rating.rating_id.as_str()], &rating.member_id)
}

/// Something committed from which the order for a mail can be made.
pub enum Committed {
    /// A redemption.
    Redemption(Box<StoredRedemption>),
    /// A reversal.
    Reversal(Box<StoredReversal>),
    /// A mail that was written to be sent.
    Email(Box<StoredEmail>),
    /// A purchase with which a care cycle starts.
    Purchase(PurchaseOrder),
}

impl Committed {
    /// Reads what was committed from an item with an outbox; none where another work follows from it.
    ///
    /// # Errors
    /// Fails where the item cannot be read.
    pub fn of_item(item: HashMap<String, AttributeValue>) -> Result<Option<Self>, StoreError> {
        let outbox =
            item.get("outbox").and_then(|work| work.as_s().ok()).cloned().unwrap_or_default();
        Store::committed_of(&outbox, item)
    }

    /// Returns the order for the mail; none where there is no address, or where no mail follows.
    pub fn order(&self, context: &OrderContext<'_>) -> Option<EmailOrder> {
        match self {
            Self::Redemption(redemption) => context.coupon(redemption),
            Self::Reversal(reversal) => context.reversal(reversal),
            Self::Email(email) => Some(EmailOrder { email: (**email).clone(), stored: true }),
            Self::Purchase(_) => None,
        }
    }
}
