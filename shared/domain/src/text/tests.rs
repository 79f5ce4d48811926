//! Tests of all texts: the files agree with the declarations and with each other, and every text reads well in
//! every language.

use std::collections::BTreeSet;

use jiff::civil::date;
use strum::VariantArray;

use super::*;
use crate::claim::{ClaimKind, ClaimStatus};
use crate::earning::why_not::WhyNot;
use crate::mail::{EmailStatus, MailKind};
use crate::money::Currency;
use crate::task::{TaskKind, TaskStatus};

/// Numbers that take each plural form in some language.
const NUMBERS: [i64; 6] = [1, 2, 5, 11, 21, 1_250];

/// Words that belong to one language only. Another one must not have them.
const TELLTALE: [(Language, &[&str]); 3] = [
    (
        Language::En,
        &[
            "the", "points", "point", "purchase", "was", "not", "and", "for", "of", "by", "mail",
            "is",
        ],
    ),
    (
        Language::Es,
        &["puntos", "punto", "el", "los", "del", "y", "una", "cupón", "correo", "hoy", "nivel"],
    ),
    (
        Language::Pt,
        &["pontos", "ponto", "não", "foi", "uma", "ao", "em", "cupom", "prêmio", "nível", "você"],
    ),
];

fn fact(key: &str, name: &str, kind: &str, number: i64) -> Fact {
    match kind {
        "Name" => Fact::Name(if name == "invoice" { "17-0042" } else { "№ 7" }.to_owned()),
        "Number" => Fact::Number(number),
        "Points" => Fact::Points(Points::new(number)),
        "Money" => Fact::Money(Money {
            amount: 129_990,
            currency: Currency::try_from("RUB".to_owned()).unwrap(),
        }),
        "Decimal" => Fact::Decimal("2.5".to_owned()),
        "Day" if key == "entry_task_pulled_forward" && name == "to" => Fact::Day(date(2027, 3, 25)),
        "Day" if name == "to" => Fact::Day(date(2027, 4, 2)),
        "Day" => Fact::Day(date(2027, 3, 31)),
        "Remark" => Fact::Remark(Remark::from("…")),
        "Text" => Fact::Text(match name {
            "note" => task_of_claim(&ClaimKind::Refund.into(), &ClaimStatus::Waiting.into()),
            "change" => entry_tier_reached("№ 7"),
            "claim" => ClaimKind::MissingPoints.into(),
            "email" => entry_email(&MailKind::Coupon.into(), &EmailStatus::Bounced.into()),
            "entry" => entry_redemption("№ 7", Points::new(number)),
            "mail" => MailKind::Coupon.into(),
            "status" if ["entry_email", "claim_mail_failed"].contains(&key) => {
                EmailStatus::Delivered.into()
            }
            "status" if key.starts_with("entry_task") => TaskStatus::Completed.into(),
            "status" => ClaimStatus::Resolved.into(),
            "task" => TaskKind::CheckIn.into(),
            "why" if key == "claim_earned_nothing" => explanation_let_go(),
            "why" => WhyNot::Limit.into(),
            _ => points(number),
        }),
        other => panic!("a fact of the kind {other} has no example"),
    }
}

/// Returns every text with facts, for a number.
fn texts(number: i64) -> Vec<Text> {
    let sentences = sentences::DECLARED.iter().map(|(key, facts)| Text {
        key: (*key).into(),
        facts: facts
            .iter()
            .map(|(name, kind)| ((*name).into(), fact(key, name, kind, number)))
            .collect(),
    });
    sentences.chain(named::all()).collect()
}

fn placeholders(words: &'static str) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut rest = words;
    while let Some((_, placeholder, after)) = words::next_placeholder(rest) {
        found.push(placeholder);
        rest = after;
    }
    found
}

#[test]
fn the_files_have_the_declared_texts_in_one_order() {
    let declared: BTreeSet<String> = texts(1).iter().map(|text| text.key.to_string()).collect();
    let keys = |language| words::lines(words::source(language)).map(|(key, _)| key);
    for language in Language::ALL {
        assert!(keys(language).eq(keys(Language::En)), "{} has other lines", language.code());
        let found: BTreeSet<String> = keys(language).map(str::to_owned).collect();
        assert_eq!(found, declared, "{}", language.code());
        assert_eq!(keys(language).count(), declared.len(), "{} has a key twice", language.code());
        let others = words::source(language).lines().filter(|line| !line.starts_with('#'));
        let torn = others.filter(|line| !line.is_empty() && !line.contains(" = "));
        assert_eq!(torn.collect::<Vec<_>>(), Vec::<&str>::new(), "{}", language.code());
    }
}

#[test]
fn every_language_uses_exactly_the_facts_of_a_text() {
    for (key, facts) in sentences::DECLARED {
        let declared: BTreeSet<&str> = facts.iter().map(|(name, _)| *name).collect();
        for language in Language::ALL {
            let words = words::find(language, key).unwrap();
            let mut used = BTreeSet::new();
            for placeholder in placeholders(words) {
                let (name, forms) = words::parts(placeholder);
                used.insert(name);
                let Some(forms) = forms else { continue };
                let is_number = facts
                    .iter()
                    .any(|(fact, kind)| *fact == name && ["Number", "Points"].contains(kind));
                assert!(is_number, "{key} in {}: {name} has no forms", language.code());
                assert_eq!(forms.len(), language.plural_forms(), "{key} in {}", language.code());
                assert!(
                    forms.iter().all(|form| form.contains('#')),
                    "{key} in {}",
                    language.code()
                );
            }
            assert_eq!(used, declared, "{key} in {}", language.code());
        }
    }
}

