//! The AWS clients, built lean: region and credentials from Lambda's own variables, a bundled trust
//! store of the Amazon roots, `rustls` with `ring`. A stock set-up costs a cold start twenty times
//! the instructions (infra/README.md, "Lean start").
//!
//! `AWS_ENDPOINT_URL` (any endpoint, also plain HTTP) and `AWS_CA_BUNDLE` are honoured.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::region::Region;

use crate::StartError;

/// The roots that sign every public AWS endpoint: <https://www.amazontrust.com/repository/>.
const AMAZON_ROOTS_PEM: &[u8] = include_bytes!("../amazon-roots.pem");

/// The service clients, sharing one HTTP client and so one pool of connections.
#[derive(Clone)]
pub struct Clients {
    /// The table.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The queues.
    pub sqs: aws_sdk_sqs::Client,
    /// The mail.
    pub ses: aws_sdk_sesv2::Client,
}

impl Clients {
    /// Opens the connection to the table while the environment starts, where time is not billed to a
    /// caller. The cheapest call there is: what it answers does not matter, nor that it may fail.
    pub async fn connect(&self) {
        let _ = self.dynamodb.describe_endpoints().send().await;
    }
}

/// Where the clients connect, and as whom.
pub struct ClientSettings {
    /// The AWS region.
    pub region: String,
    /// Who signs the requests.
    pub credentials: Credentials,
    /// Overrides every service's endpoint.
    pub endpoint_url: Option<String>,
}

/// Builds the clients of a Lambda function from its variables.
///
/// # Errors
/// Refuses where region or credentials are missing, or the trust store cannot be built.
pub fn lean(settings: &BTreeMap<String, String>) -> Result<Clients, StartError> {
    let needed = |name: &'static str| {
        settings.get(name).filter(|value| !value.is_empty()).ok_or(StartError::MissingSetting(name))
    };
    let credentials = Credentials::new(
        needed("AWS_ACCESS_KEY_ID")?,
        needed("AWS_SECRET_ACCESS_KEY")?,
        settings.get("AWS_SESSION_TOKEN").cloned(),
        None,
        "lambda-environment",
    );
    let settings_of_clients = ClientSettings {
        region: needed("AWS_REGION")?.clone(),
        credentials,
        endpoint_url: settings.get("AWS_ENDPOINT_URL").filter(|url| !url.is_empty()).cloned(),
    };
    let http_client = https_client(settings.get("AWS_CA_BUNDLE").filter(|path| !path.is_empty()))?;
    Ok(over(&settings_of_clients, |_| http_client.clone()))
}

fn https_client(certificates_path: Option<&String>) -> Result<SharedHttpClient, StartError> {
    let trusted = match certificates_path {
        Some(path) => std::fs::read(path).map_err(StartError::Certificates)?,
        None => AMAZON_ROOTS_PEM.to_vec(),
    };
    let context = TlsContext::builder()
        .with_trust_store(TrustStore::empty().with_pem_certificate(trusted))
        .build()
        .map_err(|error| StartError::Tls(error.to_string()))?;
    Ok(aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .tls_context(context)
        .build_https())
}

/// Builds the clients over given connections: `http_client` is asked for each of `dynamodb`, `sqs`
/// and `ses`, so that a test can put faults on the wire of one of them.
pub fn over(
    settings: &ClientSettings,
    http_client: impl Fn(&'static str) -> SharedHttpClient,
) -> Clients {
    macro_rules! client {
        ($sdk:ident, $name:literal, $retries:expr) => {{
            let mut config = $sdk::Config::builder()
                .behavior_version($sdk::config::BehaviorVersion::latest())
                .region(Region::new(settings.region.clone()))
                .credentials_provider(settings.credentials.clone())
                .http_client(http_client($name))
                .timeout_config(timeouts())
                .retry_config($retries);
            if let Some(url) = &settings.endpoint_url {
                config = config.endpoint_url(url);
            }
            $sdk::Client::from_conf(config.build())
        }};
    }
    Clients {
        dynamodb: client!(
            aws_sdk_dynamodb,
            "dynamodb",
            RetryConfig::standard().with_max_attempts(4)
        ),
        sqs: client!(aws_sdk_sqs, "sqs", RetryConfig::standard().with_max_attempts(3)),
        // SES has no idempotency token: a retried send could be a second mail.
        ses: client!(aws_sdk_sesv2, "ses", RetryConfig::disabled()),
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(5))
        .build()
}
