//! Checks the project's own files for rules that the compiler does not check.
//!
//! Reads text only.

mod dependencies;
pub(crate) mod files;
mod once;
mod pages;
mod readme;
mod sentences;
mod words;

use std::collections::BTreeSet;

use files::{File, project};

fn rust() -> Vec<File> {
    let files = project().into_iter().filter(|file| file.path.ends_with(".rs"));
    let files: Vec<File> = files.collect();
    assert!(files.len() > 150, "{} files: the walk is broken", files.len());
    files
}

/// Fails with all findings together.
fn none(findings: Vec<String>, rule: &str) {
    assert!(findings.is_empty(), "{rule}:\n  {}", findings.join("\n  "));
}

#[test]
fn every_file_says_first_what_it_is_for() {
    let silent = rust().into_iter().filter(|file| !file.text.starts_with("//! "));
    none(silent.map(|file| file.path).collect(), "a file opens with `//! `");
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    let long = rust().into_iter().filter(|file| file.text.lines().count() > 400);
    none(long.map(|file| file.path).collect(), "one thought to a file");
}

#[test]
fn nothing_is_left_for_later() {
    // Joined at run time, so that this file does not match.
    let words = ["to", "do!("].concat();
    let others = ["un", "implemented!("].concat();
    let banned = [
        words,
        others,
        ["db", "g!("].concat(),
        ["FIX", "ME"].concat(),
        ["TO", "DO"].concat(),
        ["XX", "X:"].concat(),
        ["#[ig", "nore"].concat(),
        ["#![al", "low("].concat(),
        ["#[al", "low("].concat(),
    ];
    let mut findings = Vec::new();
    for file in rust() {
        for (number, line) in file.numbered() {
            for word in &banned {
                if line.contains(word.as_str()) {
                    findings.push(format!("{}:{number}: {word}", file.path));
                }
            }
        }
    }
    none(findings, "done, or an issue; `#[expect(reason)]` where a lint is wrong");
}

#[test]
fn no_name_says_nothing() {
    let empty = ["utils", "util", "helpers", "helper", "common", "misc", "manager"];
    let named = rust().into_iter().filter(|file| {
        let path = file.path.trim_end_matches(".rs");
        path.split('/').any(|part| empty.contains(&part))
    });
    none(named.map(|file| file.path).collect(), "a file is named after its thought");
}

#[test]
fn money_and_points_are_never_floats() {
    // Capacity units are DynamoDB's own fractions, and a net promoter score is a percentage.
    let others = [
        "shared/store/src/table/meter.rs",
        "shared/domain/src/rating/tally.rs",
        "shared/domain/src/rating/tests.rs",
        "shared/api/src/ratings/summary.rs",
    ];
    let mut findings = Vec::new();
    let places = ["shared/", "functions/"];
    for file in rust().iter().filter(|file| places.iter().any(|place| file.path.starts_with(place)))
    {
        if others.contains(&file.path.as_str()) {
            continue;
        }
        for (number, line) in file.numbered() {
            let words = line.split(|character: char| !character.is_alphanumeric());
            if words.into_iter().any(|word| word == "f32" || word == "f64") {
                findings.push(format!("{}:{number}", file.path));
            }
        }
    }
    none(findings, "integers for money and points");
}

#[test]
fn the_domain_touches_nothing() {
    let banned = [
        "tokio",
        "aws_",
        "lambda_",
        "reqwest",
        "getrandom",
        "rand::",
        "std::net",
        "std::fs",
        "std::env",
        "std::process",
        "std::thread",
        "std::time",
        "Timestamp::now",
        "Zoned::now",
        "SystemTime",
        "async fn",
        "TimeZone::system",
        "println!",
        "tracing::",
        "dynamo",
    ];
    let mut findings = Vec::new();
    let files = rust().into_iter().filter(|file| file.path.starts_with("shared/domain/src/"));
    for file in files.filter(|file| !is_test(&file.path)) {
        for (number, line) in file.numbered().filter(|(_, line)| !is_comment(line)) {
            for word in banned.iter().filter(|word| line.contains(**word)) {
                findings.push(format!("{}:{number}: {word}", file.path));
            }
        }
    }
    none(findings, "the domain performs no I/O and reads no clock");
}

#[test]
fn every_function_starts_in_a_few_lines() {
    let mut functions = BTreeSet::new();
    let mut findings = Vec::new();
    for file in rust() {
        let parts: Vec<&str> = file.path.split('/').collect();
        let ["functions", function, "src", "main.rs"] = parts[..] else { continue };
        functions.insert(function.to_owned());
        if file.text.lines().count() > 15 {
            findings.push(file.path);
        }
    }
    none(findings, "what a function does is in its library");
    let registered: BTreeSet<String> = puntos::registry().into_keys().map(str::to_owned).collect();
    assert_eq!(functions, registered);
}

#[test]
fn nothing_knows_the_machine_it_was_written_on() {
    let banned = [["/ho", "me/"], ["/ro", "ot/"], ["/wo", "rk/"], ["/tm", "p/"], ["/Use", "rs/"]];
    let banned = banned.map(|halves| halves.concat());
    let mut findings = Vec::new();
    for file in project() {
        for (number, line) in file.numbered() {
            if banned.iter().any(|path| line.contains(path.as_str())) {
                findings.push(format!("{}:{number}", file.path));
            }
        }
    }
    none(findings, "no path of one machine");
}

#[test]
fn only_the_command_line_prints() {
    let mut findings = Vec::new();
    for file in rust() {
        if file.path.starts_with("infra/") || is_test(&file.path) {
            continue;
        }
        let prints = |line: &str| line.contains("println!(") || line.contains("print!(");
        let lines = file.numbered().filter(|(_, line)| prints(line) && !is_comment(line));
        findings.extend(lines.map(|(number, _)| format!("{}:{number}", file.path)));
    }
    none(findings, "functions log; they do not print");
}

fn is_test(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("tests.rs")
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}
