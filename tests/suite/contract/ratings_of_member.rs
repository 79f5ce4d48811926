//! The ratings of one member, for agents and for the member, and the list by branch with many branches.

use puntos_tests::{Caller, World};
use serde_json::{Value, json};

use super::change_program;

/// Rates a visit on a day of March 2026 by the till. Returns the id of the rating.
async fn rate(world: &World, member: &str, score: i64, branch: &str, day: u8) -> String {
    let body = json!({
        "member_id": member, "score": score, "branch": branch,
        "invoice_number": format!("{member}-{day}"),
        "visited_at": format!("2026-03-{day:02}T10:00:00Z"),
    });
    world.pos.post("/v1/ratings", body, None).await.expect(201).text("rating_id")
}

/// Returns the ids on all pages of a list, and the number of pages.
async fn walked(caller: &Caller, query: &str, limit: u32) -> (Vec<String>, usize) {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    for page in 1..50 {
        let path = format!("/v1/ratings?{query}&limit={limit}{cursor}");
        let answer = caller.get(&path).await.expect(200);
        let rows = answer.at("data").as_array().expect("rows");
        ids.extend(rows.iter().map(|row| row["rating_id"].as_str().unwrap().to_owned()));
        match answer.at("next_cursor").as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (ids, page),
        }
    }
    panic!("the pages of {query} do not end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_members_ratings_are_listed_in_every_order() {
    let world = World::start().await;
    world.stack.set_clock("2031-01-01T12:00:00Z".parse().unwrap());
    let (member, other) = (world.member_id().await, world.member_id().await);
    let mut rated = Vec::new();
    for (day, (score, branch)) in (1..).zip([(3, "b2"), (9, "b1"), (3, "b1"), (10, "b2")]) {
        rated.push(rate(&world, &member, score, branch, day).await);
        let _ = rate(&world, &other, score, branch, day).await;
    }
    let _ = world.agent.get(&format!("/v1/ratings/{}", rated[3])).await.expect(200);
    let own = world.member(&member).await;
    let table: [(&str, &[usize]); 9] = [
        ("", &[3, 2, 1, 0]),
        ("order=asc", &[0, 1, 2, 3]),
        ("sort=score", &[3, 1, 2, 0]),
        ("sort=branch", &[2, 1, 3, 0]),
        ("sort=branch&order=desc", &[3, 0, 2, 1]),
        ("sort=unread", &[2, 1, 0, 3]),
        ("branch=B2", &[3, 0]),
        ("from=2026-03-02&to=2026-03-03", &[2, 1]),
        ("name=nobody", &[]),
    ];
    for (query, order) in table {
        let expected: Vec<String> = order.iter().map(|index| rated[*index].clone()).collect();
        for limit in [1, 100] {
            let of_agent =
                walked(&world.agent, &format!("member_id={member}&{query}"), limit).await;
            assert_eq!(of_agent.0, expected, "{query}");
            for query in [format!("member_id=me&{query}"), query.to_owned()] {
                assert_eq!(walked(&own, &query, limit).await.0, expected, "{query}");
            }
        }
    }
    let row = own.get("/v1/ratings?member_id=me").await.expect(200).at("data.0").clone();
    assert_eq!((&row["has_comment"], &row["unread"]), (&json!(false), &json!(false)));
    // The cursor of one member's list is not one of another list.
    let path = format!("/v1/ratings?member_id={member}&limit=1");
    let cursor = world.agent.get(&path).await.expect(200).text("next_cursor");
    for list in [format!("member_id={other}&"), String::new()] {
        let path = format!("/v1/ratings?{list}limit=1&cursor={cursor}");
        let _ = world.agent.get(&path).await.expect_problem(400, "cursor_mismatch");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_lists_nobody_elses_ratings() {
    let world = World::start().await;
    let (member, other) = (world.member_id().await, world.member_id().await);
    let _ = world.rated(&other, 3, None).await;
    let own = world.member(&member).await;
    assert_eq!(own.get("/v1/ratings").await.expect(200).at("data"), &json!([]));
    for foreign in [&other, "mbr_0000000000000000", "nobody"] {
        let refused = own.get(&format!("/v1/ratings?member_id={foreign}")).await;
        let refused = refused.expect_problem(404, "not_found");
        assert_eq!(refused.text("errors.0.field"), "member_id");
    }
    let nobody = world.agent.get("/v1/ratings?member_id=mbr_0000000000000000").await.expect(200);
    assert_eq!((nobody.at("data"), nobody.at("next_cursor")), (&json!([]), &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_by_branch_reaches_every_branch_some_for_a_page() {
    let world = World::start().await;
    world.stack.set_clock("2031-01-01T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    let mut expected = Vec::new();
    for day in 1..=25 {
        expected.push(rate(&world, &member, 5, &format!("b{day:02}"), day).await);
    }
    for (order, expected) in
        [("asc", expected.clone()), ("desc", expected.iter().rev().cloned().collect())]
    {
        let (found, pages) = walked(&world.agent, &format!("sort=branch&order={order}"), 100).await;
        assert_eq!((found, pages), (expected, 3), "{order}");
    }
    // A period without visits is one of empty pages, and they end.
    let (none, pages) = walked(&world.agent, "sort=branch&from=2027-01-01", 100).await;
    assert_eq!((none, pages), (Vec::new(), 3));
    // Branches that the programme does not list, no longer or never, keep their ratings.
    let listed = json!([{"id": "a", "name": "A"}, {"id": "b26", "name": "B 26"}]);
    let _ = change_program(&world, |program| program["branches"] = listed).await.expect(200);
    expected.push(rate(&world, &member, 5, "b26", 26).await);
    expected.push(rate(&world, &member, 5, "b27", 27).await);
    assert_eq!(walked(&world.agent, "sort=branch", 7).await.0, expected);
}
