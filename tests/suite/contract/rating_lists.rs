//! The list of ratings: every sort in both directions, filters and pages. The summary agrees with the list.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use puntos_tests::World;
use serde_json::{Value, json};

/// Names in the order of the alphabet, as a search compares them.
const NAMES: [&str; 8] = [
    "Ana",
    "Ana Zúñiga",
    "Ángela Peña",
    "ANNA de la Cruz",
    "Mina Muster",
    "Łukasz Groß",
    "Ёлка",
    "مُحَمَّد",
];

/// Enrols a member for each name, who rates three visits. Returns the ids of the ratings.
async fn rated(world: &World) -> Vec<String> {
    world.stack.set_clock("2031-01-01T12:00:00Z".parse().unwrap());
    let mut ids = Vec::new();
    // Shuffled, so that no sort equals the sequence of arrival.
    for number in [5, 2, 7, 0, 3, 6, 1, 4] {
        let enrolled = json!({"name": NAMES[number]});
        let key = format!("named-{number}");
        let member = world.pos.post("/v1/members", enrolled, Some(&key)).await.expect(201);
        for visit in 0..3 {
            let place = number * 3 + visit;
            let mut body = json!({
                "member_id": member.text("member_id"), "score": (place * 7) % 11,
                "branch": if visit == 1 { "b#2" } else { "b1" },
                "invoice_number": format!("i{place}"),
                // Two visits at each instant, on both sides of a local midnight.
                "visited_at": format!("2026-03-{:02}T20:59:59.5Z", 1 + (place * 5) % 12),
            });
            if place % 4 == 0 {
                body["comment"] = json!("said");
            }
            ids.push(world.pos.post("/v1/ratings", body, None).await.expect(201).text("rating_id"));
        }
    }
    ids
}

/// Returns the rows of all pages of this size.
async fn walked(world: &World, query: &str, limit: u32) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    for _ in 0..200 {
        let path = format!("/v1/ratings?{query}&limit={limit}{cursor}");
        let page = world.agent.get(&path).await.expect(200);
        let data = page.at("data").as_array().expect("rows");
        assert!(data.len() <= limit as usize);
        rows.extend(data.iter().cloned());
        match page.at("next_cursor").as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
    panic!("the pages of {query} do not end");
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["rating_id"].as_str().expect("an id")).collect()
}

/// The visit and the id, which decide if the other sort values are equal.
fn visit(row: &Value) -> (String, String) {
    let text = |name: &str| row[name].as_str().expect("text").to_owned();
    (text("visited_at"), text("rating_id"))
}

/// Returns the rows sorted as the contract says.
fn sorted(rows: &[Value], sort: &str, ascending: bool) -> Vec<Value> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| Reverse(visit(row)));
    let alphabet = |row: &Value| NAMES.iter().position(|name| row["name"] == *name);
    match (sort, ascending) {
        ("date", true) => rows.reverse(),
        ("date", false) => {}
        ("score", true) => rows.sort_by_key(|row| row["score"].as_i64()),
        ("score", false) => rows.sort_by_key(|row| Reverse(row["score"].as_i64())),
        ("unread", true) => rows.sort_by_key(|row| row["unread"].as_bool()),
        ("unread", false) => rows.sort_by_key(|row| Reverse(row["unread"].as_bool())),
        ("branch", true) => rows.sort_by_key(|row| row["branch"].to_string()),
        ("branch", false) => rows.sort_by_key(|row| Reverse(row["branch"].to_string())),
        ("name", true) => {
            rows.reverse();
            rows.sort_by_key(alphabet);
        }
        _ => rows.sort_by_key(|row| Reverse(alphabet(row))),
    }
    rows
}

