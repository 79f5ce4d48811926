//! The files of the pages. A release build has them in the binary; a debug build reads them from the folder
//! `pages`, so that a reload shows a change.

use std::borrow::Cow;
use std::path::Path;
use std::sync::OnceLock;
use std::time::UNIX_EPOCH;

use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

/// Where the files are when a debug build reads them.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/pages");
/// The digits of a version.
const VERSION_DIGITS: usize = 12;

#[derive(RustEmbed)]
#[folder = "pages"]
struct Pages;

/// The content of a file.
pub(crate) struct File {
    pub content: Cow<'static, [u8]>,
    pub content_type: ContentType,
    pub digest: [u8; 32],
}

/// The type of a file, by the end of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentType {
    pub name: &'static str,
    /// Whether compression makes it smaller.
    pub is_text: bool,
}

/// Returns a file by its path in the folder; `None` if there is none, or its type is unknown.
pub(crate) fn file(path: &str) -> Option<File> {
    let content_type = content_type(path)?;
    if path.split('/').any(|part| part == "..") {
        return None;
    }
    let file = Pages::get(path)?;
    Some(File { content: file.data, content_type, digest: file.metadata.sha256_hash() })
}

/// Returns the paths of all files, in order.
pub(crate) fn paths() -> Vec<Cow<'static, str>> {
    let mut paths: Vec<_> = Pages::iter().collect();
    paths.sort();
    paths
}

/// Returns scripts with all that they import statically, directly or through others, the nearest first. A given script
/// that does not exist is left out. Paths are those below `assets`.
pub(crate) fn imported<'a>(scripts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = scripts.map(str::to_owned).collect();
    found.retain(|script| file(&format!("assets/{script}")).is_some());
    let mut next = 0;
    while let Some(script) = found.get(next) {
        let folder = script.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let text = file(&format!("assets/{script}")).map(|file| file.content);
        for import in imports(&String::from_utf8_lossy(&text.unwrap_or_default())) {
            let path = joined(&folder, import);
            if !found.contains(&path) {
                found.push(path);
            }
        }
        next += 1;
    }
    found
}

/// Returns a script without its comments: the lines of `//` and of `/** … */`, which are a quarter of what is sent.
/// A comment beside code stays.
pub(crate) fn without_comments(script: &str) -> String {
    let mut is_open = false;
    let mut code = String::with_capacity(script.len());
    for line in script.split_inclusive('\n') {
        let text = line.trim();
        let starts = !is_open && text.starts_with("/**");
        let ends = text.ends_with("*/");
        let is_comment =
            is_open || text.starts_with("//") || starts && (ends || !text.contains("*/"));
        is_open = (is_open || starts && is_comment) && !ends;
        if !is_comment {
            code.push_str(line);
        }
    }
    code
}

/// Returns the paths of the static imports of a script: those of `import … from "path";`, which may take several lines.
fn imports(script: &str) -> impl Iterator<Item = &str> {
    let starts = ["import ", "export ", "} from "];
    let lines =
        script.lines().filter(move |line| starts.iter().any(|start| line.starts_with(start)));
    lines.filter_map(|line| line.split_once("from \"")?.1.strip_suffix("\";"))
}

/// Joins a folder and a path that is relative to it.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// Returns the version of the files: every change of one of them gives another version.
pub(crate) fn version() -> Cow<'static, str> {
    static EMBEDDED: OnceLock<String> = OnceLock::new();
    if cfg!(debug_assertions) {
        // Each answer asks for it, and a debug build takes long for the digests of all files.
        Cow::Owned(version_of(changed_at))
    } else {
        Cow::Borrowed(EMBEDDED.get_or_init(|| version_of(digest)))
    }
}

/// Returns the version that follows from a fact of each file.
fn version_of(fact: impl Fn(&str) -> Option<Vec<u8>>) -> String {
    let mut all = Sha256::new();
    for path in paths() {
        let Some(fact) = fact(&path) else { continue };
        all.update(path.as_bytes());
        all.update([0]);
        all.update(fact);
    }
    let mut digits = hexadecimal(&all.finalize());
    digits.truncate(VERSION_DIGITS);
    digits
}

