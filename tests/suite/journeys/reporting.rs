//! The reports of a finished run: the liability in points and money, and the movements that explain it.

use puntos_tests::{Answer, World};
use reqwest::Method;
use serde_json::{Value, json};

/// Makes a run with this key, and returns one of its reports.
async fn reported(world: &World, key: &str, report: &str) -> Answer {
    let run = world.admin.send(Method::POST, "/v1/reports/runs", None, Some(key)).await;
    let _ = run.expect(202);
    world.settle().await;
    world.supervisor.get(&format!("/v1/reports/{report}")).await.expect(200)
}

fn now(world: &World, instant: &str) {
    world.stack.set_clock(instant.parse().expect("an instant"));
}

async fn change_program(world: &World, change: impl FnOnce(&mut Value)) {
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = Value::Null;
    change(&mut program);
    let _ = world.admin.put("/v1/program", program).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_liability_is_told_in_points_and_in_the_money_of_the_programme() {
    let world = World::start().await;
    for report in ["liability", "movements"] {
        let path = format!("/v1/reports/{report}");
        let _ = world.admin.get(&path).await.expect_problem(404, "not_found");
        let _ = world.agent.get(&path).await.expect_problem(403, "forbidden");
    }
    now(&world, "2026-03-10T12:00:00Z");
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    now(&world, "2026-04-10T12:00:00Z");
    let _ = world.earn(&member, 9).await;
    let plain = reported(&world, "one", "liability").await;
    let of = |name: &str| plain.number(name);
    assert_eq!((of("members"), of("outstanding"), of("pending"), of("debt")), (1, 1_100, 0, 0));
    for unknown in ["value", "expected", "breakage_points", "expiring.0.money"] {
        assert_eq!(plain.at(unknown), &Value::Null, "{unknown}");
    }
    // A new estimate needs no new run.
    change_program(&world, |program| {
        program["value"] = json!({"amount_per_point": 50, "expected_redemption_percent": 70});
    })
    .await;
    let valued = world.admin.get("/v1/reports/liability").await.expect(200);
    assert_eq!(valued.at("value"), &json!({"amount": 55_000, "currency": "RUB"}));
    assert_eq!(valued.at("expected"), &json!({"amount": 38_500, "currency": "RUB"}));
    assert_eq!(valued.number("breakage_points"), 330);
    let expiring = json!([
        {"month": "2027-03", "points": 110, "money": {"amount": 5_500, "currency": "RUB"}},
        {"month": "2027-04", "points": 990, "money": {"amount": 49_500, "currency": "RUB"}},
    ]);
    assert_eq!(valued.at("expiring"), &expiring);
    let sheet = world.admin.get_as("/v1/reports/liability", "text/csv").await.expect(200);
    let sheet = sheet.body.as_str().expect("a sheet").to_owned();
    let expected = ["outstanding,,1100,,", "expected,,,38500,RUB", "expiring,2027-03,110,5500,RUB"];
    assert!(expected.iter().all(|line| sheet.lines().any(|row| row == *line)), "{sheet}");
}

/// Uses a coupon at this branch.
async fn take(world: &World, coupon: &Answer, branch: &str) {
    let path = format!("/v1/coupons/{}/use", coupon.text("coupon.code"));
    let receipt = json!({"branch": branch, "invoice_number": "taken"});
    let _ = world.pos.post(&path, receipt, Some("take")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn movements_name_the_branches_and_add_up_to_the_liability() {
    let world = World::start().await;
    now(&world, "2025-01-20T12:00:00Z");
    let member = world.member_id().await;
    let reward = world.reward(30, json!({})).await;
    let _ = world.earn(&member, 1).await;
    now(&world, "2026-01-20T12:00:00Z");
    let used = world.redeem(&member, &reward, "used").await.expect(201);
    let undone = world.redeem(&member, &reward, "undone").await.expect(201);
    let bought = world.earn(&member, 1).await;
    // One hour later it is February in Moscow. 50 points of January 2025 expired.
    now(&world, "2026-01-31T21:30:00Z");
    take(&world, &used, "Kiosk").await;
    let _ = world.reverse(&undone.text("redemption_id"), "undo").await.expect(201);
    let adjustment = json!({"points": 7, "reason": "goodwill"});
    let path = format!("/v1/members/{member}/adjustments");
    let _ = world.agent.post(&path, adjustment, Some("adjust")).await.expect(201);
    let back = json!({
        "branch": "elsewhere", "return_number": "R1", "returned_at": "2026-01-31T21:30:00Z",
        "amount": {"amount": 20_000, "currency": "RUB"},
    });
    let path = format!("/v1/purchases/{}/returns", bought.text("purchase_id"));
    let _ = world.pos.post(&path, back, None).await.expect(201);

    let report = reported(&world, "one", "movements").await;
    let months = report.at("months").as_array().expect("months").clone();
    assert_eq!(months.len(), 14);
    let row = |branch: &str, figures: [i64; 3]| {
        let [issued, clawed, redeemed] = figures;
        json!({"branch": branch, "issued": issued, "clawed": clawed, "redeemed": redeemed, "paid": 0})
    };
    let february = json!({
        "month": "2026-02", "opening": 110, "issued": 0, "clawed": 65, "redeemed": 0, "paid": 0,
        "restored": 30, "given_back": 0, "adjusted": 7, "corrected": 0, "expired": 30, "closing": 52,
        "branches": [row("b1", [0, 65, 0]), row("Kiosk", [0, 0, 30])],
    });
    assert_eq!(months[13], february);
    let january = &months[12];
    assert_eq!(january["branches"], json!([row("b1", [110, 0, 0])]));
    let figures =
        ["opening", "issued", "redeemed", "expired", "closing"].map(|name| &january[name]);
    assert_eq!(figures, [110, 110, 60, 50, 110].map(|figure| json!(figure)).each_ref());
    assert_eq!(months[1]["opening"], json!(110));
    let liability = world.admin.get("/v1/reports/liability").await.expect(200);
    assert_eq!(liability.number("outstanding") - liability.number("debt"), 52);
    assert_eq!(world.available(&member).await, 52);

    // A message that comes again counts nothing twice.
    let run_id = world.admin.send(Method::POST, "/v1/reports/runs", None, Some("one")).await;
    let message = json!({"run_id": run_id.text("run_id"), "segment": 0}).to_string();
    world.stack.send_message("ReportQueue", &message).await.expect("the queue takes it");
    world.settle().await;
    let again = world.admin.get("/v1/reports/movements").await.expect(200);
    assert_eq!(again.body, report.body);
    let sheet = world.admin.get_as("/v1/reports/movements", "text/csv").await.expect(200);
    let sheet = sheet.body.as_str().expect("a sheet").to_owned();
    assert!(sheet.contains("\nmonth,2026-02,,110,0,65,0,0,30,0,7,0,30,52\n"), "{sheet}");
    assert!(sheet.contains("\nbranch,2026-02,Kiosk,,0,0,30,0"), "{sheet}");

    // Old months are the opening of the first one that is shown.
    now(&world, "2027-12-15T12:00:00Z");
    let later = reported(&world, "two", "movements").await;
    let months = later.at("months").as_array().expect("months");
    let first = (months.len(), &months[0]["month"], &months[0]["opening"]);
    assert_eq!(first, (24, &json!("2026-01"), &json!(110)));
    assert_eq!(months[23]["closing"], json!(0));
}
