//! What must hold at the end of every history, whatever happened in it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::driver::Driver;
use crate::ledgers;

/// Rows on a page of a timeline: few, so that there are several pages.
const PAGE_ROWS: usize = 7;

/// Compares the members, their timelines, tasks and claims, the ratings, the coupons, the stock and the mails.
pub(super) async fn check(driver: &mut Driver) {
    driver.run_day().await;
    driver.world.settle().await;
    for (who, member_id) in &driver.member_ids {
        check_member(driver, *who, member_id).await;
        driver.check_tasks(*who).await;
    }
    for claim in 0..driver.claim_ids.len() {
        driver.check_claim(claim).await;
    }
    check_ratings(driver).await;
    for (redemption, redeemed) in driver.oracle.redemptions.iter().zip(&driver.coupons) {
        let code = redeemed["coupon"]["code"].as_str().unwrap();
        let coupon = driver.world.pos.get(&format!("/v1/coupons/{code}")).await.expect(200);
        assert_eq!(coupon.text("status"), redemption.coupon(driver.oracle.now), "{redeemed}");
    }
    for (number, reward) in driver.oracle.rewards.iter().enumerate() {
        let shown = driver.world.pos.get(&format!("/v1/rewards/r{number}")).await.expect(200);
        assert_eq!(shown.at("units_left").as_i64(), reward.stock, "the units left of r{number}");
    }
    check_mails(driver).await;
    ledgers::check(&driver.world, driver.member_ids.values()).await;
}

async fn check_member(driver: &Driver, who: usize, member_id: &str) {
    let page = driver.world.agent.get(&format!("/v1/members/{member_id}")).await.expect(200);
    let facts = driver.oracle.facts(who).into_iter().chain(driver.oracle.address_facts(who));
    for (path, value) in facts {
        assert_eq!(page.at(path), &value, "{path} of {page:?}");
    }
    let rows = timeline(driver, member_id).await;
    let sum: i64 = rows.iter().filter_map(|row| row["points"].as_i64()).sum();
    let of = |name: &str| page.number(&format!("balance.{name}"));
    let balance = of("available") + of("pending") + of("reserved") - of("debt");
    assert_eq!(sum, balance, "the entries of {rows:#?}");
    let mut written: Vec<(&str, i64)> = Vec::new();
    for row in &rows {
        let kind = row["kind"].as_str().unwrap();
        let Some(points) = row["points"].as_i64() else { continue };
        if kind == "expiry" {
            assert!(points < 0, "{row}");
        } else {
            written.push((kind, points));
        }
        if let Some(parts) = row["explanation"].as_array() {
            let explained: i64 = parts.iter().map(|part| part["points"].as_i64().unwrap()).sum();
            assert_eq!(explained, points, "{row}");
        }
    }
    let mut expected = driver.oracle.people[who].ledger.clone();
    expected.sort_unstable();
    written.sort_unstable();
    assert_eq!(written, expected, "the entries of person {who}");
}

/// Reads all pages of a timeline; no entry comes twice.
async fn timeline(driver: &Driver, member_id: &str) -> Vec<Value> {
    let mut rows: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/members/{member_id}/timeline?limit={PAGE_ROWS}{cursor}");
        let mut page = driver.world.agent.get(&path).await.expect(200);
        rows.append(page.body["data"].as_array_mut().unwrap());
        match page.at("next_cursor").as_str() {
            None => break,
            Some(next) => cursor = format!("&cursor={next}"),
        }
    }
    let mut ids: Vec<&str> = rows.iter().map(|row| row["entry_id"].as_str().unwrap()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an entry comes twice in {rows:#?}");
    rows
}

/// Every mail has the status of the model. Each mail that the model sent was sent once to its address, and
/// no other was sent.
async fn check_mails(driver: &Driver) {
    assert_eq!(driver.email_ids.len(), driver.oracle.mails.len());
    let mut outbox: BTreeMap<String, String> = BTreeMap::new();
    for mail in driver.world.stack.outbox(None) {
        let tag = mail.tags.into_iter().find(|(name, _)| name == "email_id");
        let before = outbox.insert(tag.unwrap().1, mail.to.to_lowercase().trim().to_owned());
        assert_eq!(before, None, "a mail was sent twice");
    }
    for (email_id, mail) in driver.email_ids.iter().zip(&driver.oracle.mails) {
        let sent_to = outbox.remove(email_id);
        let expected = mail.sent.then(|| mail.address.clone());
        assert_eq!(sent_to, expected, "where {email_id} of person {} went", mail.who);
        let shown = driver.world.agent.get(&format!("/v1/emails/{email_id}")).await.expect(200);
        assert_eq!(shown.text("status"), mail.status, "{shown:?}");
    }
    // No answer names the mails about claims. They are the rest of the outbox.
    let mut left: Vec<String> = outbox.into_values().collect();
    let mut expected = driver.oracle.claim_mails.clone();
    left.sort_unstable();
    expected.sort_unstable();
    assert_eq!(left, expected, "where news of claims went");
}

/// The counters equal a recount, and each rating has its thread.
async fn check_ratings(driver: &Driver) {
    assert_eq!(driver.rating_ids.len(), driver.oracle.ratings.len());
    for branch in [None, Some("b1"), Some("b2")] {
        let filter = branch.map(|branch| format!("?branch={branch}")).unwrap_or_default();
        let path = format!("/v1/ratings/summary{filter}");
        let counted = driver.world.agent.get(&path).await.expect(200);
        for (path, value) in driver.oracle.recount(branch) {
            assert_eq!(counted.at(path), &value, "{path} of {counted:?}");
        }
    }
    let list = driver.world.agent.get("/v1/ratings?limit=100").await.expect(200);
    let rows = list.at("data").as_array().unwrap();
    assert_eq!(rows.len(), driver.rating_ids.len(), "one row for each visit");
    for (rating_id, rating) in driver.rating_ids.iter().zip(&driver.oracle.ratings) {
        let row = rows.iter().find(|row| row["rating_id"] == rating_id.as_str()).unwrap();
        assert_eq!(row["unread"], rating.unread, "{row}");
        assert_eq!(row["has_comment"], rating.has_comment(), "{row}");
        let shown = driver.world.agent.get(&format!("/v1/ratings/{rating_id}")).await.expect(200);
        assert_eq!(shown.number("score"), rating.score);
        let comment = rating.comment.map(|comment| format!("comment {comment}"));
        assert_eq!(shown.at("comment").as_str(), comment.as_deref());
        assert_eq!(shown.at("history").as_array().map(Vec::len), Some(rating.opinions));
        assert_eq!(shown.at("replies").as_u64(), u64::try_from(rating.replies()).ok());
        let messages = rating.messages.iter().map(|(_, by_member, text)| {
            (if *by_member { "member" } else { "agent" }.to_owned(), format!("text {text}"))
        });
        let of = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let rows = shown.at("messages").as_array().unwrap().iter();
        let rows: Vec<_> = rows.map(|row| (of(row, "from"), of(row, "text"))).collect();
        assert_eq!(rows, messages.collect::<Vec<_>>(), "the thread of {rating_id}");
        let gifts = shown.at("gifts_of_rating").as_array().unwrap().iter();
        let gifts: Vec<&str> = gifts.map(|gift| gift["status"].as_str().unwrap()).collect();
        let now = driver.oracle.now;
        let expected: Vec<&str> = rating.gifts.iter().map(|gift| gift.status(now)).collect();
        assert_eq!(gifts, expected, "the gifts of {rating_id}");
    }
}
