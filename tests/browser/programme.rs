//! The programme, its rewards and the reports, as administrators and supervisors see them.

use serde_json::json;

use crate::driver::Window;
use crate::page::stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promotion_is_drafted_previewed_and_saved_as_a_new_version() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let bought = world.earn(&world.member_id().await, 1).await;
    let half = json!({
        "branch": "b1", "return_number": "half", "amount": {"amount": 55_000, "currency": "RUB"},
        "returned_at": world.stack.clock().now().to_string(),
    });
    let path = format!("/v1/purchases/{}/returns", bought.text("purchase_id"));
    let _ = world.pos.post(&path, half, None).await.expect(201);
    world.settle().await;

    page.sign_in("/desk", "Admin", None).await;
    page.click_in(("navigation", "Desk"), "link", "Programme").await;
    page.reads("list", "Rewards", "50").await;
    page.is_accessible().await;
    page.click("button", "Add promotion").await;
    page.find("dialog", "Add promotion").await;
    page.is_accessible().await;
    page.write("textbox", "Name", "Double points").await;
    page.write("textbox", "Id", "double").await;
    page.write("textbox", "Multiplier", "2").await;
    page.click_in(("dialog", "Add promotion"), "button", "Add promotion").await;
    page.gone("dialog", "Add promotion").await;
    page.click("button", "Preview").await;
    page.shows("The preview has finished.").await;
    // The half that came back is not subtracted from the promotion.
    page.shows("These are the points of promotions alone, before returns").await;
    page.is_accessible().await;
    page.click("button", "Save").await;
    page.click_in(("dialog", "Save"), "button", "Save").await;
    page.gone("dialog", "Save").await;
    let program = world.admin.get("/v1/program").await.expect(200);
    assert_eq!(program.text("promotions.0.id"), "double");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reports_are_plots_with_their_tables() {
    let Some((world, page)) = stage(Window::DESK.dark()).await else { return };
    world.earn(&world.member_id().await, 1).await;
    let _ = world.admin.post("/v1/reports/runs", json!({}), Some("run")).await.expect(202);
    world.settle().await;

    page.sign_in("/desk", "Supervisor", None).await;
    page.click_in(("navigation", "Desk"), "link", "Reports").await;
    page.find("image", "Points of all members at the end of the month").await;
    page.find("image", "Issued and redeemed by month").await;
    page.shows("The balance of 1 member is the sum of its entries.").await;
    page.click("button", "Show the figures").await;
    page.shows("Save as CSV").await;
    let table = "[...document.querySelectorAll('table')].find((one) =>
        one.ariaLabel === 'Issued and redeemed by month').textContent";
    let table = page.evaluate(table).await;
    assert!(table.as_str().is_some_and(|table| table.contains("110")), "{table}");
    page.is_accessible().await;
}
