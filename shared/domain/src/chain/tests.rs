//! Golden digests, and every kind of tampering.
//!
//! The digests were computed outside this crate from the written form, as those of `fingerprint`.

use super::*;

const START: &str = "mbr_0123456789abcdef/profile";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn facts(version: u64) -> Facts {
    Facts {
        key: format!("pur_{version:016}/purchase"),
        member_id: "mbr_0123456789abcdef".parse().unwrap(),
        kind: EntryKind::Purchase,
        at: at(1_773_493_200),
        account_version: version,
        points: Points::new(5),
        balance_after: Points::new(5),
        expired: vec![],
        details: Details::default(),
    }
}

/// Returns a ledger of entries with the versions 1 to `count`; those after `unlinked` are in the chain.
fn ledger(count: u64, unlinked: u64) -> Chain {
    let mut head = (unlinked == 0).then(|| ChainHead::start(START));
    let mut entries = Vec::new();
    for version in 1..=count {
        let facts = facts(version);
        let link = (version > unlinked).then(|| Link::behind(head.as_ref(), &facts));
        head = link.as_ref().map(|link| ChainHead::after(&facts.key, link)).or(head);
        entries.push(ChainEntry { facts, link });
    }
    Chain { start: START.to_owned(), head, entries, is_cut: false }
}

fn broken_at(version: u64) -> ChainState {
    ChainState::BrokenAt(facts(version).key)
}

#[test]
fn a_stored_digest_is_that_of_the_same_facts_for_ever() {
    let full = Facts {
        kind: EntryKind::Redemption,
        points: Points::new(-7),
        expired: vec![Expired { points: Points::new(3), at: at(60) }],
        details: Details {
            purchase_id: None,
            purchased_at: Some(at(1)),
            rule_version: Some(2),
            available_at: Some(at(3)),
            expires_at: Some(at(4)),
            redemption_id: Some("rdm_0123456789abcdef0123456789abcdef".parse().unwrap()),
            reward_id: Some("rwd_mug".to_owned()),
            points_restored: Some(Points::new(6)),
            allocations: vec![
                Allocation { points: Points::new(4), expires_at: Some(at(120)) },
                Allocation { points: Points::new(3), expires_at: None },
            ],
        },
        ..facts(2)
    };
    let start = ChainHead::start(START);
    let table = [
        ("1.n4917h468hgra8wg", start.digest.clone()),
        ("1.m37g929awnc8ak97", facts(1).digest(None)),
        ("1.sne6gr6b8dzeyjas", facts(1).digest(Some(&start.digest))),
        ("1.jae359p2vttszmbz", full.digest(Some("1.0123456789abcdef"))),
    ];
    for (stored, computed) in table {
        assert_eq!(computed, stored);
    }
}

#[test]
fn a_ledger_that_nobody_touched_is_whole_in_any_order() {
    for (count, unlinked) in [(0, 0), (1, 0), (5, 0), (5, 3), (3, 3)] {
        let mut ledger = ledger(count, unlinked);
        assert_eq!(ledger.state(), ChainState::Whole, "{count}, {unlinked}");
        ledger.entries.reverse();
        assert_eq!(ledger.state(), ChainState::Whole, "{count}, {unlinked}, newest first");
        assert_eq!(ledger.unread(&[]), None);
    }
}

#[test]
fn a_changed_fact_breaks_the_chain_at_its_entry() {
    let changes: [fn(&mut Facts); 8] = [
        |facts| facts.points += Points::new(1),
        |facts| facts.balance_after += Points::new(1),
        |facts| facts.kind = EntryKind::Adjustment,
        |facts| facts.at = at(7),
        |facts| facts.member_id = "mbr_1123456789abcdef".parse().unwrap(),
        |facts| facts.expired.push(Expired { points: Points::new(1), at: at(7) }),
        |facts| facts.details.purchased_at = Some(at(7)),
        |facts| {
            facts.details.allocations.push(Allocation { points: Points::new(1), expires_at: None })
        },
    ];
    for (index, change) in changes.into_iter().enumerate() {
        for version in 1..=4 {
            let mut ledger = ledger(4, 0);
            change(&mut ledger.entries[version - 1].facts);
            assert_eq!(ledger.state(), broken_at(version as u64), "change {index} of {version}");
        }
    }
}

