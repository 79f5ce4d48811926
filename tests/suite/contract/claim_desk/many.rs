//! Members with many claims: how many people open, and that those of the system take none of their places.

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use puntos_domain::id::{ClaimId, digest};
use puntos_store::keys::Key;
use puntos_tests::World;
use serde_json::json;

use super::{open, opened};

/// Writes copies of a claim, as if this party had opened each for a cause of its own.
async fn copy_claim(world: &World, claim: &str, opened_by: &str, copies: usize) {
    let client = world.stack.table_client();
    let claim_id: ClaimId = claim.parse().unwrap();
    let get = client.get_item().table_name("puntos");
    let get = get.set_key(Some(Key::claim(&claim_id).attributes()));
    let claim = get.send().await.unwrap().item.unwrap();
    let copy = |number: usize| {
        let cause = digest(&[opened_by, &number.to_string()]);
        let copied = ClaimId::of_cause(&cause, &claim_id.member_id());
        let mut item = claim.clone();
        item.extend(Key::claim(&copied).attributes());
        item.insert("opened_by".to_owned(), AttributeValue::S(opened_by.to_owned()));
        let put = PutRequest::builder().set_item(Some(item)).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    let puts: Vec<WriteRequest> = (0..copies).map(copy).collect();
    for batch in puts.chunks(25) {
        let write = client.batch_write_item().request_items("puntos", batch.to_vec());
        let left = write.send().await.unwrap().unprocessed_items.unwrap_or_default();
        assert!(left.is_empty(), "every item is written");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_open_200_claims_of_a_member_and_those_of_the_system_do_not_count() {
    let world = World::start().await;
    let id = world.member_id().await;
    let member = world.member(&id).await;
    let first = opened(&world, &id).await;
    copy_claim(&world, &first, "system", 250).await;
    copy_claim(&world, &first, "agent", 100).await;
    copy_claim(&world, &first, "member", 98).await;
    let _ = open(&world, &member, json!({"kind": "refund"})).await.expect(201);
    for (caller, body) in [
        (&member, json!({"kind": "refund"})),
        (&world.agent, json!({"member_id": id, "kind": "refund"})),
    ] {
        let refused = open(&world, caller, body).await;
        let _ = refused.expect_problem(409, "too_many_claims");
    }
    let other = world.member_id().await;
    let _ = opened(&world, &other).await;
}
