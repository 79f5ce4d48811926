//! Enrolments, changes of profiles and of agents, and consent.

use jiff::tz::TimeZone;
use puntos_domain::care::{CareCycle, OrderEvent, OrderEventKind};
use puntos_domain::email_confirmation::MAILS_PER_DAY_MAX;
use puntos_domain::id::MemberId;
use puntos_domain::mail::{Composer, EmailAddress, PagePath};
use puntos_domain::member::{Consent, Profile, TakenValue};
use puntos_domain::program::{CareSettings, ProgramVersion};
use puntos_store::{ConfirmationMail, EnrolOutcome, HandOver, OrderEventOutcome, PatchOutcome};

use crate::care::record_first as record;
use crate::table::Table;
use crate::{enrolled, member, now, profile, stamp};

#[tokio::test]
async fn an_enrolment_writes_the_profile_the_account_owners_and_words() {
    let table = Table::new().await;
    enrolled(&table).await;
    insta::assert_json_snapshot!("enrol", table.items().await);
}

#[tokio::test]
async fn an_idempotency_key_enrols_once() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let before = table.items().await;
    let profile = profile("Eva", "eva@example.com");
    let outcome = table.store.enrol(&member_id, &profile, "digest", &stamp()).await.unwrap();
    assert!(matches!(outcome, EnrolOutcome::Exists(first) if first.profile.name == "Inés Muster"));
    assert_eq!(table.items().await, before);
}

fn named(taken: &[TakenValue]) -> Vec<&'static str> {
    taken.iter().map(|taken| taken.field).collect()
}

#[tokio::test]
async fn what_another_member_has_is_refused_by_its_field() {
    let table = Table::new().await;
    enrolled(&table).await;
    let eva = MemberId::from_key("eva");
    let free = Profile {
        email: None,
        document: None,
        card_number: None,
        ..profile("Eva", "eva@example.com")
    };
    let label = |text: &str| Some(text.to_owned());
    let email = EmailAddress::parse("INES@example.com").ok();
    let requests = [
        (Profile { document: label("d-1 "), ..free.clone() }, vec!["document"]),
        (Profile { card_number: label("c-1"), ..free.clone() }, vec!["card_number"]),
        (Profile { email, ..free.clone() }, vec!["email"]),
        (profile("Eva", "ines@example.com"), vec!["document", "card_number", "email"]),
    ];
    let before = table.items().await;
    for (request, fields) in &requests {
        let outcome = table.store.enrol(&eva, request, "digest", &stamp()).await.unwrap();
        assert!(
            matches!(&outcome, EnrolOutcome::Taken(taken) if named(taken) == *fields),
            "{outcome:?}"
        );
    }
    assert_eq!(table.items().await, before);
    // A change is refused in the same way.
    table.store.enrol(&eva, &free, "digest", &stamp()).await.unwrap();
    let read = member(&table, &eva).await;
    let before = table.items().await;
    for (request, fields) in &requests {
        let outcome =
            table.store.change_profile(&read, request, "it", None, None, &stamp()).await.unwrap();
        assert!(
            matches!(&outcome, PatchOutcome::Taken(taken) if named(taken) == *fields),
            "{outcome:?}"
        );
    }
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_change_moves_owners_and_words_and_adds_an_entry() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let before = table.items().await;
    let read = member(&table, &member_id).await;
    let after = profile("Inés Neu", "neu@example.com");
    let outcome = table
        .store
        .change_profile(&read, &after, "name, email", None, None, &stamp())
        .await
        .unwrap();
    assert!(matches!(outcome, PatchOutcome::Changed), "{outcome:?}");
    insta::assert_json_snapshot!("change_profile", table.changes(&before).await);
    // The same version was read: another change came first.
    let outcome =
        table.store.change_profile(&read, &after, "name", None, None, &stamp()).await.unwrap();
    assert!(matches!(outcome, PatchOutcome::Outdated), "{outcome:?}");
}