#[test]
fn the_first_of_several_changes_is_named() {
    let mut ledger = ledger(5, 0);
    ledger.entries[3].facts.points += Points::new(1);
    ledger.entries.remove(2);
    ledger.entries[1].facts.points += Points::new(1);
    assert_eq!(ledger.state(), broken_at(2));
}

#[test]
fn a_removed_entry_is_named_though_it_is_gone() {
    for version in 1..=4 {
        let mut ledger = ledger(4, 0);
        ledger.entries.remove(version - 1);
        let key = facts(version as u64).key;
        assert_eq!(ledger.unread(&[]), Some(key.as_str()));
        assert_eq!(ledger.unread(std::slice::from_ref(&key)), None);
        assert_eq!(ledger.state(), broken_at(version as u64));
    }
}

#[test]
fn an_entry_that_was_put_in_later_is_named() {
    // Without a link, behind the head, between others, or before all of them; with a copied link; and in
    // place of its neighbour, whose digest then differs.
    for version in [0, 2, 9] {
        let mut ledger = ledger(4, 0);
        let facts = Facts { key: "adj_0000000000000000/adjustment".into(), ..facts(version) };
        let key = facts.key.clone();
        ledger.entries.push(ChainEntry { facts, link: None });
        assert_eq!(ledger.state(), ChainState::BrokenAt(key.clone()), "version {version}");
        ledger.entries[4].link = ledger.entries[1].link.clone();
        assert_eq!(ledger.state(), ChainState::BrokenAt(key), "version {version}");
    }
    let mut ledger = ledger(4, 0);
    let facts = Facts { key: "adj_0000000000000000/adjustment".into(), ..facts(2) };
    let before =
        ChainHead::after(&ledger.entries[1].facts.key, ledger.entries[1].link.as_ref().unwrap());
    let link = Link::behind(Some(&before), &facts);
    ledger.entries[2].link.as_mut().unwrap().previous = Some(facts.key.clone());
    ledger.entries.push(ChainEntry { facts, link: Some(link) });
    assert_eq!(ledger.state(), broken_at(3));
}

#[test]
fn a_digest_or_a_link_that_was_written_anew_does_not_fit() {
    // An entry with a new digest fits itself, and not the one after it, or the head.
    for (version, named) in [(2, 3), (4, 4)] {
        let mut ledger = ledger(4, 0);
        let before = ledger.entries[version - 2].clone();
        let before = ChainHead::after(&before.facts.key, before.link.as_ref().unwrap());
        let entry = &mut ledger.entries[version - 1];
        entry.facts.points += Points::new(1);
        entry.link = Some(Link::behind(Some(&before), &entry.facts));
        assert_eq!(ledger.state(), broken_at(named));
    }
    let mut ledger = ledger(4, 0);
    ledger.entries[1].link = None;
    assert_eq!(ledger.state(), broken_at(2));
    // The digests go round in a circle.
    let mut ledger = self::ledger(4, 0);
    ledger.entries[0].link.as_mut().unwrap().previous = Some(facts(4).key);
    assert_eq!(ledger.state(), broken_at(1));
    // The account names no head, or starts anew.
    let mut ledger = self::ledger(4, 0);
    ledger.head = None;
    assert_eq!(ledger.state(), broken_at(1));
    ledger.head = Some(ChainHead::start(START));
    assert_eq!(ledger.state(), broken_at(1));
}

#[test]
fn a_ledger_that_is_older_than_its_chain_is_checked_from_the_first_link() {
    let mut ledger = ledger(5, 3);
    ledger.entries[1].facts.points += Points::new(1);
    assert_eq!(ledger.state(), ChainState::Whole);
    ledger.entries[3].facts.points += Points::new(1);
    assert_eq!(ledger.state(), broken_at(4));
}

#[test]
fn a_part_of_a_ledger_is_checked_as_far_as_it_was_read() {
    let mut ledger = ledger(6, 0);
    ledger.entries.drain(..2);
    ledger.is_cut = true;
    assert_eq!(ledger.unread(&[]), None);
    assert_eq!(ledger.state(), ChainState::Whole);
    ledger.entries.remove(1);
    assert_eq!(ledger.unread(&[]), Some(facts(4).key.as_str()));
    assert_eq!(ledger.state(), broken_at(4));
    ledger.entries[1].facts.points += Points::new(1);
    assert_eq!(ledger.state(), broken_at(4));
}
