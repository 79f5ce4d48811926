//! Tests of invitations: when they are due, what keeps them back, and what their links name.

use super::*;
use crate::program::Invitations;
use crate::program::tests::demo;

const NOW: &str = "2026-05-10T12:00:00Z";

fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

fn program(after: &[InvitedAfter], wait_minutes: u16) -> Program {
    let mut program = demo().program;
    program.invitations = Some(Invitations { after: after.to_vec(), wait_minutes });
    program
}

fn visit() -> Visit {
    Visit {
        visit_id: VisitId::Purchase(Invoice::new("b-1", "7").purchase_id()),
        member_id: MemberId::from_key("m"),
        branch: "b-1".to_owned(),
        invoice_number: "7".to_owned(),
        at: at(NOW),
    }
}

fn member() -> Member {
    let request = serde_json::json!({"name": "Mina Muster", "email": "mina@example.com"});
    Member {
        member_id: MemberId::from_key("m"),
        merged_into: None,
        profile: crate::member::Profile::checked(serde_json::from_value(request).unwrap(), at(NOW))
            .unwrap(),
        version: 0,
        created_at: at(NOW),
        fingerprint: String::new(),
        enrolled_by: (String::new(), String::new()),
        consent_at: None,
    }
}

#[test]
fn an_invitation_waits_from_its_visit_on() {
    let invites = program(&[InvitedAfter::Purchase], 60);
    let due = |program: &Program, kind, visited: &str| due_at(program, kind, at(visited), at(NOW));
    let purchase = InvitedAfter::Purchase;
    assert_eq!(due(&invites, purchase, NOW), Some(at("2026-05-10T13:00:00Z")));
    let late = "2026-05-03T12:00:00Z";
    assert_eq!(due(&invites, purchase, late), Some(at("2026-05-03T13:00:00Z")), "due at once");
    assert_eq!(due(&invites, purchase, "2026-05-03T11:59:59Z"), None, "long ago");
    assert_eq!(due(&invites, InvitedAfter::Order, NOW), None, "not asked for");
    assert_eq!(due(&demo().program, purchase, NOW), None, "no invitations");
    assert_eq!(due(&program(&[InvitedAfter::Order], 0), InvitedAfter::Order, NOW), Some(at(NOW)));
}

#[test]
fn an_invitation_is_sent_if_nothing_keeps_it_back() {
    let known = Circumstances { member: member(), is_rated: false, is_cancelled: false };
    let invites = program(&[InvitedAfter::Purchase], 60);
    assert!(is_sent(&visit(), &known, &invites));
    assert!(!is_sent(&visit(), &known, &demo().program), "no invitations any more");
    assert!(!is_sent(&visit(), &known, &program(&[InvitedAfter::Order], 60)));
    let rated = Circumstances { is_rated: true, ..known.clone() };
    assert!(!is_sent(&visit(), &rated, &invites));
    let cancelled = Circumstances { is_cancelled: true, ..known.clone() };
    assert!(!is_sent(&visit(), &cancelled, &invites));
    let mut unwilling = known.clone();
    unwilling.member.profile.optional_emails = false;
    assert!(!is_sent(&visit(), &unwilling, &invites));
    let mut silent = known.clone();
    silent.member.profile.email = None;
    assert!(!is_sent(&visit(), &silent, &invites));
    let mut merged = known;
    merged.member.merged_into = Some(MemberId::from_key("other"));
    assert!(!is_sent(&visit(), &merged, &invites));
}

#[test]
fn a_link_names_its_visit_and_its_member() {
    let of_purchase = visit().invitation();
    let of_order = Invitation {
        visit_id: VisitId::Order(OrderEventId::of_event("e")),
        member_id: MemberId::from_key("m"),
    };
    for invitation in [of_purchase, of_order] {
        assert_eq!(invitation.to_string().parse(), Ok(invitation));
    }
    for bad in ["", "-", "pur_1-mbr_1", "mbr_0000000000000000-mbr_0000000000000000"] {
        assert_eq!(bad.parse::<Invitation>(), Err(NotAnInvitation), "{bad}");
    }
}

#[test]
fn the_rating_of_an_invitation_is_that_of_the_till() {
    let rated = visit().rated(9, None);
    let of_till = rated.rating_id(crate::rating::VisitName::Key("k"), &visit().member_id);
    assert_eq!(visit().rating_id(), of_till);
}
