//! Makes mails from the commits that cause them: for the relay from the stream, for the sweep from the table,
//! and for readers of a mail that no sender has locked yet.
//!
//! A mail request holds the same facts as its commit, so it can be made again at any time.

use crate::auto_reply::AutoReplySettings;
use crate::calendar::local_date;
use crate::claim::{Claim, News, Party, StepKind};
use crate::expiry_warning::{DueWarning, Warned};
use crate::gift::Gift;
use crate::id::{EmailId, GiftId, RedemptionId, RerateId};
use crate::invitation::{Visit, VisitId};
use crate::language::Language;
use crate::mail::MailRequest;
use crate::mail::{EmailAddress, MailKind, MailVariables, PagePath, StatusHistory};
use crate::member::{Member, Profile};
use crate::program::ProgramVersion;
use crate::rating::Rating;
use crate::thread::Message;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::mail::{Email, Recipient};
use crate::points::Points;
use crate::redemption::Redemption;
use crate::reversal::Reversal;
use crate::stamp::Stamp;
use crate::text::Remark;

/// What a mail needs besides its commit: the current programme and the brand's name.
pub struct Composer<'a> {
    /// The version of the programme in force.
    pub program: &'a ProgramVersion,
    /// The name of the programme, as its members know it.
    pub brand: &'a str,
}

