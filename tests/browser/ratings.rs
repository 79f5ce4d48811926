//! The inbox of ratings, as an agent works in it.

use puntos_tests::World;
use serde_json::json;

use crate::driver::Window;
use crate::page::{Page, stage};

/// The list of messages of the thread that is open.
const MESSAGES: &str = "document.querySelector('[aria-label=Messages]')";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rating_is_chosen_from_the_list_and_read_beside_it() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let member = world.enrol().await;
    let (id, name) = (member.text("member_id"), member.text("name"));
    world.rated(&id, 10, None).await;
    world.rated(&id, 2, Some("<b>Nobody</b> was there.")).await;

    page.sign_in("/desk", "Agent", None).await;
    page.click_in(("navigation", "Desk"), "link", "Ratings").await;
    page.reads("list", "Ratings", "Promoter").await;
    page.reads("list", "Ratings", "Detractor").await;
    page.find("image", "NPS over time").await;
    page.choose("Sort by", "Score").await;
    page.choose("Order", "Lowest first").await;
    page.click_in(("list", "Ratings"), "link", &name).await;
    // Text stays text, and the list stays beside it.
    page.reads("region", "Conversation", "<b>Nobody</b> was there.").await;
    page.reads("region", "Conversation", "b1").await;
    page.reads("region", "Conversation", "Last score of the customer").await;
    page.reads("list", "Ratings", &name).await;
    page.is_accessible().await;
    page.click("link", "History").await;
    page.find("list", "Timeline").await;
    page.is_accessible().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_envelope_marks_a_rating_with_a_comment_until_it_is_read() {
    let Some((world, page)) = stage(Window::DESK.dark()).await else { return };
    let id = world.member_id().await;
    world.rated(&id, 9, Some("The bread is warm.")).await;
    world.rated(&world.member_id().await, 7, None).await;

    page.sign_in("/desk/ratings", "Agent", None).await;
    page.reads("list", "Ratings", "Comment").await;
    page.reads("region", "Totals", "Unread comments\n1").await;
    page.click_in(("list", "Ratings"), "link", "Mina Muster 1").await;
    page.reads("region", "Conversation", "The bread is warm.").await;
    page.reads("region", "Totals", "Unread comments\n0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reset_drops_dates_and_customer_and_keeps_order_and_branch() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    world.rated(&world.member_id().await, 9, None).await;

    page.sign_in("/desk/ratings", "Agent", None).await;
    page.choose("Branch", "b1").await;
    page.choose("Sort by", "Score").await;
    page.write("searchbox", "Customer", "Nobody").await;
    page.shows("No ratings match.").await;
    page.write("Date", "From", "01022026").await;
    page.wait("the address keeps all filters", async || {
        let address = page.address().await;
        let all = ["from=2026-01-02", "customer=Nobody", "branch=b1", "sort=score"];
        all.iter().all(|filter| address.contains(filter)).then_some(())
    })
    .await;
    page.click("button", "Reset").await;
    page.reads("list", "Ratings", "Mina Muster 1").await;
    page.wait("the address keeps order and branch", async || {
        page.address().await.ends_with("?branch=b1&sort=score").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_rating_is_answered_with_a_gift() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let member = world.enrol().await;
    let rating = world.rated(&member.text("member_id"), 2, Some("Nobody was there.")).await;
    let path = format!("/v1/ratings/{rating}");

    page.sign_in(&format!("/desk/ratings/{rating}"), "Agent", None).await;
    page.write("textbox", "Message", "We are sorry.").await;
    // A draft stays in the browser.
    page.browser.reload().await;
    page.find("button", "Send").await;
    page.is_accessible().await;
    page.click("button", "Send").await;
    page.reads("list", "Messages", "We are sorry.").await;

    page.click("button", "Attach gift").await;
    page.find("dialog", "Attach gift").await;
    page.is_accessible().await;
    page.choose("Gift", "Points").await;
    page.write("spinbutton", "Points", "50").await;
    page.click_in(("dialog", "Attach gift"), "button", "Attach gift").await;
    page.gone("dialog", "Attach gift").await;
    page.reads("list", "Gifts", "50").await;
    let thread = world.agent.get(&path).await.expect(200);
    assert!(thread.at("messages").to_string().contains("We are sorry."));
    assert_eq!(world.available(&member.text("member_id")).await, 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_conversation_is_scrolled_and_written_to_below_it() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let rating = world.rated(&world.member_id().await, 5, Some("It was slow.")).await;
    for number in 1..=30 {
        let body = json!({"text": format!("We looked into it, part {number}.")});
        let key = format!("part-{number}");
        let path = format!("/v1/ratings/{rating}/messages");
        let _ = world.agent.post(&path, body, Some(&key)).await.expect(201);
    }

    page.sign_in(&format!("/desk/ratings/{rating}"), "Agent", None).await;
    page.reads("list", "Messages", "part 1.").await;
    page.reads("list", "Messages", "part 30.").await;
    let below = format!(
        "document.querySelector('textarea').getBoundingClientRect().top >=
            {MESSAGES}.parentElement.getBoundingClientRect().bottom"
    );
    assert_eq!(page.evaluate(&below).await, json!(true), "the message is written above");
    scrolls_to_its_first_message(&page).await;
}

/// Scrolls up until the first message is in view.
async fn scrolls_to_its_first_message(page: &Page) {
    let place = format!(
        "(() => {{ const first = {MESSAGES}.querySelector('li'); first.scrollIntoView({{block: 'center'}});
            const {{top, bottom}} = first.getBoundingClientRect(); return [top, bottom, innerHeight]; }})()"
    );
    let place = page.evaluate(&place).await;
    let [top, bottom, height] = [0, 1, 2].map(|at| place[at].as_f64().expect("a number"));
    assert!(0.0 <= top && bottom <= height, "the first message is not in view: {place}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_automatic_reply_is_set_up_and_turned_on_with_one_click() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    page.sign_in("/desk/ratings", "Supervisor", None).await;
    page.click("button", "Edit automatic reply").await;
    page.find("dialog", "Edit automatic reply").await;
    page.is_accessible().await;
    page.rewrite("textbox", "Subject", "How can we do better?").await;
    page.rewrite("textbox", "Text", "Please tell us what went wrong.").await;
    page.click("button", "Save").await;
    page.gone("dialog", "Edit automatic reply").await;
    assert_eq!(auto_reply(&world).await, (json!(false), json!("How can we do better?")));
    page.click("switch", "Automatic reply").await;
    page.shows("The automatic reply is on.").await;
    assert_eq!(auto_reply(&world).await.0, json!(true));
}

/// Returns whether the automatic reply is on, and its subject.
async fn auto_reply(world: &World) -> (serde_json::Value, serde_json::Value) {
    let settings = world.supervisor.get("/v1/settings/auto-reply").await.expect(200);
    (settings.at("enabled").clone(), settings.at("subject").clone())
}
