//! The pages behind the links of mails, which need no sign-in.

use jiff::SignedDuration;
use serde_json::json;

use crate::driver::Window;
use crate::page::stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_is_rated_from_the_link_of_its_mail() {
    let Some((world, page)) = stage(Window::PHONE).await else { return };
    world.invite(&["purchase"], 60).await;
    let member = world.enrol().await;
    world.earn(&member.text("member_id"), 1).await;
    let later = world.stack.clock().now() + SignedDuration::from_mins(61);
    world.stack.set_clock(later);
    assert!(world.stack.fire_schedules(Some("invite-to-rate"), later).await[0].1);
    world.settle().await;

    page.open(&format!("/rate/{}", world.token_of_mail(&member.text("email"), "rate"))).await;
    page.find("button", "3").await;
    page.is_accessible().await;
    page.click("button", "3").await;
    page.shows("Thank you for your rating.").await;
    page.write("textbox", "Comment (optional)", "It was cold.").await;
    page.click("button", "Send comment").await;
    page.shows("Your comment has arrived.").await;
    page.is_accessible().await;
    let ratings = world.agent.get("/v1/ratings").await.expect(200);
    assert_eq!(
        (ratings.number("data.0.score"), ratings.at("data.0.has_comment")),
        (3, &json!(true))
    );

    page.open("/rate/not-a-token").await;
    page.click("button", "3").await;
    page.shows("This invitation has expired or cannot be used any more.").await;
    page.is_accessible().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_address_is_confirmed_from_the_link_of_its_mail() {
    let Some((world, page)) = stage(Window::PHONE.dark()).await else { return };
    let id = world.member_id().await;
    let shopper = world.member(&id).await;
    let change = json!({"email": "new-address@example.com"});
    let _ = shopper.patch("/v1/members/me", change).await.expect(200);
    world.settle().await;

    let token = world.token_of_mail("new-address@example.com", "confirm");
    page.open(&format!("/confirm/{token}")).await;
    page.find("button", "Confirm").await;
    page.is_accessible().await;
    page.click("button", "Confirm").await;
    page.shows("new-address@example.com is confirmed.").await;
    page.is_accessible().await;
    let member = world.agent.get(&format!("/v1/members/{id}")).await.expect(200);
    assert_eq!(member.text("email"), "new-address@example.com");

    page.open("/confirm/not-a-token").await;
    page.click("button", "Confirm").await;
    page.shows("This link has expired.").await;
}
