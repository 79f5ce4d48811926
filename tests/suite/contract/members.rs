//! Members: enrolled once, shown whole, changed by merge patch.

use puntos_tests::{Answer, Caller, World};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_shown_as_enrolled() {
    let world = World::start().await;
    let body = json!({
        "name": "Zoë Müller-Lüdenscheidt", "email": " Zoe@Example.COM ", "phone": "+7 900 000-00-00",
        "document": "AB 12", "card_number": "77-X", "locale": "pt-BR", "birth_date": "1990-02-28",
    });
    let enrolled = world.admin.post("/v1/members", body.clone(), Some("zoe")).await.expect(201);
    let id = enrolled.text("member_id");
    assert!(id.starts_with("mbr_"));
    let shown = world.agent.get(&format!("/v1/members/{id}")).await.expect(200);
    assert_eq!(shown.body, enrolled.body);
    for field in ["name", "phone", "document", "card_number", "locale", "birth_date"] {
        assert_eq!(shown.at(field), &body[field], "{field}");
    }
    assert_eq!(shown.text("email"), "Zoe@Example.COM");
    let ok = json!({"state": "ok", "reason": null, "since": null});
    assert_eq!(shown.at("email_status"), &ok);
    let empty = json!({
        "available": 0, "pending": 0, "reserved": 0, "debt": 0,
        "expiring_next": null, "expiring": [],
    });
    assert_eq!(shown.at("balance"), &empty);
    assert!(shown.text("created_at").ends_with('Z'));
    let bare = world.agent.post("/v1/members", json!({"name": "N"}), Some("n")).await.expect(201);
    assert_eq!(bare.text("email_status.state"), "none");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_has_cannot_be_enrolled_again_and_is_named() {
    let world = World::start().await;
    let body = json!({
        "name": "First", "email": "first@bücher.example", "document": "Doc-É", "card_number": "Card-1",
    });
    let _ = world.pos.post("/v1/members", body, Some("first")).await.expect(201);
    let table = [
        (json!({"email": " FIRST@XN--BCHER-KVA.example"}), vec!["email"]),
        (json!({"email": "first@bu\u{308}cher.example"}), vec!["email"]),
        (json!({"document": "doc-e\u{301}"}), vec!["document"]),
        (json!({"card_number": " card-1 "}), vec!["card_number"]),
        (
            json!({"document": "doc-é", "card_number": "CARD-1", "email": "other@example.com"}),
            vec!["document", "card_number"],
        ),
    ];
    let second = json!({"name": "Second"});
    let second = world.agent.post("/v1/members", second, Some("second")).await.expect(201);
    let second_path = format!("/v1/members/{}", second.text("member_id"));
    for (index, (fields, named)) in table.into_iter().enumerate() {
        let mut body = fields.clone();
        body["name"] = json!("Another");
        let refused = world.pos.post("/v1/members", body, Some(&format!("another-{index}"))).await;
        let patched = world.agent.patch(&second_path, fields.clone()).await;
        for refused in [refused, patched] {
            let refused = refused.expect_problem(409, "already_enrolled");
            let errors = refused.at("errors").as_array().expect("errors").iter();
            let fields: Vec<&str> = errors.filter_map(|error| error["field"].as_str()).collect();
            assert_eq!(fields, named);
        }
    }
    assert_eq!(world.agent.get(&second_path).await.expect(200).body, second.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patch_changes_what_it_names_and_null_removes() {
    let world = World::start().await;
    let before = world.enrol().await;
    let path = format!("/v1/members/{}", before.text("member_id"));
    let unchanged = world.agent.patch(&path, json!({})).await.expect(200);
    assert_eq!(unchanged.body, before.body);
    let patch =
        json!({"name": "Other Name", "card_number": "new-card", "birth_date": "2000-01-01"});
    let after = world.supervisor.patch(&path, patch).await.expect(200);
    let mut expected = before.body.clone();
    expected["name"] = json!("Other Name");
    expected["card_number"] = json!("new-card");
    expected["birth_date"] = json!("2000-01-01");
    assert_eq!(after.body, expected);
    let nothing_left = json!({
        "email": null, "phone": null, "document": null, "card_number": null, "locale": null,
        "birth_date": null,
    });
    let bare = world.agent.patch(&path, nothing_left).await.expect(200);
    for field in ["email", "phone", "document", "card_number", "locale", "birth_date"] {
        assert_eq!(bare.at(field), &Value::Null, "{field}");
    }
    assert_eq!(bare.text("email_status.state"), "none");
    let refused = world.agent.patch(&path, json!({"name": null})).await;
    let refused = refused.expect_problem(422, "invalid_field");
    assert_eq!(refused.text("errors.0.field"), "name");
    // Other members can use the values that were removed, such as the newer card, and no card that was replaced.
    let next = |card: &str| json!({"name": "Next", "card_number": card});
    let _ = world.pos.post("/v1/members", next("new-card"), Some("next")).await.expect(201);
    let replaced = world.pos.post("/v1/members", next(&before.text("card_number")), Some("old"));
    let _ = replaced.await.expect_problem(409, "card_replaced");
    let _ = world.agent.patch("/v1/members/nobody", json!({})).await.expect(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shopper_changes_only_their_email_phone_and_locale() {
    let world = World::start().await;
    let before = world.enrol().await;
    let id = before.text("member_id");
    let path = format!("/v1/members/{id}");
    let shopper = world.member(&id).await;
    let own = json!({"email": "new@example.com", "phone": "2", "locale": "es"});
    let after = shopper.patch(&path, own).await.expect(200);
    let mut expected = before.body.clone();
    expected["email_pending"] = json!("new@example.com");
    expected["phone"] = json!("2");
    expected["locale"] = json!("es");
    assert_eq!(after.body, expected);
    for (field, value) in [
        ("name", json!("Somebody Else")),
        ("document", json!("d")),
        ("card_number", json!("c")),
        ("card_number", Value::Null),
        ("birth_date", json!("2000-01-01")),
    ] {
        let refused = shopper.patch(&path, json!({field: value})).await;
        let _ = refused.expect_problem(403, "forbidden");
    }
    assert_eq!(shopper.get(&path).await.expect(200).body, after.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_a_member_enters_waits_until_an_agent_enters_it() {
    let world = World::start().await;
    let other = world.enrol().await;
    let before = world.enrol().await;
    let id = before.text("member_id");
    let path = format!("/v1/members/{id}");
    let shopper = world.member(&id).await;
    let address =
        |answer: &Answer| [answer.at("email").clone(), answer.at("email_pending").clone()];
    let (old, null) = (before.at("email").clone(), Value::Null);
    let by_shopper = async |patch: Value| address(&shopper.patch(&path, patch).await.expect(200));
    let by_agent = async |patch: Value| address(&world.agent.patch(&path, patch).await.expect(200));
    let entered = |email: &str| json!({"email": email});

    assert_eq!(by_shopper(entered("b@example.com")).await, [old.clone(), json!("b@example.com")]);
    // Nobody learns whose address it is.
    let theirs = other.text("email");
    assert_eq!(by_shopper(entered(&theirs)).await, [old.clone(), json!(theirs)]);
    assert_eq!(by_shopper(json!({"phone": "2"})).await, [old.clone(), json!(theirs)]);
    assert_eq!(by_agent(json!({"phone": "3"})).await, [old.clone(), json!(theirs)]);
    // The address that counts already ends the wait, in any writing.
    let same = before.text("email").to_uppercase();
    assert_eq!(by_shopper(entered(&same)).await, [old.clone(), null.clone()]);
    assert_eq!(by_shopper(entered("c@example.com")).await, [old.clone(), json!("c@example.com")]);
    assert_eq!(by_agent(entered("c@example.com")).await, [json!("c@example.com"), null.clone()]);
    let _ = by_shopper(entered("d@example.com")).await;
    assert_eq!(by_shopper(json!({"email": null})).await, [null.clone(), null.clone()]);
    let refused = shopper.patch(&path, entered("no address")).await;
    let _ = refused.expect_problem(422, "invalid_field");
    // The address that waited belongs to nobody.
    let heir = json!({"name": "Heir", "email": "d@example.com"});
    let _ = world.pos.post("/v1/members", heir, Some("heir")).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_timeline_shows_the_facts_of_purchases_and_ratings() {
    let world = World::start().await;
    let member = world.member_id().await;
    let total = json!({"amount": 129_990, "currency": "RUB"});
    let purchase = json!({
        "member_id": member, "branch": "msk-1", "invoice_number": "7", "total": total,
        "purchased_at": "2026-03-01T12:00:00+03:00",
    });
    let _ = world.pos.post("/v1/purchases", purchase, None).await.expect(201);
    let rating = json!({
        "member_id": member, "branch": "msk-1", "invoice_number": "7", "score": 8,
        "comment": "Quick", "visited_at": "2026-03-01T12:05:00+03:00",
    });
    let _ = world.pos.post("/v1/ratings", rating, None).await.expect(201);
    let timeline = world.agent.get(&format!("/v1/members/{member}/timeline")).await.expect(200);
    let names =
        ["kind", "purchased_at", "branch", "invoice_number", "total", "score", "color", "comment"];
    let facts = |row: usize| names.map(|name| timeline.at(&format!("data.{row}.{name}")).clone());
    let null = Value::Null;
    let rated = [
        json!("rating"),
        null.clone(),
        json!("msk-1"),
        json!("7"),
        null.clone(),
        json!(8),
        json!("yellow"),
        json!("Quick"),
    ];
    let bought = [
        json!("purchase"),
        json!("2026-03-01T09:00:00Z"),
        json!("msk-1"),
        json!("7"),
        total,
        null.clone(),
        null.clone(),
        null,
    ];
    assert_eq!((facts(0), facts(1)), (rated, bought));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_timeline_tells_everything_newest_first() {
    let world = World::start().await;
    let member = world.member_id().await;
    let purchase = world.earn(&member, 1).await;
    let path = format!("/v1/members/{member}/adjustments");
    let _ = world.agent.post(&path, json!({"points": 5, "reason": "goodwill"}), Some("a")).await;
    let reward = world.reward(15, json!({})).await;
    let redeemed = world.redeem(&member, &reward, "r").await.expect(201);
    world.settle().await;
    let _ = world.reverse(&redeemed.text("redemption_id"), "u").await.expect(201);
    world.settle().await;
    let path = format!("/v1/members/{member}/timeline");
    let timeline = world.supervisor.get(&path).await.expect(200);
    let rows = timeline.at("data").as_array().expect("rows");
    let seen: Vec<(&str, Option<i64>, Option<i64>)> = rows
        .iter()
        .map(|row| {
            let kind = row["kind"].as_str().expect("a kind");
            (kind, row["points"].as_i64(), row["balance_after"].as_i64())
        })
        .collect();
    let expected = [
        ("email", None, None),
        ("reversal", Some(15), Some(115)),
        ("email", None, None),
        ("redemption", Some(-15), Some(100)),
        ("adjustment", Some(5), Some(115)),
        ("purchase", Some(110), Some(110)),
        ("profile", None, None),
    ];
    assert_eq!(seen, expected);
    for row in rows {
        assert!(row["entry_id"].as_str().is_some_and(|id| id.starts_with("ent_")), "{row}");
        assert!(row["summary"].as_str().is_some_and(|text| !text.is_empty()), "{row}");
        assert!(row["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{row}");
    }
    assert_eq!(rows[5]["purchase_id"], *purchase.at("purchase_id"));
    assert_eq!(rows[3]["redemption_id"], *redeemed.at("redemption_id"));
    assert_eq!(rows[2]["email_id"], *redeemed.at("email_id"));
    for (index, status) in [(0, "sent"), (1, "sent"), (2, "sent"), (3, "sent")] {
        assert_eq!(rows[index]["email_status"], status, "{index}");
    }
    for (kind, count) in
        [("email", 2), ("purchase", 1), ("profile", 1), ("rating", 0), ("claim", 0)]
    {
        let page = world.agent.get(&format!("{path}?kind={kind}&limit=100")).await.expect(200);
        assert_eq!(page.at("data").as_array().map(Vec::len), Some(count), "{kind}");
    }
    let refused = world.agent.get(&format!("{path}?kind=nonsense")).await;
    let _ = refused.expect_problem(422, "invalid_field");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_till_sees_little_of_whom_it_enrols_also_on_a_replay() {
    let world = World::start().await;
    let body = json!({
        "name": "Mina Muster", "email": "mina@example.com", "document": "d", "card_number": "c",
    });
    let enrol = async |caller: &Caller| {
        caller.post("/v1/members", body.clone(), Some("mina")).await.expect(201)
    };
    let first = enrol(&world.pos).await;
    let member = first.text("member_id");
    let _ = world.earn(&member, 1).await;
    let changed = json!({"name": "Ana Otra", "phone": "5", "birth_date": "1990-01-01"});
    let _ = world.agent.patch(&format!("/v1/members/{member}"), changed).await.expect(200);
    let again = enrol(&world.pos).await;
    assert!(again.replayed);
    let found = world.pos.get("/v1/members?card_number=c").await.expect(200);
    assert_eq!(again.body, found.body["data"][0]);
    for (answer, first_name, available) in [(first, "Mina", 0), (again, "Ana", 110)] {
        let mut fields: Vec<&String> = answer.body.as_object().expect("a member").keys().collect();
        fields.sort();
        assert_eq!(fields, ["balance", "first_name", "member_id"]);
        assert_eq!(answer.text("first_name"), first_name);
        assert_eq!(answer.number("balance.available"), available);
    }
    // An agent who repeats the request sees everything.
    assert_eq!(enrol(&world.agent).await.text("phone"), "5");
}
