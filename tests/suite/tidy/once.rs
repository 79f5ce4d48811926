//! What has one place in the code: the keys of the routes, and the loop that decides again.

use super::{is_test, none, rust};

/// Crates that still declare routes of their own. Delete a line when its routes are in `shared/api`.
const ROUTES_OF_THEIR_OWN: &[&str] = &[
    "functions/accrue-points/",
    "functions/adjust-points/",
    "functions/answer-rating/",
    "functions/configure-program/",
    "functions/manage-emails/",
    "functions/manage-members/",
    "functions/reverse-redemption/",
    "functions/score-rating/",
    "functions/track-claims/",
    "functions/track-orders/",
    "functions/use-coupon/",
    "functions/view-member/",
    "functions/view-ratings/",
    "functions/work-tasks/",
];

/// Crates that still have loops of their own. Delete a line when its loops are `puntos_runtime::decide`.
const LOOPS_OF_THEIR_OWN: &[&str] = &[
    "functions/accrue-points/",
    "functions/adjust-points/",
    "functions/answer-rating/",
    "functions/configure-program/",
    "functions/find-failures/",
    "functions/handle-bounce/",
    "functions/manage-emails/",
    "functions/manage-members/",
    "functions/reverse-redemption/",
    "functions/score-rating/",
    "functions/track-claims/",
    "functions/track-orders/",
    "functions/work-tasks/",
];

#[test]
fn a_route_is_declared_in_the_contract_only() {
    let keys = ["GET", "POST", "PUT", "PATCH", "DELETE"].map(|method| format!("\"{method} /v1/"));
    let mut findings = Vec::new();
    for file in rust() {
        let is_allowed = file.path.starts_with("shared/api/src/") || is_test(&file.path);
        if is_allowed || ROUTES_OF_THEIR_OWN.iter().any(|place| file.path.starts_with(place)) {
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
        let mut allowed = places.iter().chain(LOOPS_OF_THEIR_OWN);
        if allowed.any(|place| file.path.starts_with(place)) || !file.text.contains("pause(") {
            continue;
        }
        let loops = file.numbered().filter(|(_, line)| line.contains("for attempt in 0.."));
        findings.extend(loops.map(|(number, _)| format!("{}:{number}", file.path)));
    }
    none(findings, "`puntos_runtime::decide` decides again after a lost race");
}
