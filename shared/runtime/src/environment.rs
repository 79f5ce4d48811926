//! Everything a function may touch: its settings, its clients, the clock and randomness.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use puntos_store::Store;

use crate::clients::Clients;

/// Reads the time. Functions take it once per invocation; decisions take it as a value.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Fills a buffer with unpredictable bytes.
pub type Entropy = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// Everything a function may touch: its settings, its clients, the clock and randomness.
#[derive(Clone)]
pub struct Environment {
    settings: Arc<BTreeMap<String, String>>,
    clients: Clients,
    clock: Clock,
    entropy: Entropy,
}

impl Environment {
    /// Puts an environment together, as the local stack and the tests do.
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
    /// Refuses if it is absent or empty, naming it.
    pub fn setting(&self, name: &'static str) -> Result<&str, StartError> {
        match self.settings.get(name).map(String::as_str) {
            None | Some("") => Err(StartError::MissingSetting(name)),
            Some(value) => Ok(value),
        }
    }

    /// Returns the store over the table that the template names.
    ///
    /// # Errors
    /// Refuses if `TABLE_NAME` is absent.
    pub fn store(&self) -> Result<Store, StartError> {
        Ok(Store::new(self.clients.dynamodb().clone(), self.setting("TABLE_NAME")?))
    }

    /// Returns the clients of AWS services.
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Returns the current time, in whole microseconds: as exact as the store keeps it, so that a
    /// replay answers the very instants of the first time.
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
    /// The file that `AWS_CA_BUNDLE` names cannot be read.
    #[error("the certificates named by AWS_CA_BUNDLE cannot be read")]
    Certificates(#[source] std::io::Error),
    /// The TLS client cannot be built from the certificates.
    #[error("the TLS client cannot be built")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}
