//! The search for members: one filter at a time, as people write names, cards and addresses.

use puntos_tests::{Caller, World};
use serde_json::json;

/// Returns the names of the members found; the value goes out percent-encoded.
async fn found(caller: &Caller, filter: &str, value: &str) -> Vec<String> {
    let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let page = caller.get(&format!("/v1/members?{filter}={encoded}")).await.expect(200);
    let rows = page.at("data").as_array().expect("rows");
    let mut names: Vec<String> =
        rows.iter().map(|row| row["name"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}

async fn enrol(world: &World, names: &[&str]) {
    for name in names {
        let key = format!("search-{}", world.fresh());
        let _ = world.pos.post("/v1/members", json!({"name": name}), Some(&key)).await.expect(201);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_found_by_the_beginning_of_any_word_without_accents_and_case() {
    let world = World::start().await;
    enrol(&world, &["Ana María Peña", "Anastasia Ёлкина", "Łukasz Groß", "Mariana O'Brien"]).await;
    let table: [(&str, &[&str]); 12] = [
        ("ana", &["Ana María Peña", "Anastasia Ёлкина"]),
        ("ANÁS", &["Anastasia Ёлкина"]),
        ("mari", &["Ana María Peña", "Mariana O'Brien"]),
        ("maría", &["Ana María Peña", "Mariana O'Brien"]),
        ("pen", &["Ana María Peña"]),
        ("PEN\u{303}A", &["Ana María Peña"]),
        ("елк", &["Anastasia Ёлкина"]),
        ("GROSS", &["Łukasz Groß"]),
        ("brien", &["Mariana O'Brien"]),
        ("eña", &[]),
        ("%", &[]),
        ("x", &[]),
    ];
    for (query, expected) in table {
        assert_eq!(found(&world.agent, "name", query).await, expected, "{query}");
        assert_eq!(found(&world.supervisor, "name", query).await, expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_found_as_it_is_written_whole() {
    let world = World::start().await;
    enrol(&world, &["Ana María Peña", "Ana Mariño", "Mariana O'Brien", "Jean-Luc Picard"]).await;
    let table: [(&str, &[&str]); 6] = [
        ("Ana María Peña", &["Ana María Peña"]),
        ("ana mari", &["Ana Mariño", "Ana María Peña"]),
        ("peña ana", &["Ana María Peña"]),
        ("O'Brien", &["Mariana O'Brien"]),
        ("jean-luc", &["Jean-Luc Picard"]),
        ("ana picard", &[]),
    ];
    for (query, expected) in table {
        assert_eq!(found(&world.agent, "name", query).await, expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cards_documents_and_addresses_are_found_however_they_are_written() {
    let world = World::start().await;
    let body = json!({
        "name": "Mina", "email": "Mina@Bücher.example", "document": "Doc-É 1", "card_number": "Card-7",
    });
    let _ = world.pos.post("/v1/members", body, Some("mina")).await.expect(201);
    for (filter, value) in [
        ("email", "mina@bücher.example"),
        ("email", "  MINA@xn--bcher-kva.EXAMPLE "),
        ("email", "mina@bu\u{308}cher.example"),
        ("document", "doc-e\u{301} 1"),
        ("document", " DOC-É 1"),
        ("card_number", "CARD-7"),
    ] {
        assert_eq!(found(&world.agent, filter, value).await, ["Mina"], "{filter}={value}");
    }
    for (filter, value) in [
        ("email", "mina@bucher.example"),
        ("email", "no address"),
        ("document", "doc"),
        ("card_number", "card"),
    ] {
        assert!(found(&world.agent, filter, value).await.is_empty(), "{filter}={value}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_exactly_one_filter() {
    let world = World::start().await;
    for query in ["", "?", "?name=", "?name=a&document=b", "?email=a&card_number=b"] {
        let refused = world.agent.get(&format!("/v1/members{query}")).await;
        let _ = refused.expect_problem(422, "invalid_field");
    }
    let unknown = world.agent.get("/v1/members?name=a&other=1").await;
    let refused = unknown.expect_problem(422, "unknown_field");
    assert_eq!(refused.text("errors.0.field"), "other");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_till_finds_by_card_only_and_sees_no_more_than_it_needs() {
    let world = World::start().await;
    let enrolled = world.enrol().await;
    let _ = world.earn(&enrolled.text("member_id"), 1).await;
    let path = format!("/v1/members?card_number={}", enrolled.text("card_number"));
    let page = world.pos.get(&path).await.expect(200);
    let mut fields: Vec<&String> = page.at("data.0").as_object().expect("a row").keys().collect();
    fields.sort();
    assert_eq!(fields, ["balance", "first_name", "member_id"]);
    assert_eq!(page.text("data.0.first_name"), "Mina");
    assert_eq!(page.number("data.0.balance.available"), 110);
    for filter in ["document=a", "email=a@example.com", "name=mina"] {
        let refused = world.pos.get(&format!("/v1/members?{filter}")).await;
        let _ = refused.expect_problem(403, "forbidden");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parameter_given_twice_or_out_of_its_bounds_is_refused_by_name() {
    let world = World::start().await;
    let long = "0".repeat(65);
    for (query, field) in [
        ("redemptions?email=a@example.com&email=b@example.com".to_owned(), "email"),
        (format!("members?card_number={long}"), "card_number"),
        (format!("purchases?branch=b1&invoice_number={long}"), "invoice_number"),
        ("redemptions?email=nobody@example.com&limit=101".to_owned(), "limit"),
    ] {
        let refused = world.agent.get(&format!("/v1/{query}")).await;
        let refused = refused.expect_problem(422, "invalid_field");
        assert_eq!(refused.text("errors.0.field"), field, "{query}");
    }
}
