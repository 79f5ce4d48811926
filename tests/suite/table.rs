//! Compares `infra/TABLE.md` with the code, the template, and the items that a tour of the stack writes. A
//! key, an attribute or an index that only one of them has makes a test fail.

mod document;
mod size;
mod tour;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use puntos_domain::coupon::CouponCode;
use puntos_domain::id::{
    AdjustmentId, ClaimId, EmailId, GiftId, MemberId, MessageId, OrderEventId, PreviewId, RatingId,
    RedemptionId, RerateId, ReservationId, ReturnId, RunId, TaskId,
};
use puntos_domain::invoice::{BranchKey, Invoice};
use puntos_domain::mail::EmailStatus;
use puntos_domain::outbox::AddressChange;
use puntos_domain::standing::Month;
use puntos_domain::task::{TaskKind, TaskStatus};
use puntos_store::keys::{self, Key, OwnerKind};

use self::document::Document;
use crate::template::{Template, listed, root};

fn source(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// Returns one key of every constructor.
fn keys() -> Vec<(&'static str, Key)> {
    let member = MemberId::from_key("m");
    let redemption = RedemptionId::from_key("r", &member);
    let rating = RatingId::of_visit(Invoice::new("b", "1"), &member);
    let claim = ClaimId::from_key("c", &member);
    let day = "2026-03-14".parse().unwrap();
    vec![
        ("profile", Key::profile(&member)),
        ("account", Key::account(&member)),
        ("profile_change", Key::profile_change(&member, 7)),
        ("unblocking", Key::unblocking(&member, "k")),
        ("sign_in_change", Key::sign_in_change(&member, "r")),
        ("sign_in", Key::sign_in(&member)),
        ("reward_limit", Key::reward_limit(&member, "rwd_mug")),
        ("owner", Key::owner(OwnerKind::Document, "x-1")),
        ("owner", Key::owner(OwnerKind::Card, "c-1")),
        ("owner", Key::owner(OwnerKind::Email, "ines@example.com")),
        ("owner", Key::owner(OwnerKind::Subject, "s-1")),
        ("address_block", Key::address_block("ines@example.com")),
        ("name_word", Key::name_word("inés", &member)),
        ("purchase", Key::purchase(&Invoice::new("b", "1").purchase_id())),
        ("correction", Key::correction(&Invoice::new("b", "1").purchase_id(), "c")),
        ("reservation", Key::reservation(&ReservationId::from_key("k", &member))),
        ("merge", Key::merge(&member, "k")),
        ("move_out", Key::move_out(&Invoice::new("b", "1").purchase_id(), "k")),
        ("move_in", Key::move_in(&Invoice::new("b", "1").purchase_id(), "k")),
        ("purchase_return", Key::purchase_return(&ReturnId::from_number("b", "1"))),
        ("redemption", Key::redemption(&redemption)),
        ("redemption_of_key", Key::redemption_of_key("r")),
        ("reversal", Key::reversal(&redemption)),
        ("adjustment", Key::adjustment(&AdjustmentId::from_key("a"))),
        ("agent", Key::agent("s-1")),
        ("agent_day", Key::agent_day("s-1", day)),
        ("member_day", Key::member_day(&member, day)),
        ("reward", Key::reward("rwd_mug")),
        ("reward_version", Key::reward_version("rwd_mug", 3)),
        ("program_head", Key::program_head()),
        ("program_version", Key::program_version(3)),
        ("email", Key::email(&redemption.coupon_email_id())),
        ("rating", Key::rating(&rating)),
        ("rating_key", Key::rating_key("k")),
        ("message", Key::message(&rating, &MessageId::from_key(&rating, "k"))),
        ("gift", Key::gift(&rating, &GiftId::from_key(&rating, "k"))),
        ("branch", Key::branch(&BranchKey::of("b"))),
        ("branch_counts", Key::branch_counts(&BranchKey::of("b"), day)),
        ("total_counts", Key::total_counts(3, day)),
        ("auto_reply_settings", Key::auto_reply_settings()),
        ("token_key", Key::token_key()),
        ("order_event", Key::order_event(&OrderEventId::of_event("e"))),
        ("payment", Key::payment(&member, "order-1")),
        ("care_cycle", Key::care_cycle(&member)),
        ("task", Key::task(&task())),
        ("claim", Key::claim(&claim)),
        ("claim_key", Key::claim_key("c")),
        ("claim_body", Key::claim_body(&claim)),
        ("claim_step", Key::claim_step(&claim)),
        ("expiry_warning", Key::expiry_warning(&member, Timestamp::UNIX_EPOCH)),
        ("report_run", Key::report_run(&RunId::from_key("k"))),
        ("report_month", Key::report_month(&RunId::from_key("k"), Some(Month(24_315)))),
        ("newest_report", Key::newest_report()),
        ("rerate", Key::rerate(&RerateId::from_key("k"))),
        ("preview", Key::preview(&PreviewId::from_key("k"))),
        ("draft", Key::draft(&PreviewId::from_key("k"))),
    ]
}

/// Returns a task of some order.
fn task() -> TaskId {
    TaskId::of_cause("0123456789abcdef", &MemberId::from_key("m"))
}

/// Returns one value of every function that makes the value of an index's key.
fn index_values() -> Vec<(&'static str, String)> {
    let at: Timestamp = "2026-03-14T13:00:00Z".parse().unwrap();
    let day = "2026-03-14".parse().unwrap();
    let member = MemberId::from_key("m");
    let rating = RatingId::of_visit(Invoice::new("b", "1"), &member);
    let change = AddressChange { member_id: member.clone(), version: 2 };
    let (_, sort) = keys::coupon_lookup(&CouponCode::issue([7; 10], at));
    vec![
        ("timeline_at", keys::timeline_at(at, 7)),
        ("instant", keys::instant(at)),
        ("coupon_partition", keys::coupon_partition("12X")),
        ("coupon_lookup", sort),
        ("reversal_partition", keys::reversal_partition(at)),
        ("cycle_partition", keys::cycle_partition(at)),
        ("cycle_order", keys::cycle_order(at, &Invoice::new("b", "1").purchase_id())),
        ("message_lookup", keys::message_lookup("0100-1")),
        ("email_queue", keys::email_queue(EmailStatus::Queued)),
        ("name_partition", keys::name_partition("inés")),
        ("message_prefix", keys::message_prefix(&rating)),
        ("branch_counts_partition", keys::branch_counts_partition(&BranchKey::of("b"))),
        ("total_counts_partition", keys::total_counts_partition(3)),
        ("rating_partition", keys::rating_partition(true, 7)),
        ("branch_rating_partition", keys::branch_rating_partition(&BranchKey::of("b"), false, 10)),
        ("rating_order", keys::rating_order(at, &rating)),
        ("rating_name_order", keys::rating_name_order("ines muster", at, &rating)),
        ("task_queue", keys::task_queue(TaskStatus::Open, TaskKind::CheckIn)),
        ("task_order", keys::task_order(day, &task())),
        ("claim_queue", keys::claim_queue("waiting")),
        ("due_queue", keys::due_queue(&member)),
        ("due_order", keys::due_order(day, &member)),
        ("claim_due_order", keys::claim_due_order(day, &ClaimId::from_key("c", &member))),
        ("payment_due_order", keys::payment_due_order(at, &Key::payment(&member, "order-1"))),
        ("email_order", keys::email_order(at, &EmailId::of_cause(&["x"], &member))),
        ("due_shard_queue", keys::due_shard_queue(3)),
        ("expiry_queue", keys::expiry_queue(&member)),
        ("expiry_shard_queue", keys::expiry_shard_queue(3)),
        ("address_order", keys::address_order(at, &change)),
        ("invitation_queue", keys::invitation_queue(&member)),
        ("invitation_shard_queue", keys::invitation_shard_queue(3)),
    ]
}

#[test]
fn every_key_is_in_the_document_as_the_code_makes_it() {
    let document = Document::read();
    let mut made = BTreeSet::new();
    for (constructor, key) in keys() {
        let rows = document.keys.iter().filter(|row| row.constructor == constructor);
        let rows: Vec<_> = rows.filter(|row| row.is_of(&key.pk, &key.sk)).collect();
        assert_eq!(rows.len(), 1, "Key::{constructor} makes {} / {}", key.pk, key.sk);
        made.insert((constructor.to_owned(), rows[0].pk.clone()));
    }
    for row in &document.keys {
        let known = made.contains(&(row.constructor.clone(), row.pk.clone()));
        assert!(known, "no code makes {row:?}");
    }
}

#[test]
fn no_function_that_makes_a_key_is_left_out() {
    let files = ["keys.rs", "keys/care.rs", "keys/lists.rs", "keys/settings.rs", "keys/walks.rs"];
    let source = files.map(|file| source(&format!("shared/store/src/{file}"))).concat();
    let (constructors, functions): (Vec<_>, Vec<_>) = source
        .lines()
        .filter_map(|line| Some((line.starts_with(' '), line.trim().strip_prefix("pub fn ")?)))
        .map(|(is_method, rest)| (is_method, rest.split('(').next().unwrap().to_owned()))
        .partition(|(is_method, _)| *is_method);
    // Neither makes a key: one joins any two parts, the other passes a key to the SDK.
    let other = ["new", "attributes"];
    let constructors: BTreeSet<String> = constructors
        .into_iter()
        .map(|(_, name)| name)
        .filter(|name| !other.contains(&name.as_str()))
        .collect();
    let sampled: BTreeSet<String> = keys().into_iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(constructors, sampled);
    let functions: BTreeSet<String> = functions.into_iter().map(|(_, name)| name).collect();
    let sampled: BTreeSet<String> =
        index_values().into_iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(functions, sampled);
}

#[test]
fn every_value_of_an_index_is_in_the_document_as_the_code_makes_it() {
    let document = Document::read();
    for (function, value) in index_values() {
        let pattern = document.values.get(function).unwrap_or_else(|| panic!("{function}"));
        assert!(document::matches(pattern, &value), "{function}: {value} is not {pattern}");
    }
    let known: BTreeSet<&str> = index_values().into_iter().map(|(name, _)| name).collect();
    let listed: BTreeSet<&str> = document.values.keys().map(String::as_str).collect();
    assert_eq!(listed, known);
}

#[test]
fn the_indexes_are_those_of_the_template() {
    let document = Document::read();
    let template = Template::read();
    let table = template.properties("PuntosTable");
    let indexes: BTreeMap<String, [String; 3]> = listed(&table["GlobalSecondaryIndexes"])
        .into_iter()
        .map(|index| {
            let key = |place: usize| {
                index["KeySchema"][place]["AttributeName"].as_str().unwrap().to_owned()
            };
            let projection = index["Projection"]["ProjectionType"].as_str().unwrap().to_owned();
            (index["IndexName"].as_str().unwrap().to_owned(), [key(0), key(1), projection])
        })
        .collect();
    assert_eq!(document.indexes, indexes);
    let named = [
        keys::TIMELINE_INDEX,
        keys::LOOKUP_INDEX,
        keys::WORK_INDEX,
        keys::RATINGS_INDEX,
        keys::BRANCH_RATINGS_INDEX,
        keys::RATING_NAMES_INDEX,
    ];
    assert_eq!(indexes.into_keys().collect::<BTreeSet<_>>(), named.map(str::to_owned).into());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_tour_leaves_in_the_table_is_what_the_document_says() {
    let document = Document::read();
    let world = tour::toured().await;
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut in_rows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut most_bytes: BTreeMap<String, usize> = BTreeMap::new();
    for item in tour::items(&world).await {
        let part = |name: &str| item[name].as_s().unwrap().clone();
        let (pk, sk) = (part("pk"), part("sk"));
        let row = document.keys.iter().find(|row| row.is_of(&pk, &sk));
        let row = row.unwrap_or_else(|| panic!("no item of the document is {pk} / {sk}"));
        let attributes = found.entry(row.item.clone()).or_default();
        attributes
            .extend(item.keys().filter(|name| !["pk", "sk"].contains(&name.as_str())).cloned());
        if let Some(elements) = item.get("row").and_then(|row| row.as_m().ok()) {
            in_rows.entry(row.item.clone()).or_default().extend(elements.keys().cloned());
        }
        let bytes = most_bytes.entry(row.item.clone()).or_default();
        *bytes = (*bytes).max(size::bytes(&item));
    }
    let items: BTreeSet<&String> = document.keys.iter().map(|row| &row.item).collect();
    assert_eq!(found.keys().collect::<BTreeSet<_>>(), items, "the tour writes every item");
    assert_eq!(in_rows, document.row_elements, "the elements of rows");
    // All of them at once, so that they can be mended at once.
    let mut findings = Vec::new();
    for (item, mut attributes) in found {
        // Only until the work is done, which the tour always waits for.
        let ended: &[&str] = match item.as_str() {
            "Mail" => &["outbox"],
            "Profile change" => &["work_queue", "work_due"],
            _ => &[],
        };
        attributes.extend(ended.iter().map(|name| (*name).to_owned()));
        if document.attributes.get(&item) != Some(&attributes) {
            let told = document.attributes.get(&item);
            findings.push(format!("{item} has {attributes:?}, and TABLE.md says {told:?}"));
        }
    }
    for (item, bytes) in most_bytes {
        let told = document.bytes.get(&item).copied().unwrap_or_default();
        if bytes > told || bytes * 2 <= told {
            findings.push(format!("{item}: {bytes} bytes, and TABLE.md says about {told}"));
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}
