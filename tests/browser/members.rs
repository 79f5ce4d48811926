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

    page.sign_in("/desk", "Agent", None).await;
    page.write("searchbox", "Search members", &member.text("email")).await;
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
async fn only_what_has_an_explanation_offers_one() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let id = world.member_id().await;
    world.earn(&id, 2).await;
    let body = json!({"member_id": id, "reward_id": "rwd_coffee"});
    let _ = world.pos.post("/v1/redemptions", body, Some("coffee")).await.expect(201);

    page.sign_in(&format!("/desk/members/{id}"), "Agent", None).await;
    page.find_in(("list", "Timeline"), "button", "Reverse").await;
    let offers = "[...document.querySelectorAll('[aria-label=Timeline] > li')].map((row) =>
        [row.textContent.includes('earned'), row.textContent.includes('Why these points?')])";
    // The mail, the redemption, the purchase, and that they joined.
    let expected = json!([[false, false], [false, false], [true, true], [false, false]]);
    assert_eq!(page.evaluate(offers).await, expected);
    page.click_in(("list", "Timeline"), "button", "Why these points?").await;
    page.reads("dialog", "Why these points?", "Together").await;
}
