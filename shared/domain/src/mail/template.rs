//! The text of a mail: kind, published revision, language and variables become subject, text and HTML.
//!
//! A mail stores these four and is rendered again on each read. It must look as it was sent, so a published
//! revision never changes. Sends and stores nothing.

mod published;
mod variables;

use std::fmt;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Rest, Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde::{Deserialize, Serialize};

use super::{PagesUrl, single_line};
use crate::language::Language;
use crate::money::Money;
use published::Published;
pub use variables::MailVariables;

/// The longest subject, in characters.
const SUBJECT_MAX_CHARS: usize = 150;

/// The placeholder for the unsubscribe link. SES replaces it in every mail that is sent with a contact list.
const UNSUBSCRIBE_URL: &str = "{{amazonSESUnsubscribeUrl}}";

/// What a mail is about.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MailKind {
    /// A redemption: it brings the coupon.
    Coupon,
    /// A reversal: the coupon is cancelled and the points are back.
    Reversal,
    /// An agent's reply to a rating.
    Reply,
    /// The automatic reply to a low rating without a comment.
    AutoReply,
    /// A gift for a rating: points, or a coupon.
    Gift,
    /// News of a claim.
    Claim,
    /// The warning that points expire soon.
    ExpiryWarning,
    /// A re-rate changed the points of the member.
    Rerate,
    /// The invitation to rate a visit.
    Invitation,
    /// The request to confirm an address that the member entered. It goes to that address.
    EmailConfirmation,
}

impl MailKind {
    /// Every kind.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// Returns the revision that new mails of this kind are written in.
    pub const fn revision(self) -> u32 {
        match self {
            Self::Coupon
            | Self::Reversal
            | Self::ExpiryWarning
            | Self::Rerate
            | Self::Invitation
            | Self::EmailConfirmation => 1,
            Self::Reply | Self::AutoReply | Self::Gift => 2,
            Self::Claim => 4,
        }
    }

    /// Returns whether it is optional: then it needs the member's consent, and has an unsubscribe link.
    pub const fn is_optional(self) -> bool {
        matches!(self, Self::AutoReply | Self::ExpiryWarning | Self::Rerate | Self::Invitation)
    }
}

/// A mail, ready to be sent or read.
///
/// `Debug` does not show it, because a body must not be in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject: one line of at most 150 characters.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
}

/// Why a mail cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The revision was never published.
    #[error("the {kind} mail has no revision {revision}")]
    UnknownRevision {
        /// The kind asked for.
        kind: MailKind,
        /// The revision asked for.
        revision: u32,
    },
    /// A published template is wrong.
    #[error("a mail template is wrong")]
    Template(#[from] Error),
}

/// Renders a mail. The same arguments always give the same mail.
///
/// Variables are cleaned of control characters and of marks that override the writing direction, and escaped
/// in HTML. The message keeps its line breaks. An optional mail has SES's placeholder for the unsubscribe
/// link. A mail about a page links to it, if the address of the pages is known.
///
/// # Errors
/// Refuses a revision that was never published.
pub fn render(
    kind: MailKind,
    revision: u32,
    language: Language,
    variables: &MailVariables,
    pages: Option<&PagesUrl>,
) -> Result<Rendered, RenderError> {
    let published = published::find(kind, revision, language)
        .ok_or(RenderError::UnknownRevision { kind, revision })?;
    let environment = environment(language, &published)?;
    let variables = Value::from(Serde(variables.cleaned(kind, language, pages)));
    let render = |name| environment.get_template(name)?.render(&variables);
    Ok(Rendered {
        subject: single_line(&render(SUBJECT)?, SUBJECT_MAX_CHARS),
        text: render(TEXT)?,
        html: render(HTML)?,
    })
}

const SUBJECT: &str = "subject.txt";
const TEXT: &str = "body.txt";
const HTML: &str = "body.html";

/// Returns an environment with the three templates of one mail and the filters they use.
fn environment(language: Language, published: &Published) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    environment.set_auto_escape_callback(|name| match name {
        HTML => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    environment.add_filter("number", move |number: i64| language.number(number));
    environment.add_filter("plural", move |number: i64, forms: Rest<String>| {
        plural(language, number, &forms)
    });
    environment.add_filter("money", move |money: Serde<Money>| language.money(&money.0));
    environment.add_filter("date", move |date: String| {
        let date = date.parse().map_err(|error| {
            Error::new(ErrorKind::InvalidOperation, "not a civil date").with_source(error)
        })?;
        Ok::<_, Error>(language.date(date))
    });
    environment.add_template(SUBJECT, published.subject)?;
    environment.add_template(TEXT, published.text)?;
    environment.add_template(HTML, published.html)?;
    Ok(environment)
}

fn plural(language: Language, number: i64, forms: &[String]) -> Result<String, Error> {
    if forms.len() != language.plural_forms() {
        return Err(Error::new(ErrorKind::InvalidOperation, "wrong number of plural forms"));
    }
    Ok(forms[language.plural_form(number)].clone())
}

impl fmt::Debug for Rendered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rendered").finish_non_exhaustive()
    }
}