#[tokio::test]
async fn a_new_address_that_waits_has_its_mail_a_few_times_a_day() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let rules = ProgramVersion::new(1, crate::program::program("es"));
    let composer = Composer { program: &rules, brand: "Puntos" };
    let enter = async |number: i64| {
        let read = member(&table, &member_id).await;
        let address = EmailAddress::parse(&format!("new-{number}@example.com")).unwrap();
        let after = Profile { email_pending: Some(address), ..read.profile.clone() };
        let page = PagePath::confirm("a-token");
        let mail = composer.email_confirmation(&read, &after, page, &stamp()).unwrap();
        assert_eq!(mail.to.as_given(), format!("new-{number}@example.com"));
        let mail = ConfirmationMail { mail, today: crate::today() };
        let fields = "email_pending";
        table
            .store
            .change_profile(&read, &after, fields, None, Some(&mail), &stamp())
            .await
            .unwrap()
    };
    let before = table.items().await;
    assert!(matches!(enter(1).await, PatchOutcome::Changed));
    insta::assert_json_snapshot!("enter_address", table.changes(&before).await);
    for number in 2..=MAILS_PER_DAY_MAX {
        assert!(matches!(enter(number).await, PatchOutcome::Changed), "{number}");
    }
    let before = table.items().await;
    assert!(matches!(enter(99).await, PatchOutcome::TooMany));
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_replaced_card_stays_with_its_member_who_may_take_it_back() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let ines = profile("Inés Muster", "ines@example.com");
    let with_card = |number: &str| Profile { card_number: Some(number.to_owned()), ..ines.clone() };
    let change = async |after: &Profile| {
        let read = member(&table, &member_id).await;
        table.store.change_profile(&read, after, "card_number", None, None, &stamp()).await.unwrap()
    };
    let before = table.items().await;
    let outcome = change(&with_card("C-2")).await;
    assert!(matches!(outcome, PatchOutcome::Changed), "{outcome:?}");
    insta::assert_json_snapshot!("replace_card", table.changes(&before).await);
    let holder = table.store.card_holder("c-1").await.unwrap().unwrap();
    assert_eq!((holder.member_id, holder.replaced_at), (member_id.clone(), Some(now())));
    let eva = Profile { email: None, document: None, ..profile("Eva", "eva@example.com") };
    let eva_id = MemberId::from_key("eva");
    let refused = table.store.enrol(&eva_id, &eva, "digest", &stamp()).await.unwrap();
    assert!(matches!(&refused, EnrolOutcome::Taken(taken) if taken[0].is_replaced_card));
    let outcome = change(&with_card("C-1")).await;
    assert!(matches!(outcome, PatchOutcome::Changed), "{outcome:?}");
    let holders = [table.store.card_holder("C-1").await, table.store.card_holder("C-2").await];
    let replaced = holders.map(|holder| holder.unwrap().unwrap().replaced_at.is_some());
    assert_eq!(replaced, [false, true]);
}

#[tokio::test]
async fn a_changed_consent_writes_the_profile_and_an_entry() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let read = member(&table, &member_id).await;
    let refused = Consent { optional_emails: false, said_at: Some(now()) };
    let before = table.items().await;
    assert!(table.store.record_consent(&read, refused, &stamp()).await.unwrap());
    insta::assert_json_snapshot!("record_consent", table.changes(&before).await);
    // The profile has changed: nothing is written.
    let before = table.items().await;
    assert!(!table.store.record_consent(&read, refused, &stamp()).await.unwrap());
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn another_agent_gets_the_cycle_and_the_open_tasks() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let event = OrderEvent {
        kind: OrderEventKind::CardFailed,
        ..OrderEvent::of_purchase("order-1", member_id.clone(), now())
    };
    let cycle = CareCycle::new(member_id.clone(), "Inés Muster".to_owned());
    let settings = CareSettings::default();
    let decision = cycle.on_event(&event, settings, &TimeZone::UTC, now()).unwrap();
    let task_id = decision.changes[0].task_id().clone();
    let recorded = record(&table, &event, &decision).await;
    assert!(matches!(recorded, OrderEventOutcome::Recorded(_)), "{recorded:?}");
    let change = async |agent_id: &str, care: &HandOver| {
        let read = member(&table, &member_id).await;
        let after = Profile { agent_id: Some(agent_id.to_owned()), ..read.profile.clone() };
        table
            .store
            .change_profile(&read, &after, "agent_id", Some(care), None, &stamp())
            .await
            .unwrap()
    };
    let care = table.store.hand_over(&member(&table, &member_id).await).await.unwrap();
    let before = table.items().await;
    assert!(matches!(change("agent-1", &care).await, PatchOutcome::Changed));
    insta::assert_json_snapshot!("change_profile_agent", table.changes(&before).await);
    // The task was assigned to a colleague meanwhile: nothing is written.
    let care = table.store.hand_over(&member(&table, &member_id).await).await.unwrap();
    let assigned = table.store.assign_task(&task_id, Some("agent-2"), &stamp()).await.unwrap();
    assert_eq!(assigned.unwrap().task.agent_id.as_deref(), Some("agent-2"));
    let before = table.items().await;
    assert!(matches!(change("agent-3", &care).await, PatchOutcome::Outdated));
    assert_eq!(table.items().await, before);
    // The colleague keeps it.
    let care = table.store.hand_over(&member(&table, &member_id).await).await.unwrap();
    assert!(matches!(change("agent-3", &care).await, PatchOutcome::Changed));
    let kept = table.store.task(&task_id).await.unwrap().unwrap();
    assert_eq!(kept.task.agent_id.as_deref(), Some("agent-2"));
}

#[tokio::test]
async fn the_first_order_meanwhile_is_noticed_by_a_new_agent() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let read = member(&table, &member_id).await;
    let care = table.store.hand_over(&read).await.unwrap();
    let event = OrderEvent::of_purchase("order-1", member_id.clone(), now());
    let cycle = CareCycle::new(member_id, "Inés Muster".to_owned());
    let decision = cycle.on_event(&event, CareSettings::default(), &TimeZone::UTC, now()).unwrap();
    record(&table, &event, &decision).await;
    let after = Profile { agent_id: Some("agent-1".to_owned()), ..read.profile.clone() };
    let store = &table.store;
    let outcome =
        store.change_profile(&read, &after, "agent_id", Some(&care), None, &stamp()).await;
    assert!(matches!(outcome, Ok(PatchOutcome::Outdated)), "{outcome:?}");
}
