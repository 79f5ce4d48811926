//! Mails for agents: what was sent, what became of it, and a resend to the member's current address.

mod read;
mod resend;

use puntos_api::Problem;
use puntos_api::emails::{self, EmailAnswer};
use puntos_domain::mail::{Email, PagesUrl};
use puntos_runtime::http::{Failure, Http, HttpFunction};
use puntos_runtime::{Environment, StartError, routes};

pub type Function = Http<ManageEmails>;

/// The settings of the function.
pub struct ManageEmails {
    brand: String,
    pages: Option<PagesUrl>,
}

impl HttpFunction for ManageEmails {
    routes! {
        emails::LIST => read::list,
        emails::SHOW => read::show,
        emails::RESEND => resend::resend,
    }

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            brand: environment.setting("BRAND_NAME")?.to_owned(),
            pages: environment.pages_url(),
        })
    }
}

impl ManageEmails {
    fn answer(&self, email: &Email) -> Result<EmailAnswer, Failure> {
        EmailAnswer::new(email, self.pages.as_ref()).map_err(|error| {
            tracing::error!(email_id = %email.email_id, %error, "a mail cannot be rendered");
            Problem::new(500, "internal_error", "this mail's template is missing").into()
        })
    }
}
