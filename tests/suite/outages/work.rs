//! The work that an outage meets: mails of each cause, queued purchases with their care cycles, an automatic
//! reply that falls due, and a report of SES.

use puntos::Counts;
use puntos_tests::World;
use serde_json::{Value, json};

/// The members and mails of one test.
pub(super) struct Work {
    /// A member with points, a till's purchases and redemptions.
    buyer: String,
    /// The address of a member who marked a mail as spam.
    lost_address: String,
    /// The member with this address.
    lost: String,
    /// The report of SES that the mail was marked as spam.
    complaint: Value,
    /// A member with a low rating, and the rating.
    rater: String,
    rating: String,
    /// The mails that must be sent.
    mails: Vec<String>,
}

impl Work {
    /// Prepares everything while all services answer.
    pub(super) async fn before(world: &World) -> Self {
        let mut program = world.admin.get("/v1/program").await.expect(200).body;
        program["effective_from"] = Value::Null;
        program["care"]["purchases_start_cycles"] = json!(true);
        let _ = world.admin.put("/v1/program", program).await.expect(200);
        let reply =
            json!({"enabled": true, "subject": "Sorry", "body": "Tell us", "wait_minutes": 5});
        let _ = world.supervisor.put("/v1/settings/auto-reply", reply).await.expect(200);
        let buyer = world.member_id().await;
        let _ = world.earn(&buyer, 5).await;
        let enrolled = world.enrol().await;
        let (lost, lost_address) = (enrolled.text("member_id"), enrolled.text("email"));
        let _ = world.earn(&lost, 1).await;
        let _ = world.redeem(&lost, "rwd_coffee", "spam").await.expect(201);
        world.settle().await;
        let mail = world.stack.outbox(Some(&lost_address)).remove(0);
        let at = mail.at.to_string();
        let complaint = json!({
            "eventType": "Complaint",
            "mail": {"timestamp": at, "messageId": mail.message_id, "destination": [mail.to]},
            "complaint": {
                "timestamp": at, "complainedRecipients": [{"emailAddress": lost_address}],
            },
        });
        let rater = world.member_id().await;
        Self {
            buyer,
            lost_address,
            lost,
            complaint,
            rater,
            rating: String::new(),
            mails: Vec::new(),
        }
    }

    /// Makes the work while a service does not answer.
    pub(super) async fn during(mut self, world: &World) -> Self {
        let kept = world.redeem(&self.buyer, "rwd_coffee", "kept").await.expect(201);
        let undone = world.redeem(&self.buyer, "rwd_coffee", "undone").await.expect(201);
        let reversal = world.reverse(&undone.text("redemption_id"), "undo").await.expect(201);
        self.rating = world.rated(&self.rater, 2, Some("cold")).await;
        let path = format!("/v1/ratings/{}/messages", self.rating);
        let _ = world
            .agent
            .post(&path, json!({"text": "We are sorry"}), Some("sorry"))
            .await
            .expect(201);
        self.mails = [kept, undone, reversal].map(|answer| answer.text("email_id")).into();
        for _ in 0..3 {
            let purchase = world.purchase(&self.rater, 110_000).to_string();
            world.stack.send_message("PurchaseQueue", &purchase).await.unwrap();
        }
        world.stack.send_message("MailEventQueue", &self.complaint.to_string()).await.unwrap();
        self
    }

    /// Checks that everything was done once, and that nothing is left for a person.
    pub(super) async fn check_done(&self, world: &World) {
        for email_id in &self.mails {
            let mail = world.agent.get(&format!("/v1/emails/{email_id}")).await.expect(200);
            assert_eq!(mail.text("status"), "sent", "{mail:?}");
            assert_eq!(crate::faults::mails::sent(world, email_id).len(), 1);
        }
        // The agent's message. The automatic reply was cancelled by it.
        let to_rater = world.agent.get(&format!("/v1/members/{}", self.rater)).await.expect(200);
        assert_eq!(world.stack.outbox(Some(&to_rater.text("email"))).len(), 1);
        assert_eq!(world.available(&self.rater).await, 330);
        let lost = world.agent.get(&format!("/v1/members/{}", self.lost)).await.expect(200);
        assert_eq!(lost.text("email_status.state"), "blocked", "{}", self.lost_address);
        assert!(self.has_cycle(world).await, "the purchases start a care cycle");
        for queue in [
            "EmailDeadLetters",
            "EmailQueue",
            "MailEventDeadLetters",
            "MailEventQueue",
            "OrderDeadLetters",
            "OrderQueue",
            "PurchaseDeadLetters",
            "PurchaseQueue",
            "RelayFailures",
            "SignInDeadLetters",
            "SignInQueue",
        ] {
            let counts = world.stack.queue_counts(queue).await.unwrap();
            assert_eq!(counts, Counts::default(), "{queue}");
        }
        let claims = world.agent.get("/v1/claims?limit=100").await.expect(200);
        assert_eq!(claims.at("data"), &json!([]), "no case for an agent");
    }

    /// Returns whether a week later there is the call after the first purchase.
    async fn has_cycle(&self, world: &World) -> bool {
        let now = world.stack.clock().now() + jiff::SignedDuration::from_hours(8 * 24);
        world.stack.set_clock(now);
        let _ = world.stack.fire_schedules(Some("generate-tasks"), now).await;
        world.settle().await;
        let tasks = world.agent.get(&format!("/v1/members/{}/tasks", self.rater)).await.expect(200);
        let tasks = tasks.at("data").as_array().unwrap();
        tasks.iter().filter(|task| task["kind"] == "check_in").count() == 1
    }
}
