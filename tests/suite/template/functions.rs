//! Every function of the template: its folder, its role, its log, its sample events.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Template, listed, named, root};

/// The statements whose resource has a star, because AWS has no narrower one, or because it stands for objects.
const STARS: [(&str, &str); 3] = [
    // The suppression list of SES is one per account, and so are its limits.
    ("ManageMembersRole", "Suppression"),
    ("SweepUnsentRole", "SendingLimits"),
    // The attachments of all members are in one bucket.
    ("TrackClaimsRole", "Attachments"),
];

/// Returns the folders in a folder of the project.
fn folders(place: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join(place)).unwrap().map(Result::unwrap);
    entries
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect()
}

fn statements(role: &Value) -> Vec<&Value> {
    let policies = role["Policies"].as_array().unwrap().iter();
    policies.flat_map(|policy| listed(&policy["PolicyDocument"]["Statement"])).collect()
}

#[test]
fn every_folder_is_a_function_of_the_template_and_the_other_way_round() {
    let template = Template::read();
    let wired: BTreeSet<String> = template.functions().into_keys().collect();
    assert_eq!(folders("functions"), wired);
    let registered: BTreeSet<String> = puntos::registry().into_keys().map(str::to_owned).collect();
    assert_eq!(registered, wired, "the local stack can run every function");
}

#[test]
fn a_function_is_named_after_its_folder_everywhere() {
    let template = Template::read();
    for function in template.of_type("Serverless::Function") {
        let folder = function.properties["CodeUri"].as_str().unwrap();
        let folder = folder.strip_prefix("../functions/").unwrap();
        let logical: String =
            folder.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        assert_eq!(function.name, logical);
        let name = format!("${{AWS::StackName}}-{folder}");
        assert_eq!(function.properties["FunctionName"]["Fn::Sub"], name.as_str());
        assert!(puntos::TEMPLATE.contains(&format!("BuildProperties: {{Binary: {folder}}}")));
        let manifest = root().join("functions").join(folder).join("Cargo.toml");
        let manifest = std::fs::read_to_string(manifest).unwrap();
        assert!(manifest.contains(&format!("name = \"{folder}\"")), "{folder}");
    }
}

#[test]
fn every_function_has_a_role_of_its_own_and_a_log_that_ends() {
    let template = Template::read();
    let mut roles = BTreeSet::new();
    for (folder, function) in template.functions() {
        let role = named(&function.properties["Role"]);
        let role = role.unwrap_or_else(|| panic!("{folder} has no role of its own"));
        assert!(roles.insert(role), "{folder} shares {role}");
        assert!(!statements(template.properties(role)).is_empty(), "{role}");
        let log = named(&function.properties["LoggingConfig"]["LogGroup"]).unwrap();
        assert!(template.properties(log)["RetentionInDays"].is_u64(), "{log}");
    }
    let all: BTreeSet<&str> = template.of_type("IAM::Role").iter().map(|role| role.name).collect();
    assert_eq!(all, roles, "no role is left over");
}

#[test]
fn no_role_has_a_star_but_the_named_ones() {
    let template = Template::read();
    let mut stars = Vec::new();
    for role in template.of_type("IAM::Role") {
        for statement in statements(role.properties) {
            let sid = statement["Sid"].as_str().unwrap();
            for action in listed(&statement["Action"]) {
                assert!(!action.as_str().unwrap().contains('*'), "{} {sid}", role.name);
            }
            for resource in listed(&statement["Resource"]) {
                if resource.to_string().contains('*') {
                    stars.push((role.name, sid));
                }
            }
        }
        assert!(role.properties["ManagedPolicyArns"].is_null(), "{}", role.name);
    }
    assert_eq!(stars, STARS);
}

#[test]
fn every_function_has_a_sample_event() {
    for function in folders("functions") {
        let folder = root().join("events").join(&function);
        let files = std::fs::read_dir(&folder).unwrap_or_else(|_| panic!("events/{function}"));
        let samples = files.filter(|file| {
            file.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "json")
        });
        assert!(samples.count() > 0, "events/{function}");
    }
}
