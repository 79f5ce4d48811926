//! Every part of the screens in every language.

use serde_json::json;

use crate::driver::Window;
use crate::page::{Page, stage};

/// Says that the page shows its heading, and that nothing of what it shows is still loaded.
const IS_READY: &str = "document.querySelector('h1') !== null &&
    ![...document.querySelectorAll('.loading, [aria-busy=true]')].some((one) => one.checkVisibility())";

async fn is_whole(page: &Page, language: &str) {
    page.wait("the page has loaded", async || {
        (page.evaluate(IS_READY).await == json!(true)).then_some(())
    })
    .await;
    assert_eq!(page.evaluate("document.documentElement.lang").await, json!(language));
    page.is_accessible().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_speaks_the_language_that_is_chosen() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let id = world.member_id().await;
    world.earn(&id, 2).await;
    let rating = world.rated(&id, 3, Some("Slow.")).await;
    let claim = json!({"member_id": id, "kind": "refund", "evidence": {"note": "no money yet"}});
    let claim = world.agent.post("/v1/claims", claim, Some("claim")).await.expect(201);
    let _ = world.admin.post("/v1/reports/runs", json!({}), Some("run")).await.expect(202);
    world.settle().await;

    page.sign_in("/desk", "Supervisor", None).await;
    for (language, members) in [("es", "Miembros"), ("pt", "Membros"), ("ru", "Участники")]
    {
        page.open(&format!("/desk?lang={language}")).await;
        let _ = page.find("link", members).await;
        for path in [
            format!("/desk/members/{id}"),
            format!("/desk/ratings/{rating}"),
            "/desk/tasks".to_owned(),
            format!("/desk/claims/{}", claim.text("claim_id")),
            "/desk/programme".to_owned(),
            "/desk/reports".to_owned(),
        ] {
            page.open(&path).await;
            is_whole(&page, language).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shoppers_page_speaks_the_language_that_is_chosen() {
    let Some((world, page)) = stage(Window::PHONE).await else { return };
    let id = world.member_id().await;
    world.earn(&id, 1).await;
    page.sign_in("/", "Member", Some(&id)).await;
    for (language, balance) in
        [("es", "Saldo"), ("pt", "Saldo"), ("ru", "Баланс"), ("en", "Balance")]
    {
        page.open(&format!("/?lang={language}")).await;
        page.find("region", balance).await;
        is_whole(&page, language).await;
    }
}