impl Composer<'_> {
    /// Returns the request for the mail that brings a coupon; `None` if there is no address.
    pub fn coupon(&self, redemption: &Redemption) -> Option<MailRequest> {
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
        self.request(
            MailKind::Coupon,
            email_id,
            &redemption.redemption_id,
            redemption.created_at,
            mail,
            variables,
        )
    }

    /// Returns the request for the mail that tells of a reversal; `None` if there is no address.
    pub fn reversal(&self, reversal: &Reversal) -> Option<MailRequest> {
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
        self.request(
            MailKind::Reversal,
            email_id,
            &reversal.redemption_id,
            reversal.created_at,
            mail,
            variables,
        )
    }

    /// Returns a mail that is written together with its cause. After the commit, it is relayed and sent.
    ///
    /// Name, address and language come from the current profile. `variables` need neither name nor brand.
    pub fn email(
        &self,
        kind: MailKind,
        email_id: EmailId,
        profile: &Profile,
        variables: MailVariables,
        stamp: &Stamp,
    ) -> Option<Email> {
        let locale = profile.locale.as_deref().unwrap_or(&self.program.program.locale);
        Some(Email {
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

    /// Returns the automatic reply to a rating, written together with the change that releases it; `None` if
    /// there is no address. A rating has one automatic reply: its id is derived from the rating's.
    ///
    /// All of it is in the language of the programme, because its text is.
    pub fn auto_reply(
        &self,
        settings: &AutoReplySettings,
        rating: &Rating,
        profile: &Profile,
        stamp: &Stamp,
    ) -> Option<Email> {
        let variables = MailVariables {
            subject: Some(settings.subject.clone()),
            message: Some(settings.body.clone().into()),
            ..self.about_visit(rating)
        };
        let profile = Profile { locale: None, ..profile.clone() };
        self.email(MailKind::AutoReply, auto_reply_email_id(rating), &profile, variables, stamp)
    }

    /// Returns the mail that tells a member of the last step that a person took on their claim; `None` if they are not
    /// told of it, or there is no address.
    pub fn claim(&self, claim: &Claim, profile: &Profile, stamp: &Stamp) -> Option<Email> {
        let step = claim.step_to_tell()?;
        // What an agent wrote when they opened it. Members know what they wrote themselves.
        let opening = || match (step.what, step.by) {
            (StepKind::Opened, Party::Agent | Party::Supervisor) => {
                step.evidence.as_ref()?.note.clone().map(Remark::from)
            }
            _ => None,
        };
        // Steps of the system may be left out, those of people never. So each mail has its own number.
        let number = claim.steps_of_people().to_string();
        let message = step.note.clone().or_else(opening);
        let variables = MailVariables { message, ..about_claim(claim, News::Step) };
        let cause = ["claim", claim.claim_id.as_str(), &number];
        self.claim_mail(claim, &cause, variables, profile, stamp)
    }

    /// Returns the mail that tells a member of what the system did with their claim, or that nothing happened; `None` if
    /// there is no address. Each write of the claim has one: `version` counts them.
    pub fn claim_news(
        &self,
        claim: &Claim,
        version: u64,
        news: News,
        profile: &Profile,
        stamp: &Stamp,
    ) -> Option<Email> {
        let version = version.to_string();
        let cause = ["claim write", claim.claim_id.as_str(), &version];
        self.claim_mail(claim, &cause, about_claim(claim, news), profile, stamp)
    }

    fn claim_mail(
        &self,
        claim: &Claim,
        cause: &[&str],
        variables: MailVariables,
        profile: &Profile,
        stamp: &Stamp,
    ) -> Option<Email> {
        let email_id = EmailId::of_cause(cause, &claim.claim_id.member_id());
        self.email(MailKind::Claim, email_id, profile, variables, stamp)
    }

    /// Returns the mail that warns a member of an expiry; `None` if there is no address. An expiry is warned of
    /// once: the id is derived from it and from the member.
    pub fn expiry_warning(
        &self,
        warning: &DueWarning,
        warned: Warned,
        profile: &Profile,
        stamp: &Stamp,
    ) -> Option<Email> {
        let variables = MailVariables {
            points_expiring: warned.points,
            balance: warned.available,
            expires_on: Some(self.last_day(warning.expires_at)),
            ..MailVariables::default()
        };
        let second = warning.expires_at.as_second().to_string();
        let email_id = EmailId::of_cause(&["expiry", &second], &warning.member_id);
        self.email(MailKind::ExpiryWarning, email_id, profile, variables, stamp)
    }

    /// Returns the invitation to rate a visit; `None` if there is no address. A visit has one: the id is derived from
    /// its rating's.
    pub fn invitation(
        &self,
        visit: &Visit,
        page: PagePath,
        profile: &Profile,
        stamp: &Stamp,
    ) -> Option<Email> {
        let variables = MailVariables {
            // An order has no branch that its member knows.
            branch: matches!(visit.visit_id, VisitId::Purchase(_))
                .then(|| self.program.branch_name(&visit.branch).to_owned()),
            visited_on: Some(local_date(visit.at, &self.program.zone())),
            page: Some(page),
            ..MailVariables::default()
        };
        let rating_id = visit.rating_id();
        let email_id = EmailId::of_cause(&["invitation", rating_id.as_str()], &visit.member_id);
        self.email(MailKind::Invitation, email_id, profile, variables, stamp)
    }

    /// Returns the mail that asks to confirm the address that a member entered; `None` if none waits. Each change of
    /// the profile can have one.
    pub fn email_confirmation(
        &self,
        before: &Member,
        after: &Profile,
        page: PagePath,
        stamp: &Stamp,
    ) -> Option<Email> {
        let variables = MailVariables { page: Some(page), ..MailVariables::default() };
        let change = before.version.to_string();
        let email_id = EmailId::of_cause(&["email-confirmation", &change], &before.member_id);
        let entered = Profile { email: after.email_pending.clone(), ..after.clone() };
        self.email(MailKind::EmailConfirmation, email_id, &entered, variables, stamp)
    }

    /// Returns the mail that carries an agent's message; `None` if there is no address.
    pub fn reply(
        &self,
        message: &Message,
        rating: &Rating,
        profile: &Profile,
        stamp: &Stamp,
    ) -> Option<Email> {
        let variables = MailVariables {
            message: Some(message.text.clone().into()),
            ..self.about_visit(rating)
        };
        let cause = ["reply", message.message_id.as_str()];
        let email_id = EmailId::of_cause(&cause, &rating.member_id);
        self.email(MailKind::Reply, email_id, profile, variables, stamp)
    }

    /// Returns the mail that brings a gift; `None` if there is no address.
    pub fn gift(
        &self,
        gift_id: &GiftId,
        gift: &Gift,
        rating: &Rating,
        profile: &Profile,
        stamp: &Stamp,
    ) -> Option<Email> {
        let coupon = gift.coupon.as_ref();
        let variables = MailVariables {
            reward: gift.name.clone(),
            code: coupon.map(|coupon| coupon.code.to_string()).unwrap_or_default(),
            expires_on: coupon.map(|coupon| self.last_day(coupon.expires_at)),
            points_given: gift.points.unwrap_or_default(),
            ..self.about_visit(rating)
        };
        let email_id = EmailId::of_cause(&["gift", gift_id.as_str()], &rating.member_id);
        self.email(MailKind::Gift, email_id, profile, variables, stamp)
    }

    /// Returns the mail that tells a member of what a re-rate gave or took; `None` if there is no address. A re-rate
    /// has one for each member: its id is derived from both.
    pub fn rerate(
        &self,
        rerate_id: &RerateId,
        points: Points,
        balance: Points,
        member: &Member,
        stamp: &Stamp,
    ) -> Option<Email> {
        let variables =
            MailVariables { points_corrected: points, balance, ..MailVariables::default() };
        let email_id = EmailId::of_cause(&["rerate", rerate_id.as_str()], &member.member_id);
        self.email(MailKind::Rerate, email_id, &member.profile, variables, stamp)
    }

    fn request(
        &self,
        kind: MailKind,
        email_id: EmailId,
        redemption_id: &RedemptionId,
        created_at: Timestamp,
        mail: &Recipient,
        variables: MailVariables,
    ) -> Option<MailRequest> {
        let locale = mail.locale.as_deref().unwrap_or(&self.program.program.locale);
        let email = Email {
            member_id: redemption_id.member_id(),
            kind,
            revision: kind.revision(),
            language: Language::of_locale(locale),
            // The address was parsed at the enrolment.
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
        Some(MailRequest { email, stored: false })
    }

    fn variables(&self, mail: &Recipient) -> MailVariables {
        MailVariables {
            name: Some(mail.first_name.clone()),
            brand: self.brand.to_owned(),
            ..MailVariables::default()
        }
    }

    /// Returns the variables that name the visit of a rating and link to its thread.
    fn about_visit(&self, rating: &Rating) -> MailVariables {
        MailVariables {
            branch: Some(self.program.branch_name(&rating.branch).to_owned()),
            visited_on: Some(rating.day),
            page: Some(PagePath::rating(&rating.rating_id)),
            ..MailVariables::default()
        }
    }

    /// Returns the last local day on which something that ends at an instant can be used until midnight.
    pub fn last_day(&self, expires_at: Timestamp) -> Date {
        let ends_on = local_date(expires_at, &self.program.zone());
        ends_on.yesterday().unwrap_or(ends_on)
    }
}

/// Returns the variables that say how far a claim is, as its member may see it.
fn about_claim(claim: &Claim, news: News) -> MailVariables {
    let seen = claim.for_member();
    MailVariables {
        claim: Some(claim.claim_id.to_string()),
        page: Some(PagePath::claim(&claim.claim_id)),
        claim_status: Some(seen.status.to_string()),
        // The status says what a step did.
        claim_news: (news != News::Step).then(|| news.name().to_owned()),
        promised_by: Some(seen.promised_by),
        waiting_on: seen.waiting_on,
        money_at: seen.money_at.map(|money_at| money_at.name().to_owned()),
        amount: seen.amount,
        expected_by: seen.expected_by,
        bank_reference: seen.bank_reference,
        order: seen.evidence.order_id,
        ..MailVariables::default()
    }
}

/// Returns the id of the automatic reply to a rating.
pub fn auto_reply_email_id(rating: &Rating) -> EmailId {
    EmailId::of_cause(&["auto-reply", rating.rating_id.as_str()], &rating.member_id)
}
