//! Tests of rendered mails: what each looks like, and that nothing a name holds gets out of its place.

use std::fs;

use jiff::civil::date;

use super::{Language, MailKind, MailVariables, RenderError, Rendered, render};

fn variables() -> MailVariables {
    MailVariables {
        name: Some("María O'Hara".to_owned()),
        brand: "Almacén & Co".to_owned(),
        reward: "Coffee for 2".to_owned(),
        code: "7K3M-Q9XT-V2HB-4RNE".to_owned(),
        points_spent: 12_350,
        balance: 21,
        expires_on: Some(date(2026, 12, 31)),
        points_restored: 12_302,
        points_expired: 48,
    }
}

fn rendered(kind: MailKind, language: Language, variables: &MailVariables) -> Rendered {
    render(kind, kind.revision(), language, variables).expect("a published mail")
}

#[test]
fn every_mail_in_every_language() {
    for kind in MailKind::ALL {
        for language in Language::ALL {
            let Rendered { subject, text, html } = rendered(kind, language, &variables());
            let name = format!("{}_{}", kind.as_str(), language.code());
            insta::assert_snapshot!(name, format!("{subject}\n\n{text}\n{html}"));
        }
    }
}

#[test]
fn what_is_not_there_leaves_no_gap() {
    let bare = MailVariables {
        name: Some(" \u{202e}\n".to_owned()),
        expires_on: None,
        points_restored: 0,
        points_expired: 1,
        balance: 1,
        ..variables()
    };
    let coupon = rendered(MailKind::Coupon, Language::En, &bare);
    assert!(coupon.text.starts_with("Hello!\n"), "{}", coupon.text);
    assert!(!coupon.text.contains("up to and including"), "{}", coupon.text);
    assert!(coupon.text.contains("Your balance now: 1 point.\n"), "{}", coupon.text);
    let reversal = rendered(MailKind::Reversal, Language::Ru, &bare);
    assert!(!reversal.text.contains("Мы вернули"), "{}", reversal.text);
    assert!(reversal.text.contains("1 балла, и вернуть его нельзя."), "{}", reversal.text);
    for Rendered { text, .. } in [coupon, reversal] {
        assert!(!text.contains("\n\n\n"), "{text}");
    }
}

#[test]
fn a_revision_that_was_never_published_is_refused() {
    for revision in [0, 2, u32::MAX] {
        let refusal = render(MailKind::Coupon, revision, Language::En, &variables());
        assert!(matches!(refusal, Err(RenderError::UnknownRevision { .. })), "{revision}");
    }
}

#[test]
fn variables_survive_their_store() {
    let json = serde_json::to_string(&variables()).expect("JSON");
    assert_eq!(serde_json::from_str::<MailVariables>(&json).expect("variables"), variables());
    let early = r#"{"brand": "B", "reward": "R", "code": "C"}"#;
    let early: MailVariables = serde_json::from_str(early).expect("absent fields have defaults");
    assert_eq!(early.balance, 0);
}

#[test]
fn debug_shows_nothing_of_a_mail() {
    let variables = variables();
    let mail = rendered(MailKind::Coupon, Language::En, &variables);
    assert_eq!(format!("{variables:?} {mail:?}"), "MailVariables { .. } Rendered { .. }");
}

/// Asserts that a mail with a hostile text in every variable has the shape of an ordinary one.
fn assert_harmless(hostile: &str) {
    let variables = MailVariables {
        name: Some(hostile.to_owned()),
        brand: hostile.to_owned(),
        reward: hostile.to_owned(),
        code: hostile.to_owned(),
        ..variables()
    };
    let plain = MailVariables {
        name: Some("N".to_owned()),
        brand: "B".to_owned(),
        reward: "R".to_owned(),
        code: "C".to_owned(),
        ..variables.clone()
    };
    for kind in MailKind::ALL {
        for language in Language::ALL {
            let mail = rendered(kind, language, &variables);
            let ordinary = rendered(kind, language, &plain);
            for sign in ['<', '>', '"', '\''] {
                let count = |text: &str| text.matches(sign).count();
                assert_eq!(count(&mail.html), count(&ordinary.html), "{sign} of {hostile:?}");
            }
            assert_eq!(mail.html.lines().count(), ordinary.html.lines().count(), "{hostile:?}");
            assert_eq!(mail.text.lines().count(), ordinary.text.lines().count(), "{hostile:?}");
            assert!(mail.subject.chars().count() <= 150, "{hostile:?}");
            assert!(!mail.subject.chars().any(char::is_control), "{hostile:?}");
            let overrides = |character| ('\u{202a}'..='\u{202e}').contains(&character);
            let parts = [&mail.subject, &mail.text, &mail.html];
            assert!(!parts.iter().any(|part| part.contains(overrides)), "{hostile:?}");
        }
    }
}

#[test]
fn a_hostile_name_stays_a_name() {
    for hostile in [
        "<script>alert(1)</script>",
        "</p><a href=\"https://example.com\">click</a>",
        "'\"><img src=x onerror=alert(1)>",
        "Ana\r\nBcc: eva@example.com\r\n\r\nbody",
        "\u{202e}moc.elpmaxe\u{202c}",
        "Ana\u{2028}\u{2029}\u{85}\u{0}\u{1b}[31m",
        "<!-- ",
        "{% raw %}",
        "{{ 7*7 }}",
        &"long ".repeat(1_000),
    ] {
        assert_harmless(hostile);
    }
}

#[test]
fn a_template_in_a_name_is_not_run() {
    let variables = MailVariables { name: Some("{{ 7*7 }} {{ code }}".to_owned()), ..variables() };
    let mail = rendered(MailKind::Coupon, Language::En, &variables);
    assert!(mail.text.starts_with("Hello, {{ 7*7 }} {{ code }}!\n"), "{}", mail.text);
    assert!(!mail.html.contains("49"), "{}", mail.html);
}

#[test]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn naughty_strings_are_harmless() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases/strings/blns.json");
    let Ok(text) = fs::read_to_string(path) else {
        println!("skipped: no list of naughty strings at hand");
        return;
    };
    let strings: Vec<String> = serde_json::from_str(&text).expect("a list of strings");
    // A string that is blank here would take its line of the greeting or the code with it.
    for hostile in strings.iter().filter(|hostile| !super::single_line(hostile, 120).is_empty()) {
        assert_harmless(hostile);
    }
}
