//! A person who signs in joins their member with card and code.

use jiff::SignedDuration;
use puntos_tests::{Answer, Caller, World};
use reqwest::Method;
use serde_json::json;

async fn given(by: &Caller, member_id: &str) -> Answer {
    let path = format!("/v1/members/{member_id}/join-code");
    by.send(Method::POST, &path, None, None).await
}

async fn person(world: &World, subject: &str) -> Caller {
    world.with_token(&world.stack.token("member", None, Some(subject)).await.unwrap())
}

async fn join(person: &Caller, card: &str, code: &str) -> Answer {
    let body = json!({"card_number": card, "code": code});
    person.post("/v1/members/join", body, None).await
}

/// Returns another code than this one.
fn wrong(code: &str) -> String {
    let first = if code.starts_with('7') { "8" } else { "7" };
    format!("{first}{}", &code[1..])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_joins_their_member_with_card_and_code() {
    let world = World::start().await;
    let member = world.enrol().await;
    let (member_id, card) = (member.text("member_id"), member.text("card_number"));
    let ana = person(&world, "ana").await;
    let _ = ana.get("/v1/members/me").await.expect_problem(404, "not_found");
    let first = given(&world.pos, &member_id).await.expect(201);
    let code = given(&world.agent, &member_id).await.expect(201).text("code");
    let _ = join(&ana, &card, &first.text("code")).await.expect_problem(409, "join_refused");
    let spaced = format!("{} {}", &code[..4], &code[4..]);
    let joined = join(&ana, &card.to_uppercase(), &spaced).await.expect(200);
    assert_eq!(joined.body, json!({"member_id": member_id}));
    assert_eq!(ana.get("/v1/members/me").await.expect(200).text("member_id"), member_id);
    let again = join(&ana, &card, &code).await.expect(200);
    assert_eq!(again.body, joined.body, "a retry answers the same");
    // Nobody else joins, whatever they have.
    let eva = person(&world, "eva").await;
    let _ = join(&eva, &card, &code).await.expect_problem(409, "join_refused");
    for by in [&world.agent, &world.pos] {
        let _ = given(by, &member_id).await.expect_problem(409, "already_joined");
    }
    let other = world.enrol().await;
    let code = given(&world.agent, &other.text("member_id")).await.expect(201);
    let refused = join(&ana, &other.text("card_number"), &code.text("code")).await;
    let _ = refused.expect_problem(409, "already_joined");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_lost_their_sign_in_gets_another_and_the_earlier_one_ends() {
    let world = World::start().await;
    let member = world.enrol().await;
    let (member_id, card) = (member.text("member_id"), member.text("card_number"));
    let [lost, new] = [person(&world, "lost").await, person(&world, "new").await];
    let first = given(&world.agent, &member_id).await.expect(201);
    assert_eq!(first.at("replaces_sign_in"), &json!(false));
    let _ = join(&lost, &card, &first.text("code")).await.expect(200);

    let second = given(&world.supervisor, &member_id).await.expect(201);
    assert_eq!(second.at("replaces_sign_in"), &json!(true));
    let code = second.text("code");
    let _ = join(&new, &card, &wrong(&code)).await.expect_problem(409, "join_refused");
    let _ = lost.get("/v1/members/me").await.expect(200);
    let _ = join(&new, &card, &code).await.expect(200);
    assert_eq!(new.get("/v1/members/me").await.expect(200).text("member_id"), member_id);
    let _ = lost.get("/v1/members/me").await.expect_problem(404, "not_found");
    let _ = join(&lost, &card, &code).await.expect_problem(409, "join_refused");

    // Who gave and who used the codes stands in the timeline.
    let path = format!("/v1/members/{member_id}/timeline?kind=profile");
    let told = world.supervisor.get(&path).await.expect(200);
    let entries = told.body["data"].as_array().unwrap().iter();
    let told: Vec<(&str, &str)> = entries
        .map(|entry| (entry["summary"].as_str().unwrap(), entry["actor"].as_str().unwrap()))
        .filter(|(summary, _)| summary.contains("sign-in"))
        .collect();
    let given = "Profile changed: sign-in: a code to join was given";
    let joined = "Profile changed: sign-in: joined with a code";
    let replaced = "Profile changed: sign-in: joined with a code, which ended the sign-in before";
    let replacing = format!("{given}, which will end the current sign-in");
    let summaries: Vec<&str> = told.iter().map(|(summary, _)| *summary).collect();
    assert_eq!(summaries, [replaced, &replacing, joined, given]);
    let roles = told.iter().map(|(_, actor)| actor.split(':').next().unwrap());
    assert_eq!(roles.collect::<Vec<_>>(), ["member", "supervisor", "member", "agent"], "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_card_and_a_wrong_code_look_alike() {
    let world = World::start().await;
    let member = world.enrol().await;
    let (member_id, card) = (member.text("member_id"), member.text("card_number"));
    let ana = person(&world, "ana").await;
    let code = given(&world.agent, &member_id).await.expect(201).text("code");
    let without_code = world.enrol().await.text("card_number");
    let mut answers = Vec::new();
    for (card, code) in [(&*card, &*wrong(&code)), ("nobody", &code), (&without_code, &code)] {
        let mut answer = join(&ana, card, code).await.expect_problem(409, "join_refused").body;
        answer["request_id"] = json!(null);
        answers.push(answer);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let bad = join(&ana, &card, "1234").await.expect_problem(422, "invalid_field");
    assert_eq!(bad.text("errors.0.field"), "code");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_wrong_tries_or_a_day_make_a_code_void() {
    let world = World::start().await;
    let member = world.enrol().await;
    let (member_id, card) = (member.text("member_id"), member.text("card_number"));
    let ana = person(&world, "ana").await;
    let given_code = given(&world.agent, &member_id).await.expect(201);
    let code = given_code.text("code");
    let tries = (0..5).map(|_| wrong(&code));
    for code in tries.chain([code.clone()]) {
        let _ = join(&ana, &card, &code).await.expect_problem(409, "join_refused");
    }
    let code = given(&world.agent, &member_id).await.expect(201).text("code");
    world.stack.set_clock(world.stack.clock().now() + SignedDuration::from_hours(24));
    let _ = join(&ana, &card, &code).await.expect_problem(409, "join_refused");
    let code = given(&world.agent, &member_id).await.expect(201).text("code");
    let _ = join(&ana, &card, &code).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merged_member_gets_no_code_and_its_card_leads_to_the_other_one() {
    let world = World::start().await;
    let (merged, target) = (world.enrol().await, world.enrol().await);
    let (merged_id, target_id) = (merged.text("member_id"), target.text("member_id"));
    let of_merged = world.member(&merged_id).await;
    let path = format!("/v1/members/{merged_id}/merge");
    let body = json!({"into": target_id, "reason": "enrolled twice"});
    let _ = world.supervisor.post(&path, body, Some("merge")).await.expect(200);
    let refused = given(&world.agent, &merged_id).await;
    let refused = refused.expect_problem(409, "member_merged");
    assert_eq!(refused.text("merged_into"), target_id);
    let code = given(&world.agent, &target_id).await.expect(201).text("code");
    let card = merged.text("card_number");
    // Who reached the merged member reaches the other one already.
    let joined = join(&of_merged, &card, &wrong(&code)).await.expect(200);
    assert_eq!(joined.text("member_id"), target_id);
    let joined = join(&person(&world, "ana").await, &card, &code).await.expect(200);
    assert_eq!(joined.text("member_id"), target_id);
}
