//! What must hold at the end of every history, whatever happened in it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::driver::Driver;

/// How many rows a page of a timeline is asked for: few, so that there are several pages.
const PAGE_ROWS: usize = 7;

/// Holds the members, their timelines, the coupons, the stock and the mails against the model.
pub(super) async fn check(driver: &Driver) {
    driver.world.settle().await;
    for (who, member_id) in &driver.member_ids {
        check_member(driver, *who, member_id).await;
    }
    for (redemption, redeemed) in driver.oracle.redemptions.iter().zip(&driver.coupons) {
        let code = redeemed["coupon"]["code"].as_str().unwrap();
        let coupon = driver.world.pos.get(&format!("/v1/coupons/{code}")).await.expect(200);
        assert_eq!(coupon.text("status"), redemption.coupon(driver.oracle.now), "{redeemed}");
    }
    for (number, reward) in driver.oracle.rewards.iter().enumerate() {
        let shown = driver.world.pos.get(&format!("/v1/rewards/r{number}")).await.expect(200);
        assert_eq!(shown.at("stock").as_i64(), reward.stock, "the stock of r{number}");
    }
    check_mails(driver).await;
}

async fn check_member(driver: &Driver, who: usize, member_id: &str) {
    let page = driver.world.agent.get(&format!("/v1/members/{member_id}")).await.expect(200);
    let facts = driver.oracle.facts(who).into_iter().chain(driver.oracle.address_facts(who));
    for (path, value) in facts {
        assert_eq!(page.at(path), &value, "{path} of {page:?}");
    }
    let rows = timeline(driver, member_id).await;
    let sum: i64 = rows.iter().filter_map(|row| row["points"].as_i64()).sum();
    let balance = page.number("balance.available") + page.number("balance.pending");
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

/// Every mail has its status, each that the model sent was sent once to its address, and no other.
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
    assert!(outbox.is_empty(), "mails that nobody ordered: {outbox:?}");
}
