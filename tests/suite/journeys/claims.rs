//! Claims over time: mails to the member, follow-ups until the end is proven, and escalation after a broken
//! promise.

use jiff::Timestamp;
use puntos_tests::{Answer, Caller, World};
use serde_json::{Value, json};

/// A world on the tenth of March, 2031, with a member who has a claim; times are noon in Moscow.
struct Desk {
    world: World,
    member_id: String,
    member: Caller,
    address: String,
    claim: String,
}

impl Desk {
    async fn open(body: Value) -> Self {
        let world = World::start().await;
        world.stack.set_clock(noon(10));
        let enrolled = world.enrol().await;
        let (member_id, address) = (enrolled.text("member_id"), enrolled.text("email"));
        let member = world.member(&member_id).await;
        let opened = member.post("/v1/claims", body, Some("open")).await.expect(201);
        world.settle().await;
        Self { world, member_id, member, address, claim: opened.text("claim_id") }
    }

    async fn update(&self, caller: &Caller, body: Value) -> Answer {
        let key = format!("update-{}", self.world.fresh());
        let path = format!("/v1/claims/{}/updates", self.claim);
        let updated = caller.post(&path, body, Some(&key)).await.expect(201);
        self.world.settle().await;
        updated
    }

    async fn claim(&self) -> Answer {
        self.world.agent.get(&format!("/v1/claims/{}", self.claim)).await.expect(200)
    }

    /// Lets the hourly run come at noon of a day of March, and returns the follow-ups open on it.
    async fn run(&self, day: i8) -> Vec<Value> {
        self.world.stack.set_clock(noon(day));
        let fired = self.world.stack.fire_schedules(Some("generate-tasks"), noon(day)).await;
        assert_eq!(fired, [("generate-tasks".to_owned(), true)]);
        self.tasks("open").await
    }

    async fn tasks(&self, status: &str) -> Vec<Value> {
        let path = format!("/v1/members/{}/tasks", self.member_id);
        let tasks = self.world.agent.reading("en").get(&path).await.expect(200);
        let rows = tasks.at("data").as_array().or(tasks.at("tasks").as_array()).unwrap();
        let mut found = rows.clone();
        found.retain(|task| task["kind"] == "claim_follow_up" && task["status"] == status);
        found
    }

    fn mails(&self) -> Vec<puntos::Mail> {
        self.world.stack.outbox(Some(&self.address))
    }
}

fn noon(day: i8) -> Timestamp {
    format!("2031-03-{day:02}T09:00:00Z").parse().unwrap()
}

