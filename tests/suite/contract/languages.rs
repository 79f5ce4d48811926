//! The language of texts: that of the reader, else the member's, else the programme's. Nothing in a Russian page is
//! English.

use puntos_tests::{Answer, Caller, World};
use serde_json::{Value, json};

use super::change_program;

/// The words of the programme and of people in these tests have no Latin letter, so what has one is ours.
fn is_latin(letter: char) -> bool {
    letter.is_ascii_alphabetic()
}

/// Enrols a member with this locale, or without one.
async fn enrolled(world: &World, locale: Option<&str>) -> String {
    let number = world.fresh();
    let body = json!({
        "name": "Мина Мустер", "email": format!("mina-{number}@example.com"), "locale": locale,
    });
    let key = format!("language-{number}");
    world.agent.post("/v1/members", body, Some(&key)).await.expect(201).text("member_id")
}

/// Returns the sentences of the newest entry of a timeline: its summary, then its explanation.
async fn newest(caller: &Caller, member: &str) -> Vec<String> {
    let page = caller.get(&format!("/v1/members/{member}/timeline")).await.expect(200);
    let mut texts = vec![page.text("data.0.summary")];
    texts.extend(rows(page.at("data.0.explanation")));
    texts
}

fn rows(rows: &Value) -> Vec<String> {
    let rows = rows.as_array().into_iter().flatten();
    rows.map(|row| row["text"].as_str().expect("a text").replace('\u{a0}', " ")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_is_in_the_language_of_the_reader_else_of_the_member_else_of_the_programme() {
    let world = World::start().await;
    let (spanish, nobodys) = (enrolled(&world, Some("es")).await, enrolled(&world, None).await);
    for member in [&spanish, &nobodys] {
        let mut body = world.purchase(member, 110_000);
        body["branch"] = json!("7");
        body["invoice_number"] = json!(format!("17-{}", world.fresh()));
        let _ = world.pos.post("/v1/purchases", body, None).await.expect(201);
    }
    let first = |texts: Vec<String>| texts[1].clone();
    let table = [
        (&spanish, Some("ru"), "1 100,00 ₽: 10 баллов за каждые полные 100,00 ₽"),
        (&spanish, Some("de, pt-BR;q=0.9"), "1.100,00 RUB: 10 pontos a cada 100,00 RUB completos"),
        (&spanish, Some("de"), "1100,00 RUB: 10 puntos por cada 100,00 RUB completos"),
        (&spanish, None, "1100,00 RUB: 10 puntos por cada 100,00 RUB completos"),
        (&nobodys, None, "1 100,00 ₽: 10 баллов за каждые полные 100,00 ₽"),
        (&nobodys, Some("en"), "1,100.00 RUB earns 10 points for each complete 100.00 RUB"),
    ];
    for (member, language, expected) in table {
        let caller = language.map_or(world.agent.clone(), |code| world.agent.reading(code));
        assert_eq!(first(newest(&caller, member).await), expected, "{language:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_a_quote_a_return_and_a_re_rating_speak_the_language_of_the_caller() {
    let world = World::start().await;
    let member = enrolled(&world, Some("es")).await;
    let change = |program: &mut Value| {
        program["promotions"] = json!([{
            "id": "x", "name": "Нигде", "branches": ["9"], "effect": {"bonus_points": 7},
        }]);
        program["effective_from"] = Value::Null;
    };
    let _ = change_program(&world, change).await.expect(200);
    let (till, agent) = (world.pos.reading("ru"), world.supervisor.reading("ru"));
    let mut body = world.purchase(&member, 110_000);
    body["branch"] = json!("7");
    let quote = till.post("/v1/purchases/quote", body.clone(), None).await.expect(200);
    assert_eq!(rows(quote.at("not_applied")), ["Нигде: этот магазин не участвует"]);
    let bought = till.post("/v1/purchases", body.clone(), None).await.expect(201);
    let again = till.post("/v1/purchases", body.clone(), None).await.expect(201);
    assert_eq!(rows(again.at("explanation")), rows(bought.at("explanation")));
    // The same purchase, told in the language of its member.
    let told = world.pos.post("/v1/purchases", body, None).await.expect(201);
    let expected = ["1100,00 RUB: 10 puntos por cada 100,00 RUB completos"];
    assert_eq!(rows(told.at("explanation")), expected);
    let path = format!("/v1/purchases/{}", bought.text("purchase_id"));
    let shown = agent.get(&path).await.expect(200);
    let back = json!({
        "branch": "7", "return_number": "1", "returned_at": world.stack.clock().now().to_string(),
        "amount": {"amount": 20_000, "currency": "RUB"},
    });
    let returned = till.post(&format!("{path}/returns"), back, None).await.expect(201);
    let reason = json!({"reason": "Ошибка"});
    let rerated = agent.post(&format!("{path}/rerate"), reason, Some("k")).await.expect(200);
    for answer in [quote, bought, shown, returned, rerated] {
        let texts = [rows(answer.at("explanation")), rows(&answer.body["not_applied"])].concat();
        assert!(!texts.iter().any(|text| text.contains(is_latin)), "{texts:?}");
    }
}

/// Adds the texts of our own in an answer, by the names of their fields.
fn ours(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let is_ours = ["summary", "text", "note"].contains(&name.as_str());
                found.extend(field.as_str().filter(|_| is_ours).map(str::to_owned));
                ours(field, found);
            }
        }
        Value::Array(rows) => rows.iter().for_each(|row| ours(row, found)),
        _ => {}
    }
}

/// Gives a member some of everything that has words of ours.
async fn live(world: &World, member: &str) {
    let mut body = world.purchase(member, 1_100_000);
    body["branch"] = json!("7");
    body["invoice_number"] = json!("17-1");
    let _ = world.pos.post("/v1/purchases", body, None).await.expect(201);
    let named = json!({"name": "Кружка"});
    let reward = world.reward(50, named).await;
    let redeemed = world.redeem(member, &reward, "k1").await.expect(201);
    let path = format!("/v1/redemptions/{}/reversal", redeemed.text("redemption_id"));
    let reason = json!({"reason": "Случайно"});
    let _ = world.agent.post(&path, reason, Some("k2")).await.expect(201);
    let body = json!({"points": 5, "reason": "Извинение"});
    let path = format!("/v1/members/{member}/adjustments");
    let _ = world.agent.post(&path, body, Some("k3")).await.expect(201);
    let body = json!({
        "member_id": member, "score": 3, "branch": "7", "invoice_number": "17-1",
        "visited_at": world.stack.clock().now().to_string(),
    });
    let rated = world.pos.post("/v1/ratings", body, None).await.expect(201).text("rating_id");
    let gift = json!({"gift": {"kind": "points", "points": 21}});
    let path = format!("/v1/ratings/{rated}/gifts");
    let _ = world.agent.post(&path, gift, Some("k4")).await.expect(201);
    let path = format!("/v1/members/{member}");
    let _ = world.agent.patch(&path, json!({"phone": "1", "optional_emails": false})).await;
}

async fn claimed(world: &World, member: &str, invoice_number: &str) -> Answer {
    let evidence = json!({"branch": "7", "invoice_number": invoice_number});
    let body = json!({"member_id": member, "kind": "missing_points", "evidence": evidence});
    let agent = world.agent.reading("ru");
    agent.post("/v1/claims", body, Some(&format!("claim-{invoice_number}"))).await.expect(201)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_russian_member_reads_no_latin_letter() {
    let world = World::start().await;
    let member = enrolled(&world, Some("ru")).await;
    live(&world, &member).await;
    let with_points = claimed(&world, &member, "17-1").await;
    let missing = claimed(&world, &member, "17-2").await;
    let path = format!("/v1/claims/{}/fix", missing.text("claim_id"));
    let fixed = world.agent.reading("ru").post(&path, json!({"points": 2}), Some("f")).await;
    let fixed = fixed.expect(200);
    world.settle().await;
    let caller = world.member(&member).await;
    let mut texts = Vec::new();
    for answer in [&with_points, &missing, &fixed] {
        ours(&answer.body, &mut texts);
    }
    for page in ["timeline?limit=100", "statement"] {
        let answer = caller.get(&format!("/v1/members/{member}/{page}")).await.expect(200);
        ours(&answer.body, &mut texts);
    }
    let claims = caller.get(&format!("/v1/claims?member_id={member}")).await.expect(200);
    ours(&claims.body, &mut texts);
    // The id of a claim is the only name with Latin letters.
    let ids = [&with_points, &missing].map(|claim| claim.text("claim_id"));
    let unnamed = |text: &String| ids.iter().fold(text.clone(), |text, id| text.replace(id, ""));
    let texts: Vec<String> = texts.iter().map(unnamed).collect();
    assert!(texts.len() > 20, "{texts:?}");
    let foreign: Vec<&String> = texts.iter().filter(|text| text.contains(is_latin)).collect();
    assert_eq!(foreign, Vec::<&String>::new());
    assert!(texts.iter().any(|text| text.contains("21 балл")), "{texts:?}");
    // The note of the fix stands in the mail as well.
    let mails = world.stack.outbox(None);
    assert!(mails.iter().any(|mail| mail.text.contains("Начислено 2 балла")));
}
