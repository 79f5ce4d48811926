//! The requests about ratings: opinions, messages, reading, gifts.

use puntos_tests::Answer;
use serde_json::json;

use super::{Driver, index, instant, pick};
use crate::model::oracle::{Expected, branch};

/// How many days the coupon of a gift is valid.
const GIFT_DAYS: i64 = 9;

impl Driver {
    pub(super) async fn rate(
        &mut self,
        who: usize,
        (visit, score, comment): (u8, i64, Option<u8>),
        by_member: bool,
        twice: bool,
    ) -> Option<(Expected, Answer)> {
        let body = json!({
            "member_id": self.member_ids.get(&who)?, "score": score, "branch": branch(visit),
            "comment": comment.map(|comment| format!("comment {comment}")),
            "invoice_number": format!("visit-{visit}"),
            "visited_at": instant(self.oracle.now).to_string(),
        });
        let caller = self.member_or(&self.world.pos, who, by_member).await;
        let ratings = self.oracle.ratings.len();
        let expected = self.oracle.rate(who, (visit, score, comment), by_member);
        let answer = self.post(&caller, "/v1/ratings", body, None, twice).await;
        if self.oracle.ratings.len() > ratings && answer.status == 201 {
            self.rating_ids.push(answer.text("rating_id"));
        }
        Some((expected, answer))
    }

    pub(super) async fn message(
        &mut self,
        rating: u8,
        key: u8,
        by_member: bool,
        text: u8,
    ) -> Option<(Expected, Answer)> {
        let rating = index(self.rating_ids.len(), rating)?;
        let who = self.oracle.ratings[rating].who;
        let caller = self.member_or(&self.world.agent, who, by_member).await;
        let mails = self.oracle.mails.len();
        let expected = self.oracle.message(rating, key, by_member, text);
        let path = format!("/v1/ratings/{}/messages", self.rating_ids[rating]);
        let body = json!({"text": format!("text {text}")});
        let answer = caller.post(&path, body, Some(&format!("message-{key}"))).await;
        self.learn_mail(mails, &answer);
        Some((expected, answer))
    }

    pub(super) async fn read(&mut self, rating: u8, opens: bool) {
        let Some(rating) = index(self.rating_ids.len(), rating) else { return };
        let path = format!("/v1/ratings/{}", self.rating_ids[rating]);
        let agent = &self.world.agent;
        let _ = if opens {
            agent.get(&path).await.expect(200)
        } else {
            let key = format!("read-{}", self.oracle.now);
            agent.post(&format!("{path}/read"), json!({}), Some(&key)).await.expect(200)
        };
        self.oracle.ratings[rating].unread = false;
    }

    pub(super) async fn gift(
        &mut self,
        rating: u8,
        key: u8,
        points: Option<i64>,
    ) -> Option<(Expected, Answer)> {
        let rating = index(self.rating_ids.len(), rating)?;
        let (mails, gift) = (self.oracle.mails.len(), self.oracle.ratings[rating].gifts.len());
        let expected = self.oracle.gift(rating, key, points, GIFT_DAYS);
        let body = match points {
            Some(points) => json!({"kind": "points", "points": points}),
            None => json!({"kind": "product", "name": "Soap", "valid_days": GIFT_DAYS}),
        };
        let path = format!("/v1/ratings/{}/gifts", self.rating_ids[rating]);
        let key = format!("gift-{key}");
        let answer = self.world.agent.post(&path, json!({"gift": body}), Some(&key)).await;
        if let Some(code) = answer.at("coupon.code").as_str().filter(|_| !answer.replayed) {
            self.gift_codes.push((rating, gift, code.to_owned()));
        }
        self.learn_mail(mails, &answer);
        Some((expected, answer))
    }

    pub(super) async fn use_gift(&mut self, which: u8) -> Option<(Expected, Answer)> {
        let (rating, gift, code) = pick(&self.gift_codes, which)?;
        let expected = self.oracle.use_gift(rating, gift);
        let path = format!("/v1/coupons/{code}/use");
        let body = json!({"branch": "b1", "invoice_number": "inv-0"});
        let key = format!("use-gift-{}", self.fresh_key());
        Some((expected, self.world.pos.post(&path, body, Some(&key)).await))
    }
}
