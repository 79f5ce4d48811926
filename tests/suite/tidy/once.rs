//! Checks that two things are in one place: the keys of the routes, and the loop that decides again.

use super::{is_test, none, rust};

#[test]
fn a_route_is_declared_in_the_contract_only() {
    let keys = ["GET", "POST", "PUT", "PATCH", "DELETE"].map(|method| format!("\"{method} /v1/"));
    let mut findings = Vec::new();
    for file in rust() {
        if file.path.starts_with("shared/api/src/") || is_test(&file.path) {
            continue;
        }
        // The tests of a file are at its end.
        let code = file.numbered().take_while(|(_, line)| !line.starts_with("#[cfg(test)]"));
        let found = code.filter(|(_, line)| keys.iter().any(|key| line.contains(key)));
        findings.extend(found.map(|(number, _)| format!("{}:{number}", file.path)));
    }
    none(findings, "a route is a constant of `shared/api/src`");
}

#[test]
fn only_the_runtime_and_the_store_try_again() {
    let places = ["shared/runtime/src/attempts.rs", "shared/store/"];
    let mut findings = Vec::new();
    for file in rust().into_iter().filter(|file| !is_test(&file.path)) {
        let is_allowed = places.iter().any(|place| file.path.starts_with(place));
        if is_allowed || !file.text.contains("pause(") {
            continue;
        }
        let loops = file.numbered().filter(|(_, line)| line.contains("for attempt in 0.."));
        findings.extend(loops.map(|(number, _)| format!("{}:{number}", file.path)));
    }
    none(findings, "`puntos_runtime::decide` decides again after a lost race");
}