fn digest(path: &str) -> Option<Vec<u8>> {
    Some(Pages::get(path)?.metadata.sha256_hash().to_vec())
}

/// Returns when a file of the folder was changed, as bytes.
fn changed_at(path: &str) -> Option<Vec<u8>> {
    let file = Path::new(FOLDER).join(path);
    let changed = file.metadata().and_then(|metadata| metadata.modified()).ok()?;
    let since = changed.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_nanos().to_be_bytes().to_vec())
}

/// Returns bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn content_type(path: &str) -> Option<ContentType> {
    let (_, ending) = path.rsplit_once('.')?;
    let text = |name| Some(ContentType { name, is_text: true });
    let image = |name| Some(ContentType { name, is_text: false });
    match ending {
        "html" => text("text/html; charset=utf-8"),
        "css" => text("text/css; charset=utf-8"),
        "js" => text("text/javascript; charset=utf-8"),
        "svg" => text("image/svg+xml"),
        "json" => text("application/json"),
        "webmanifest" => text("application/manifest+json"),
        "png" => image("image/png"),
        "ico" => image("image/x-icon"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_type_of_the_end_of_its_name() {
        let table = [
            ("shop.html", Some(("text/html; charset=utf-8", true))),
            ("assets/a.b/base.css", Some(("text/css; charset=utf-8", true))),
            ("assets/core/api.js", Some(("text/javascript; charset=utf-8", true))),
            ("icon.svg", Some(("image/svg+xml", true))),
            ("words.json", Some(("application/json", true))),
            ("app.webmanifest", Some(("application/manifest+json", true))),
            ("icon.png", Some(("image/png", false))),
            ("favicon.ico", Some(("image/x-icon", false))),
            ("shop.html.orig", None),
            ("shop", None),
            ("", None),
        ];
        for (path, expected) in table {
            let found = content_type(path).map(|one| (one.name, one.is_text));
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn no_path_leads_out_of_the_folder() {
        for path in [
            "../src/lib.rs",
            "../Cargo.toml",
            "assets/../../Cargo.toml",
            "assets/../../../../infra/openapi.json",
            "/etc/hosts.html",
            "",
            ".",
            "..",
            "assets",
        ] {
            assert!(file(path).is_none(), "{path}");
        }
        assert!(file("shop.html").is_some());
    }

    #[test]
    fn the_version_is_the_same_until_a_file_changes() {
        let version = version();
        assert_eq!(version.len(), VERSION_DIGITS);
        assert!(version.chars().all(|digit| digit.is_ascii_hexdigit()));
        assert_eq!(version, super::version());
        assert_eq!(version_of(digest), version_of(digest));
        assert_ne!(version_of(digest), version_of(|path| digest(path).map(|_| Vec::new())));
    }

    #[test]
    fn the_imports_of_a_script_are_found() {
        let script = "// One.\nimport { a } from \"./a.js\";\nimport {\n  b,\n} from \"../core/b.js\";\n\
            /** @typedef {import(\"./c.js\").C} C */\nexport { d } from \"./d.js\";\n\
            const e = () => import(\"./e.js\");\nexport function f() {}\n";
        let found: Vec<String> = imports(script).map(|path| joined("desk/x", path)).collect();
        assert_eq!(found, ["desk/x/a.js", "desk/core/b.js", "desk/x/d.js"]);
    }

    #[test]
    fn a_script_loses_its_comments_and_nothing_else() {
        let script = "// One.\n\n/** @type {string} */\nlet a = 1; // stays\n\n/**\n * Two.\n */\n\
            function f() {\n  // three\n  const b = /** @type {any} */ (a);\n  /** Four. */\n  return b;\n}\n\
            /** @type {() => void} */ const g = f;\nconst url = \"//\";\n";
        let code = "\n\nlet a = 1; // stays\n\nfunction f() {\n  const b = /** @type {any} */ (a);\n  return b;\n}\n\
            /** @type {() => void} */ const g = f;\nconst url = \"//\";\n";
        assert_eq!(without_comments(script), code.replacen("\n\n", "\n", 1));
    }
}
