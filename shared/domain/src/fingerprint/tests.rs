//! Golden tests: stored fingerprints stay what they are, whatever the types become.
//!
//! The digests were computed outside this crate from the written forms: SHA-256 of each part after its length
//! (eight bytes), the first ten bytes in Crockford's base 32.

use jiff::Timestamp;

use super::*;
use crate::care::OrderEventKind;
use crate::claim::{ClaimStatus, MoneyAt};
use crate::invoice::Invoice;
use crate::money::Currency;
use crate::purchase::Line;
use crate::reward::Discount;
use crate::reward::tests::mug;

fn member() -> MemberId {
    "mbr_0123456789abcdef".parse().unwrap()
}

fn at() -> Timestamp {
    "2026-03-14T13:00:00Z".parse().unwrap()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn rub(amount: i64) -> Money {
    Money { amount, currency: Currency::try_from("RUB".to_owned()).unwrap() }
}

fn bought(lines: Vec<Line>) -> Purchase {
    Purchase {
        branch: "b1".into(),
        invoice_number: "7".into(),
        purchased_at: at(),
        total: rub(300),
        lines,
        paid_with_points_minor: 0,
    }
}

fn discount(percent: Option<i64>, amount: Option<Money>) -> Option<Discount> {
    Some(Discount { percent, amount })
}

#[test]
fn a_stored_fingerprint_is_that_of_the_same_request_for_ever() {
    let profile = ProfileRequest {
        name: "Mina".into(),
        email: some("m@x.org"),
        phone: None,
        document: None,
        card_number: None,
        locale: None,
        birth_date: Some("1990-02-28".parse().unwrap()),
        optional_emails: Some(false),
    };
    let line = Line {
        sku: "milk".into(),
        category: some("dairy"),
        quantity: 2.into(),
        amount_minor: 350,
        discount_minor: 50,
    };
    let visit = RateVisit {
        score: 9,
        comment: some("good"),
        branch: "b1".into(),
        invoice_number: some("7"),
        visited_at: at(),
    };
    let made = |kind, name: &str| Reward { kind, name: name.into(), ..mug() };
    let points = Reward { points: Some(Points::new(50)), ..made(RewardKind::Points, "50 points") };
    let percent =
        Reward { discount: discount(Some(5), None), ..made(RewardKind::Discount, "Five off") };
    let amount = discount(None, Some(rub(100)));
    let amount = Reward { discount: amount, ..made(RewardKind::Discount, "One off") };
    let event = OrderEvent {
        event_id: "e1".into(),
        kind: OrderEventKind::AutoshipScheduled,
        member_id: member(),
        order_id: "o1".into(),
        at: at(),
        scheduled_for: Some("2026-04-01".parse().unwrap()),
        amount: None,
        bank_reference: None,
        detail: some("d"),
    };
    let evidence = Evidence {
        branch: some("b1"),
        invoice_number: some("7"),
        purchased_at: Some(at()),
        card_number: some("c"),
        order_id: None,
        note: some("n"),
        ..Evidence::default()
    };
    let update = Update {
        status: Some(ClaimStatus::Waiting),
        waiting_on: some("bank"),
        note: some("n"),
        internal: true,
        promised_by: Some("2026-04-01".parse().unwrap()),
        bank_reference: some("br"),
        money_at: None,
        expected_by: None,
        evidence: Some(Evidence { branch: some("b1"), ..Evidence::default() }),
        confirmed: Some(true),
    };
    let enrolled = ProfileRequest {
        phone: some("+5"),
        document: some("d"),
        card_number: some("c"),
        locale: some("es"),
        optional_emails: Some(true),
        ..profile.clone()
    };
    let worth = Reward { worth: Some(rub(500)), ..mug() };
    let total = Evidence { total: Some(rub(300)), ..Evidence::default() };
    let told = Update {
        evidence: Some(Evidence { total: Some(rub(300)), ..evidence.clone() }),
        ..Update::default()
    };
    let claim_id = "clm_0123456789abcdef0123456789abcdef".parse().unwrap();
    let invoice = Some(Invoice::new("b1", "7"));
    let table = [
        ("1.5yjyf5dnss02bbcr", enrolment(&profile)),
        ("1.fh1rdvmevat4htes", enrolment(&enrolled)),
        ("1.16y8e2c545j3mp7j", purchase(&bought(vec![line]), Some(&member()))),
        ("1.rckz1ay06ke7g1ch", purchase(&bought(vec![]), None)),
        ("1.y8qdgwmh2wr26qqr", adjustment(&member(), Points::new(-5), "r", Some("n"), None)),
        ("1.781922vpsdbwr1qw", adjustment(&member(), Points::new(5), "r", None, invoice)),
        ("1.0tv33m7110k1xk90", redemption(&member(), "mug")),
        ("1.z34p4bfznpd93zk1", reversal("r", true, Some("n"))),
        ("1.pyy2dd7fa77bw6ej", rating(&visit, &member())),
        ("1.68e4yjk68qrdx9as", catalogue_gift("mug")),
        ("1.00a78c50wsvejmpb", made_up_gift(&points)),
        ("1.z75e1xtpyv56j33z", made_up_gift(&percent)),
        ("1.g55r0kk4fyffmy13", made_up_gift(&amount)),
        ("1.n685629vwhex0rtq", made_up_gift(&worth)),
        ("1.8mya7bmky30kgvh8", reservation(&member(), Points::new(5), "b1", Some("7"))),
        ("1.hyg66eb9dx9xtz4z", order_event(&event)),
        ("1.dxakxxveavmhn5rr", task_completion(Some("n"))),
        ("1.p2ke33affc2cmy08", claim(&member(), ClaimKind::MissingPoints, None, None, &evidence)),
        ("1.a0p6tjk3j42mtdwq", claim(&member(), ClaimKind::MissingPoints, None, None, &total)),
        ("1.wj441sywfzj6xs5k", claim_update(&update)),
        ("1.bsws9abw10je29yk", claim_update(&told)),
        ("1.e8w7xdvnwq7axzy4", claim_fix(&claim_id, Some(Points::new(5)))),
    ];
    for (stored, computed) in table {
        assert_eq!(computed, stored);
    }
}

#[test]
fn a_purchase_that_comes_again_at_another_time_is_the_same() {
    let first = bought(vec![]);
    let later = Purchase { purchased_at: Timestamp::UNIX_EPOCH, ..first.clone() };
    let other = Purchase { total: rub(301), ..first.clone() };
    assert_eq!(purchase(&first, Some(&member())), purchase(&later, Some(&member())));
    assert_ne!(purchase(&first, Some(&member())), purchase(&other, Some(&member())));
    assert_ne!(purchase(&first, Some(&member())), purchase(&first, None));
}

#[test]
fn a_quantity_is_the_same_however_it_is_written() {
    let weighed = |written: &str| {
        let line = Line {
            sku: "cheese".into(),
            category: None,
            quantity: serde_json::from_str(written).unwrap(),
            amount_minor: 300,
            discount_minor: 0,
        };
        purchase(&bought(vec![line]), None)
    };
    assert_eq!(weighed("0.250"), weighed("0.25"));
    assert_eq!(weighed("2"), weighed("2.0"));
    assert_ne!(weighed("0.25"), weighed("0.251"));
}

#[test]
fn a_branch_is_the_same_however_it_is_written() {
    let first = bought(vec![]);
    let shouted = Purchase { branch: " B1".into(), ..first.clone() };
    assert_eq!(purchase(&first, None), purchase(&shouted, None));
    let credit = |invoice| adjustment(&member(), Points::new(5), "r", None, Some(invoice));
    assert_eq!(credit(first.invoice()), credit(shouted.invoice()));
    let evidence = |branch| Evidence { branch: some(branch), ..Evidence::default() };
    let opened = |branch| claim(&member(), ClaimKind::MissingPoints, None, None, &evidence(branch));
    assert_eq!(opened("b1"), opened(" B1"));
    let visit = |branch: &str| RateVisit {
        score: 9,
        comment: None,
        branch: branch.into(),
        invoice_number: None,
        visited_at: at(),
    };
    assert_eq!(rating(&visit("b1"), &member()), rating(&visit(" B1"), &member()));
    assert_ne!(rating(&visit("b1"), &member()), rating(&visit("b2"), &member()));
}

#[test]
fn absent_and_given_fields_differ() {
    assert_ne!(task_completion(None), task_completion(Some("")));
    assert_ne!(reversal("r", false, None), reversal("r", true, None));
    let note = Update { note: some("n"), ..Update::default() };
    let bank = Update { bank_reference: some("n"), ..Update::default() };
    assert_ne!(claim_update(&note), claim_update(&bank));
    let at_bank = Update { money_at: Some(MoneyAt::Bank), ..Update::default() };
    let at_shop = Update { money_at: Some(MoneyAt::Shop), ..Update::default() };
    assert_ne!(claim_update(&at_bank), claim_update(&at_shop));
    let paid = |amount: Option<Money>, method| {
        claim(&member(), ClaimKind::Refund, amount.as_ref(), method, &Evidence::default())
    };
    let forms = [paid(None, None), paid(Some(rub(1)), None), paid(None, Some("card"))];
    assert!(forms.iter().all(|form| forms.iter().filter(|other| *other == form).count() == 1));
}
