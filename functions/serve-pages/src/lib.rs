//! Serves the pages: static files that call the API from the browser. They have no data in them, so this
//! function has no permission but its log.
//!
//! A page is a template with the brand and the address of the sign-in. Everything else is below
//! `/assets/{version}/`, where the version changes with every file. A module names others relatively, so all of
//! them have the version of their page.

mod answer;
mod files;
mod policy;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::http::HeaderMap;
use minijinja::{AutoEscape, UndefinedBehavior, context};
use puntos_runtime::{Environment, Invocation, InvocationError, StartError};
use sha2::{Digest, Sha256};

use answer::{Caching, Content};
use files::File;

/// The routes of the pages. They are no part of the API and of its document.
pub const PAGES: [(&str, &str); 5] = [
    ("GET /", "shop.html"),
    ("GET /desk", "desk.html"),
    ("GET /desk/{proxy+}", "desk.html"),
    ("GET /rate/{token}", "rate.html"),
    ("GET /confirm/{token}", "confirm.html"),
];

/// The route of what pages load.
pub const ASSETS: &str = "GET /assets/{proxy+}";

pub struct Function {
    brand: String,
    sign_in_url: String,
    sign_in_client: String,
    /// The headers that every answer has.
    headers: HeaderMap,
}

impl puntos_runtime::Function for Function {
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(environment: Environment) -> Result<Self, StartError> {
        let origin = |setting: &'static str| {
            policy::origin(environment.setting(setting)?).ok_or(StartError::NoAddress(setting))
        };
        Ok(Self {
            brand: environment.setting("BRAND_NAME")?.to_owned(),
            sign_in_url: environment.setting("SIGN_IN_URL")?.to_owned(),
            sign_in_client: environment.setting("SIGN_IN_CLIENT")?.to_owned(),
            headers: policy::headers(origin("SIGN_IN_URL")?, origin("ATTACHMENT_ORIGIN")?),
        })
    }

    async fn handle(
        &self,
        request: ApiGatewayV2httpRequest,
        _: Invocation,
    ) -> Result<ApiGatewayV2httpResponse, InvocationError> {
        let route = request.route_key.as_deref().unwrap_or_default();
        let content = if route == ASSETS {
            request.path_parameters.get("proxy").and_then(|path| asset(path))
        } else {
            let page = PAGES.iter().find(|(key, _)| *key == route);
            let file = page.and_then(|(_, path)| files::file(path));
            file.map(|file| self.page(&file)).transpose().map_err(InvocationError::failed)?
        };
        let mut answer = match content {
            Some(content) => {
                answer::found(content, &request.headers).map_err(InvocationError::failed)?
            }
            None => answer::nothing(),
        };
        answer.headers.extend(self.headers.clone());
        Ok(answer)
    }
}

impl Function {
    /// Fills in a page.
    fn page(&self, file: &File) -> Result<Content, minijinja::Error> {
        let mut templates = minijinja::Environment::empty();
        templates.set_auto_escape_callback(|_| AutoEscape::Html);
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        let page = templates.render_str(
            &String::from_utf8_lossy(&file.content),
            context! {
                version => files::version(),
                brand => self.brand.as_str(),
                sign_in => self.sign_in_url.as_str(),
                client => self.sign_in_client.as_str(),
            },
        )?;
        let digest = Sha256::digest(&page).into();
        let bytes = page.into_bytes().into();
        Ok(Content { bytes, content_type: file.content_type, digest, caching: Caching::Asks })
    }
}

/// Returns the file at a path that begins with a version. Another version than the current one gets the current
/// file too: a page that was loaded before a deployment goes on.
fn asset(path: &str) -> Option<Content> {
    let (version, path) = path.split_once('/')?;
    let File { content, content_type, digest } = files::file(&format!("assets/{path}"))?;
    let caching = if version == files::version() { Caching::Keeps } else { Caching::Asks };
    Some(Content { bytes: content, content_type, digest, caching })
}

#[cfg(test)]
mod tests;
