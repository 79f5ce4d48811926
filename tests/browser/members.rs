//! The page of a member, as an agent works with it.

use serde_json::json;

use crate::driver::Window;
use crate::page::stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_finds_a_member_and_undoes_an_accidental_redemption() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let member = world.enrol().await;
    let (id, name) = (member.text("member_id"), member.text("name"));
    world.earn(&id, 2).await;
    let body = json!({"member_id": id, "reward_id": "rwd_coffee"});
    let _ = world.pos.post("/v1/redemptions", body, Some("by-accident")).await.expect(201);
    world.settle().await;

    let coupons = world.agent.get(&format!("/v1/coupons?member_id={id}")).await.expect(200);
    let code = coupons.text("data.0.code").replace('-', "").to_lowercase();
    page.sign_in("/desk", "Agent", None).await;
    page.write("searchbox", "Search members", &code).await;
    page.find_in(("list", "Members"), "link", &name).await;
    page.rewrite("searchbox", "Search members", &member.text("email")).await;
    page.click_in(("list", "Members"), "link", &name).await;
    page.find("heading", &name).await;
    page.is_accessible().await;
    page.click_in(("list", "Timeline"), "button", "Show mail").await;
    page.is_accessible().await;
    page.press_escape().await;
    page.click_in(("list", "Timeline"), "button", "Reverse").await;
    page.write("textbox", "Reason", "by accident").await;
    page.click_in(("dialog", "Reverse"), "button", "Reverse").await;
    page.gone("dialog", "Reverse").await;
    page.reads("region", "Balance", "220").await;

    let timeline = world.agent.get(&format!("/v1/members/{id}/timeline?kind=reversal")).await;
    assert_eq!(timeline.expect(200).at("data").as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_branch_is_called_by_its_name() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = json!(null);
    program["branches"] = json!([{"id": "B1", "name": "Harbour Street"}]);
    let _ = world.admin.put("/v1/program", program).await.expect(200);
    let id = world.member_id().await;
    world.earn(&id, 1).await;

    page.sign_in(&format!("/desk/members/{id}"), "Agent", None).await;
    page.reads("list", "Timeline", "at Harbour Street earned").await;
    page.click_in(("list", "Timeline"), "button", "Show receipt").await;
    page.reads("dialog", "Receipt", "Harbour Street").await;
    page.press_escape().await;
    page.sign_out().await;
    page.sign_in("/", "Member", Some(&id)).await;
    page.reads("list", "History", "at Harbour Street earned").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_entry_that_moved_points_says_why() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let id = world.member_id().await;
    world.earn(&id, 2).await;
    let body = json!({"member_id": id, "reward_id": "rwd_coffee"});
    let _ = world.pos.post("/v1/redemptions", body, Some("coffee")).await.expect(201);

    page.sign_in(&format!("/desk/members/{id}"), "Agent", None).await;
    page.find_in(("list", "Timeline"), "button", "Reverse").await;
    let offers = "[...document.querySelectorAll('[aria-label=Timeline] > li')]
        .map((row) => row.textContent.includes('Why these points?'))";
    // The mail, the redemption, the purchase, and that they joined.
    assert_eq!(page.evaluate(offers).await, json!([false, true, true, false]));
    let why = "Why these points?";
    page.click_in(("list", "Timeline"), "button", why).await;
    page.reads("dialog", why, "220").await;
    page.reads("dialog", why, "Balance after").await;
    page.is_accessible().await;
    page.press_escape().await;
    let purchase =
        "[...document.querySelectorAll('[aria-label=Timeline] > li:nth-child(3) button')]
        .find((one) => one.textContent === 'Why these points?').click()";
    page.evaluate(purchase).await;
    page.reads("dialog", why, "Together").await;
}
