//! The shop that `cargo run -- demo` fills, as people see it. README shows these pictures.
//!
//! `UPDATE_PICTURES=1` writes them again.

use puntos::demo;
use puntos_tests::World;

use crate::driver::{Driver, Window};
use crate::page::Page;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/browser/pictures");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filled_shop_shows_a_desk_a_rating_and_a_phone() {
    let Some(driver) = Driver::start() else { return };
    let world = World::start().await;
    let url = world.stack.url().to_owned();
    demo::run(demo::Arguments { url }).await.expect("a filled shop");
    world.settle().await;
    let found = world.agent.get("/v1/members?name=Ana").await.expect(200);
    let (id, name) = (found.text("data.0.member_id"), found.text("data.0.name"));

    let page = Page::new(driver, Window::DESK, &world).await;
    page.sign_in("/desk", "Agent", None).await;
    page.write("searchbox", "Search members", "Ana").await;
    page.click_in(("list", "Members"), "link", &name).await;
    page.reads("region", "Balance", "Available").await;
    page.find_in(("list", "Timeline"), "button", "Why these points?").await;
    take(&page, "desk").await;
    page.open("/desk/ratings?sort=score&order=asc").await;
    page.reads("list", "Ratings", "Detractor").await;
    page.browser
        .find("[aria-label=Ratings] a")
        .await
        .expect("a rating")
        .click()
        .await
        .expect("a click");
    page.find("region", "Conversation").await;
    page.find("button", "Send").await;
    take(&page, "rating").await;

    let Some(driver) = Driver::start() else { return };
    let page = Page::new(driver, Window::PHONE, &world).await;
    page.sign_in("/", "Member", Some(&id)).await;
    page.reads("region", "Balance", "Coming expiries").await;
    page.find_in(("list", "Rewards"), "button", "Redeem").await;
    take(&page, "phone").await;
}

/// Checks what the page shows, and keeps a picture of it where that is asked for.
async fn take(page: &Page, name: &str) {
    page.is_accessible().await;
    let picture = page.browser.picture().await;
    if std::env::var_os("UPDATE_PICTURES").is_some() {
        std::fs::create_dir_all(FOLDER).expect("a folder");
        std::fs::write(format!("{FOLDER}/{name}.png"), picture).expect("a file");
    }
}
