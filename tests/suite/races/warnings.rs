//! Warnings of an expiry: many runs at once, while points come.

use futures::future::{join, join_all};
use jiff::Timestamp;
use puntos_tests::World;
use serde_json::{Value, json};

const FUNCTION: &str = "warn-of-expiry";
const ROUNDS: usize = 12;

async fn run(world: &World) {
    let now = world.stack.clock().now();
    let fired = world.stack.fire_schedules(Some(FUNCTION), now).await;
    assert_eq!(fired, [(FUNCTION.to_owned(), true)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_runs_at_once_warn_of_each_expiry_once() {
    let world = World::start().await;
    let mut program = world.admin.get("/v1/program").await.expect(200).body;
    program["effective_from"] = Value::Null;
    // Points of July are warned of on August 1, those of August in September.
    program["expiry_warning_days"] = json!(365);
    let _ = world.admin.put("/v1/program", program).await.expect(200);
    let [july, august]: [Timestamp; 2] =
        ["2030-07-10T12:00:00Z", "2030-08-02T12:00:00Z"].map(|instant| instant.parse().unwrap());
    for round in 0..ROUNDS {
        world.stack.set_clock(july);
        let enrolled = world.enrol().await;
        let member_id = enrolled.text("member_id");
        let bought = world.purchase(&member_id, 110_000);
        let _ = world.pos.post("/v1/purchases", bought, None).await.expect(201);
        world.stack.set_clock(august);
        let credit = async {
            let path = format!("/v1/members/{member_id}/adjustments");
            let body = json!({"points": 5, "reason": "goodwill"});
            let _ =
                world.agent.post(&path, body, Some(&format!("credit-{round}"))).await.expect(201);
        };
        let runs = (0..4).map(|_| run(&world));
        let _ = join(credit, join_all(runs)).await;
        // A run that met the credit leaves its warning to the next one.
        run(&world).await;
        world.settle().await;
        let mails = world.stack.outbox(Some(&enrolled.text("email"))).into_iter();
        let subjects: Vec<String> = mails.map(|mail| mail.subject).collect();
        assert_eq!(subjects, ["110 points will expire soon"], "round {round}");
    }
}
