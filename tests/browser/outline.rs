//! What every page has: messages that nothing covers.

use serde_json::json;

use crate::driver::Window;
use crate::page::stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_read_in_the_dialog_that_is_open() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let id = world.member_id().await;
    world.earn(&id, 2).await;

    page.sign_in(&format!("/desk/members/{id}"), "Agent", None).await;
    page.click("button", "Redeem").await;
    page.click_in(("dialog", "Redeem"), "button", "Redeem").await;
    page.reads("dialog", "Redemption", "Redeemed for 50 points.").await;
    page.is_accessible().await;
    page.press_escape().await;
    page.gone("dialog", "Redemption").await;
    // What is still shown is shown by the page again.
    page.click("button", "Adjust points").await;
    page.write("spinbutton", "Points", "5").await;
    page.write("textbox", "Reason", "counted wrong").await;
    page.click_in(("dialog", "Adjust points"), "button", "Adjust points").await;
    page.gone("dialog", "Adjust points").await;
    page.shows("+5 points; 175 are available now.").await;
}
