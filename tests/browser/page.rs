//! A page as a person with a screen reader finds it: by role and name, from the browser's accessibility tree.

use std::path::Path;
use std::time::Duration;

use puntos_tests::World;
use serde_json::{Value, json};

use crate::driver::{Driver, Window};
use crate::webdriver::{Browser, ENTER, ESCAPE, Element, RELEASE, SHIFT, TAB};

/// How long a page may take to show something. A busy machine needs much less.
const PATIENCE: Duration = Duration::from_secs(30);
/// The text or the label of the element that has the focus.
const FOCUSED: &str =
    "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()";
/// The root of a page, as its scripts call it.
const DOCUMENT: &str = "document";
/// The attribute that marks an element that was found.
const MARK: &str = "data-found";
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A browser with one page open.
pub struct Page {
    pub browser: Browser,
    origin: String,
    /// The browser ends with it.
    _driver: Driver,
}

/// Starts a stack and a browser; `None` where no browser is installed.
pub async fn stage(window: Window) -> Option<(World, Page)> {
    let driver = Driver::start()?;
    let world = World::start().await;
    let page = Page::new(driver, window, &world).await;
    Some((world, page))
}

impl Page {
    /// Opens a browser for a stack.
    pub async fn new(driver: Driver, window: Window, world: &World) -> Self {
        let browser = driver.browser(window).await;
        Self { browser, origin: world.stack.url().to_owned(), _driver: driver }
    }

