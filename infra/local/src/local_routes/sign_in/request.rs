//! What the pages' script asks the sign-in for, checked as the user pool checks it.

use serde::{Deserialize, Serialize};

use crate::stack::Parts;

/// The pages to which the sign-in returns: those of the client in the template.
const PAGES: [&str; 2] = ["/", "/desk"];

/// The length of a SHA-256 in base64url.
const CHALLENGE_CHARACTERS: usize = 43;

/// The parameters of an authorization. The page hands them on in hidden fields.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Parameters {
    response_type: Option<String>,
    client_id: Option<String>,
    redirect_uri: Option<String>,
    state: Option<String>,
    scope: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    lang: Option<String>,
}

/// An authorization that may be given.
pub(super) struct Authorization {
    pub redirect_uri: String,
    pub state: Option<String>,
    pub challenge: String,
}

impl Parameters {
    /// Returns the language of the page that asks.
    pub(super) fn language(&self) -> Option<&str> {
        self.lang.as_deref()
    }

    /// Checks the parameters.
    ///
    /// # Errors
    /// Returns the reason of a refusal. The browser is not sent back then, because the address may be wrong too.
    pub(super) fn check(&self, parts: &Parts) -> Result<Authorization, &'static str> {
        if self.client_id.as_deref() != parts.tokens.people_client() {
            return Err("There is no client with this client_id.");
        }
        let redirect_uri = self.redirect_uri.clone().filter(|uri| is_own_page(uri, &parts.url));
        let redirect_uri = redirect_uri.ok_or("The redirect_uri is no page of this stack.")?;
        if self.response_type.as_deref() != Some("code") {
            return Err("The response_type must be code.");
        }
        if self.code_challenge_method.as_deref() != Some("S256") {
            return Err("The code_challenge_method must be S256.");
        }
        let challenge = self.code_challenge.clone().filter(|text| is_challenge(text));
        let challenge = challenge.ok_or("The code_challenge must be a SHA-256 in base64url.")?;
        Ok(Authorization { redirect_uri, state: self.state.clone(), challenge })
    }
}

/// Returns whether an address is a page of this stack, which has two names.
pub(super) fn is_own_page(uri: &str, url: &str) -> bool {
    let origins = origins(url);
    let paths = origins.iter().filter_map(|origin| uri.strip_prefix(origin.as_str()));
    paths.into_iter().any(|path| PAGES.contains(&path))
}

/// Returns the origins of this stack.
pub(super) fn origins(url: &str) -> [String; 2] {
    [url.to_owned(), url.replacen("//127.0.0.1:", "//localhost:", 1)]
}

fn is_challenge(text: &str) -> bool {
    let is_allowed =
        |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    text.len() == CHALLENGE_CHARACTERS && text.chars().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::is_own_page;

    #[test]
    fn only_the_two_pages_of_this_stack_are_returned_to() {
        for uri in [
            "http://127.0.0.1:3000/",
            "http://127.0.0.1:3000/desk",
            "http://localhost:3000/",
            "http://localhost:3000/desk",
        ] {
            assert!(is_own_page(uri, "http://127.0.0.1:3000"), "{uri}");
        }
        for uri in [
            "http://127.0.0.1:3000",
            "http://127.0.0.1:3000/desk/",
            "http://127.0.0.1:3000/desk?a=b",
            "http://127.0.0.1:3000/#a",
            "http://127.0.0.1:30001/",
            "http://127.0.0.1/",
            "https://127.0.0.1:3000/",
            "http://127.0.0.1:3000@example.com/",
            "http://localhost.example.com:3000/",
            "//127.0.0.1:3000/",
            "/desk",
            "",
        ] {
            assert!(!is_own_page(uri, "http://127.0.0.1:3000"), "{uri}");
        }
    }
}
