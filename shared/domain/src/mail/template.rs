//! The words of a mail: kind, published revision, language and variables become subject, text and HTML.
//!
//! A message keeps these four and is rendered again whenever somebody reads it, so it must come out as
//! it was sent: a published revision never changes. Sends nothing and keeps nothing.

mod published;

use std::fmt;

use jiff::civil::Date;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Rest, Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde::{Deserialize, Serialize};

use super::{Language, single_line};
use crate::field::NAME_MAX_CHARS;
use published::Published;

/// The longest subject, in characters.
const SUBJECT_MAX_CHARS: usize = 150;

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// A redemption: it brings the coupon.
    Coupon,
    /// A reversal: the coupon is cancelled and the points are back.
    Reversal,
}

impl MailKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Coupon, Self::Reversal];

    /// Returns the revision that new mails of this kind are written in.
    pub const fn revision(self) -> u32 {
        match self {
            Self::Coupon | Self::Reversal => 1,
        }
    }

    /// Returns the name of the kind, as JSON has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Coupon => "coupon",
            Self::Reversal => "reversal",
        }
    }
}

/// What a mail says about this member and this coupon.
///
/// `Debug` shows nothing of it: the name is personal, and whoever reads the code can use it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailVariables {
    /// The name to greet.
    #[serde(default)]
    pub name: Option<String>,
    /// The name of the programme, as its members know it.
    pub brand: String,
    /// The name of the reward.
    pub reward: String,
    /// The code of the coupon, formatted to be read aloud.
    pub code: String,
    /// How many points the coupon cost.
    #[serde(default)]
    pub points_spent: i64,
    /// How many points are available afterwards.
    #[serde(default)]
    pub balance: i64,
    /// The last local day on which the coupon can be used.
    #[serde(default)]
    pub expires_on: Option<Date>,
    /// How many points a reversal gave back.
    #[serde(default)]
    pub points_restored: i64,
    /// How many points it could not give back, because they had expired meanwhile.
    #[serde(default)]
    pub points_expired: i64,
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
    #[error("the {} mail has no revision {revision}", kind.as_str())]
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
/// Variables are cleaned of line breaks, control characters and marks that override the direction of
/// writing, and escaped where they stand in HTML.
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
    let variables = Value::from(Serde(variables.cleaned()));
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

impl MailVariables {
    /// Returns the same variables, each text a single plain line; a name without letters is none.
    fn cleaned(&self) -> Self {
        let line = |text: &str| single_line(text, NAME_MAX_CHARS);
        Self {
            name: self.name.as_deref().map(line).filter(|name| !name.is_empty()),
            brand: line(&self.brand),
            reward: line(&self.reward),
            code: line(&self.code),
            ..*self
        }
    }
}

impl fmt::Debug for MailVariables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MailVariables").finish_non_exhaustive()
    }
}

impl fmt::Debug for Rendered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rendered").finish_non_exhaustive()
    }
}
