//! The words of a mail: kind, published revision, language and variables become subject, text and HTML.
//!
//! A message keeps these four and is rendered again whenever somebody reads it, so it must come out as
//! it was sent: a published revision never changes. Sends nothing and keeps nothing.

mod published;
mod variables;

use std::fmt;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Rest, Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde::{Deserialize, Serialize};

use super::{Language, single_line};
use published::Published;
pub use variables::MailVariables;

/// The longest subject, in characters.
const SUBJECT_MAX_CHARS: usize = 150;

/// Where the link stands by which a reader takes back their consent: SES replaces it in every mail that
/// is sent with a list to unsubscribe from.
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
    /// The automatic reply to a bad rating without a comment.
    AutoReply,
    /// A gift for a rating: points, or a coupon.
    Gift,
    /// News of a claim.
    Claim,
}

impl MailKind {
    /// Returns the name, as JSON has it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Every kind.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// Returns the revision that new mails of this kind are written in.
    pub const fn revision(self) -> u32 {
        match self {
            Self::Coupon
            | Self::Reversal
            | Self::Reply
            | Self::AutoReply
            | Self::Gift
            | Self::Claim => 1,
        }
    }

    /// Returns whether it answers no act of the member: then it needs their consent, and carries a
    /// way to take it back.
    pub const fn is_optional(self) -> bool {
        matches!(self, Self::AutoReply)
    }
}

/// A mail, ready to be sent or read.
///
/// `Debug` shows nothing of it, because a body never belongs in a log.
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

/// Renders a mail: the same arguments give the same mail for ever.
///
/// Variables are cleaned of control characters and marks that override the direction of writing, all
/// but the message of line breaks, and escaped where they stand in HTML. An optional mail has a link to
/// unsubscribe, as SES's placeholder.
///
/// # Errors
/// Refuses a revision that was never published.
pub fn render(
    kind: MailKind,
    revision: u32,
    language: Language,
    variables: &MailVariables,
) -> Result<Rendered, RenderError> {
    let published = published::find(kind, revision, language)
        .ok_or(RenderError::UnknownRevision { kind, revision })?;
    let environment = environment(language, &published)?;
    let variables = Value::from(Serde(variables.cleaned(kind)));
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
