//! The endpoint of a service in a region. It is fixed, so that no endpoint rule is evaluated.

use aws_smithy_runtime_api::client::endpoint::{
    EndpointFuture, EndpointResolverParams, ResolveEndpoint, SharedEndpointResolver,
};
use aws_smithy_types::endpoint::Endpoint;

use super::ClientSettings;

#[derive(Debug)]
struct Fixed(Endpoint);

impl ResolveEndpoint for Fixed {
    fn resolve_endpoint<'a>(&'a self, _: &'a EndpointResolverParams) -> EndpointFuture<'a> {
        EndpointFuture::ready(Ok(self.0.clone()))
    }
}

/// Returns the endpoint in the settings, or the service's public one in the region:
/// <https://docs.aws.amazon.com/general/latest/gr/rande.html>.
pub(super) fn fixed(settings: &ClientSettings, host: &str) -> SharedEndpointResolver {
    let url = settings.endpoint_url.clone().unwrap_or_else(|| public(&settings.region, host));
    SharedEndpointResolver::new(Fixed(Endpoint::builder().url(url).build()))
}

pub(super) fn public(region: &str, host: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{host}.{region}.{domain}")
}

#[cfg(test)]
mod tests {
    use super::public;

    #[test]
    fn a_service_has_one_host_in_a_region() {
        assert_eq!(public("eu-west-1", "email"), "https://email.eu-west-1.amazonaws.com");
        assert_eq!(public("cn-north-1", "sqs"), "https://sqs.cn-north-1.amazonaws.com.cn");
    }
}
