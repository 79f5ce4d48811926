//! Indexes that lag behind the table: a function gets an earlier answer again, in whole or in part.
//! Nothing is lost, and nothing happens twice.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use puntos::{Call, Fault, Options, Tap};
use puntos_tests::orders::{run_at, send};
use puntos_tests::{Answer, World};
use serde_json::{Value, json};

use crate::contract::orders::tasks;

/// How an index answers one function: normally, normally with the answers kept, or with kept answers.
#[derive(Default)]
struct Index {
    function: Mutex<&'static str>,
    kept: Mutex<Option<Vec<String>>>,
    late: Mutex<VecDeque<String>>,
}

/// The answers of an index during an action, in sequence.
type Answers = Vec<String>;

impl Index {
    fn is_asked(&self, call: &Call) -> bool {
        call.action == "Query" && call.function == *self.function.lock().unwrap()
    }

    /// Returns the answers to a function's queries during an action, and the result of the action.
    async fn kept<T>(
        &self,
        function: &'static str,
        happens: impl Future<Output = T>,
    ) -> (Answers, T) {
        *self.function.lock().unwrap() = function;
        *self.kept.lock().unwrap() = Some(Vec::new());
        let outcome = happens.await;
        (self.kept.lock().unwrap().take().unwrap(), outcome)
    }

    /// Serves earlier answers to the function's first queries during an action.
    async fn late<T>(&self, answers: &[String], happens: impl Future<Output = T>) -> T {
        *self.late.lock().unwrap() = answers.iter().cloned().collect();
        let outcome = happens.await;
        assert!(self.late.lock().unwrap().is_empty(), "not every older answer was served");
        outcome
    }
}

impl Tap for Index {
    fn before(&self, call: &Call) -> Option<Fault> {
        let is_asked = self.is_asked(call);
        let older = is_asked.then(|| self.late.lock().unwrap().pop_front()).flatten();
        older.map(|body| Fault::Refuse(200, body))
    }

    fn after(&self, call: &Call, _: u16, response_body: &[u8]) {
        if self.is_asked(call)
            && let Some(kept) = self.kept.lock().unwrap().as_mut()
        {
            kept.push(String::from_utf8(response_body.to_vec()).unwrap());
        }
    }
}

async fn lagging_world() -> (World, Arc<Index>) {
    let index = Arc::new(Index::default());
    let tap: Arc<dyn Tap> = index.clone();
    let world = World::with(Options { tap: Some(tap), ..Options::default() }).await;
    world.stack.set_clock("2031-03-01T09:00:00Z".parse().unwrap());
    (world, index)
}

async fn due_on(world: &World, day: u8) {
    run_at(world, &format!("2031-03-{day:02}T09:00:00Z")).await;
}

