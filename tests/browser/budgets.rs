//! What a first view loads: its bytes, its requests, and where they go.

use std::collections::BTreeSet;

use puntos_tests::World;
use serde_json::{Value, json};

use crate::driver::{Driver, Window};
use crate::page::Page;

/// The bytes that the first view may load in all, compressed, with their headers.
const FIRST_VIEW_MAX_BYTES: u64 = 60 * 1024;
/// The requests that it may make.
const FIRST_VIEW_MAX_REQUESTS: usize = 64;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_view_is_small_and_comes_from_one_origin() {
    let world = World::start().await;
    let id = world.member_id().await;
    for (path, role, member_id, ready) in [
        ("/desk", "Agent", None, ("searchbox", "Search members")),
        ("/", "Member", Some(id.as_str()), ("region", "Balance")),
    ] {
        // Each in a browser of its own, where nobody is signed in.
        let Some(driver) = Driver::start() else { return };
        let page = Page::new(driver, Window::DESK, &world).await;
        page.open(path).await;
        page.find("link", "Sign in").await;
        let named = texts(
            &page
                .evaluate("[...document.querySelectorAll('link[rel=modulepreload]')].map((one) => one.href)")
                .await,
        );
        page.sign_in(path, role, member_id).await;
        page.find(ready.0, ready.1).await;
        // The files are in the caches since the page before the sign-in: load them again.
        for (command, parameters) in [
            ("Network.enable", json!({})),
            ("Network.setCacheDisabled", json!({"cacheDisabled": true})),
        ] {
            page.browser.devtools(command, parameters).await.expect("no cache");
        }
        page.browser.reload().await;
        page.find(ready.0, ready.1).await;
        let loaded = page
            .evaluate(
                "performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))
                    .map((one) => ({name: one.name, bytes: one.transferSize}))",
            )
            .await;
        let loaded = loaded.as_array().expect("a list");
        let bytes: u64 = loaded.iter().filter_map(|one| one["bytes"].as_u64()).sum();
        assert!(bytes <= FIRST_VIEW_MAX_BYTES, "{path}: {bytes} bytes: {loaded:#?}");
        assert!(loaded.len() <= FIRST_VIEW_MAX_REQUESTS, "{path}: {} requests", loaded.len());
        let loaded: BTreeSet<String> =
            loaded.iter().flat_map(|one| texts(&json!([one["name"]]))).collect();
        let foreign: Vec<&String> =
            loaded.iter().filter(|name| !name.starts_with(world.stack.url())).collect();
        assert!(foreign.is_empty(), "{foreign:?}");
        // The language of the words is known to the browser only.
        let is_script = |name: &&String| name.ends_with(".js") && !name.contains("/words/");
        let late: Vec<&String> =
            loaded.iter().filter(is_script).filter(|name| !named.contains(*name)).collect();
        assert!(late.is_empty(), "{path}: scripts that wait for another one: {late:?}");
    }
}

fn texts(list: &Value) -> BTreeSet<String> {
    let texts = list.as_array().expect("a list").iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}
