//! What every page has: one first heading, a way back where the list is hidden, messages that nothing covers, and
//! words for what is empty or missing.

use serde_json::json;

use crate::driver::Window;
use crate::page::stage;

/// The first headings that a person sees.
const HEADINGS: &str = "[...document.querySelectorAll('h1')].filter((one) => one.checkVisibility()).map((one) => one.textContent)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_has_one_first_heading_and_on_a_phone_a_way_back_to_the_list() {
    for window in [Window::DESK, Window::PHONE] {
        let Some((world, page)) = stage(window).await else { return };
        let member = world.enrol().await;
        let (id, name) = (member.text("member_id"), member.text("name"));
        let rating = world.rated(&id, 3, Some("Slow.")).await;
        let claim = json!({"member_id": id, "kind": "refund", "evidence": {"note": "no money"}});
        let claim = world.agent.post("/v1/claims", claim, Some("claim")).await.expect(201);

        page.sign_in("/desk", "Agent", None).await;
        for (list, opened, heading) in [
            ("members", id, name.as_str()),
            ("ratings", rating, "Ratings"),
            ("claims", claim.text("claim_id"), "Refund"),
        ] {
            page.open(&format!("/desk/{list}/{opened}")).await;
            page.find("heading", if list == "ratings" { &name } else { heading }).await;
            assert_eq!(page.evaluate(HEADINGS).await, json!([heading]), "{list}");
            if window.width == Window::DESK.width {
                page.gone("link", "Back").await;
                continue;
            }
            page.click("link", "Back").await;
            let title = format!("{}{}", list[..1].to_uppercase(), &list[1..]);
            page.find("list", &title).await;
            page.gone("link", "Back").await;
            assert_eq!(page.evaluate(HEADINGS).await, json!([title]));
        }
    }
}

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_yet_and_what_never_was_say_so() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    page.sign_in("/desk/ratings", "Agent", None).await;
    page.shows("No ratings yet.").await;
    page.find("image", "NPS over time").await;
    page.shows("Nothing to show yet.").await;
    page.is_accessible().await;
    page.write("searchbox", "Customer", "Nobody").await;
    page.shows("No ratings match.").await;
    // Nothing changes by trying again.
    page.open("/desk/members/mbr_0000000000000000").await;
    page.shows("This does not exist.").await;
    page.gone("button", "Try again").await;
    world.rated(&world.member_id().await, 5, None).await;
    page.open("/desk/ratings").await;
    page.reads("list", "Ratings", "Detractor").await;
    page.wait("the plots are drawn", async || {
        let text = page.evaluate("document.body.textContent").await;
        (!text.as_str()?.contains("Nothing to show yet.")).then_some(())
    })
    .await;
}
