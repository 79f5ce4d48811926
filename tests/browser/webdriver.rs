//! A client of the WebDriver protocol, as far as the journeys need it: <https://www.w3.org/TR/webdriver2/>.
//!
//! Ours, because no crate fits: `thirtyfour` turns on `serde_json/preserve_order` and so changes the order of
//! JSON in every other test; `fantoccini` stands on a crate under the MPL.

use std::path::Path;

use aws_smithy_types::base64;
use serde_json::{Value, json};

/// The name under which the protocol gives an element's id.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Keys that no character stands for, as the protocol writes them.
pub const TAB: &str = "\u{E004}";
pub const SHIFT: &str = "\u{E008}";
pub const CONTROL: &str = "\u{E009}";
pub const DOWN: &str = "\u{E015}";
/// Releases the keys that are held down.
pub const RELEASE: &str = "\u{E000}";
pub const ENTER: &str = "\u{E007}";
pub const ESCAPE: &str = "\u{E00C}";

/// What the driver says of a command that it could not do: its kind, then a text.
pub type Refusal = String;

/// A browser. It ends with its driver.
pub struct Browser {
    http: reqwest::Client,
    /// The address of the session at the driver.
    session: String,
}

impl Browser {
    /// Starts a browser with these arguments.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn start(driver: &str, program: &Path, arguments: &[String]) -> Self {
        let http = reqwest::Client::new();
        let chrome = json!({"binary": program, "args": arguments});
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": chrome}}});
        let answer = ask(http.post(format!("{driver}/session")).json(&wanted)).await;
        let answer = answer.expect("the browser starts");
        let id = answer["sessionId"].as_str().expect("an id");
        Self { http, session: format!("{driver}/session/{id}") }
    }

    pub async fn goto(&self, url: &str) {
        self.post("url", json!({"url": url})).await.expect("the page loads");
    }

    pub async fn reload(&self) {
        self.post("refresh", json!({})).await.expect("the page loads again");
    }

    pub async fn address(&self) -> String {
        let url = self.get("url").await.expect("an address");
        url.as_str().unwrap_or_default().to_owned()
    }

    /// Returns the element to which a selector of CSS leads.
    ///
    /// # Errors
    /// Where the page has none.
    pub async fn find(&self, selector: &str) -> Result<Element<'_>, Refusal> {
        let wanted = json!({"using": "css selector", "value": selector});
        Ok(self.element(&self.post("element", wanted).await?))
    }

    /// Presses keys one after another, wherever the focus is. Shift and Control stay down until `RELEASE`.
    pub async fn press(&self, keys: &str) {
        let stroke = |kind: &str, key: &str| json!({"type": kind, "value": key});
        let mut strokes = Vec::new();
        let mut held = Vec::new();
        for key in keys.chars().map(String::from) {
            if key == RELEASE {
                strokes.extend(held.drain(..).map(|key: String| stroke("keyUp", &key)));
                continue;
            }
            strokes.push(stroke("keyDown", &key));
            if [SHIFT, CONTROL].contains(&key.as_str()) {
                held.push(key);
            } else {
                strokes.push(stroke("keyUp", &key));
            }
        }
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": strokes});
        self.post("actions", json!({"actions": [keyboard]})).await.expect("keys");
    }

    /// Returns a picture of the window, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        let picture = self.get("screenshot").await.expect("a picture");
        base64::decode(picture.as_str().unwrap_or_default()).expect("base64")
    }

    /// Sends a command of the DevTools protocol: <https://chromedevtools.github.io/devtools-protocol/>.
    ///
    /// # Errors
    /// What the driver or the browser refuses.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value, Refusal> {
        self.post("goog/cdp/execute", json!({"cmd": command, "params": parameters})).await
    }

    fn element(&self, answer: &Value) -> Element<'_> {
        let id = answer[ELEMENT].as_str().expect("an element").to_owned();
        Element { browser: self, id }
    }

    async fn get(&self, path: &str) -> Result<Value, Refusal> {
        ask(self.http.get(format!("{}/{path}", self.session))).await
    }

    async fn post(&self, path: &str, body: Value) -> Result<Value, Refusal> {
        ask(self.http.post(format!("{}/{path}", self.session)).json(&body)).await
    }
}

/// An element of the page that is open.
pub struct Element<'browser> {
    browser: &'browser Browser,
    id: String,
}

impl Element<'_> {
    /// # Errors
    /// Where it is gone, hidden or covered.
    pub async fn click(&self) -> Result<(), Refusal> {
        self.post("click", json!({})).await
    }

    /// Types a text, after what the element contains.
    ///
    /// # Errors
    /// Where it is gone or takes no keys.
    pub async fn write(&self, text: &str) -> Result<(), Refusal> {
        self.post("value", json!({"text": text})).await
    }

    /// Empties a field.
    ///
    /// # Errors
    /// Where it is gone or takes no text.
    pub async fn clear(&self) -> Result<(), Refusal> {
        self.post("clear", json!({})).await
    }

    /// Returns the text that a person sees.
    ///
    /// # Errors
    /// Where the element is gone.
    pub async fn text(&self) -> Result<String, Refusal> {
        let text = self.browser.get(&format!("element/{}/text", self.id)).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// # Errors
    /// Where the element is gone.
    pub async fn attribute(&self, name: &str) -> Result<Option<String>, Refusal> {
        let value = self.browser.get(&format!("element/{}/attribute/{name}", self.id)).await?;
        Ok(value.as_str().map(str::to_owned))
    }

    async fn post(&self, command: &str, body: Value) -> Result<(), Refusal> {
        self.browser.post(&format!("element/{}/{command}", self.id), body).await.map(drop)
    }
}

/// Sends a command, and returns the `value` of its answer.
async fn ask(request: reqwest::RequestBuilder) -> Result<Value, Refusal> {
    let answer = request.send().await.expect("the driver answers");
    let is_done = answer.status().is_success();
    let mut body: Value = answer.json().await.expect("an answer in JSON");
    let value = body["value"].take();
    if is_done {
        return Ok(value);
    }
    Err(format!("{}: {}", value["error"], value["message"]))
}