fn refund() -> Value {
    json!({"kind": "refund", "evidence": {"note": "the money did not come"}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_member_is_told_what_they_may_know_and_did_not_say_themselves() {
    let desk = Desk::open(refund()).await;
    let agent = &desk.world.agent;
    assert_eq!(desk.mails().len(), 1, "that it was opened");
    assert_eq!(desk.mails()[0].subject, "We have received your claim");
    assert!(desk.mails()[0].text.contains("will look into it"), "{}", desk.mails()[0].text);
    let link = format!(": {}/#claims/{}\n", desk.world.stack.url(), desk.claim);
    assert!(desk.mails()[0].text.contains(&link), "{}", desk.mails()[0].text);
    let _ = desk.update(&desk.member, json!({"note": "here is more"})).await;
    let _ = desk.update(agent, json!({"note": "a secret", "internal": true})).await;
    assert_eq!(desk.mails().len(), 1);
    let words = "we asked <the bank>";
    let waits = json!({"status": "waiting", "waiting_on": "bank", "note": words});
    let _ = desk.update(agent, waits).await;
    let reference = json!({"status": "resolved", "bank_reference": "REF-77"});
    let _ = desk.update(agent, reference).await;
    let mails = desk.mails();
    assert_eq!(mails.len(), 3);
    for said in [words, "We are waiting for your bank."] {
        assert!(mails[1].text.contains(said), "{}", mails[1].text);
    }
    assert!(mails[2].text.contains("REF-77"));
    assert!(mails.iter().all(|mail| !mail.text.contains("secret")));
    let path = format!("/v1/members/{}/timeline?kind=email", desk.member_id);
    let told = desk.member.get(&path).await.expect(200);
    assert_eq!(told.text("data.0.summary"), "Mail about the claim: sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn follow_ups_go_on_until_the_end_is_proven() {
    let desk = Desk::open(refund()).await;
    let agent = &desk.world.agent;
    let promise = json!({"promised_by": "2031-04-30", "status": "investigating"});
    let _ = desk.update(agent, promise).await;
    assert!(desk.run(12).await.is_empty());
    let first = desk.run(13).await;
    assert_eq!(first.len(), 1);
    assert_eq!(first[0]["note"], "Claim about a refund: under investigation");
    // The hourly run comes twice. While a follow-up is open, no second one is created.
    assert_eq!(desk.run(13).await, first);
    assert_eq!(desk.run(16).await[0]["task_id"], first[0]["task_id"]);
    assert_eq!(desk.run(17).await.len(), 1);
    let complete = format!("/v1/tasks/{}/complete", first[0]["task_id"].as_str().unwrap());
    let _ = agent.post(&complete, json!({"note": "called"}), Some("c")).await.expect(200);
    assert_eq!(desk.claim().await.text("status"), "investigating");
    // A status set by an agent is no proof: the claim is followed up again.
    let _ = desk.update(agent, json!({"status": "resolved"})).await;
    assert!(desk.run(18).await.is_empty());
    let second = desk.run(19).await;
    assert_eq!(second.len(), 1);
    assert_ne!(second[0]["task_id"], first[0]["task_id"]);
    let proven = desk.update(&desk.member, json!({"confirmed": true})).await;
    assert_eq!((proven.at("proven"), proven.at("follow_up_on")), (&json!(true), &Value::Null));
    // The write that ends the claim also completes its open task.
    assert!(desk.tasks("open").await.is_empty());
    assert_eq!(desk.tasks("completed").await.len(), 2);
    for day in 20..=31 {
        assert!(desk.run(day).await.is_empty(), "day {day}");
    }
    let history = desk.claim().await;
    assert_eq!(history.at("escalated"), &json!(false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_promise_is_escalated_once_for_each_promise() {
    let desk = Desk::open(refund()).await;
    let agent = &desk.world.agent;
    assert_eq!(desk.claim().await.text("promised_by"), "2031-03-17");
    let before = desk.run(17).await;
    assert_eq!(before[0]["note"], "Claim about a refund: received");
    assert_eq!(desk.claim().await.at("escalated"), &json!(false));
    // Midnight in Moscow counts: the eighteenth begins there at 21:00 UTC.
    for (time, escalated) in [("2031-03-17T20:59:59Z", false), ("2031-03-17T21:00:00Z", true)] {
        let time: Timestamp = time.parse().unwrap();
        desk.world.stack.set_clock(time);
        let _ = desk.world.stack.fire_schedules(Some("generate-tasks"), time).await;
        assert_eq!(desk.claim().await.at("escalated"), &json!(escalated), "{time}");
    }
    // The open task says so.
    let open = desk.run(18).await;
    assert_eq!(open[0]["task_id"], before[0]["task_id"]);
    let note = open[0]["note"].as_str().unwrap();
    assert!(note.ends_with("the promise of 17 March 2031 is broken"), "{note}");
    let _ = desk.run(19).await;
    let steps = |claim: &Answer| {
        let steps = claim.at("history").as_array().unwrap().clone();
        steps.iter().filter(|step| step["what"] == "escalated").count()
    };
    assert_eq!(steps(&desk.claim().await), 1);
    let anew = desk.update(agent, json!({"promised_by": "2031-03-20"})).await;
    assert_eq!(anew.at("escalated"), &json!(false));
    let _ = desk.run(20).await;
    assert_eq!(steps(&desk.claim().await), 1);
    let _ = desk.run(21).await;
    let _ = desk.run(22).await;
    let twice = desk.claim().await;
    assert_eq!((steps(&twice), twice.at("escalated")), (2, &json!(true)));
    desk.world.settle().await;
    let subjects: Vec<String> = desk.mails().into_iter().map(|mail| mail.subject).collect();
    let broken = "We have not kept our promise about your claim";
    let opened = "We have received your claim";
    assert_eq!(subjects, [opened, "Your claim is still open", broken, opened, broken]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_written_to_at_set_intervals_until_the_end() {
    let desk = Desk::open(refund()).await;
    let waits = json!({
        "status": "waiting", "waiting_on": "bank", "money_at": "bank", "promised_by": "2031-04-30",
        "expected_by": "2031-03-21", "bank_reference": "REF-77",
    });
    let _ = desk.update(&desk.world.agent, waits).await;
    let _ = desk.run(12).await;
    let _ = desk.update(&desk.member, json!({"note": "and now?"})).await;
    let told = desk.mails().len();
    for (day, mails) in [(16, 0), (17, 1), (17, 1), (23, 1), (24, 2)] {
        let _ = desk.run(day).await;
        desk.world.settle().await;
        assert_eq!(desk.mails().len(), told + mails, "day {day}");
    }
    let mail = desk.mails().pop().unwrap();
    assert_eq!(mail.subject, "Your claim is still open");
    for words in ["We are waiting for your bank", "at your bank", "21 March 2031", "REF-77"] {
        assert!(mail.text.contains(words), "{words} in {}", mail.text);
        assert!(mail.html.contains(words), "{words} in {}", mail.html);
    }
    // An internal step is not told, and does not put the next mail off.
    let _ = desk.run(25).await;
    let _ = desk.update(&desk.world.agent, json!({"note": "hm", "internal": true})).await;
    let _ = desk.update(&desk.member, json!({"confirmed": true})).await;
    let told = desk.mails().len();
    for day in [28, 31] {
        let _ = desk.run(day).await;
        assert_eq!(desk.mails().len(), told, "day {day}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_that_comes_after_all_ends_the_claim_of_its_points() {
    let evidence = json!({"branch": "b1", "invoice_number": "late"});
    let desk = Desk::open(json!({"kind": "missing_points", "evidence": evidence})).await;
    assert_eq!(desk.claim().await.text("finding"), "not_received");
    assert_eq!(desk.run(13).await.len(), 1);
    let mut purchase = desk.world.purchase(&desk.member_id, 110_000);
    purchase["invoice_number"] = json!("late");
    let _ = desk.world.pos.post("/v1/purchases", purchase, None).await.expect(201);
    assert!(desk.run(16).await.is_empty());
    let ended = desk.claim().await;
    assert_eq!((ended.text("status"), ended.at("proven")), ("resolved".into(), &json!(true)));
    assert_eq!(desk.tasks("completed").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_who_move_a_claim_at_once_leave_every_step() {
    let desk = Desk::open(refund()).await;
    let updates = (0..16).map(|number| {
        let caller = if number % 2 == 0 { &desk.world.agent } else { &desk.world.supervisor };
        desk.update(caller, json!({"note": format!("note {number}"), "internal": true}))
    });
    let _ = futures::future::join_all(updates).await;
    let claim = desk.claim().await;
    let steps = claim.at("history").as_array().unwrap();
    assert_eq!(steps.len(), 17);
    let times = steps.iter().map(|step| step["at"].as_str().unwrap().parse().unwrap());
    assert!(times.is_sorted_by(|one: &Timestamp, next| one <= next));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_with_only_its_number_known_is_noticed_when_it_arrives() {
    let evidence = json!({"invoice_number": "offline-1"});
    let desk = Desk::open(json!({"kind": "missing_points", "evidence": evidence})).await;
    let _ = desk.run(13).await;
    assert_eq!(desk.claim().await.text("status"), "received");
    // Somebody else's receipt has the same number, in a branch that is not the right one.
    let other = desk.world.member_id().await;
    for (member_id, branch, day) in [(&other, "b2", 16), (&desk.member_id, "b1", 19)] {
        let mut purchase = desk.world.purchase(member_id, 110_000);
        purchase["branch"] = json!(branch);
        purchase["invoice_number"] = json!("offline-1");
        let _ = desk.world.pos.post("/v1/purchases", purchase, None).await.expect(201);
        let _ = desk.run(day).await;
        let is_own = branch == "b1";
        assert_eq!(desk.claim().await.at("proven"), &json!(is_own), "{branch}");
    }
    assert_eq!(desk.claim().await.text("status"), "resolved");
}
