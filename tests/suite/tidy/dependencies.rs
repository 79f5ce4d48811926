//! Dependencies: declared once, all of them used, and none that a layer must not have.

use std::collections::BTreeSet;

use super::files::{File, project, text};
use super::none;

/// The manifests of the crates.
fn manifests() -> Vec<File> {
    let found = project().into_iter().filter(|file| file.path.ends_with("/Cargo.toml"));
    let found: Vec<File> = found.collect();
    assert!(found.len() >= 18, "{} crates", found.len());
    found
}

fn names(manifest: &str, table: &str) -> BTreeSet<String> {
    let heading = format!("[{table}]");
    let lines = manifest.lines().skip_while(|line| *line != heading).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    lines
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| line.split([' ', '.', '=']).next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_dependency_is_declared_once_and_used() {
    let declared = names(&text("Cargo.toml"), "workspace.dependencies");
    assert!(declared.len() > 50);
    let mut used = BTreeSet::new();
    let mut findings = Vec::new();
    for manifest in manifests() {
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            used.extend(names(&manifest.text, table));
        }
        for (number, line) in manifest.numbered() {
            let versioned = line.contains("version = \"") || line.contains(" = \"^");
            if versioned && !line.starts_with("name") {
                findings.push(format!("{}:{number}: {line}", manifest.path));
            }
        }
    }
    none(findings, "versions stand in the workspace");
    let unused: Vec<&String> = declared.difference(&used).collect();
    assert_eq!(unused, Vec::<&String>::new(), "no crate uses these");
}

#[test]
fn a_crate_uses_what_it_depends_on() {
    // They turn on features of a crate that another dependency uses, or choose its version.
    let for_features = ["rusqlite"];
    let functions = puntos::registry();
    let sources = project();
    let mut findings = Vec::new();
    for manifest in manifests() {
        let folder = manifest.path.trim_end_matches("Cargo.toml");
        let of_crate = sources.iter().filter(|file| file.path.starts_with(folder));
        let code: Vec<&File> = of_crate.filter(|file| file.path.ends_with(".rs")).collect();
        for table in ["dependencies", "dev-dependencies"] {
            for name in names(&manifest.text, table) {
                let in_code = library_of(&name);
                let spoken = code.iter().any(|file| file.text.contains(&in_code));
                // Tests may use any function.
                let spoken = spoken
                    || (manifest.path == "tests/Cargo.toml" && functions.contains_key(&*name));
                if !spoken && !for_features.contains(&name.as_str()) {
                    findings.push(format!("{}: {name}", manifest.path));
                }
            }
        }
    }
    none(findings, "a dependency that no code names");
}

/// Returns the name under which code knows a dependency.
fn library_of(name: &str) -> String {
    match name {
        "dynoxide-rs" => "dynoxide".to_owned(),
        other => other.replace('-', "_"),
    }
}

#[test]
fn the_domain_depends_on_pure_crates_only() {
    let pure = [
        "idna",
        "jiff",
        "minijinja",
        "serde",
        "serde_json",
        "sha2",
        "strum",
        "thiserror",
        "unicode-normalization",
        "utoipa",
    ];
    let depends = names(&text("shared/domain/Cargo.toml"), "dependencies");
    let others: Vec<&String> =
        depends.iter().filter(|name| !pure.contains(&name.as_str())).collect();
    assert_eq!(others, Vec::<&String>::new(), "say here why these perform no I/O");
}

#[test]
fn the_shared_crates_know_only_what_lies_below_them() {
    let below = [
        ("domain", &[][..]),
        ("api", &["puntos-domain"]),
        ("store", &["puntos-domain"]),
        ("runtime", &["puntos-api", "puntos-domain", "puntos-store"]),
    ];
    let found = manifests().into_iter().filter(|manifest| manifest.path.starts_with("shared/"));
    assert_eq!(found.count(), below.len(), "a shared crate that this list does not know");
    let mut findings = Vec::new();
    for (folder, allowed) in below {
        let depends = names(&text(&format!("shared/{folder}/Cargo.toml")), "dependencies");
        let ours = depends.iter().filter(|name| name.starts_with("puntos-"));
        let wrong = ours.filter(|name| !allowed.contains(&name.as_str()));
        findings.extend(wrong.map(|name| format!("shared/{folder}: {name}")));
    }
    none(findings, "arrows between crates point down");
}

#[test]
fn the_contract_is_pure() {
    let pure = ["jiff", "puntos-domain", "serde", "serde_json", "serde_path_to_error", "utoipa"];
    let depends = names(&text("shared/api/Cargo.toml"), "dependencies");
    let others: Vec<&String> =
        depends.iter().filter(|name| !pure.contains(&name.as_str())).collect();
    assert_eq!(others, Vec::<&String>::new(), "say here why these perform no I/O");
}

#[test]
fn no_function_depends_on_another_or_on_the_local_stack() {
    let functions: BTreeSet<String> = puntos::registry().into_keys().map(str::to_owned).collect();
    let mut findings = Vec::new();
    for manifest in manifests() {
        let layered =
            ["shared/", "functions/"].iter().any(|place| manifest.path.starts_with(place));
        if layered {
            let depends = names(&manifest.text, "dependencies");
            let wrong =
                depends.iter().filter(|name| functions.contains(*name) || *name == "puntos");
            findings.extend(wrong.map(|name| format!("{}: {name}", manifest.path)));
        }
    }
    none(findings, "a function never calls another");
}