/// Opens every third rating, as an agent does.
async fn open_some(world: &World, ids: &[String]) {
    for id in ids.iter().step_by(3) {
        let _ = world.agent.get(&format!("/v1/ratings/{id}")).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_order_both_ways_in_pages() {
    let world = World::start().await;
    let given = rated(&world).await;
    open_some(&world, &given).await;
    let all = walked(&world, "", 100).await;
    assert_eq!(ids(&all).into_iter().collect::<BTreeSet<_>>().len(), 24);
    assert_eq!(all.iter().filter(|row| row["unread"] == false).count(), 8);
    let orders = [
        ("", "date", false),
        ("sort=date", "date", false),
        ("sort=name", "name", true),
        ("sort=score", "score", false),
        ("sort=unread", "unread", false),
        ("sort=branch", "branch", true),
        ("sort=branch&order=desc", "branch", false),
        ("sort=date&order=asc", "date", true),
        ("sort=score&order=asc", "score", true),
        ("sort=unread&order=asc", "unread", true),
        ("sort=name&order=desc", "name", false),
    ];
    let filters = [
        ("", None, 24),
        ("branch=b1", Some("b1"), 16),
        ("branch=b%232&from=2026-03-03&to=2026-03-09", Some("b#2"), 0),
        ("branch=b3", Some("b3"), 0),
    ];
    for (filter, branch, count) in filters {
        let held: Vec<Value> = all
            .iter()
            .filter(|row| branch.is_none_or(|branch| row["branch"] == branch))
            .filter(|row| !filter.contains("from") || is_between(row, "2026-03-03", "2026-03-09"))
            .cloned()
            .collect();
        assert!(count == 0 || held.len() == count, "{filter}: {}", held.len());
        for (query, sort, ascending) in orders {
            let expected = sorted(&held, sort, ascending);
            for limit in [5, 100] {
                let found = walked(&world, &format!("{filter}&{query}"), limit).await;
                assert_eq!(ids(&found), ids(&expected), "{filter} {query} {limit}");
            }
        }
    }
}

/// Whether a visit, a second before midnight in Moscow, was on one of these days.
fn is_between(row: &Value, first: &str, last: &str) -> bool {
    let at = row["visited_at"].as_str().expect("an instant");
    (first..=last).contains(&&at[..10])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_are_whole_and_instants_half_open() {
    let world = World::start().await;
    let _ = rated(&world).await;
    let all = walked(&world, "", 100).await;
    let count =
        |first: &str, last: &str| all.iter().filter(|row| is_between(row, first, last)).count();
    let at = "2026-03-05T20:59:59.5Z";
    let table = [
        ("from=2026-03-05&to=2026-03-05".to_owned(), count("2026-03-05", "2026-03-05")),
        ("from=2026-03-11".to_owned(), count("2026-03-11", "2026-03-12")),
        ("to=2026-03-02".to_owned(), count("2026-03-01", "2026-03-02")),
        (format!("from={at}&to=2026-03-06T20:59:59.5Z"), count("2026-03-05", "2026-03-05")),
        (format!("from=2026-03-04T20:59:59.500001Z&to={at}"), 0),
        (
            "from=2026-03-06T00%3A00%3A00%2B03%3A00&to=2026-03-06".to_owned(),
            count("2026-03-06", "2026-03-06"),
        ),
        ("from=2026-04-01".to_owned(), 0),
    ];
    for (query, expected) in table {
        for sort in ["date", "name", "unread", "branch"] {
            let found = walked(&world, &format!("{query}&sort={sort}"), 7).await;
            assert_eq!(found.len(), expected, "{query} {sort}");
        }
        let named = walked(&world, &format!("{query}&name=ana"), 7).await;
        assert!(named.len() <= expected);
    }
    for (bad, field) in [
        ("from=yesterday", "from"),
        ("to=2026-02-30", "to"),
        ("from=2026-03-05&to=2026-03-04", "to"),
        ("sort=age", "sort"),
        ("order=up", "order"),
        ("limit=0", "limit"),
        ("name=a%00", "name"),
    ] {
        let refused = world.agent.get(&format!("/v1/ratings?{bad}")).await;
        let refused = refused.expect_problem(422, "invalid_field");
        assert_eq!(refused.text("errors.0.field"), field, "{bad}");
    }
    let long = format!("/v1/ratings?branch={}", "x".repeat(65));
    let _ = world.agent.get(&long).await.expect_problem(422, "invalid_field");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_are_found_by_the_beginning_of_any_word() {
    let world = World::start().await;
    let given = rated(&world).await;
    open_some(&world, &given).await;
    let all = walked(&world, "", 100).await;
    let table: [(&str, &[&str]); 11] = [
        ("ana", &["Ana", "Ana Zúñiga"]),
        ("an", &["Ana", "Ana Zúñiga", "Ángela Peña", "ANNA de la Cruz"]),
        ("%C3%81NGELA", &["Ángela Peña"]),
        ("pe%C3%B1", &["Ángela Peña"]),
        ("zuniga+ana", &["Ana Zúñiga"]),
        ("ana+cruz", &[]),
        ("gross", &["Łukasz Groß"]),
        ("%D0%95%D0%BB", &["Ёлка"]),
        ("%D9%85%D8%AD%D9%85%D8%AF", &["مُحَمَّد"]),
        ("uster", &[]),
        ("---", &[]),
    ];
    for (name, found) in table {
        let held: Vec<Value> = all
            .iter()
            .filter(|row| found.iter().any(|name| row["name"] == *name))
            .cloned()
            .collect();
        assert_eq!(held.len(), found.len() * 3, "{name}");
        for (sort, ascending) in [
            ("date", false),
            ("date", true),
            ("name", true),
            ("score", true),
            ("unread", false),
            ("branch", true),
            ("branch", false),
        ] {
            let order = if ascending { "asc" } else { "desc" };
            let query = format!("name={name}&sort={sort}&order={order}");
            let rows = walked(&world, &query, 2).await;
            assert_eq!(ids(&rows), ids(&sorted(&held, sort, ascending)), "{query}");
        }
    }
    let in_branch = walked(&world, "name=an&branch=b%232", 3).await;
    assert_eq!(in_branch.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_customers_of_a_name_than_one_order_holds_are_all_found_once() {
    let world = World::start().await;
    let at = world.stack.clock().now().to_string();
    // A member with two matching words is found once. The last 20 of 130 members have other names.
    for number in 0..130 {
        let name = if number < 110 { format!("Olga Ol{number}") } else { format!("Iva {number}") };
        let key = format!("named-{number}");
        let member = world.pos.post("/v1/members", json!({"name": name}), Some(&key)).await;
        let body = json!({
            "member_id": member.expect(201).text("member_id"), "score": 5, "branch": "b1",
            "invoice_number": key, "visited_at": at,
        });
        let _ = world.pos.post("/v1/ratings", body, None).await.expect(201);
    }
    for limit in [9, 100] {
        let rows = walked(&world, "name=ol", limit).await;
        assert_eq!(rows.len(), 110);
        assert_eq!(ids(&rows).into_iter().collect::<BTreeSet<_>>().len(), 110);
    }
    assert_eq!(walked(&world, "name=ol+olga", 50).await.len(), 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_serves_only_the_list_it_came_from() {
    let world = World::start().await;
    let _ = rated(&world).await;
    let lists = [
        "",
        "order=asc",
        "sort=score",
        "sort=name",
        "sort=branch",
        "branch=b1",
        "from=2026-03-02",
        "to=2026-03-11",
        "name=an",
        "name=an&sort=name",
        "sort=name&branch=b1",
    ];
    for source in lists {
        let page = world.agent.get(&format!("/v1/ratings?{source}&limit=1")).await.expect(200);
        let cursor = page.text("next_cursor");
        for list in lists {
            let path = format!("/v1/ratings?{list}&limit=1&cursor={cursor}");
            let answer = world.agent.get(&path).await;
            if list == source {
                let _ = answer.expect(200);
            } else {
                let _ = answer.expect_problem(400, "cursor_mismatch");
            }
        }
    }
    for bad in ["x", "e30", "%F0%9F%9B%92"] {
        let answer = world.agent.get(&format!("/v1/ratings?cursor={bad}")).await;
        let _ = answer.expect_problem(400, "cursor_mismatch");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_summary_agrees_with_the_list() {
    let world = World::start().await;
    let empty = world.agent.get("/v1/ratings/summary").await.expect(200);
    assert_eq!((empty.number("ratings"), empty.at("nps")), (0, &Value::Null));
    assert_eq!(empty.at("months"), &json!([]));
    let given = rated(&world).await;
    open_some(&world, &given).await;
    let old = json!({
        "member_id": world.member_id().await, "score": 10, "branch": "b1", "invoice_number": "old",
        // It is already January in Moscow.
        "visited_at": "2025-12-31T21:30:00Z",
    });
    let _ = world.pos.post("/v1/ratings", old, None).await.expect(201);
    for query in [
        "",
        "branch=b1",
        "branch=b%232",
        "branch=none",
        "from=2026-03-03&to=2026-03-09",
        "from=2026-03-03T12:00:00Z&to=2026-03-09T12:00:00Z&branch=b1",
    ] {
        // An instant in a filter stands for its whole local day.
        let days = query.replace("T12:00:00Z", "");
        let rows = walked(&world, &days, 100).await;
        let count = |holds: &dyn Fn(&Value) -> bool| {
            i64::try_from(rows.iter().filter(|row| holds(row)).count()).unwrap()
        };
        let summary = world.agent.get(&format!("/v1/ratings/summary?{query}")).await.expect(200);
        let counted = [
            ("ratings", count(&|_| true)),
            ("comments", count(&|row| row["has_comment"] == true)),
            ("unread_comments", count(&|row| row["has_comment"] == true && row["unread"] == true)),
            ("promoters", count(&|row| row["category"] == "promoter")),
            ("passives", count(&|row| row["category"] == "passive")),
            ("detractors", count(&|row| row["category"] == "detractor")),
            ("replies", 0),
        ];
        for (name, expected) in counted {
            assert_eq!(summary.number(name), expected, "{query} {name}");
            let months = summary.at("months").as_array().expect("months");
            let sum: i64 = months.iter().map(|month| month[name].as_i64().unwrap()).sum();
            assert_eq!(sum, expected, "{query} {name} by month");
        }
        for by in ["day", "week", "month"] {
            let path = format!("/v1/ratings/trend?{query}&by={by}");
            let trend = world.agent.get(path.replace("?&", "?").as_str()).await.expect(200);
            let parts = trend.at("data").as_array().expect("rows");
            for score in 0..=10 {
                let sum: i64 =
                    parts.iter().map(|part| part["scores"][score].as_i64().unwrap()).sum();
                assert_eq!(sum, count(&|row| row["score"] == score), "{query} {by} {score}");
            }
            assert!(parts.is_sorted_by_key(|part| part["from"].as_str()), "{trend:?}");
        }
    }
    let summary = world.agent.get("/v1/ratings/summary").await.expect(200);
    let months = summary.at("months").as_array().expect("months");
    let names: Vec<&str> = months.iter().filter_map(|month| month["month"].as_str()).collect();
    assert_eq!(names, ["2026-01", "2026-03"]);
    assert_eq!(months[0]["nps"], json!(100.0));
    for long in ["from=2001-01-01", "from=1970-01-01&to=2100-12-31", "from=1970-01-01T00:00:00Z"] {
        let whole = world.agent.get(&format!("/v1/ratings/summary?{long}")).await.expect(200);
        assert_eq!(whole.body, summary.body, "{long}");
    }
    for (bad, field) in [("from=x", "from"), ("from=2026-03-02&to=2026-03-01", "to")] {
        let refused = world.agent.get(&format!("/v1/ratings/summary?{bad}")).await;
        let refused = refused.expect_problem(422, "invalid_field");
        assert_eq!(refused.text("errors.0.field"), field);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_published_result_comes_out_the_same() {
    let world = World::start().await;
    world.stack.set_clock("2031-01-01T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    for number in 0..210 {
        let score = if number < 100 {
            9
        } else if number < 130 {
            7
        } else {
            6
        };
        let body = json!({
            "member_id": member, "score": score, "branch": "b1", "invoice_number": number.to_string(),
            "visited_at": "2026-03-01T10:00:00Z",
        });
        let _ = world.pos.post("/v1/ratings", body, None).await.expect(201);
    }
    let summary = world.supervisor.get("/v1/ratings/summary?branch=b1").await.expect(200);
    assert_eq!(summary.at("nps"), &json!(9.52));
    assert_eq!(summary.at("months.0.nps"), &json!(9.52));
}
