//! The AWS clients in a lean setup: region and credentials from Lambda's variables, a bundled trust store of
//! the Amazon roots, `rustls` with `ring`, fixed endpoints, and no client that the function does not use. A
//! standard setup costs a cold start twenty times the instructions (infra/README.md, "Lean start").
//!
//! `AWS_ENDPOINT_URL` (any endpoint, also plain HTTP), `AWS_ENDPOINT_URL_S3` and `AWS_CA_BUNDLE` are supported.

mod endpoint;

use std::collections::BTreeMap;
use std::net::ToSocketAddrs;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::region::Region;

use crate::StartError;

/// The roots that sign every public AWS endpoint: <https://www.amazontrust.com/repository/>.
const AMAZON_ROOTS_PEM: &[u8] = include_bytes!("../amazon-roots.pem");

/// The service clients. Each is built on first use: an SDK client reads the list of AWS partitions when it is
/// built, which costs 0.4 million instructions at the start.
#[derive(Clone)]
pub struct Clients(Arc<Parts>);

struct Parts {
    settings: ClientSettings,
    http_client: Box<dyn Fn(&'static str) -> SharedHttpClient + Send + Sync>,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    sqs: OnceLock<aws_sdk_sqs::Client>,
    ses: OnceLock<aws_sdk_sesv2::Client>,
    user_pool: OnceLock<aws_sdk_cognitoidentityprovider::Client>,
}

/// The endpoint and the credentials of the clients.
pub struct ClientSettings {
    /// The AWS region.
    pub region: String,
    /// The credentials that sign the requests.
    pub credentials: Credentials,
    /// Overrides every service's endpoint.
    pub endpoint_url: Option<String>,
    /// Overrides the endpoint of S3.
    pub s3_endpoint_url: Option<String>,
    /// The longest pause before the first retry of a call; later pauses are longer.
    pub first_retry_after: Duration,
}

/// The longest pause before the first retry of a call, as the SDK has it.
pub const FIRST_RETRY_AFTER: Duration = Duration::from_secs(1);

macro_rules! client {
    ($parts:expr, $sdk:ident, $name:literal, $host:literal, $retries:expr) => {{
        let parts = &$parts;
        let settings = &parts.settings;
        let mut config = $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(settings.credentials.clone())
            .http_client((parts.http_client)($name))
            .timeout_config(timeouts())
            .retry_config($retries.with_initial_backoff(settings.first_retry_after));
        config.set_endpoint_resolver(Some(endpoint::fixed(settings, $host)));
        $sdk::Client::from_conf(config.build())
    }};
}

impl Clients {
    /// Returns clients over given connections. `http_client` is called for each of `dynamodb`, `sqs`, `ses` and
    /// `cognito-idp`, so that a test can inject faults into one of them.
    pub fn over(
        settings: ClientSettings,
        http_client: impl Fn(&'static str) -> SharedHttpClient + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Parts {
            settings,
            http_client: Box::new(http_client),
            dynamodb: OnceLock::new(),
            sqs: OnceLock::new(),
            ses: OnceLock::new(),
            user_pool: OnceLock::new(),
        }))
    }

    /// Returns the clients of a Lambda function, from its variables.
    ///
    /// # Errors
    /// Refuses if region or credentials are missing, or the trust store cannot be built.
    pub fn of_lambda(variables: &BTreeMap<String, String>) -> Result<Self, StartError> {
        let given = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
        let needed = |name: &'static str| given(name).ok_or(StartError::MissingSetting(name));
        let settings = ClientSettings {
            region: needed("AWS_REGION")?,
            credentials: Credentials::new(
                needed("AWS_ACCESS_KEY_ID")?,
                needed("AWS_SECRET_ACCESS_KEY")?,
                given("AWS_SESSION_TOKEN"),
                None,
                "lambda-environment",
            ),
            endpoint_url: given("AWS_ENDPOINT_URL"),
            s3_endpoint_url: given("AWS_ENDPOINT_URL_S3"),
            first_retry_after: FIRST_RETRY_AFTER,
        };
        let http_client = https_client(given("AWS_CA_BUNDLE").as_deref())?;
        Ok(Self::over(settings, move |_| http_client.clone()))
    }

    /// Returns the region, the credentials and the endpoints.
    pub fn settings(&self) -> &ClientSettings {
        &self.0.settings
    }

    /// Returns the client of the table.
    pub fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        let retries = RetryConfig::standard().with_max_attempts(4);
        let parts = &self.0;
        parts
            .dynamodb
            .get_or_init(|| client!(parts, aws_sdk_dynamodb, "dynamodb", "dynamodb", retries))
    }

    /// Returns the client of the queues.
    pub fn sqs(&self) -> &aws_sdk_sqs::Client {
        let retries = RetryConfig::standard().with_max_attempts(3);
        let parts = &self.0;
        parts.sqs.get_or_init(|| client!(parts, aws_sdk_sqs, "sqs", "sqs", retries))
    }

    /// Returns the client of SES. It never retries: SES has no idempotency token, so a retry could send a
    /// second mail.
    pub fn ses(&self) -> &aws_sdk_sesv2::Client {
        let retries = RetryConfig::disabled();
        let parts = &self.0;
        parts.ses.get_or_init(|| client!(parts, aws_sdk_sesv2, "ses", "email", retries))
    }

    /// Returns the client of the user pool.
    pub fn user_pool(&self) -> &aws_sdk_cognitoidentityprovider::Client {
        let retries = RetryConfig::standard().with_max_attempts(3);
        let parts = &self.0;
        parts.user_pool.get_or_init(|| {
            client!(parts, aws_sdk_cognitoidentityprovider, "cognito-idp", "cognito-idp", retries)
        })
    }

    /// Opens the connection to the table while the environment starts, if the function uses the table. No
    /// caller waits for this time. It makes the cheapest call; its answer or failure does not matter.
    pub async fn connect(&self) {
        if let Some(dynamodb) = self.0.dynamodb.get() {
            let _ = dynamodb.describe_endpoints().send().await;
        }
    }
}

impl ClientSettings {
    /// Returns the address of a bucket, without a slash at its end. An endpoint of its own has buckets in the path.
    pub(crate) fn bucket_url(&self, name: &str) -> String {
        match self.s3_endpoint_url.as_ref().or(self.endpoint_url.as_ref()) {
            Some(url) => format!("{}/{name}", url.trim_end_matches('/')),
            None => endpoint::public(&self.region, &format!("{name}.s3")),
        }
    }
}

fn https_client(certificates_path: Option<&str>) -> Result<SharedHttpClient, StartError> {
    let trusted = match certificates_path {
        Some(path) => std::fs::read(path).map_err(StartError::Certificates)?,
        None => AMAZON_ROOTS_PEM.to_vec(),
    };
    let context = TlsContext::builder()
        .with_trust_store(TrustStore::empty().with_pem_certificate(trusted))
        .build()
        .map_err(|error| StartError::Tls(error.into()))?;
    Ok(aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .tls_context(context)
        .build_with_resolver(BlockingDns))
}

/// Looks up a host on the calling thread. The default uses a second thread, which costs a start more than the
/// wait: one invocation runs at a time.
#[derive(Debug, Clone)]
struct BlockingDns;

impl ResolveDns for BlockingDns {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        let found = (name, 0).to_socket_addrs();
        let addresses = found.map(|found| found.map(|address| address.ip()).collect());
        DnsFuture::ready(addresses.map_err(ResolveDnsError::new))
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(5))
        .build()
}
