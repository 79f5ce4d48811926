//! The language of texts: that of the reader, else the member's, else the programme's.

use puntos_tests::{Caller, World};
use serde_json::{Value, json};

use super::change_program;

/// The words of the programme and of people in these tests have no Latin letter, so what has one is ours.
pub(super) fn is_latin(letter: char) -> bool {
    letter.is_ascii_alphabetic()
}

/// Enrols a member with this locale, or without one.
pub(super) async fn enrolled(world: &World, locale: Option<&str>) -> String {
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
