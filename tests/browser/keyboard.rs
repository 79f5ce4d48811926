//! The daily work by keyboard alone: Tab and Shift+Tab, Enter and Space, Escape, the arrows, and the keys of the desk.

use puntos_tests::World;
use serde_json::json;

use crate::driver::Window;
use crate::page::{Page, stage};
use crate::webdriver::{CONTROL, DOWN, ENTER, RELEASE};

/// Signs in at the hosted page, which proposes the right role.
async fn sign_in(page: &Page, path: &str, member_id: Option<&str>) {
    page.open(path).await;
    page.find("link", "Sign in").await;
    page.tab_to("Sign in").await;
    page.press_enter().await;
    page.find("radio", "Agent").await;
    if let Some(member_id) = member_id {
        page.tab_to("Member id").await;
        page.press(member_id).await;
    }
    page.tab_to("Sign in").await;
    page.press_enter().await;
    page.find("button", "Sign out").await;
}

/// Goes to a part of the desk by its navigation.
async fn go(page: &Page, part: &str) {
    page.tab_to(part).await;
    page.press_enter().await;
    page.find("list", if part == "Tasks" { "Today" } else { part }).await;
}

/// Presses the button with this name, and its namesake in the dialog once it is filled in.
async fn press_in_dialog(page: &Page, name: &str, fields: &[(&str, &str)]) {
    page.tab_to(name).await;
    page.press_enter().await;
    page.find("dialog", name).await;
    for (field, text) in fields {
        if !page.is_focused(field).await {
            page.tab_to(field).await;
        }
        page.press(text).await;
    }
    page.tab_to(name).await;
    page.press(" ").await;
    page.gone("dialog", name).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_found_and_helped_by_keyboard_alone() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let member = world.enrol().await;
    let (id, name) = (member.text("member_id"), member.text("name"));
    world.earn(&id, 2).await;
    let body = json!({"member_id": id, "reward_id": "rwd_coffee"});
    let _ = world.pos.post("/v1/redemptions", body, Some("by-accident")).await.expect(201);
    world.settle().await;

    sign_in(&page, "/desk", None).await;
    page.find("searchbox", "Search members").await;
    page.press("/").await;
    page.press(&member.text("email")).await;
    page.press_enter().await;
    page.has_focus(&name).await;
    page.press_enter().await;
    page.find_in(("list", "Timeline"), "button", "Reverse").await;

    press_in_dialog(&page, "Adjust points", &[("Points", "-10"), ("Reason", "counted twice")])
        .await;
    page.reads("region", "Balance", "160").await;
    page.has_focus("Adjust points").await;
    press_in_dialog(&page, "Resend", &[]).await;
    page.shows("The mail is on its way to").await;
    page.has_focus("Resend").await;
    press_in_dialog(&page, "Reverse", &[("Reason", "by accident")]).await;
    page.reads("region", "Balance", "210").await;

    page.tab_back_to("Edit profile").await;
    page.press(" ").await;
    page.find("dialog", "Edit profile").await;
    page.press_escape().await;
    page.gone("dialog", "Edit profile").await;
    page.has_focus("Edit profile").await;
    assert_eq!(world.available(&id).await, 210);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rating_a_task_and_a_claim_are_worked_off_by_keyboard_alone() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let member = world.enrol().await;
    let id = member.text("member_id");
    let rating = world.rated(&id, 2, Some("Nobody was there.")).await;
    let claim = claim_with_receipt(&world, &id).await;
    let failed = json!({
        "event_id": "card", "kind": "card_failed", "member_id": id, "order_id": "o-1",
        "at": world.stack.clock().now().to_string(),
    });
    let _ = world.pos.post("/v1/orders/events", failed, None).await.expect(201);
    world.settle().await;

    sign_in(&page, "/desk", None).await;
    go(&page, "Ratings").await;
    page.find_in(("list", "Ratings"), "link", &member.text("name")).await;
    page.press("j").await;
    page.press_enter().await;
    page.find("button", "Attach gift").await;
    page.has_focus(&member.text("name")).await;
    page.press("r").await;
    page.has_focus("Message").await;
    page.press("We are sorry.").await;
    page.press(&format!("{CONTROL}{ENTER}{RELEASE}")).await;
    page.reads("list", "Messages", "We are sorry.").await;
    let gift = [("Gift", DOWN), ("Points", "50")];
    press_in_dialog(&page, "Attach gift", &gift).await;
    page.reads("list", "Gifts", "50").await;
    page.has_focus("Attach gift").await;

    go(&page, "Tasks").await;
    page.find_in(("list", "Today"), "button", "Complete").await;
    press_in_dialog(&page, "Complete", &[("Note", "They call the bank.")]).await;
    page.reads("list", "Today", "They call the bank.").await;

    go(&page, "Claims").await;
    page.find_in(("list", "Claims"), "link", "Missing points").await;
    page.press("j").await;
    page.press_enter().await;
    page.find("button", "Fix").await;
    page.has_focus("Missing points").await;
    let step = [("Status", DOWN), ("Note", "We look into it.")];
    press_in_dialog(&page, "Add step", &step).await;
    page.reads("list", "Steps", "We look into it.").await;
    page.has_focus("Missing points").await;
    press_in_dialog(&page, "Fix", &[]).await;
    page.shows("Resolved").await;

    let said = world.agent.get(&format!("/v1/ratings/{rating}")).await.expect(200);
    assert!(said.at("messages").to_string().contains("We are sorry."));
    let ended = world.agent.get(&format!("/v1/claims/{claim}")).await.expect(200);
    assert_eq!(ended.text("status"), "resolved");
    // The points of the gift and of the receipt.
    assert_eq!(world.available(&id).await, 160);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shopper_redeems_and_reports_a_problem_by_keyboard_alone() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let id = world.member_id().await;
    world.earn(&id, 1).await;

    sign_in(&page, "/", Some(&id)).await;
    page.find("button", "Redeem").await;
    page.tab_to("Redeem").await;
    page.press_enter().await;
    page.find("dialog", "Redeem").await;
    page.tab_to("Redeem").await;
    page.press_enter().await;
    page.shows("It is yours. Show this code at the till.").await;
    page.tab_to("Close").await;
    page.press(" ").await;
    page.has_focus("Coupons").await;
    page.reads("list", "Coupons", "Ready to use").await;

    let problem = [("What is the problem?", "A delivery"), ("Note", "The box was empty.")];
    press_in_dialog(&page, "Report a problem", &problem).await;
    page.has_focus("A delivery went wrong").await;
    let claims = world.agent.get("/v1/claims").await.expect(200);
    assert_eq!(claims.text("data.0.evidence.note"), "The box was empty.");
    assert_eq!(world.available(&id).await, 60);
}

/// Reports a purchase that arrived without its member. Returns the claim.
async fn claim_with_receipt(world: &World, member_id: &str) -> String {
    let bought = world.unclaimed(110_000).await;
    let evidence = json!({
        "branch": bought.text("branch"), "invoice_number": bought.text("invoice_number"),
        "purchased_at": bought.text("purchased_at"), "total": bought.at("total"),
    });
    let claim = json!({"kind": "missing_points", "evidence": evidence});
    let shopper = world.member(member_id).await;
    let claim = shopper.post("/v1/claims", claim, Some("claim")).await.expect(201);
    claim.text("claim_id")
}
