//! The day of an agent.

use puntos_tests::World;
use puntos_tests::orders::{run_at, send};
use serde_json::{Value, json};

use crate::driver::Window;
use crate::page::stage;

/// Says whether the colour of an element's text is more red than green and blue.
const IS_RED: &str = "(text) => {
    const found = [...document.querySelectorAll('.tag')].find((one) => one.textContent === text);
    const [red, green, blue] = getComputedStyle(found).color.match(/\\d+/g).map(Number);
    return red > green && red > blue;
}";

/// Tells the stack now of an event of an order.
async fn tell(world: &World, member_id: &str, kind: &str, further: Value) {
    let _ = send(world, member_id, kind, "o-1", further).await.expect(201);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_of_the_day_is_completed_with_its_note() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let member = world.enrol().await;
    tell(&world, &member.text("member_id"), "card_failed", json!({})).await;

    page.sign_in("/desk/tasks", "Agent", None).await;
    page.reads("list", "Today", &member.text("name")).await;
    page.is_accessible().await;
    page.click_in(("list", "Today"), "button", "Complete").await;
    page.find("dialog", "Complete").await;
    page.is_accessible().await;
    page.write("textbox", "Note", "They will call the bank.").await;
    page.click_in(("dialog", "Complete"), "button", "Complete").await;
    page.gone("dialog", "Complete").await;
    page.reads("list", "Today", "They will call the bank.").await;
    let tasks = world.agent.get(&format!("/v1/members/{}/tasks", member.text("member_id"))).await;
    assert_eq!(tasks.expect(200).text("data.0.done_note"), "They will call the bank.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_red_mark_says_that_a_call_is_due_tomorrow() {
    for window in [Window::DESK, Window::PHONE.dark()] {
        let Some((world, page)) = stage(window).await else { return };
        world.stack.set_clock("2031-03-24T12:00:00+03:00".parse().expect("an instant"));
        tell(&world, &world.member_id().await, "placed", json!({})).await;
        run_at(&world, "2031-04-05T09:00:00+03:00").await;

        page.sign_in("/desk/tasks", "Agent", None).await;
        page.reads("list", "Today", "Due tomorrow").await;
        let is_red = page.evaluate(&format!("({IS_RED})('Due tomorrow')")).await;
        assert_eq!(is_red, json!(true));
        page.is_accessible().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_completed_reminder_stays_faded_until_the_day_of_the_order() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    world.stack.set_clock("2031-05-01T12:00:00+03:00".parse().expect("an instant"));
    let id = world.member_id().await;
    tell(&world, &id, "autoship_scheduled", json!({"scheduled_for": "2031-05-25"})).await;
    run_at(&world, "2031-05-14T09:00:00+03:00").await;

    page.sign_in("/desk/tasks", "Agent", None).await;
    page.click_in(("list", "Today"), "button", "Complete").await;
    page.write("textbox", "Note", "They want it.").await;
    page.click_in(("dialog", "Complete"), "button", "Complete").await;
    page.gone("dialog", "Complete").await;
    let colour = "getComputedStyle(document.querySelector('[aria-label=Today] article')).color";
    let (faded, usual) = (
        page.evaluate(colour).await,
        page.evaluate("getComputedStyle(document.querySelector('h1')).color").await,
    );
    assert_ne!(faded, usual);
    run_at(&world, "2031-05-24T09:00:00+03:00").await;
    page.browser.reload().await;
    page.reads("list", "Today", "Done").await;
    assert_eq!(page.evaluate(colour).await, faded);
    run_at(&world, "2031-05-26T09:00:00+03:00").await;
    page.browser.reload().await;
    page.shows("No tasks here.").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_leads_to_the_place_of_a_customer_in_the_cycle() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let member = world.enrol().await;
    tell(&world, &member.text("member_id"), "placed", json!({})).await;

    page.sign_in("/desk/tasks", "Agent", None).await;
    page.reads("list", "Upcoming", &member.text("name")).await;
    page.write("searchbox", "Search customers", "Muster").await;
    page.shows("Check-in call from").await;
    page.is_accessible().await;
}
