//! Claims: at the desk from the complaint to its end, and on the phone of the customer.

use serde_json::json;

use crate::driver::Window;
use crate::page::stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_points_are_found_fixed_and_on_the_card_at_the_end() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let member = world.enrol().await;
    let id = member.text("member_id");
    let bought = world.unclaimed(110_000).await;
    let evidence = json!({
        "branch": bought.text("branch"), "invoice_number": bought.text("invoice_number"),
        "purchased_at": bought.text("purchased_at"), "total": bought.at("total"),
    });
    let claim = json!({"kind": "missing_points", "evidence": evidence});
    let shopper = world.member(&id).await;
    let claim = shopper.post("/v1/claims", claim, Some("claim")).await.expect(201);
    world.settle().await;

    page.sign_in("/desk", "Agent", None).await;
    page.click_in(("navigation", "Desk"), "link", "Claims").await;
    page.reads("list", "Claims", &member.text("name")).await;
    page.click_in(("list", "Claims"), "link", "Missing points").await;
    page.shows("The purchase arrived, without points.").await;
    page.is_accessible().await;
    page.click("button", "Fix").await;
    page.find("dialog", "Fix").await;
    page.is_accessible().await;
    page.click_in(("dialog", "Fix"), "button", "Fix").await;
    page.gone("dialog", "Fix").await;
    page.shows("Resolved").await;
    assert_eq!(world.available(&id).await, 110);
    let ended = world.agent.get(&format!("/v1/claims/{}", claim.text("claim_id"))).await;
    assert_eq!(ended.expect(200).text("status"), "resolved");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_is_followed_step_by_step_until_the_customer_agrees() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let member = world.enrol().await;
    let claim = json!({
        "member_id": member.text("member_id"), "kind": "refund",
        "amount": {"amount": 45_990, "currency": "RUB"}, "evidence": {"note": "no money yet"},
    });
    let claim = world.agent.post("/v1/claims", claim, Some("claim")).await.expect(201);
    let path = format!("/v1/claims/{}", claim.text("claim_id"));

    page.sign_in(&format!("/desk/claims/{}", claim.text("claim_id")), "Agent", None).await;
    page.click("button", "Add step").await;
    page.find("dialog", "Add step").await;
    page.is_accessible().await;
    page.choose("Status", "Waiting").await;
    page.choose("Waiting on", "Bank").await;
    page.choose("The money is", "At the bank").await;
    page.write("textbox", "Note", "The bank has it.").await;
    page.click_in(("dialog", "Add step"), "button", "Add step").await;
    page.gone("dialog", "Add step").await;
    page.reads("list", "Steps", "The bank has it.").await;
    let claim = world.agent.get(&path).await.expect(200);
    assert_eq!((claim.text("status"), claim.text("money_at")), ("waiting".into(), "bank".into()));

    page.click("button", "Add step").await;
    page.choose("Status", "Resolved").await;
    page.choose("Does the customer agree?", "Yes").await;
    page.write("textbox", "Note", "The money is there.").await;
    page.click_in(("dialog", "Add step"), "button", "Add step").await;
    page.gone("dialog", "Add step").await;
    assert_eq!(world.agent.get(&path).await.expect(200).text("status"), "resolved");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_is_resolved_before_its_money_is_back_asks_the_customer_for_it() {
    let Some((world, page)) = stage(Window::DESK).await else { return };
    let id = world.member_id().await;
    let claim = json!({"member_id": id, "kind": "refund", "evidence": {"note": "no money yet"}});
    let claim = world.agent.post("/v1/claims", claim, Some("claim")).await.expect(201);
    let claim = claim.text("claim_id");
    let bank = json!({"money_at": "bank", "expected_by": "2099-03-10"});
    let path = format!("/v1/claims/{claim}/updates");
    let _ = world.agent.post(&path, bank, Some("bank")).await.expect(201);

    page.sign_in(&format!("/desk/claims/{claim}"), "Agent", None).await;
    page.click("button", "Add step").await;
    let warning = "The money is not back with the customer yet (At the bank).";
    let dialog = page.find("dialog", "Add step").await.text().await.expect("a text");
    assert!(!dialog.contains(warning), "{dialog}");
    page.choose("Status", "Resolved").await;
    page.reads("dialog", "Add step", warning).await;
    page.is_accessible().await;
    page.click_in(("dialog", "Add step"), "button", "Add step").await;
    page.gone("dialog", "Add step").await;

    page.sign_out().await;
    page.sign_in(&format!("/#claims/{claim}"), "Member", Some(&id)).await;
    page.reads("list", "Claims", "Solved? Please answer").await;
    page.shows("Press “It is solved” once the money has reached you.").await;
    page.shows("It should be there by Mar 10, 2099.").await;
    page.is_accessible().await;
    page.click("button", "It is solved").await;
    page.click_in(("dialog", "It is solved"), "button", "It is solved").await;
    page.gone("dialog", "It is solved").await;
    page.gone("button", "It is solved").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_problem_is_reported_with_a_photo_and_followed_on_a_phone() {
    let Some((world, page)) = stage(Window::PHONE).await else { return };
    let id = world.member_id().await;
    let folder = tempfile::tempdir().expect("a folder");
    let photo = folder.path().join("receipt.png");
    std::fs::write(&photo, PNG).expect("a file");

    page.sign_in("/", "Member", Some(&id)).await;
    page.click("button", "Report a problem").await;
    page.find("dialog", "Report a problem").await;
    page.is_accessible().await;
    page.choose("What is the problem?", "A delivery went wrong").await;
    page.write("textbox", "Note", "The box was empty.").await;
    page.attach(&photo).await;
    page.click_in(("dialog", "Report a problem"), "button", "Report a problem").await;
    page.gone("dialog", "Report a problem").await;
    page.reads("list", "Claims", "Received").await;

    let claims = world.agent.get("/v1/claims").await.expect(200);
    let path = format!("/v1/claims/{}", claims.text("data.0.claim_id"));
    page.wait("the photo arrives", async || {
        let claim = world.agent.get(&path).await.expect(200);
        (claim.at("evidence.attachments").as_array().map(Vec::len) == Some(1)).then_some(())
    })
    .await;
    let step = json!({"status": "investigating", "note": "We ask the carrier."});
    let _ = world.agent.post(&format!("{path}/updates"), step, Some("step")).await.expect(201);
    page.open(&format!("/#claims/{}", claims.text("data.0.claim_id"))).await;
    page.browser.reload().await;
    page.reads("list", "Claims", "We ask the carrier.").await;
    page.reads("list", "Claims", "Being looked into").await;
    page.is_accessible().await;
    let step = json!({"status": "resolved", "note": "A new box is on its way."});
    let _ = world.agent.post(&format!("{path}/updates"), step, Some("end")).await.expect(201);
    page.browser.reload().await;
    page.click("button", "It is solved").await;
    page.click_in(("dialog", "It is solved"), "button", "It is solved").await;
    page.gone("dialog", "It is solved").await;
    assert_eq!(world.agent.get(&path).await.expect(200).text("status"), "resolved");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_problem_without_anything_to_look_into_is_asked_for_what_it_needs() {
    let Some((world, page)) = stage(Window::PHONE).await else { return };
    let id = world.member_id().await;

    page.sign_in("/", "Member", Some(&id)).await;
    page.click("button", "Report a problem").await;
    for (kind, field, words) in [
        ("Points are missing", "Receipt number", "Write the number on the receipt"),
        ("I was charged twice", "Note", "write the total or the number of the receipt"),
        ("A delivery went wrong", "Note", "Say what happened, or add a photo."),
    ] {
        page.choose("What is the problem?", kind).await;
        page.click_in(("dialog", "Report a problem"), "button", "Report a problem").await;
        page.shows(words).await;
        page.has_focus(field).await;
    }
    page.is_accessible().await;
    let none = world.agent.get("/v1/claims").await.expect(200);
    assert_eq!(none.at("data"), &json!([]));
    page.write("textbox", "Note", "The box was empty.").await;
    page.click_in(("dialog", "Report a problem"), "button", "Report a problem").await;
    page.reads("list", "Claims", "Received").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_of_a_receipt_goes_by_the_clocks_of_the_shop() {
    let Some((world, page)) = stage(Window::PHONE).await else { return };
    let id = world.member_id().await;
    page.be_in("America/Sao_Paulo").await;

    page.sign_in("/", "Member", Some(&id)).await;
    page.click("button", "Report a problem").await;
    page.write("textbox", "Receipt number", "77").await;
    page.write("DateTime", "Date and time of the receipt", "03102025\t0605PM").await;
    page.click_in(("dialog", "Report a problem"), "button", "Report a problem").await;
    page.reads("list", "Claims", "Mar 10, 2025, 6:05").await;
    let claims = world.agent.get("/v1/claims").await.expect(200);
    // In Moscow.
    assert_eq!(claims.text("data.0.evidence.purchased_at"), "2025-03-10T15:05:00Z");

    page.sign_out().await;
    page.sign_in("/desk/claims", "Agent", None).await;
    page.click_in(("list", "Claims"), "link", "Missing points").await;
    page.shows("Mar 10, 2025, 6:05").await;
}

/// The smallest PNG: one grey pixel.
const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55, 0, 0, 0, 0x0A, b'I', b'D', b'A', b'T',
    0x78, 0x9C, 0x63, 0x68, 0, 0, 0, 0x82, 0, 0x81, 0x77, 0xCD, 0x72, 0xB6, 0, 0, 0, 0, b'I', b'E',
    b'N', b'D', 0xAE, 0x42, 0x60, 0x82,
];
