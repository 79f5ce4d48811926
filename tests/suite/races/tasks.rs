//! Races for tasks: many callers complete one task, and many events change one member's cycle.

use std::collections::BTreeMap;

use futures::future::join_all;
use puntos_tests::World;
use puntos_tests::orders::{event, send};
use serde_json::json;

use super::{at_once, different, replayed, tally};
use crate::contract::orders::tasks;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_task_is_completed_by_one_of_many_agents() {
    let world = World::start().await;
    let member = world.member_id().await;
    for callers in [2, 16] {
        let order = format!("order-{callers}");
        let sent = send(&world, &member, "card_failed", &order, json!({})).await.expect(201);
        let path = format!("/v1/tasks/{}/complete", sent.text("tasks.0.task_id"));
        let keys: Vec<String> = (0..callers).map(|number| format!("agent-{number}")).collect();
        let answers =
            keys.iter().map(|key| world.agent.post(&path, json!({"note": key}), Some(key)));
        let answers = join_all(answers).await;
        let expected = BTreeMap::from([((200, ""), 1), ((409, "task_completed"), callers - 1)]);
        assert_eq!(tally(&answers), expected);
        let winner = keys.iter().zip(&answers).find(|(_, answer)| answer.status == 200).unwrap();
        assert_eq!(&winner.1.text("note"), winner.0);
        let again = world.agent.post(&path, json!({"note": winner.0}), Some(winner.0)).await;
        assert!(again.expect(200).replayed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_event_sent_by_many_is_taken_in_once() {
    let world = World::start().await;
    let member = world.member_id().await;
    let body = event(&world, &member, "returned", "o1", json!({}));
    let answers =
        at_once(async |_| world.pos.post("/v1/orders/events", body.clone(), None).await).await;
    assert_eq!(tally(&answers), BTreeMap::from([((201, ""), answers.len())]));
    assert_eq!(replayed(&answers), answers.len() - 1);
    assert_eq!(different(&answers, "tasks.0.task_id").len(), 1);
    assert_eq!(tasks(&world, &member).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_of_a_busy_customer_is_lost() {
    let world = World::start().await;
    let member = world.member_id().await;
    let sent = (0..24).map(|number| {
        let kind = ["card_failed", "returned", "upgrade_enrolled"][number % 3];
        let world = &world;
        let member = &member;
        async move { send(world, member, kind, &format!("o{number}"), json!({})).await }
    });
    let answers = join_all(sent).await;
    assert_eq!(tally(&answers), BTreeMap::from([((201, ""), 24)]));
    assert_eq!(different(&answers, "tasks.0.task_id").len(), 24);
    assert_eq!(tasks(&world, &member).await.len(), 24);
}