#[test]
fn every_text_in_every_language_is_whole_and_has_no_word_of_another() {
    for text in NUMBERS.into_iter().flat_map(texts) {
        for language in Language::ALL {
            let said = text.in_language(language);
            let place = format!("{} in {}: {said}", text.key, language.code());
            assert!(!said.contains(['{', '}', '#', '|', '_']), "{place}");
            assert!(!said.trim().is_empty() && said.trim() == said, "{place}");
            assert!(!said.contains("  "), "{place}");
            let is_cyrillic = |letter: char| ('\u{400}'..'\u{500}').contains(&letter);
            if language == Language::Ru {
                assert!(!said.contains(|letter: char| letter.is_ascii_alphabetic()), "{place}");
                continue;
            }
            assert!(!said.contains(is_cyrillic), "{place}");
            let words = || {
                said.split(|letter: char| !letter.is_alphabetic() && letter != '-')
                    .map(str::to_lowercase)
            };
            for (_, telltale) in TELLTALE.iter().filter(|(other, _)| *other != language) {
                let foreign: Vec<_> = words().filter(|word| telltale.contains(&&**word)).collect();
                assert_eq!(foreign, Vec::<String>::new(), "{place}");
            }
        }
    }
}

#[test]
fn every_text_in_every_language() {
    let mut sheet = String::new();
    let [ones, twos, fives] = [1, 2, 5].map(texts);
    for ((one, two), five) in ones.iter().zip(&twos).zip(&fives) {
        sheet.push_str(&format!("{}\n", one.key));
        for language in Language::ALL {
            let mut said = vec![one, two, five].into_iter().map(|text| text.in_language(language));
            let first = said.next().unwrap();
            sheet.push_str(&format!("  {}  {first}\n", language.code()));
            for other in said.filter(|other| *other != first) {
                sheet.push_str(&format!("      {other}\n"));
            }
        }
        sheet.push('\n');
    }
    insta::assert_snapshot!(sheet.replace('\u{a0}', " "));
}

/// Returns the sentences of a thing with a state: every thing in every state.
fn crossed<A, B>(sentence: fn(&Text, &Text) -> Text) -> Vec<Text>
where
    A: VariantArray + Copy + Into<Text>,
    B: VariantArray + Copy + Into<Text>,
{
    let of =
        |thing: A| B::VARIANTS.iter().map(move |state| sentence(&thing.into(), &(*state).into()));
    A::VARIANTS.iter().flat_map(|thing| of(*thing)).collect()
}

/// A word alone does not show whether it agrees with the words beside it.
#[test]
fn every_thing_in_every_state() {
    let mails = crossed::<MailKind, EmailStatus>(entry_email);
    let tasks = crossed::<TaskKind, TaskStatus>(entry_task);
    let claims = crossed::<ClaimKind, ClaimStatus>(entry_claim);
    let texts = [mails, tasks, claims].concat();
    let mut sheet = String::new();
    for language in Language::ALL {
        for text in &texts {
            sheet.push_str(&format!("{}  {}\n", language.code(), text.in_language(language)));
        }
    }
    insta::assert_snapshot!(sheet);
}

#[test]
fn a_text_is_stored_with_its_facts() {
    let why = Text::from(WhyNot::Limit);
    let kept = not_applied("x2", &why);
    let stored = serde_json::to_string(&kept).unwrap();
    let expected = r#"{"text":"not_applied","facts":{"name":{"name":"x2"},"why":{"text":{"text":"why_not_limit"}}}}"#;
    assert_eq!(stored, expected);
    assert_eq!(serde_json::from_str::<Text>(&stored).unwrap(), kept);
}

#[test]
fn a_remark_is_what_a_person_wrote_or_a_text() {
    let read = |json: &str| serde_json::from_str::<Remark>(json).unwrap();
    let written = read(r#""the {points} were missing""#);
    assert_eq!(written.in_language(Language::Ru), "the {points} were missing");
    let said = read(r#"{"text":"points","facts":{"number":{"number":3}}}"#);
    assert_eq!(said, Remark::from(points(3)));
    assert_eq!(said.in_language(Language::Ru), "3 балла");
}

#[test]
fn what_a_person_wrote_is_never_a_placeholder() {
    let kept = entry_credited(Points::new(2), &Remark::from("{points} # | {reason}"));
    assert_eq!(kept.in_language(Language::En), "2 points credited by hand: {points} # | {reason}");
}

#[test]
fn a_stored_text_that_is_unknown_can_still_be_read() {
    let unknown: Text = serde_json::from_str(r#"{"text":"from_another_release"}"#).unwrap();
    assert_eq!(unknown.in_language(Language::Es), "from_another_release");
}

#[test]
fn a_word_is_found_by_its_name() {
    let kind = word("claim_kind", "refund").unwrap();
    assert_eq!(kind, ClaimKind::Refund.into());
    assert_eq!(word("claim_kind", "unknown"), None);
}
