//! Good and bad addresses: refused by field, or stored unchanged, found again, and sent mail.

use std::collections::BTreeSet;

use puntos_tests::World;
use serde_json::json;

use super::strings::collected;
use super::{assert_clear, each, encoded};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_address_is_refused_or_kept_found_and_written_to() {
    let world = World::start().await;
    let own = [
        "mina@example.com",
        "MINA+tag@Example.COM",
        " spaced@example.com\t",
        "mina@bücher.example",
        "mina@xn--bcher-kva.example",
        "mina@localhost",
        "mina@[127.0.0.1]",
        "\"quoted local\"@example.com",
        "mina@example.com\r\nBcc: everyone@example.com",
        "mina@example.com, other@example.com",
        "Mina <mina@example.com>",
        "mina@@example.com",
        "@example.com",
        "mina@",
        "",
    ];
    let mut addresses: BTreeSet<String> = own.map(str::to_owned).into_iter().collect();
    addresses.extend(collected("email-addresses/python-email-validator.json"));
    let addresses: Vec<String> = addresses.into_iter().collect();
    let free = json!({
        "name": "Free", "kind": "gift", "points_cost": 0, "valid_days": 1, "active": true,
    });
    let _ = world.admin.put("/v1/rewards/free", free).await.expect(200);
    each(&addresses, async |index, address| {
        let body = json!({"name": "Mina", "email": address});
        let key = format!("address-{index}");
        let answer = world.agent.post("/v1/members", body, Some(&key)).await;
        assert_clear(&answer, address);
        let search = format!("/v1/members?email={}", encoded(address));
        let found = world.agent.get(&search).await;
        assert_clear(&found, address);
        match answer.status {
            201 => {
                assert_eq!(answer.text("email"), address.trim());
                let member = answer.text("member_id");
                assert_eq!(found.text("data.0.member_id"), member);
                let redeemed = world.redeem(&member, "free", &key).await.expect(201);
                assert!(redeemed.text("email_id").starts_with("eml_"));
            }
            // Another member has the same address in another spelling.
            409 => assert_eq!(found.at("data").as_array().map(Vec::len), Some(1), "{address:?}"),
            _ => assert_eq!(answer.text("errors.0.field"), "email", "{address:?}"),
        }
    })
    .await;
    world.settle().await;
    let mails = world.stack.outbox(None);
    assert!(mails.len() >= 3, "{} mails", mails.len());
    for mail in mails {
        assert!(mail.to.is_ascii() && mail.to.matches('@').count() == 1, "{}", mail.to);
        assert!(
            !mail.to.contains(|sign: char| sign.is_control() || " ,<>\"".contains(sign)),
            "{}",
            mail.to
        );
    }
}
