//! Who looks at a rating: shown to agents for a minute, in the list and in the rating.

use jiff::SignedDuration;
use puntos_tests::{Caller, World};
use serde_json::{Value, json};

const NOON: &str = "2031-03-10T12:00:00Z";

async fn view(caller: &Caller, rating: &str) -> Value {
    let path = format!("/v1/ratings/{rating}/viewing");
    let viewed = caller.post(&path, json!({}), None).await.expect(200);
    assert_eq!(viewed.text("rating_id"), rating);
    viewed.at("viewers").clone()
}

/// Returns the names of the viewers, the same in the list and in the rating.
async fn seen(caller: &Caller, rating: &str) -> Vec<String> {
    let shown = caller.get(&format!("/v1/ratings/{rating}")).await.expect(200);
    let list = caller.get("/v1/ratings").await.expect(200);
    assert_eq!(shown.at("viewers"), list.at("data.0.viewers"));
    let viewers = shown.at("viewers").as_array().expect("viewers").iter();
    viewers.map(|viewer| viewer["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_looks_at_a_rating_is_shown_for_a_minute() {
    let world = World::start().await;
    world.stack.set_clock(NOON.parse().unwrap());
    let member = world.member_id().await;
    let own = world.member(&member).await;
    let rating = world.rated(&member, 3, Some("Cold.")).await;
    let _ = world.agent.put("/v1/agents/me", json!({"name": "Anna Muster"})).await.expect(200);
    assert_eq!(seen(&world.supervisor, &rating).await, Vec::<String>::new());
    let viewers = view(&world.agent, &rating).await;
    let subject = viewers[0]["agent_id"].as_str().unwrap().to_owned();
    assert_eq!(viewers[0]["name"], "Anna Muster");
    assert!(viewers[0]["since"].as_str().unwrap().starts_with("2031-03-10T12:00:"));
    // Looking at a rating does not read it, and reading it keeps the viewer.
    assert_eq!(seen(&world.supervisor, &rating).await, ["Anna Muster"]);
    let path = format!("/v1/ratings/{rating}/messages");
    let _ = own.post(&path, json!({"text": "Well?"}), Some("m1")).await.expect(201);
    let supervisor = view(&world.supervisor, &rating).await[1]["name"].clone();
    let both = ["Anna Muster", supervisor.as_str().unwrap()];
    assert_eq!(seen(&world.supervisor, &rating).await, both);
    assert_eq!(seen(&own, &rating).await, Vec::<String>::new(), "a member sees no agent");
    world.stack.set_clock(world.stack.clock().now() + SignedDuration::from_secs(40));
    let again = view(&world.agent, &rating).await;
    assert_eq!(
        (again[0]["since"].clone(), again[0]["agent_id"].clone()),
        (viewers[0]["since"].clone(), json!(subject))
    );
    world.stack.set_clock(world.stack.clock().now() + SignedDuration::from_secs(30));
    assert_eq!(seen(&world.supervisor, &rating).await, ["Anna Muster"]);
    world.stack.set_clock(world.stack.clock().now() + SignedDuration::from_secs(31));
    assert_eq!(seen(&world.supervisor, &rating).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_look_at_once_are_all_shown() {
    let world = World::start().await;
    let rating = world.rated(&world.member_id().await, 3, None).await;
    let mut callers = Vec::new();
    for number in 0..8 {
        let subject = format!("agent-{number}");
        let token = world.stack.token("agent", None, Some(&subject)).await.expect("a token");
        callers.push(world.with_token(&token));
    }
    let open = async |caller: &Caller| {
        let path = format!("/v1/ratings/{rating}");
        let shown = caller.get(&path).await.expect(200);
        assert_eq!(shown.at("unread"), &json!(false));
        view(caller, &rating).await
    };
    let _ = futures::future::join_all(callers.iter().map(open)).await;
    let mut names = seen(&world.agent, &rating).await;
    names.sort();
    assert_eq!(names, (0..8).map(|number| format!("agent-{number}")).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_but_a_rating_is_looked_at() {
    let world = World::start().await;
    let member = world.member_id().await;
    let rating = world.rated(&member, 3, None).await;
    let missing = format!("rat_{}{}", "0".repeat(16), member.trim_start_matches("mbr_"));
    for id in [missing.as_str(), "nonsense"] {
        let path = format!("/v1/ratings/{id}/viewing");
        let _ = world.agent.post(&path, json!({}), None).await.expect_problem(404, "not_found");
    }
    let path = format!("/v1/ratings/{rating}/viewing");
    let refused = world.agent.post(&path, json!({"name": "x"}), None).await;
    let _ = refused.expect_problem(422, "unknown_field");
    let own = world.member(&member).await;
    for caller in [&own, &world.pos, &world.admin] {
        let _ = caller.post(&path, json!({}), None).await.expect_problem(403, "forbidden");
    }
}
