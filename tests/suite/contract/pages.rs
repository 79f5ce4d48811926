//! Pages: limits, cursors that visit every row once, and bad cursors.

use std::collections::BTreeSet;

use puntos_tests::{Caller, World};
use serde_json::json;

use crate::openapi::routes;

/// Returns the ids of every row, page by page, and how many pages there were.
async fn walk(caller: &Caller, path: &str, id: &str, limit: u32) -> (Vec<String>, u32) {
    let (mut ids, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let page = caller.get(&format!("{path}limit={limit}{cursor}")).await.expect(200);
        let rows = page.at("data").as_array().expect("rows");
        ids.extend(rows.iter().map(|row| row[id].as_str().expect("an id").to_owned()));
        pages += 1;
        assert!(pages < 100, "the pages of {path} do not end");
        match page.at("next_cursor").as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (ids, pages),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_is_from_1_to_100() {
    let world = World::start().await;
    let member = world.member_id().await;
    let lists = [
        format!("/v1/members/{member}/timeline?"),
        format!("/v1/redemptions?member_id={member}&"),
        format!("/v1/coupons?member_id={member}&"),
        "/v1/rewards?".to_owned(),
        "/v1/agents?".to_owned(),
        "/v1/emails?status=sent&".to_owned(),
        "/v1/members?name=mina&".to_owned(),
        format!("/v1/purchases?member_id={member}&"),
    ];
    for list in lists {
        for bad in ["0", "101", "-1", "1.5", "ten", "99999999999999999999", "%F0%9F%9B%92"] {
            let answer = world.agent.get(&format!("{list}limit={bad}")).await;
            let answer = answer.expect_problem(422, "invalid_field");
            assert_eq!(answer.text("errors.0.field"), "limit", "{list}{bad}");
        }
        for good in ["1", "100", ""] {
            let _ = world.agent.get(&format!("{list}limit={good}")).await.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_show_every_row_once_and_twenty_by_default() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 20).await;
    let reward = world.reward(10, json!({})).await;
    let mut redeemed = Vec::new();
    for index in 0..23 {
        let one = world.redeem(&member, &reward, &format!("page-{index}")).await.expect(201);
        redeemed.push(one.text("redemption_id"));
    }
    world.settle().await;
    redeemed.reverse();
    let list = format!("/v1/redemptions?member_id={member}&");
    let (walked, pages) = walk(&world.agent, &list, "redemption_id", 7).await;
    assert_eq!(walked, redeemed);
    assert!(pages >= 4, "{pages} pages");
    let default = world.agent.get(&list).await.expect(200);
    assert!(default.at("data").as_array().is_some_and(|rows| rows.len() <= 20));
    let list = format!("/v1/members/{member}/timeline?");
    let first = world.agent.get(&list).await.expect(200);
    assert_eq!(first.at("data").as_array().map(Vec::len), Some(20));
    let (entries, _) = walk(&world.agent, &list, "entry_id", 9).await;
    let (in_one, _) = walk(&world.agent, &list, "entry_id", 100).await;
    // Enrolment, purchase, and a redemption and a mail 23 times.
    assert_eq!((entries.len(), &entries), (48, &in_one));
    assert_eq!(entries.iter().collect::<BTreeSet<_>>().len(), 48);
    let (mails, _) = walk(&world.agent, "/v1/emails?status=sent&", "email_id", 5).await;
    assert_eq!(mails.iter().collect::<BTreeSet<_>>().len(), 23);
    let (rewards, pages) = walk(&world.agent, "/v1/rewards?", "reward_id", 1).await;
    assert_eq!((rewards.len(), pages), (4, 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_serves_only_the_list_it_came_from() {
    let world = World::start().await;
    let (member, other) = (world.member_id().await, world.member_id().await);
    let reward = world.reward(10, json!({})).await;
    for member in [&member, &other] {
        let _ = world.earn(member, 1).await;
        for index in 0..2 {
            let _ = world.redeem(member, &reward, &format!("{member}-{index}")).await.expect(201);
        }
    }
    world.settle().await;
    let cursor_of = async |path: &str| {
        let page = world.agent.get(&format!("{path}limit=1")).await.expect(200);
        page.text("next_cursor")
    };
    let lists = [
        format!("/v1/members/{member}/timeline?"),
        format!("/v1/members/{member}/timeline?kind=redemption&"),
        format!("/v1/members/{other}/timeline?"),
        "/v1/emails?status=sent&".to_owned(),
        "/v1/rewards?".to_owned(),
    ];
    for source in &lists {
        let cursor = cursor_of(source).await;
        for list in &lists {
            let answer = world.agent.get(&format!("{list}cursor={cursor}")).await;
            if source == list {
                let _ = answer.expect(200);
            } else {
                let _ = answer.expect_problem(400, "cursor_mismatch");
            }
        }
        let answer = world.agent.get(&format!("/v1/emails?status=queued&cursor={cursor}")).await;
        let _ = answer.expect_problem(400, "cursor_mismatch");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_cursor_is_400_on_every_list() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let lists = [
        format!("/v1/members/{member}/timeline?"),
        format!("/v1/members/{member}/tasks?"),
        format!("/v1/redemptions?member_id={member}&"),
        format!("/v1/claims?member_id={member}&"),
        "/v1/claims?".to_owned(),
        "/v1/agents?".to_owned(),
        "/v1/emails?status=sent&".to_owned(),
        "/v1/purchases?branch=b1&invoice_number=i&".to_owned(),
        "/v1/purchases?invoice_number=i&".to_owned(),
        format!("/v1/purchases?member_id={member}&"),
        "/v1/purchases?member_id=nobody&".to_owned(),
        "/v1/ratings?".to_owned(),
        "/v1/ratings?sort=branch&".to_owned(),
        format!("/v1/ratings?member_id={member}&"),
        format!("/v1/coupons?member_id={member}&"),
        "/v1/ratings?name=mina&".to_owned(),
        "/v1/rewards?".to_owned(),
        "/v1/rewards/rwd_coffee/versions?".to_owned(),
        "/v1/program/versions?".to_owned(),
        "/v1/tasks?".to_owned(),
        "/v1/tasks/upcoming?days=7&".to_owned(),
    ];
    let paged = routes();
    let paged = paged.values().filter(|route| route.query.iter().any(|one| one.name == "cursor"));
    for route in paged {
        let is_listed = |list: &String| {
            let (path, _) = list.split_once('?').expect("a query");
            let (parts, named) = (path.split('/'), route.path().split('/'));
            parts.clone().count() == named.clone().count()
                && parts.zip(named).all(|(part, name)| part == name || name.starts_with('{'))
        };
        assert!(lists.iter().any(is_listed), "{} is not in this test", route.key);
    }
    let long = "A".repeat(5_000);
    for list in &lists {
        for forged in [
            "e30",
            "bnVsbA",
            "W10",
            "eyJmIjoiIiwiayI6e319",
            "%00",
            "%F0%9F%9B%92",
            "a b",
            "agents.a",
            &long,
        ] {
            let forged = forged.replace(' ', "%20");
            let caller = if list.contains("/versions") { &world.admin } else { &world.agent };
            let answer = caller.get(&format!("{list}cursor={forged}")).await;
            assert_eq!((answer.status, answer.code()), (400, "cursor_mismatch"), "{list} {forged}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_that_was_changed_is_400_and_the_same_page_has_the_same_one() {
    let world = World::start().await;
    let member = world.member_id().await;
    let _ = world.earn(&member, 1).await;
    let list = format!("/v1/members/{member}/timeline?");
    let cursor = async || world.agent.get(&format!("{list}limit=1")).await.text("next_cursor");
    let given = cursor().await;
    assert_eq!(cursor().await, given);
    for place in [0, given.len() / 2, given.len() - 2] {
        let mut changed = given.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let answer = world.agent.get(&format!("{list}cursor={changed}")).await;
        let _ = answer.expect_problem(400, "cursor_mismatch");
    }
}
