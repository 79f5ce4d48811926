//! The environment of a function: its settings, its clients, the clock and random bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use puntos_domain::mail::PagesUrl;
use puntos_store::Store;

use crate::clients::Clients;

/// Reads the time. Functions read it once per invocation; decisions get it as a value.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Fills a buffer with unpredictable bytes.
pub type Entropy = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// The environment of a function: its settings, its clients, the clock and random bytes.
#[derive(Clone)]
pub struct Environment {
    settings: Arc<BTreeMap<String, String>>,
    clients: Clients,
    clock: Clock,
    entropy: Entropy,
}

impl Environment {
    /// Returns an environment from its parts, for the local stack and the tests.
    pub fn new(
        settings: BTreeMap<String, String>,
        clients: Clients,
        clock: Clock,
        entropy: Entropy,
    ) -> Self {
        Self { settings: Arc::new(settings), clients, clock, entropy }
    }

    /// Returns the environment of a Lambda function: its variables, the lean clients, the real clock.
    ///
    /// # Errors
    /// Refuses to start if a variable that the clients need is missing.
    pub fn of_lambda() -> Result<Self, StartError> {
        let settings: BTreeMap<String, String> = std::env::vars().collect();
        let clients = Clients::of_lambda(&settings)?;
        let clock: Clock = Arc::new(Timestamp::now);
        let entropy: Entropy = Arc::new(|buffer| {
            getrandom::fill(buffer).expect("the kernel's randomness is always readable on Lambda");
        });
        Ok(Self::new(settings, clients, clock, entropy))
    }

    /// Returns the value of a setting that the template gives to the function.
    ///
    /// # Errors
    /// Refuses an absent or empty setting, with its name.
    pub fn setting(&self, name: &'static str) -> Result<&str, StartError> {
        match self.settings.get(name).map(String::as_str) {
            None | Some("") => Err(StartError::MissingSetting(name)),
            Some(value) => Ok(value),
        }
    }

    /// Returns the address of the pages that mails link to; `None` if the stack has none yet.
    pub fn pages_url(&self) -> Option<PagesUrl> {
        self.settings.get("PAGES_URL").and_then(|setting| PagesUrl::of_setting(setting))
    }

    /// Returns the store over the table that the template names.
    ///
    /// # Errors
    /// Refuses if `TABLE_NAME` or `STACK_ID` is absent.
    pub fn store(&self) -> Result<Store, StartError> {
        let client = self.clients.dynamodb().clone();
        Ok(Store::new(client, self.setting("TABLE_NAME")?, self.setting("STACK_ID")?))
    }

    /// Returns the clients of AWS services.
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Returns the current time in whole microseconds, which is the precision of the store, so that a replay
    /// answers the same instants as the first request.
    pub fn now(&self) -> Timestamp {
        let now = (self.clock)();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// Returns `N` unpredictable bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.entropy)(&mut bytes);
        bytes
    }
}

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The template did not give a setting.
    #[error("the setting {0} is missing or empty")]
    MissingSetting(&'static str),
    /// A setting is not an address.
    #[error("the setting {0} is not an address")]
    NoAddress(&'static str),
    /// The file that `AWS_CA_BUNDLE` names cannot be read.
    #[error("the certificates named by AWS_CA_BUNDLE cannot be read")]
    Certificates(#[source] std::io::Error),
    /// The TLS client cannot be built from the certificates.
    #[error("the TLS client cannot be built")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}
