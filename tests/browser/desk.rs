//! What agents, supervisors and administrators do at the desk.

use puntos_tests::World;
use serde_json::json;

use crate::driver::{Driver, Window};
use crate::page::Page;

/// Returns a page of a new browser, on this stack.
async fn page(driver: &Driver, world: &World) -> Page {
    Page::new(driver.browser(Window::DESK).await, world.stack.url())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_finds_a_member_and_undoes_an_accidental_redemption() {
    let Some(driver) = Driver::start() else { return };
    let world = World::start().await;
    let member = world.enrol().await;
    let (id, name) = (member.text("member_id"), member.text("name"));
    world.earn(&id, 2).await;
    let body = json!({"member_id": id, "reward_id": "rwd_coffee"});
    let _ = world.pos.post("/v1/redemptions", body, Some("by-accident")).await.expect(201);
    world.settle().await;

    let page = page(&driver, &world).await;
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
async fn points_are_corrected_by_keyboard_alone() {
    let Some(driver) = Driver::start() else { return };
    let world = World::start().await;
    let member = world.enrol().await;
    let id = member.text("member_id");
    world.earn(&id, 1).await;

    let page = page(&driver, &world).await;
    page.sign_in("/desk", "Agent", None).await;
    page.find("searchbox", "Search members").await;
    page.press("/").await;
    page.press(&member.text("card_number")).await;
    page.find("link", &member.text("name")).await;
    page.press_enter().await;
    page.has_focus(&member.text("name")).await;
    page.press("j").await;
    page.press_enter().await;
    page.find("heading", &member.text("name")).await;
    page.tab_to("Adjust points").await;
    page.press_enter().await;
    page.find("dialog", "Adjust points").await;
    page.press("-10").await;
    page.tab_to("Reason").await;
    page.press("counted twice").await;
    page.tab_to("Adjust points").await;
    page.press_enter().await;
    page.gone("dialog", "Adjust points").await;
    page.reads("region", "Balance", "100").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_rating_is_answered_with_a_gift() {
    let Some(driver) = Driver::start() else { return };
    let world = World::start().await;
    let member = world.enrol().await;
    let id = member.text("member_id");
    let rating = world.rated(&id, 2, Some("<b>Nobody</b> was there.")).await;
    let path = format!("/v1/ratings/{rating}");

    let page = page(&driver, &world).await;
    page.sign_in("/desk/ratings", "Agent", None).await;
    page.is_accessible().await;
    page.click_in(("list", "Ratings"), "link", &member.text("name")).await;
    // Text stays text.
    page.reads("region", "Conversation", "<b>Nobody</b> was there.").await;
    page.write("textbox", "Message", "We are sorry.").await;
    page.browser.reload().await;
    page.is_accessible().await;
    page.click("button", "Send").await;
    page.wait("the answer is written", async || {
        let thread = world.agent.get(&path).await.expect(200);
        thread.at("messages").to_string().contains("We are sorry.").then_some(())
    })
    .await;
    page.click("button", "Attach gift").await;
    page.find("dialog", "Attach gift").await;
    page.is_accessible().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_of_the_day_is_completed_with_its_note() {
    let Some(driver) = Driver::start() else { return };
    let world = World::start().await;
    let member = world.enrol().await;
    let event = json!({
        "event_id": "card-1", "kind": "card_failed", "member_id": member.text("member_id"),
        "order_id": "o-1", "at": world.stack.clock().now().to_string(),
    });
    let _ = world.pos.post("/v1/orders/events", event, None).await.expect(201);
    world.settle().await;
    let now = world.stack.clock().now();
    assert!(world.stack.fire_schedules(Some("generate-tasks"), now).await[0].1);
    world.settle().await;

    let page = page(&driver, &world).await;
    page.sign_in("/desk/tasks", "Agent", None).await;
    page.reads("list", "Today", &member.text("name")).await;
    page.is_accessible().await;
    page.click_in(("list", "Today"), "button", "Complete").await;
    page.write("textbox", "Note", "They will call the bank.").await;
    page.click_in(("dialog", "Complete"), "button", "Complete").await;
    page.gone("dialog", "Complete").await;
    let tasks = world.agent.get(&format!("/v1/members/{}/tasks", member.text("member_id"))).await;
    assert_eq!(tasks.expect(200).text("data.0.done_note"), "They will call the bank.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_parts_of_the_desk_show_what_is_there() {
    let Some(driver) = Driver::start() else { return };
    let world = World::start().await;
    let member = world.enrol().await;
    let claim = json!({
        "member_id": member.text("member_id"), "kind": "duplicate_charge",
        "amount": {"amount": 45_990, "currency": "RUB"}, "evidence": {"note": "charged twice"},
    });
    let _ = world.agent.post("/v1/claims", claim, Some("claim")).await.expect(201);
    let run = world.admin.post("/v1/reports/runs", json!({}), Some("run")).await;
    let _ = run.expect(202);
    world.settle().await;

    let page = page(&driver, &world).await;
    page.sign_in("/desk/claims", "Supervisor", None).await;
    page.reads("list", "Claims", &member.text("name")).await;
    page.is_accessible().await;
    page.click("link", "Reports").await;
    page.find("image", "Points of all members at the end of the month").await;
    page.is_accessible().await;
    page.click("link", "Programme").await;
    page.reads("list", "Rewards", "50").await;
    page.is_accessible().await;
}