fn rows(page: &Answer) -> usize {
    page.at("data").as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_falls_due_becomes_one_task_however_late_the_index_knows() {
    let (world, index) = lagging_world().await;
    let member = world.member_id().await;
    let _ = send(&world, &member, "placed", "o1", json!({})).await.expect(201);
    let (nothing, ()) = index.kept("generate-tasks", due_on(&world, 6)).await;
    index.late(&nothing, due_on(&world, 7)).await;
    assert!(tasks(&world, &member).await.is_empty(), "the index knows of nothing yet");
    let (due, ()) = index.kept("generate-tasks", due_on(&world, 7)).await;
    let made = ["check_in 2031-03-07..2031-03-14 open"];
    assert_eq!(tasks(&world, &member).await, made);
    index.late(&due, due_on(&world, 7)).await;
    assert_eq!(tasks(&world, &member).await, made);

    let listed = world.agent.get("/v1/tasks").await.expect(200).text("data.0.task_id");
    let path = format!("/v1/tasks/{listed}/complete");
    let _ = world.agent.post(&path, json!({}), Some("done")).await.expect(200);
    // The index still has the cycle from before the task, and all of its days have passed.
    index.late(&due, due_on(&world, 16)).await;
    assert_eq!(tasks(&world, &member).await, ["check_in 2031-03-07..2031-03-14 completed"]);
    let _ = send(&world, &member, "placed", "o2", json!({})).await.expect(201);
    index.late(&due, due_on(&world, 22)).await;
    due_on(&world, 22).await;
    let anew =
        ["check_in 2031-03-22..2031-03-29 open", "check_in 2031-03-07..2031-03-14 completed"];
    assert_eq!(tasks(&world, &member).await, anew, "the second call went with the newer order");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_is_followed_up_once_however_late_the_index_knows() {
    let (world, index) = lagging_world().await;
    let member = world.member_id().await;
    let (nothing, ()) = index.kept("generate-tasks", due_on(&world, 1)).await;
    let body = json!({"member_id": member, "kind": "refund"});
    let opened = world.agent.post("/v1/claims", body, Some("open")).await.expect(201);
    index.late(&nothing, due_on(&world, 4)).await;
    assert!(tasks(&world, &member).await.is_empty());
    let (due, ()) = index.kept("generate-tasks", due_on(&world, 4)).await;
    index.late(&due, due_on(&world, 4)).await;
    assert_eq!(tasks(&world, &member).await, ["claim_follow_up 2031-03-04.. open"]);
    let path = format!("/v1/claims/{}/updates", opened.text("claim_id"));
    let end = json!({"status": "resolved", "confirmed_by_member": true});
    let _ = world.agent.post(&path, end, Some("end")).await.expect(201);
    index.late(&due, due_on(&world, 9)).await;
    assert_eq!(tasks(&world, &member).await, ["claim_follow_up 2031-03-04.. completed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_automatic_reply_leaves_once_however_late_the_index_knows() {
    let (world, index) = lagging_world().await;
    let reply = json!({"enabled": true, "subject": "s", "body": "b", "wait_minutes": 30});
    let _ = world.admin.put("/v1/settings/auto-reply", reply).await.expect(200);
    let release = async |time: &str| {
        let time = time.parse().unwrap();
        world.stack.set_clock(time);
        let fired = world.stack.fire_schedules(Some("release-auto-replies"), time).await;
        assert!(fired[0].1);
        world.settle().await;
        world.stack.outbox(None).len()
    };
    let function = "release-auto-replies";
    let (nothing, _) = index.kept(function, release("2031-03-01T09:00:01Z")).await;
    let mut ratings = Vec::new();
    for _ in 0..2 {
        ratings.push(world.rated(&world.member_id().await, 3, None).await);
    }
    let (early, mails) = index.kept(function, release("2031-03-01T09:20:00Z")).await;
    assert_eq!(mails, 0);
    let path = format!("/v1/ratings/{}/messages", ratings[1]);
    let _ = world.agent.post(&path, json!({"text": "t"}), Some("reply")).await.expect(201);
    assert_eq!(index.late(&nothing, release("2031-03-01T09:40:00Z")).await, 1, "the agent's own");
    // The index still says that both wait.
    assert_eq!(index.late(&early, release("2031-03-01T09:41:00Z")).await, 2);
    assert_eq!(index.late(&early, release("2031-03-01T09:42:00Z")).await, 2);
    assert_eq!(release("2031-03-01T09:43:00Z").await, 2);
    for (rating, state) in ratings.iter().zip(["sent", "cancelled"]) {
        let shown = world.agent.get(&format!("/v1/ratings/{rating}")).await.expect(200);
        assert_eq!(shown.text("auto_reply.state"), state);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_coupon_of_a_gift_is_used_once_however_late_the_index_knows() {
    let (world, index) = lagging_world().await;
    let rating = world.rated(&world.member_id().await, 3, None).await;
    let take = async |code: &str, key: &str| {
        let body = json!({"branch": "b1", "invoice_number": key});
        world.pos.post(&format!("/v1/coupons/{code}/use"), body, Some(key)).await
    };
    let (nothing, missing) = index.kept("use-coupon", take("00000000000000000000", "w")).await;
    let _ = missing.expect_problem(404, "not_found");
    let gift = json!({"gift": {"kind": "product", "name": "Soap", "valid_days": 30}});
    let path = format!("/v1/ratings/{rating}/gifts");
    let given = world.agent.post(&path, gift, Some("g")).await.expect(201);
    let code = given.text("coupon.code");
    // The till may scan a coupon before the index has it: the function waits a moment.
    let show = async || world.pos.get(&format!("/v1/coupons/{code}")).await;
    let a_moment = vec![nothing[0].clone(); 4];
    assert_eq!(index.late(&a_moment, show()).await.expect(200).text("status"), "issued");
    let too_long = vec![nothing[0].clone(); 5];
    let _ = index.late(&too_long, take(&code, "a")).await.expect_problem(404, "not_found");
    let (issued, used) = index.kept("use-coupon", take(&code, "a")).await;
    assert!(!used.expect(200).replayed);
    assert!(index.late(&issued, take(&code, "a")).await.expect(200).replayed);
    let _ = index.late(&issued, take(&code, "b")).await.expect_problem(409, "coupon_used");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_ratings_has_each_once_however_late_the_index_knows() {
    let (world, index) = lagging_world().await;
    let member = world.member_id().await;
    let list = async || world.agent.get("/v1/ratings?sort=unread").await.expect(200);
    let (nothing, _) = index.kept("view-ratings", list()).await;
    let rating = world.rated(&member, 3, None).await;
    assert_eq!(rows(&index.late(&nothing, list()).await), 0);
    let (unread, page) = index.kept("view-ratings", list()).await;
    assert_eq!((rows(&page), page.at("data.0.unread")), (1, &json!(true)));
    let _ = world.agent.get(&format!("/v1/ratings/{rating}")).await.expect(200);
    // The row has the table's values, whatever sort key the index has.
    let page = index.late(&unread, list()).await;
    assert_eq!((rows(&page), page.at("data.0.unread")), (1, &json!(false)));
    // The index has it under its new key and still under its old one, in the first of the two groups of
    // partitions.
    let page = index.late(&unread[..unread.len() / 2], list()).await;
    assert_eq!((rows(&page), page.text("data.0.rating_id")), (1, rating));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_of_an_old_list_is_done_once() {
    let (world, index) = lagging_world().await;
    let member = world.member_id().await;
    let list = async || world.agent.get("/v1/tasks").await.expect(200);
    let (nothing, _) = index.kept("work-tasks", list()).await;
    let told = send(&world, &member, "card_failed", "o1", json!({})).await.expect(201);
    let further = json!({"scheduled_for": "2031-03-10"});
    let _ = send(&world, &member, "autoship_scheduled", "a1", further).await.expect(201);
    assert_eq!(rows(&index.late(&nothing, list()).await), 0);
    let (open, page) = index.kept("work-tasks", list()).await;
    assert_eq!(rows(&page), 2, "what the index did not know is there");
    let complete = async |task: &str, key: &str| {
        let path = format!("/v1/tasks/{task}/complete");
        world.agent.post(&path, json!({}), Some(key)).await
    };
    let (reminder, failed) = (page.text("data.0.task_id"), told.text("tasks.0.task_id"));
    for task in [&reminder, &failed] {
        let _ = complete(task, "a").await.expect(200);
    }
    let page = index.late(&open, list()).await;
    assert_eq!(rows(&page), 2);
    for row in page.at("data").as_array().unwrap() {
        let task = row["task_id"].as_str().unwrap();
        let _ = complete(task, "b").await.expect_problem(409, "task_completed");
        assert!(complete(task, "a").await.expect(200).replayed);
    }
    // A completed reminder stays in the list. It is shown once, although the index has it twice.
    let page = index.late(&open[..1], list()).await;
    let reminders = page.at("data").as_array().unwrap().iter();
    assert!(reminders.filter(|row| row["task_id"] == json!(reminder)).count() <= 1, "{page:?}");
    assert_eq!(list().await.at("data.0.faded"), &json!(true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_of_an_old_list_is_mended_once() {
    let (world, index) = lagging_world().await;
    let member = world.member_id().await;
    let list = async || world.agent.get("/v1/claims?status=received").await.expect(200);
    let (nothing, _) = index.kept("track-claims", list()).await;
    let bought = world.unclaimed(110_000).await;
    let body = json!({
        "member_id": member, "kind": "missing_points",
        "evidence": {"branch": "b1", "invoice_number": bought.text("invoice_number")},
    });
    let _ = world.agent.post("/v1/claims", body, Some("open")).await.expect(201);
    assert_eq!(rows(&index.late(&nothing, list()).await), 0);
    let (received, page) = index.kept("track-claims", list()).await;
    let path = format!("/v1/claims/{}/fix", page.text("data.0.claim_id"));
    let _ = world.agent.post(&path, json!({}), Some("a")).await.expect(200);
    let page = index.late(&received, list()).await;
    assert_eq!((rows(&page), page.text("data.0.status")), (1, "received".to_owned()));
    let again = world.agent.post(&path, json!({}), Some("b")).await;
    let _ = again.expect_problem(409, "claim_ended");
    assert_eq!(rows(&list().await), 0);
    assert_eq!(world.available(&member).await, 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_found_and_its_end_noticed_once_however_late_the_index_knows() {
    let (world, index) = lagging_world().await;
    let enrolled = world.enrol().await;
    let (member, address) = (enrolled.text("member_id"), enrolled.text("email"));
    let _ = world.earn(&member, 1).await;
    let now = world.stack.clock().now().to_string();
    let bounce = json!({
        "notificationType": "Bounce",
        "mail": {"timestamp": now, "messageId": "of-another-tool", "destination": [address]},
        "bounce": {
            "bounceType": "Permanent", "bounceSubType": "General", "timestamp": now,
            "bouncedRecipients": [{"emailAddress": address}],
        },
    });
    let _ = world.stack.publish_mail_event(&bounce.to_string()).await.unwrap();
    let look = async |minute: u8| {
        let time = format!("2031-03-01T09:{minute:02}:00Z").parse().unwrap();
        world.stack.set_clock(time);
        assert!(world.stack.fire_schedules(Some("find-failures"), time).await[0].1);
        world.settle().await;
    };
    let (nothing, ()) = index.kept("find-failures", look(1)).await;
    let _ = world.redeem(&member, "rwd_coffee", "blocked").await.expect(201);
    world.settle().await;
    index.late(&nothing, look(2)).await;
    let (blocked, ()) = index.kept("find-failures", look(3)).await;
    index.late(&blocked, look(4)).await;
    let (watched, ()) = index.kept("find-failures", look(5)).await;
    let claims = world.agent.get("/v1/claims").await.expect(200);
    assert_eq!(rows(&claims), 1);

    let change = json!({"email": "now@example.com"});
    let _ = world.agent.patch(&format!("/v1/members/{member}"), change).await.expect(200);
    let path = format!("/v1/claims/{}", claims.text("data.0.claim_id"));
    let _ = world.agent.post(&format!("{path}/fix"), json!({}), Some("f")).await.expect(200);
    world.settle().await;
    // The index has the claim from before its fix. An observation of it must not overwrite the fix.
    index.late(&watched, look(6)).await;
    look(7).await;
    index.late(&watched, look(8)).await;
    let claim = world.agent.get(&path).await.expect(200);
    let steps: Vec<&Value> =
        claim.at("history").as_array().unwrap().iter().map(|step| &step["what"]).collect();
    assert_eq!(steps, ["opened", "checked", "fixed", "proven"], "{claim:?}");
    assert_eq!(world.stack.outbox(None).len(), 1);
}
