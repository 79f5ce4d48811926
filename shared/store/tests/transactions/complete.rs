//! Every function of the store that commits a transaction has a snapshot with its name.

use std::path::{Path, PathBuf};

/// Returns the texts of the Rust files in a folder and the folders in it.
fn texts(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
    let is_rust = |path: &PathBuf| path.extension().is_some_and(|end| end == "rs");
    let own = files.into_iter().filter(is_rust).map(|path| std::fs::read_to_string(path).unwrap());
    own.chain(folders.iter().flat_map(|folder| texts(folder))).collect()
}

/// Returns the names of the functions of a file that begin a transaction.
fn committing(text: &str) -> Vec<String> {
    let mut function = String::new();
    let mut names = Vec::new();
    for line in text.lines() {
        if let Some((_, rest)) = line.split_once("fn ").filter(|_| line.trim_end().ends_with('(')) {
            function = rest.trim_end_matches('(').to_owned();
        } else if let Some((_, rest)) = line.split_once(" fn ") {
            function = rest.split('(').next().unwrap_or_default().to_owned();
        }
        if line.contains("Transaction::default()") {
            names.push(function.clone());
        }
    }
    names.dedup();
    names
}

#[test]
fn every_function_that_commits_has_a_snapshot() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names: Vec<String> =
        texts(&crate_folder.join("src")).iter().flat_map(|text| committing(text)).collect();
    assert!(names.len() > 20, "{names:?}");
    let tests = texts(&crate_folder.join("tests/transactions")).concat();
    for name in names {
        let (is_called, is_shown) = (format!(".{name}("), format!("(\"{name}\", "));
        assert!(tests.contains(&is_called), "no test of transactions calls {name}");
        assert!(tests.contains(&is_shown), "no snapshot of transactions is called {name}");
    }
}
