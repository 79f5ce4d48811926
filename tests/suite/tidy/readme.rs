//! Compares the documents with what they describe.

use std::collections::BTreeSet;

use serde_json::Value;

use super::files::text;
use super::none;
use crate::template::{Template, root};

/// The most bytes of the README.
const README_MAX_BYTES: usize = 10_240;

const DOCUMENTS: [&str; 9] = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "functions/README.md",
    "infra/README.md",
    "infra/TABLE.md",
    "shared/README.md",
    "tests/README.md",
];

#[test]
fn the_first_page_is_short() {
    let bytes = text("README.md").len();
    assert!(bytes <= README_MAX_BYTES, "{bytes} bytes: move a part to the README of its folder");
}

#[test]
fn the_readme_names_every_function_with_its_triggers() {
    let readme = text("functions/README.md");
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| `")).collect();
    let template = Template::read();
    for (function, resource) in template.functions() {
        let row = rows.iter().find(|row| row.starts_with(&format!("| `{function}` |")));
        let row = row.unwrap_or_else(|| panic!("the table of functions has no {function}"));
        let triggers = row.split('|').nth(2).unwrap_or_default();
        let quoted = triggers.split('`').skip(1).step_by(2);
        let mut routes: BTreeSet<&str> = quoted.filter(|text| text.contains(' ')).collect();
        for event in resource.properties["Events"].as_object().unwrap().values() {
            let trigger = match event["Type"].as_str().unwrap() {
                "HttpApi" => {
                    let properties = &event["Properties"];
                    let method = properties["Method"].as_str().unwrap();
                    let path = properties["Path"].as_str().unwrap();
                    let route = format!("{method} {}", path.trim_start_matches("/v1"));
                    assert!(routes.remove(route.as_str()), "{function}: {route}");
                    continue;
                }
                "SQS" => "queue".to_owned(),
                "DynamoDB" => "stream".to_owned(),
                "Cognito" => "user pool".to_owned(),
                "ScheduleV2" => every(&event["Properties"]["ScheduleExpression"]),
                other => panic!("a trigger that this test does not know: {other}"),
            };
            assert!(triggers.contains(&trigger), "{function}: {trigger}");
        }
        assert!(routes.is_empty(), "{function} has no route {routes:?}");
    }
}

/// `rate(15 minutes)` is `every 15 minutes`, and `rate(1 hour)` is `every hour`.
fn every(schedule: &Value) -> String {
    let rate = schedule.as_str().and_then(|text| text.strip_prefix("rate(")?.strip_suffix(')'));
    let rate =
        rate.unwrap_or_else(|| panic!("a schedule that this test does not know: {schedule}"));
    format!("every {}", rate.strip_prefix("1 ").unwrap_or(rate))
}

#[test]
fn every_file_that_the_documents_name_is_there() {
    let mut findings = Vec::new();
    for document in DOCUMENTS {
        let text = text(document);
        for path in text.split('`').skip(1).step_by(2) {
            let first = path.split('/').next().unwrap_or_default();
            let folders = ["shared", "functions", "infra", "tests", "events", ".ci"];
            let is_pattern = path.contains(['*', '<', '{', ' ']);
            if path.contains('/') && folders.contains(&first) && !is_pattern {
                let path = path.split("::").next().unwrap_or(path);
                if !root().join(path).exists() {
                    findings.push(format!("{document}: {path}"));
                }
            }
        }
    }
    none(findings, "a document names a file that is not there");
}

#[test]
fn every_test_that_the_readme_names_exists() {
    let readme = text("shared/README.md");
    let invariants = readme.split("## Invariants").nth(1).unwrap().split("\n## ").next().unwrap();
    let named: BTreeSet<&str> =
        invariants.split('`').skip(1).step_by(2).filter(|name| name.contains("::")).collect();
    assert!(named.len() >= 8, "{named:?}");
    let sources = super::rust();
    for name in named {
        let test = name.rsplit("::").next().unwrap();
        let declared = sources.iter().any(|file| file.text.contains(&format!("fn {test}(")));
        assert!(declared, "{name}");
    }
}

#[test]
fn the_changelog_has_a_place_for_what_comes_next() {
    let changelog = text("CHANGELOG.md");
    assert!(changelog.contains("\n## [Unreleased]\n") || changelog.contains("\n## Unreleased\n"));
}

#[test]
fn the_readme_says_how_to_run_and_how_to_test() {
    let readme = text("README.md");
    for command in ["cargo run\n", "cargo test --workspace\n", "cargo run -- story", "sam build"] {
        assert!(readme.contains(command), "{command}");
    }
    let ci = text(".ci/run");
    assert!(ci.contains("cargo test --workspace"), "CI runs what the README says");
}
