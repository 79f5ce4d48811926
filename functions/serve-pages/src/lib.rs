//! Serves the pages: static files that call the API from the browser. They have no data in them, so this
//! function has no permission but its log.
//!
//! A page is a template with the brand and the address of the sign-in. Everything else is below
//! `/assets/{version}/`. A change of any file changes the version. Modules import each other by relative paths, so all
//! that a page loads has the version of the page.

mod answer;
mod files;
mod policy;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::http::HeaderMap;
use minijinja::{AutoEscape, UndefinedBehavior, Value, context};
use puntos_runtime::{Environment, Invocation, InvocationError, StartError};
use sha2::{Digest, Sha256};

use answer::{Caching, Content};
use files::File;

/// A page: its route, its file, and the script that the file loads.
pub struct Page {
    pub route: &'static str,
    file: &'static str,
    script: &'static str,
}

/// The pages. They are no part of the API and of its document.
pub const PAGES: [Page; 5] = [
    Page { route: "GET /", file: "shop.html", script: "shop/main.js" },
    Page { route: DESK, file: "desk.html", script: "desk/main.js" },
    Page { route: PART_OF_DESK, file: "desk.html", script: "desk/main.js" },
    Page { route: "GET /rate/{token}", file: "rate.html", script: "visitor/rate.js" },
    Page { route: "GET /confirm/{token}", file: "confirm.html", script: "visitor/confirm.js" },
];

const DESK: &str = "GET /desk";
const PART_OF_DESK: &str = "GET /desk/{proxy+}";

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
            let page = PAGES.iter().find(|page| page.route == route);
            let page = page.and_then(|page| self.page(page, &request).transpose()).transpose();
            page.map_err(InvocationError::failed)?
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
    fn page(
        &self,
        page: &Page,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<Option<Content>, minijinja::Error> {
        let Some(File { content, content_type, .. }) = files::file(page.file) else {
            return Ok(None);
        };
        let mut templates = minijinja::Environment::empty();
        templates.set_auto_escape_callback(|_| AutoEscape::Html);
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        // Paths of our own files: a browser needs no escapes in them.
        let modules = modules(page, request).into_iter().map(Value::from_safe_string);
        let filled = templates.render_str(
            &String::from_utf8_lossy(&content),
            context! {
                version => files::version(),
                modules => modules.collect::<Vec<_>>(),
                brand => self.brand.as_str(),
                sign_in => self.sign_in_url.as_str(),
                client => self.sign_in_client.as_str(),
            },
        )?;
        let digest = Sha256::digest(&filled).into();
        let bytes = filled.into_bytes().into();
        Ok(Some(Content { bytes, content_type, digest, caching: Caching::Asks }))
    }
}

/// Returns the scripts for which a page asks the browser at once. Without this list, the browser would find each script
/// only after it had loaded the one that imports it. The list of the desk also has the part that the address names, but
/// not after a sign-in: the browser loaded that part before it left.
fn modules(page: &Page, request: &ApiGatewayV2httpRequest) -> Vec<String> {
    let comes_back = request.query_string_parameters.first("code").is_some();
    let path = request.path_parameters.get("proxy");
    let part = match (page.route, path) {
        (DESK, _) if !comes_back => Some("members"),
        (PART_OF_DESK, Some(path)) => path.split('/').next(),
        _ => None,
    };
    let part = part.map(|part| format!("desk/{part}.js"));
    files::imported([Some(page.script), part.as_deref()].into_iter().flatten())
}

/// Returns the file at a path that begins with a version. Another version than the current one gets the current
/// file too: a page that was loaded before a deployment goes on.
fn asset(path: &str) -> Option<Content> {
    let (version, path) = path.split_once('/')?;
    let File { content, content_type, digest } = files::file(&format!("assets/{path}"))?;
    let caching = if version == files::version() { Caching::Keeps } else { Caching::Asks };
    let bytes = match path.ends_with(".js") {
        true => files::without_comments(&String::from_utf8_lossy(&content)).into_bytes().into(),
        false => content,
    };
    Some(Content { bytes, content_type, digest, caching })
}

#[cfg(test)]
mod tests;
