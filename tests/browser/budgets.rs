//! What a first view loads: its bytes, its requests, and where they go.

use puntos_tests::World;

use crate::driver::{Driver, Window};
use crate::page::Page;

/// The bytes that the first view may load in all, compressed, with their headers.
const FIRST_VIEW_MAX_BYTES: u64 = 60 * 1024;

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
        page.sign_in(path, role, member_id).await;
        page.find(ready.0, ready.1).await;
        // The files are in the cache since the page before the sign-in: load them again.
        let emptied =
            page.browser.devtools("Network.clearBrowserCache", serde_json::json!({})).await;
        emptied.expect("an empty cache");
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
        let foreign = loaded.iter().filter_map(|one| one["name"].as_str());
        let foreign: Vec<&str> =
            foreign.filter(|name| !name.starts_with(world.stack.url())).collect();
        assert!(foreign.is_empty(), "{foreign:?}");
        let late = page
            .evaluate(
                "performance.getEntriesByType('resource').map((one) => one.name)
                    .filter((name) => name.endsWith('.js') && !name.includes('/words/') &&
                        document.querySelector(`link[rel=modulepreload][href='${new URL(name).pathname}']`) === null)",
            )
            .await;
        assert_eq!(late, serde_json::json!([]), "{path}: scripts that wait for another one");
    }
}
