//! The project's own text files, without build results, data and downloads.

use std::path::Path;

use crate::template::root;

/// Folders that are not the project's: build results, the stack's data, the repository's own.
const SKIPPED: [&str; 5] = ["target", ".git", ".puntos", ".aws-sam", "node_modules"];
const TEXTS: [&str; 12] =
    ["rs", "toml", "md", "yaml", "json", "ndjson", "csv", "html", "js", "css", "txt", "snap"];

/// One text file.
pub(crate) struct File {
    /// Its path from the root, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// Returns its lines, counted from 1.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Returns the text files of the project, in the order of their paths.
pub(crate) fn project() -> Vec<File> {
    let root = root();
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

/// Returns the text of one file of the project.
pub(super) fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let name = entry.file_name().into_string().unwrap();
        // The target of a link is read at its own path, or is outside of the project.
        let kind = entry.file_type().unwrap();
        if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
            collect(root, &path, files);
        } else if kind.is_file() && is_text(&path) {
            let inside = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            files.push(File { path: inside, text: std::fs::read_to_string(&path).unwrap() });
        }
    }
}

/// `.ci/run` is text, although its name has no extension.
fn is_text(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.map_or(path.ends_with(".ci/run"), |ending| TEXTS.contains(&ending))
}
