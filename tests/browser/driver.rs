//! A headless browser and its driver, as processes that end with the test.
//!
//! Nothing is downloaded: without Debian's `chromium` and `chromium-driver` the tests say that they are skipped.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::webdriver::Browser;

const STARTS_MAX: usize = 5;
/// Keeps the browser from calling its vendor, and lets root run it.
const ARGUMENTS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
];

/// How a window looks to the page.
#[derive(Clone, Copy)]
pub struct Window {
    pub width: u32,
    pub height: u32,
    pub is_dark: bool,
}

impl Window {
    pub const DESK: Self = Self { width: 1280, height: 900, is_dark: false };
    pub const PHONE: Self = Self { width: 360, height: 780, is_dark: false };

    fn is_phone(self) -> bool {
        self.width <= Self::PHONE.width
    }

    pub fn dark(self) -> Self {
        Self { is_dark: true, ..self }
    }
}

/// A running driver. Sessions of it are browsers of their own.
pub struct Driver {
    process: Child,
    url: String,
    chromium: PathBuf,
    /// The profile of the browser.
    profile: tempfile::TempDir,
}

impl Driver {
    /// Starts the driver; says that the test is skipped and returns `None` where it is not installed.
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    pub fn start() -> Option<Self> {
        let chromium = ["chromium", "google-chrome"].into_iter().find_map(installed);
        let (Some(chromium), Some(driver)) = (chromium, installed("chromedriver")) else {
            eprintln!("skipped: chromium and chromium-driver are not installed");
            return None;
        };
        // It chooses a port that may be taken at once.
        let started = (0..STARTS_MAX).find_map(|_| started(&driver));
        let (process, url) = started.expect("the driver starts");
        Some(Self { process, url, chromium, profile: tempfile::tempdir().expect("a directory") })
    }

    /// Opens a browser.
    pub async fn browser(&self, window: Window) -> Browser {
        let mut arguments: Vec<String> = ARGUMENTS.iter().copied().map(str::to_owned).collect();
        arguments.push(format!("--window-size={},{}", window.width, window.height));
        arguments.push(format!("--user-data-dir={}", self.profile.path().display()));
        let browser = Browser::start(&self.url, &self.chromium, &arguments).await;
        let scheme = if window.is_dark { "dark" } else { "light" };
        // Without animations: a colour is looked at as it stays.
        let media = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        browser.devtools("Emulation.setEmulatedMedia", media).await.expect("a scheme");
        let size = json!({
            "width": window.width, "height": window.height, "deviceScaleFactor": 1,
            "mobile": window.is_phone(),
        });
        browser.devtools("Emulation.setDeviceMetricsOverride", size).await.expect("a size");
        browser
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Its browsers are in its process group.
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.process.wait();
    }
}

/// Starts a driver, and returns it with its address; `None` where it ends at once.
fn started(driver: &Path) -> Option<(Child, String)> {
    let mut process = Command::new(driver)
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("a program");
    let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
    let port = lines.map_while(Result::ok).find_map(|line| {
        let port = line.split("successfully on port ").nth(1)?;
        port.trim_end_matches('.').parse::<u16>().ok()
    });
    if port.is_none() {
        let _ = process.wait();
    }
    Some((process, format!("http://127.0.0.1:{}", port?)))
}

/// Returns where a program is, if it is installed.
fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
