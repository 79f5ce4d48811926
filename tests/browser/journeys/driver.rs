//! A headless browser and its driver, as processes that end with the test.
//!
//! Nothing is downloaded: without Debian's `chromium` and `chromium-driver` the tests say that they are skipped.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::json;
use thirtyfour::prelude::*;

/// Keeps the browser from calling its vendor, and lets root run it.
const ARGUMENTS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
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
    pub const PHONE: Self = Self { width: 360, height: 800, is_dark: false };

    pub fn dark(self) -> Self {
        Self { is_dark: true, ..self }
    }
}

/// A running driver. Sessions of it are browsers of their own.
pub struct Driver {
    process: Child,
    url: String,
    /// The profile of the browser.
    profile: tempfile::TempDir,
}

impl Driver {
    /// Starts the driver; says that the test is skipped and returns `None` where it is not installed.
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    pub fn start() -> Option<Self> {
        let (Some(_), Some(driver)) = (installed("chromium"), installed("chromedriver")) else {
            eprintln!("skipped: chromium and chromium-driver are not installed");
            return None;
        };
        let mut process = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the driver starts");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let port = line.split("successfully on port ").nth(1)?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let url = format!("http://127.0.0.1:{}", port.expect("the driver tells its port"));
        Some(Self { process, url, profile: tempfile::tempdir().expect("a directory") })
    }

    /// Opens a browser.
    pub async fn browser(&self, window: Window) -> WebDriver {
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in ARGUMENTS {
            capabilities.add_arg(argument).expect("an argument");
        }
        let own = [
            format!("--window-size={},{}", window.width, window.height),
            format!("--user-data-dir={}", self.profile.path().display()),
        ];
        for argument in own {
            capabilities.add_arg(&argument).expect("an argument");
        }
        capabilities.set_binary("/usr/bin/chromium").expect("a path");
        let browser = WebDriver::new(&self.url, capabilities).await.expect("the browser starts");
        let scheme = if window.is_dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.cdp().send_raw("Emulation.setEmulatedMedia", media).await.expect("a scheme");
        let metrics = json!({"width": window.width, "height": window.height, "deviceScaleFactor": 1, "mobile": false});
        let set = browser.cdp().send_raw("Emulation.setDeviceMetricsOverride", metrics).await;
        set.expect("a size");
        browser
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The browsers are its children and end with it.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn installed(program: &str) -> Option<PathBuf> {
    let path = Path::new("/usr/bin").join(program);
    path.exists().then_some(path)
}