    /// Goes to an address of the stack.
    pub async fn open(&self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.origin)).await;
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
        self.find("button", "Sign out").await;
    }

    /// Signs out.
    pub async fn sign_out(&self) {
        self.click("button", "Sign out").await;
        self.find("link", "Sign in").await;
    }

    /// Goes by the clocks of a time zone from now on.
    pub async fn be_in(&self, zone: &str) {
        let zone = json!({"timezoneId": zone});
        self.browser.devtools("Emulation.setTimezoneOverride", zone).await.expect("a time zone");
    }

    /// Waits for an element with this role and name, and returns it.
    ///
    /// # Panics
    /// Where none appears.
    pub async fn find(&self, role: &str, name: &str) -> Element<'_> {
        self.wait(&format!("there is a {role} \"{name}\""), async || {
            self.found(DOCUMENT, role, name).await
        })
        .await
    }

    /// Waits until no element has this role and name.
    pub async fn gone(&self, role: &str, name: &str) {
        self.wait(&format!("{role} \"{name}\" goes"), async || {
            self.look(DOCUMENT, role, name).await.is_empty().then_some(())
        })
        .await;
    }

    /// Clicks an element with this role and name, as soon as there is one that nothing covers.
    pub async fn click(&self, role: &str, name: &str) {
        self.wait(&format!("{role} \"{name}\" is clicked"), async || {
            self.found(DOCUMENT, role, name).await?.click().await.ok()
        })
        .await;
    }

    /// Clicks inside the region, list or dialog of another name.
    pub async fn click_in(&self, outer: (&str, &str), role: &str, name: &str) {
        self.wait(&format!("{role} \"{name}\" in {outer:?} is clicked"), async || {
            self.found_in(outer, role, name).await?.click().await.ok()
        })
        .await;
    }

    /// Waits for an element inside the region, list or dialog of another name.
    pub async fn find_in(&self, outer: (&str, &str), role: &str, name: &str) -> Element<'_> {
        self.wait(&format!("there is a {role} \"{name}\" in {outer:?}"), async || {
            self.found_in(outer, role, name).await
        })
        .await
    }

    /// Writes into an empty field.
    pub async fn write(&self, role: &str, name: &str, text: &str) {
        self.find(role, name).await.write(text).await.expect("keys");
    }

    /// Replaces what a field contains.
    pub async fn rewrite(&self, role: &str, name: &str, text: &str) {
        let field = self.find(role, name).await;
        field.clear().await.expect("an empty field");
        field.write(text).await.expect("keys");
    }

    /// Chooses an option of a list by typing its text.
    pub async fn choose(&self, name: &str, option: &str) {
        self.write("combobox", name, option).await;
    }

    /// Chooses a file for the one field that takes files.
    pub async fn attach(&self, file: &Path) {
        let field = self.browser.find("input[type=file]").await.expect("a field for files");
        field.write(&file.display().to_string()).await.expect("a file");
    }

    /// Waits until the page shows a text anywhere.
    pub async fn shows(&self, text: &str) {
        self.wait(&format!("the page shows {text:?}"), async || {
            let shown = self.evaluate("document.body?.innerText").await;
            shown.as_str().is_some_and(|shown| shown.contains(text)).then_some(())
        })
        .await;
    }

    /// Waits until an element with this role and name contains a text.
    pub async fn reads(&self, role: &str, name: &str, text: &str) {
        self.wait(&format!("{role} \"{name}\" says {text:?}"), async || {
            let seen = self.found(DOCUMENT, role, name).await?.text().await.ok()?;
            seen.contains(text).then_some(())
        })
        .await;
    }

    /// Presses keys wherever the focus is.
    pub async fn press(&self, keys: &str) {
        self.browser.press(keys).await;
    }

    pub async fn press_enter(&self) {
        self.press(ENTER).await;
    }

    pub async fn press_escape(&self) {
        self.press(ESCAPE).await;
    }

    /// Presses Tab until the focus is on what has this text or label.
    pub async fn tab_to(&self, text: &str) {
        self.press_until(TAB, text).await;
    }

    /// Presses Shift and Tab until the focus is on what has this text or label.
    pub async fn tab_back_to(&self, text: &str) {
        self.press_until(&format!("{SHIFT}{TAB}{RELEASE}"), text).await;
    }

    async fn press_until(&self, keys: &str, text: &str) {
        self.wait(&format!("Tab reaches {text:?}"), async || {
            self.press(keys).await;
            self.is_focused(text).await.then_some(())
        })
        .await;
    }

    /// Returns whether the focus is on what has this text or label.
    pub async fn is_focused(&self, text: &str) -> bool {
        self.evaluate(FOCUSED).await == json!(text)
    }

    /// Waits until the focus is on what has this text or label.
    pub async fn has_focus(&self, text: &str) {
        self.wait(&format!("the focus is on {text:?}"), async || {
            self.is_focused(text).await.then_some(())
        })
        .await;
    }

    /// Evaluates an expression, as a person with the developer tools does, and returns its value.
    pub async fn evaluate(&self, expression: &str) -> Value {
        let wanted = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let found = self.browser.devtools("Runtime.evaluate", wanted).await.expect("a value");
        assert!(found.get("exceptionDetails").is_none(), "{found}");
        found["result"]["value"].clone()
    }

    /// Asks again until there is an answer.
    ///
    /// # Panics
    /// Where none comes in time; tells what the page shows instead.
    pub async fn wait<T>(&self, what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
        let answer = async {
            loop {
                if let Some(answer) = ask().await {
                    return answer;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        if let Ok(answer) = tokio::time::timeout(PATIENCE, answer).await {
            return answer;
        }
        let shown = self.evaluate("document.body?.innerText").await;
        let shown = shown.as_str().unwrap_or_default();
        panic!("not in time: {what}, at {}:\n{shown}", self.address().await)
    }

    /// Returns the first element below a root with this role and name, if there is one now.
    async fn found(&self, root: &str, role: &str, name: &str) -> Option<Element<'_>> {
        for node in self.look(root, role, name).await {
            if let Some(found) = self.element_of(&node).await {
                return Some(found);
            }
        }
        None
    }

    async fn found_in(&self, outer: (&str, &str), role: &str, name: &str) -> Option<Element<'_>> {
        let outer = self.found(DOCUMENT, outer.0, outer.1).await?;
        let mark = outer.attribute(MARK).await.ok()??;
        let root = format!("document.querySelector('[{MARK}=\"{mark}\"]')");
        self.found(&root, role, name).await
    }

    pub async fn address(&self) -> String {
        self.browser.address().await
    }

    /// Returns the nodes of the accessibility tree below a root; none while the page changes.
    async fn look(&self, root: &str, role: &str, name: &str) -> Vec<Value> {
        let browser = &self.browser;
        let Ok(root) = browser.devtools("Runtime.evaluate", json!({"expression": root})).await
        else {
            return Vec::new();
        };
        let query =
            json!({"objectId": root["result"]["objectId"], "role": role, "accessibleName": name});
        let found = browser.devtools("Accessibility.queryAXTree", query).await.unwrap_or_default();
        let nodes = found["nodes"].as_array().cloned().unwrap_or_default();
        nodes.into_iter().filter(|node| node["ignored"] != true).collect()
    }

    /// Returns the element of a node, which it marks; `None` if it is gone already.
    async fn element_of(&self, node: &Value) -> Option<Element<'_>> {
        let browser = &self.browser;
        let id = node["backendDOMNodeId"].as_i64()?;
        let object =
            browser.devtools("DOM.resolveNode", json!({"backendNodeId": id})).await.ok()?;
        let mark = json!({
            "objectId": object["object"]["objectId"],
            "functionDeclaration": "function (name, mark) { this.setAttribute(name, mark); }",
            "arguments": [{"value": MARK}, {"value": id}],
        });
        browser.devtools("Runtime.callFunctionOn", mark).await.ok()?;
        self.browser.find(&format!("[{MARK}=\"{id}\"]")).await.ok()
    }
}
