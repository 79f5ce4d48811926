//! What shoppers do on their own page, on a phone, and on the pages that mails link to.

use puntos_tests::World;
use serde_json::json;

use crate::driver::Window;
use crate::page::stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shopper_redeems_on_a_phone_and_holds_the_coupon_to_the_till() {
    let Some((world, page)) = stage(Window::PHONE).await else { return };
    let id = world.member_id().await;
    world.earn(&id, 2).await;

    page.sign_in("/", "Member", Some(&id)).await;
    page.reads("region", "Balance", "220").await;
    page.is_accessible().await;
    page.click_in(("list", "Rewards"), "button", "Redeem").await;
    page.is_accessible().await;
    page.click_in(("dialog", "Redeem"), "button", "Redeem").await;

    let code = page.wait("a coupon is made", async || code_of(&world, &id).await).await;
    page.find("image", &format!("Code to scan: {code}")).await;
    page.is_accessible().await;
    page.press_escape().await;
    page.reads("list", "Coupons", &code).await;
    page.evaluate("document.querySelector('details > summary').click()").await;
    page.click("button", "Show statement").await;
    page.reads("list", "Statement", "220").await;
    let body = json!({"branch": "b1", "invoice_number": "at-the-till"});
    let path = format!("/v1/coupons/{code}/use");
    let _ = world.pos.post(&path, body, Some("use")).await.expect(200);
    page.sign_out().await;
    page.find("link", "Sign in").await;
    page.evaluate("history.back()").await;
    page.find("link", "Sign in").await;
    assert_eq!(page.evaluate("document.body.textContent.includes('220')").await, json!(false));
    let fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
    assert_eq!(page.evaluate(fits).await, json!(true), "the page scrolls sideways");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_redeemed_while_the_coupon_cannot_be_shown() {
    let Some((world, page)) = stage(Window::PHONE).await else { return };
    let id = world.member_id().await;
    world.earn(&id, 2).await;
    page.sign_in("/", "Member", Some(&id)).await;
    page.reads("region", "Balance", "220").await;
    for (command, parameters) in [
        ("Network.enable", json!({})),
        ("Network.setBlockedURLs", json!({"urls": ["*/shop/coupon.js"]})),
    ] {
        page.browser.devtools(command, parameters).await.expect("a blocked script");
    }
    page.click_in(("list", "Rewards"), "button", "Redeem").await;
    page.shows("This part of the page did not load.").await;
    assert_eq!(world.available(&id).await, 220);
    assert_eq!(code_of(&world, &id).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shopper_reports_a_problem_and_answers_in_the_thread_of_a_rating() {
    let Some((world, page)) = stage(Window::PHONE.dark()).await else { return };
    let id = world.member_id().await;
    let rating = world.rated(&id, 3, Some("The tills were empty.")).await;
    let path = format!("/v1/ratings/{rating}/messages");
    let _ =
        world.agent.post(&path, json!({"text": "We are sorry."}), Some("sorry")).await.expect(201);

    page.sign_in("/", "Member", Some(&id)).await;
    page.open(&format!("/#ratings/{rating}")).await;
    page.reads("list", "Ratings", "We are sorry.").await;
    page.write("textbox", "Message", "Thank you.").await;
    // A draft stays in the browser, and a reload asks for no sign-in.
    page.browser.reload().await;
    page.click("button", "Send").await;
    page.wait("the message arrives", async || {
        let thread = world.agent.get(path.trim_end_matches("/messages")).await.expect(200);
        thread.at("messages").to_string().contains("Thank you.").then_some(())
    })
    .await;
    page.is_accessible().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_signed_up_joins_with_the_card_and_a_code_of_the_desk() {
    let Some((world, page)) = stage(Window::PHONE).await else { return };
    let member = world.enrol().await;
    world.earn(&member.text("member_id"), 1).await;
    let path = format!("/v1/members/{}/join-code", member.text("member_id"));
    let given = world.agent.post(&path, json!({}), None).await.expect(201);

    page.sign_in("/", "Member", None).await;
    page.write("textbox", "Card number", &member.text("card_number")).await;
    page.write("textbox", "Code", "00000000").await;
    page.click("button", "Join").await;
    page.shows("Card and code do not belong together").await;
    page.is_accessible().await;
    page.rewrite("textbox", "Code", &given.text("code")).await;
    page.click("button", "Join").await;
    page.reads("region", "Balance", "110").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_gives_a_code_in_place_of_a_lost_sign_in() {
    for (role, told) in [
        ("Agent", "a supervisor can give a code that replaces it"),
        ("Supervisor", "Once the code is used, that sign-in ends."),
    ] {
        let Some((world, page)) = stage(Window::DESK).await else { return };
        let member_id = world.member_id().await;
        let _ = world.member(&member_id).await;
        let path = format!("/desk/members/{member_id}");
        page.sign_in(&path, role, None).await;
        page.click("button", "Join code").await;
        page.shows(told).await;
        page.is_accessible().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_tier_is_told_by_its_name_with_what_is_missing() {
    let Some((world, page)) = stage(Window::PHONE).await else { return };
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = json!(null);
    program["tiers"] = json!([{"id": "g", "name": "Gold", "threshold": 200_000}]);
    program["tier_rule"] = json!({"by": "spend", "window_months": 12, "down": "one_step"});
    let _ = world.admin.put("/v1/program", program).await.expect(200);
    let id = world.member_id().await;
    world.earn(&id, 1).await;

    page.sign_in("/", "Member", Some(&id)).await;
    page.reads("region", "Balance", "RUB 900.00 more to reach “Gold”.").await;
    page.is_accessible().await;
    page.sign_out().await;
    page.sign_in(&format!("/desk/members/{id}"), "Agent", None).await;
    page.reads("region", "Balance", "RUB 900.00").await;
    page.reads("region", "Balance", "Gold").await;
}

/// Returns the code of a member's newest coupon.
async fn code_of(world: &World, member_id: &str) -> Option<String> {
    let list = world.agent.get(&format!("/v1/coupons?member_id={member_id}")).await.expect(200);
    list.at("data.0.code").as_str().map(str::to_owned)
}
