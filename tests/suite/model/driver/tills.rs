//! The requests of tills about goods that come back and baskets that points pay for.

use puntos_tests::Answer;
use serde_json::json;

use super::money::{number, receipt, rubles};
use super::{Driver, index, instant};
use crate::model::oracle::Expected;
use crate::model::steps::Basket;

impl Driver {
    pub(super) async fn give_back(
        &mut self,
        invoice: u8,
        return_number: u8,
        tenths: i64,
        twice: bool,
    ) -> Option<(Expected, Answer)> {
        let purchase_id = self.purchase_ids.get(&invoice)?.clone();
        let total = self.oracle.total(invoice)?;
        if total == 0 {
            return None;
        }
        let body = json!({
            "branch": "b1", "return_number": format!("{}-{return_number}", number(invoice)),
            "amount": rubles(total / 10 * tenths),
            "returned_at": instant(self.oracle.now).to_string(),
        });
        let expected = self.oracle.give_back(invoice, return_number, tenths);
        let path = format!("/v1/purchases/{purchase_id}/returns");
        let answer = self.post(&self.world.pos, &path, body, None, twice).await;
        Some((expected, answer))
    }

    pub(super) async fn rate_again(&mut self, invoice: u8) -> Option<(Expected, Answer)> {
        let purchase_id = self.purchase_ids.get(&invoice)?.clone();
        let _ = self.oracle.total(invoice)?;
        let expected = self.oracle.rate_again(invoice);
        let path = format!("/v1/purchases/{purchase_id}/rerate");
        let key = format!("rerate-{}", self.fresh_key());
        let body = json!({"reason": "asked for"});
        Some((expected, self.world.supervisor.post(&path, body, Some(&key)).await))
    }

    pub(super) async fn reserve(&mut self, who: usize, points: i64) -> (Expected, Answer) {
        let mut body = json!({"points": points, "branch": "b1"});
        self.name(&mut body, who, true);
        let expected = self.oracle.reserve(who, points);
        let key = format!("reserve-{}", self.fresh_key());
        let answer = self.world.pos.post("/v1/reservations", body, Some(&key)).await;
        if answer.status == 201 {
            self.reservation_ids.push(answer.text("reservation_id"));
        }
        (expected, answer)
    }

    pub(super) async fn release(&mut self, which: u8) -> Option<(Expected, Answer)> {
        let which = index(self.reservation_ids.len(), which)?;
        let path = format!("/v1/reservations/{}/release", self.reservation_ids[which]);
        let expected = self.oracle.release(which);
        let key = format!("release-{}", self.fresh_key());
        Some((expected, self.world.pos.post(&path, json!({}), Some(&key)).await))
    }

    pub(super) async fn pay(&mut self, which: u8, basket: Basket) -> Option<(Expected, Answer)> {
        let which = index(self.reservation_ids.len(), which)?;
        let reserved = &self.oracle.reservations[which];
        let mut body = receipt(basket, self.oracle.now);
        self.name(&mut body, reserved.who, true);
        body["reservation_id"] = json!(self.reservation_ids[which]);
        body["paid_with_points"] = rubles(reserved.points * 100);
        let expected = self.oracle.pay(which, basket);
        let answer = self.world.pos.post("/v1/purchases", body, None).await;
        self.find_claims().await;
        if let Some(purchase_id) = answer.at("purchase_id").as_str() {
            self.purchase_ids.entry(basket.invoice).or_insert_with(|| purchase_id.into());
        }
        Some((expected, answer))
    }
}
