//! The requests about claims: opening, updating, fixing.

use puntos_tests::Answer;
use serde_json::{Value, json};

use super::care::date;
use super::money::number;
use super::{Driver, index};
use crate::model::oracle::{Expected, Update};

impl Driver {
    pub(super) async fn open_claim(
        &mut self,
        who: usize,
        invoice: Option<u8>,
        by_member: bool,
        twice: bool,
    ) -> Option<(Expected, Answer)> {
        let mut body = json!({"member_id": self.member_ids.get(&who)?, "kind": "refund"});
        if let Some(invoice) = invoice {
            body["kind"] = json!("missing_points");
            body["evidence"] = json!({"branch": "b1", "invoice_number": number(invoice)});
        }
        let caller = self.member_or(&self.world.agent, who, by_member).await;
        let key = format!("claim-{}", self.fresh_key());
        let expected = self.oracle.open_claim(who, invoice, by_member);
        let answer = self.post(&caller, "/v1/claims", body, Some(&key), twice).await;
        self.claim_ids.push(answer.text("claim_id"));
        self.check_claim(self.claim_ids.len() - 1).await;
        Some((expected, answer))
    }

    pub(super) async fn update_claim(
        &mut self,
        claim: u8,
        update: Update,
        twice: bool,
    ) -> Option<(Expected, Answer)> {
        let claim = index(self.claim_ids.len(), claim)?;
        let body = match update {
            Update::Status(status) => json!({"status": status}),
            Update::WaitOn(whom) => json!({"status": "waiting", "waiting_on": whom}),
            Update::InternalNote => json!({"note": "for colleagues", "internal": true}),
            Update::BankReference => json!({"bank_reference": "REF-1"}),
            Update::Promise(days) => json!({"promised_by": date(self.oracle.today() + days)}),
            Update::MemberNote => json!({"note": "here is more"}),
            Update::Confirm => json!({"confirmed": true}),
            Update::Disagree => json!({"confirmed": false, "note": "it is not"}),
        };
        let who = self.oracle.claims[claim].who;
        let caller = self.member_or(&self.world.agent, who, update.by_member()).await;
        let key = format!("update-{}", self.fresh_key());
        let expected = self.oracle.update_claim(claim, update);
        let path = format!("/v1/claims/{}/updates", self.claim_ids[claim]);
        let answer = self.post(&caller, &path, body, Some(&key), twice).await;
        self.check_claim(claim).await;
        Some((expected, answer))
    }

    pub(super) async fn fix_claim(
        &mut self,
        claim: u8,
        points: i64,
        twice: bool,
    ) -> Option<(Expected, Answer)> {
        let claim = index(self.claim_ids.len(), claim)?;
        let credits = self.oracle.claims[claim].fix == Some("credit_points");
        let body = if credits { json!({"points": points}) } else { json!({}) };
        let key = format!("fix-{}", self.fresh_key());
        let expected = self.oracle.fix_claim(claim, points);
        let path = format!("/v1/claims/{}/fix", self.claim_ids[claim]);
        let answer = self.post(&self.world.agent, &path, body, Some(&key), twice).await;
        self.find_claims().await;
        self.check_claim(claim).await;
        Some((expected, answer))
    }

    /// Finds the ids of the claims that the system opened.
    pub(super) async fn find_claims(&mut self) {
        while let Some(claim) = self.oracle.claims.get(self.claim_ids.len()) {
            let path = format!("/v1/claims?limit=100&member_id={}", self.member_id(claim.who));
            let page = self.world.agent.get(&path).await.expect(200);
            let ids = page.at("data").as_array().unwrap().iter();
            let mut ids = ids.map(|claim| claim["claim_id"].as_str().unwrap().to_owned());
            self.claim_ids.push(ids.find(|id| !self.claim_ids.contains(id)).unwrap());
        }
    }

    /// Compares a claim as an agent sees it.
    pub(in super::super) async fn check_claim(&self, claim: usize) {
        let path = format!("/v1/claims/{}", self.claim_ids[claim]);
        let shown = self.world.agent.get(&path).await.expect(200);
        let (mut facts, promised_by, follow_up_on) = self.oracle.claim_facts(claim);
        facts.push(("promised_by", json!(date(promised_by))));
        facts.push(("follow_up_on", follow_up_on.map_or(Value::Null, |day| json!(date(day)))));
        for (path, value) in facts {
            assert_eq!(shown.at(path), &value, "{path} of {shown:?}");
        }
    }
}
