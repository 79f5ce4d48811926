//! A page as a person with a screen reader finds it: by role and name, from the browser's accessibility tree.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::prelude::*;

/// How long a page may take to show something. A busy machine needs much less.
const PATIENCE: Duration = Duration::from_secs(30);
/// The text or the label of the element that has the focus.
const FOCUSED: &str =
    "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()";
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Asks again until there is an answer.
///
/// # Panics
/// Where none comes in time.
pub async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < until, "not in time: {what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A browser with one page open.
pub struct Page {
    pub browser: WebDriver,
    origin: String,
}

impl Page {
    pub fn new(browser: WebDriver, origin: &str) -> Self {
        Self { browser, origin: origin.to_owned() }
    }

    /// Goes to an address of the stack.
    pub async fn open(&self, path: &str) {
        self.browser.goto(format!("{}{path}", self.origin)).await.expect("the page loads");
    }

    /// Signs in by the hosted page, as the link of the page leads to it.
    pub async fn sign_in(&self, path: &str, role: &str, member_id: Option<&str>) {
        self.open(path).await;
        self.click("link", "Sign in").await;
        self.click("radio", role).await;
        if let Some(member_id) = member_id {
            self.write("textbox", "Member id", member_id).await;
        }
        self.click("button", "Sign in").await;
    }

    /// Returns the first element with this role and name. Waits for it.
    ///
    /// # Panics
    /// Where none appears.
    pub async fn find(&self, role: &str, name: &str) -> WebElement {
        self.within("document", role, name).await
    }

    /// Returns the first element with this role and name inside the region, list or dialog of another name.
    pub async fn find_in(&self, outer: (&str, &str), role: &str, name: &str) -> WebElement {
        let outer = self.find(outer.0, outer.1).await;
        let mark = outer.attr("data-found").await.expect("an attribute").expect("a mark");
        self.within(&format!("document.querySelector('[data-found=\"{mark}\"]')"), role, name).await
    }

    /// Waits until no element has this role and name.
    pub async fn gone(&self, role: &str, name: &str) {
        eventually(&format!("{role} \"{name}\" goes"), async || {
            self.look("document", role, name).await.is_empty().then_some(())
        })
        .await;
    }

    pub async fn click(&self, role: &str, name: &str) {
        self.find(role, name).await.click().await.expect("a click");
    }

    /// Clicks inside the region, list or dialog of another name.
    pub async fn click_in(&self, outer: (&str, &str), role: &str, name: &str) {
        self.find_in(outer, role, name).await.click().await.expect("a click");
    }

    /// Writes into an empty field.
    pub async fn write(&self, role: &str, name: &str, text: &str) {
        self.find(role, name).await.send_keys(text).await.expect("keys");
    }

    /// Waits until the element with this role and name contains a text.
    pub async fn reads(&self, role: &str, name: &str, text: &str) {
        eventually(&format!("{role} \"{name}\" says {text:?}"), async || {
            let seen = self.find(role, name).await.text().await.unwrap_or_default();
            seen.contains(text).then_some(())
        })
        .await;
    }

    /// Presses keys wherever the focus is.
    pub async fn press(&self, keys: impl Into<TypingData>) {
        let focused = self.browser.active_element().await.expect("an element");
        focused.send_keys(keys).await.expect("keys");
    }

    pub async fn press_enter(&self) {
        self.press(Key::Enter).await;
    }

    pub async fn press_escape(&self) {
        self.press(Key::Escape).await;
    }

    /// Presses Tab until the focus is on what has this text or label.
    pub async fn tab_to(&self, text: &str) {
        eventually(&format!("Tab reaches {text:?}"), async || {
            self.press(Key::Tab).await;
            (self.evaluate(FOCUSED).await == json!(text)).then_some(())
        })
        .await;
    }

    /// Waits until the focus is on what has this text or label.
    pub async fn has_focus(&self, text: &str) {
        eventually(&format!("the focus is on {text:?}"), async || {
            (self.evaluate(FOCUSED).await == json!(text)).then_some(())
        })
        .await;
    }

    /// Evaluates an expression, as a person with the developer tools does, and returns its value.
    pub async fn evaluate(&self, expression: &str) -> Value {
        let wanted = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let found = self.browser.cdp().send_raw("Runtime.evaluate", wanted).await.expect("a value");
        assert!(found.get("exceptionDetails").is_none(), "{found}");
        found["result"]["value"].clone()
    }

    async fn within(&self, root: &str, role: &str, name: &str) -> WebElement {
        let what = format!("there is a {role} \"{name}\" in {root}");
        eventually(&what, async || {
            for node in self.look(root, role, name).await {
                if let Some(found) = self.element_of(&node).await {
                    return Some(found);
                }
            }
            None
        })
        .await
    }

    pub async fn address(&self) -> String {
        self.browser.current_url().await.map(|url| url.to_string()).unwrap_or_default()
    }

    /// Returns the nodes of the accessibility tree below a root; none while the page changes.
    async fn look(&self, root: &str, role: &str, name: &str) -> Vec<Value> {
        let cdp = self.browser.cdp();
        let Ok(root) = cdp.send_raw("Runtime.evaluate", json!({"expression": root})).await else {
            return Vec::new();
        };
        let query =
            json!({"objectId": root["result"]["objectId"], "role": role, "accessibleName": name});
        let found = cdp.send_raw("Accessibility.queryAXTree", query).await.unwrap_or_default();
        let nodes = found["nodes"].as_array().cloned().unwrap_or_default();
        nodes.into_iter().filter(|node| node["ignored"] != true).collect()
    }

    /// Returns the element of a node, which it marks; `None` if it is gone already.
    async fn element_of(&self, node: &Value) -> Option<WebElement> {
        let cdp = self.browser.cdp();
        let id = node["backendDOMNodeId"].as_i64()?;
        let object = cdp.send_raw("DOM.resolveNode", json!({"backendNodeId": id})).await.ok()?;
        let mark = json!({
            "objectId": object["object"]["objectId"],
            "functionDeclaration": "function (mark) { this.setAttribute('data-found', mark); }",
            "arguments": [{"value": id}],
        });
        cdp.send_raw("Runtime.callFunctionOn", mark).await.ok()?;
        self.browser.find(By::Css(format!("[data-found=\"{id}\"]"))).await.ok()
    }
}
