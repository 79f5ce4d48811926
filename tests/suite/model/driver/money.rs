//! The requests that move points: purchases, receipts, adjustments, redemptions, reversals, coupons.

use puntos_tests::Answer;
use serde_json::{Value, json};

use super::{Driver, index, instant};
use crate::model::calendar::DAY;
use crate::model::oracle::{Adjustment, Expected};
use crate::model::steps::Basket;

impl Driver {
    pub(super) async fn purchase(
        &mut self,
        who: Option<usize>,
        by_card: bool,
        basket: Basket,
        days_ago: i64,
    ) -> (Expected, Answer) {
        let purchased_at = self.oracle.now - days_ago * DAY;
        let mut body = receipt(basket, purchased_at);
        if let Some(who) = who {
            self.name(&mut body, who, by_card);
        }
        self.purchases.push((who, basket));
        let expected = self.oracle.purchase(who, basket, purchased_at);
        let answer = self.world.pos.post("/v1/purchases", body, None).await;
        self.find_claims().await;
        if let Some(purchase_id) = answer.at("purchase_id").as_str() {
            // A conflict names the first purchase, which has the same id.
            let first =
                self.purchase_ids.entry(basket.invoice).or_insert_with(|| purchase_id.into());
            assert_eq!(first, purchase_id, "an invoice is one purchase");
        }
        (expected, answer)
    }

    pub(super) async fn quote(&mut self, who: usize, basket: Basket) -> (Expected, Answer) {
        let mut body = receipt(basket, self.oracle.now);
        self.name(&mut body, who, true);
        let expected = self.oracle.quote(who, basket);
        (expected, self.world.agent.post("/v1/purchases/quote", body, None).await)
    }

    pub(super) async fn attach_receipt(
        &mut self,
        who: usize,
        invoice: u8,
        key: u8,
    ) -> Option<(Expected, Answer)> {
        let purchase_id = self.purchase_ids.get(&invoice)?;
        let path = format!("/v1/purchases/{purchase_id}/claim-points");
        let body = json!({"member_id": self.member_id(who)});
        let expected = self.oracle.attach_receipt(who, invoice, key);
        let key = format!("attach-{invoice}-{key}");
        let answer = self.world.agent.post(&path, body, Some(&key)).await;
        self.find_claims().await;
        Some((expected, answer))
    }

    pub(super) async fn adjust(&mut self, key: usize, asked: &Adjustment) -> (Expected, Answer) {
        let mut body =
            json!({"points": asked.points, "reason": format!("reason {}", asked.reason)});
        if let Some(invoice) = asked.invoice {
            body["invoice"] = json!({"branch": "b1", "invoice_number": number(invoice)});
        }
        let path = format!("/v1/members/{}/adjustments", self.member_id(asked.who));
        let expected = self.oracle.adjust(key, asked);
        (expected, self.world.agent.post(&path, body, Some(&format!("adjust-{key}"))).await)
    }

    pub(super) async fn redeem(
        &mut self,
        key: usize,
        who: usize,
        by_card: bool,
        reward: usize,
    ) -> (Expected, Answer) {
        let mut body = json!({"reward_id": format!("r{reward}")});
        self.name(&mut body, who, by_card);
        let (redemptions, mails) = (self.oracle.redemptions.len(), self.oracle.mails.len());
        let expected = self.oracle.redeem(key, who, reward);
        let path = "/v1/redemptions";
        let answer = self.world.pos.post(path, body, Some(&format!("redeem-{key}"))).await;
        if self.oracle.redemptions.len() > redemptions && answer.status == 201 {
            self.coupons.push(answer.body.clone());
        } else if answer.status == 201 {
            let position = self.oracle.redemptions.iter().position(|one| one.key == key).unwrap();
            for path in ["redemption_id", "email_id", "created_at"] {
                assert_eq!(answer.at(path), &self.coupons[position][path], "{path} is replayed");
            }
            assert_eq!(answer.at("coupon.code"), &self.coupons[position]["coupon"]["code"]);
        }
        self.learn_mail(mails, &answer);
        (expected, answer)
    }

    pub(super) async fn reverse(
        &mut self,
        which: u8,
        key: u8,
        reason: u8,
    ) -> Option<(Expected, Answer)> {
        let which = index(self.coupons.len(), which)?;
        let redemption_id = text(&self.coupons[which]["redemption_id"]);
        let mails = self.oracle.mails.len();
        let expected = self.oracle.reverse(which, key, reason);
        let path = format!("/v1/redemptions/{redemption_id}/reversal");
        let body = json!({"reason": format!("reason {reason}")});
        let key = format!("reverse-{which}-{key}");
        let answer = self.world.agent.post(&path, body, Some(&key)).await;
        self.learn_mail(mails, &answer);
        Some((expected, answer))
    }

    pub(super) async fn use_coupon(
        &mut self,
        which: u8,
        key: u8,
        invoice: u8,
    ) -> Option<(Expected, Answer)> {
        let which = index(self.coupons.len(), which)?;
        let code = text(&self.coupons[which]["coupon"]["code"]);
        let expected = self.oracle.use_coupon(which, key, invoice);
        let body = json!({"branch": "b1", "invoice_number": number(invoice)});
        let path = format!("/v1/coupons/{code}/use");
        let key = format!("use-{which}-{key}");
        Some((expected, self.world.pos.post(&path, body, Some(&key)).await))
    }

    /// Keeps the id of the mail that the model requested in this step.
    pub(super) fn learn_mail(&mut self, mails_before: usize, answer: &Answer) {
        if self.oracle.mails.len() > mails_before && answer.status == 201 {
            self.email_ids.push(answer.text("email_id"));
        }
    }
}

pub(super) fn receipt(basket: Basket, purchased_at: i64) -> Value {
    let mut body = json!({
        "branch": "b1", "invoice_number": number(basket.invoice),
        "purchased_at": instant(purchased_at).to_string(), "total": rubles(basket.total),
    });
    if basket.excluded > 0 {
        let rest = basket.total - basket.excluded + 500;
        body["lines"] = json!([
            {"sku": "1", "category": "tobacco", "quantity": 1, "amount": rubles(basket.excluded)},
            {"sku": "2", "quantity": 2, "amount": rubles(rest), "discount": rubles(500)},
        ]);
    }
    body
}

pub(super) fn rubles(amount: i64) -> Value {
    json!({"amount": amount, "currency": "RUB"})
}

pub(super) fn number(invoice: u8) -> String {
    format!("inv-{invoice}")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
