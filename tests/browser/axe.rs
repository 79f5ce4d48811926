//! Accessibility of a page, as axe-core judges it (WCAG 2.2, levels A and AA).

use serde_json::{Value, json};

use crate::page::Page;

/// Where `tests/clients/install` puts it.
const SOURCE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../target/ci-clients/node/node_modules/axe-core/axe.min.js"
);
const LEVELS: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

impl Page {
    /// Checks what the page shows. Says that it is skipped where axe-core is not installed.
    ///
    /// # Panics
    /// Where axe-core finds something.
    #[expect(clippy::print_stderr, reason = "a skipped check says so")]
    pub async fn is_accessible(&self) {
        let Ok(source) = std::fs::read_to_string(SOURCE) else {
            eprintln!("skipped: axe-core is not installed (tests/clients/install)");
            return;
        };
        self.evaluate(&source).await;
        let levels = json!({"runOnly": LEVELS});
        let found = self.evaluate(&format!("axe.run({levels})")).await;
        let violations = found["violations"].as_array().expect("a result of axe-core");
        let lines: Vec<String> = violations.iter().map(line_of).collect();
        assert!(lines.is_empty(), "{}:\n{}", self.address().await, lines.join("\n"));
    }
}

fn line_of(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().into_iter().flatten();
    let places: Vec<String> = nodes.map(|node| node["target"].to_string()).collect();
    format!("{}: {} at {}", violation["id"], violation["help"], places.join(", "))
}
