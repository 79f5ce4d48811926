//! Tests of rendered mails: the appearance of each, and that a name cannot break the layout.

use std::fs;

use jiff::civil::date;
use strum::VariantArray;

use crate::money::Money;

use super::{
    MailKind, MailVariables, PagePath, PagesUrl, RenderError, Rendered, plain_lines, render,
};
use crate::claim::News;
use crate::id::{ClaimId, MemberId};
use crate::language::Language;
use crate::points::Points;

fn variables() -> MailVariables {
    MailVariables {
        name: Some("María O'Hara".to_owned()),
        brand: "Almacén & Co".to_owned(),
        reward: "Coffee for 2".to_owned(),
        code: "7K3M-Q9XT-V2HB-4RNE".to_owned(),
        points_spent: Points::new(12_350),
        balance: Points::new(21),
        expires_on: Some(date(2026, 12, 31)),
        points_restored: Points::new(12_302),
        points_expired: Points::new(48),
        points_given: Points::new(250),
        points_expiring: Points::new(21),
        points_corrected: Points::new(1_250),
        subject: Some("We are sorry, María".to_owned()),
        message: Some("Dear María,\n\nthe coffee was cold & we are sorry.\nCome again!".into()),
        branch: Some("msk-1".to_owned()),
        visited_on: Some(date(2026, 3, 14)),
        claim: Some("clm_7k3mq9xtv2hb4rne".to_owned()),
        claim_status: Some("investigating".to_owned()),
        claim_news: None,
        waiting_on: Some("bank".to_owned()),
        money_at: Some("provider".to_owned()),
        amount: Some(Money { amount: 129_990, currency: "RUB".to_owned().try_into().unwrap() }),
        expected_by: Some(date(2026, 4, 9)),
        order: Some("order-7".to_owned()),
        promised_by: Some(date(2026, 4, 1)),
        bank_reference: Some("RRN 607312345678".to_owned()),
        page: Some(PagePath::claim(&ClaimId::from_key("k", &MemberId::from_key("m")))),
    }
}

fn pages() -> Option<PagesUrl> {
    PagesUrl::of_setting("https://example.com")
}

fn rendered(kind: MailKind, language: Language, variables: &MailVariables) -> Rendered {
    render(kind, kind.revision(), language, variables, pages().as_ref()).expect("a published mail")
}

#[test]
fn every_mail_in_every_language() {
    let coupon_gift =
        MailVariables { points_given: Points::ZERO, balance: Points::ZERO, ..variables() };
    let taken = MailVariables { points_corrected: Points::new(-1), ..variables() };
    let points_gift = MailVariables { code: String::new(), ..variables() };
    for language in Language::ALL {
        for kind in MailKind::ALL.iter().copied() {
            let filled = if kind == MailKind::Gift { &coupon_gift } else { &variables() };
            snapshot(kind.name(), language, rendered(kind, language, filled));
        }
        let mail = rendered(MailKind::Gift, language, &points_gift);
        snapshot("gift_of_points", language, mail);
        let mail = rendered(MailKind::Rerate, language, &taken);
        snapshot("rerate_that_took", language, mail);
        // The mail of a step speaks of the status: it is the one above.
        for news in News::VARIANTS.iter().filter(|news| **news != News::Step) {
            let claim_news = Some(news.name().to_owned());
            let mail =
                rendered(MailKind::Claim, language, &MailVariables { claim_news, ..variables() });
            snapshot(&format!("claim_{}", news.name()), language, mail);
        }
    }
}

fn snapshot(name: &str, language: Language, mail: Rendered) {
    let Rendered { subject, text, html } = mail;
    let name = format!("{name}_{}", language.code());
    insta::assert_snapshot!(name, format!("{subject}\n\n{text}\n{html}"));
}

#[test]
fn what_is_not_there_leaves_no_gap() {
    let bare = MailVariables {
        name: Some(" \u{202e}\n".to_owned()),
        expires_on: None,
        points_restored: Points::ZERO,
        points_expired: Points::new(1),
        balance: Points::new(1),
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

/// Every variable that can be absent is.
fn bare() -> MailVariables {
    MailVariables { brand: "Almacén Sol".to_owned(), ..MailVariables::default() }
}

#[test]
fn a_mail_that_knows_little_is_whole() {
    for kind in MailKind::ALL.iter().copied() {
        for language in Language::ALL {
            let Rendered { subject, text, html } = rendered(kind, language, &bare());
            let name = format!("{} {}", kind.name(), language.code());
            assert!(!subject.is_empty() && text.contains("Almacén Sol"), "{name}");
            assert!(!text.contains("\n\n\n\n") && !text.starts_with('\n'), "{name}: {text}");
            assert!(!text.contains("none") && !html.contains("none"), "{name}");
        }
    }
}

#[test]
fn a_message_keeps_its_lines() {
    let mail = rendered(MailKind::Reply, Language::En, &variables());
    let lines = "Dear María,\n\nthe coffee was cold & we are sorry.\nCome again!\n";
    assert!(mail.text.contains(lines), "{}", mail.text);
    let html = "Dear María,<br><br>the coffee was cold &amp; we are sorry.<br>Come again!</p>";
    assert!(mail.html.contains(html), "{}", mail.html);
}

#[test]
fn only_optional_mails_have_a_link_to_unsubscribe() {
    for kind in MailKind::ALL.iter().copied() {
        for language in Language::ALL {
            let mail = rendered(kind, language, &variables());
            let links = [&mail.text, &mail.html]
                .map(|part| part.matches("{{amazonSESUnsubscribeUrl}}").count());
            let each = usize::from(kind.is_optional());
            assert_eq!(links, [each; 2], "{} {}", kind.name(), language.code());
        }
    }
}

#[test]
fn a_mail_links_to_its_page_once_the_pages_have_an_address() {
    let link = pages().unwrap().link(variables().page.as_ref().unwrap());
    let kinds = [
        MailKind::Reply,
        MailKind::AutoReply,
        MailKind::Gift,
        MailKind::Claim,
        MailKind::Invitation,
        MailKind::EmailConfirmation,
    ];
    for kind in kinds {
        for language in Language::ALL {
            let render = |pages: Option<PagesUrl>| {
                render(kind, kind.revision(), language, &variables(), pages.as_ref()).unwrap()
            };
            let name = format!("{} {}", kind.name(), language.code());
            let (linked, bare) = (render(pages()), render(None));
            assert!(linked.text.contains(&format!(": {link}\n")), "{name}: {}", linked.text);
            assert!(
                linked.html.contains(&format!("<a href=\"{link}\"")),
                "{name}: {}",
                linked.html
            );
            assert!(!bare.text.contains("clm_7") || kind == MailKind::Claim, "{name}");
            assert!(!bare.text.contains("example.com") && !bare.html.contains("#claims"), "{name}");
        }
    }
}

#[test]
fn a_gift_is_points_or_a_coupon() {
    let points =
        MailVariables { points_given: Points::new(250), balance: Points::new(271), ..bare() };
    let points = rendered(MailKind::Gift, Language::En, &points);
    assert_eq!(points.subject, "A gift for you: 250 points");
    assert!(points.text.contains("We have put 250 points on your account as a gift.\n"));
    assert!(
        points.text.contains("Your balance now: 271 points.\n") && !points.text.contains("code")
    );
    let coupon = MailVariables { points_given: Points::ZERO, balance: Points::ZERO, ..variables() };
    let coupon = rendered(MailKind::Gift, Language::En, &coupon);
    assert_eq!(coupon.subject, "A gift for you: Coffee for 2");
    assert!(coupon.text.contains("    7K3M-Q9XT-V2HB-4RNE\n"), "{}", coupon.text);
    assert!(coupon.text.contains("up to and including 31 December 2026.\n"), "{}", coupon.text);
    assert!(!coupon.text.contains("balance"), "{}", coupon.text);
}

#[test]
fn a_claim_is_told_in_the_words_of_its_status() {
    let table = [
        ("received", "We have received your claim", true),
        ("investigating", "We are looking into your claim", true),
        ("waiting", "Your claim is waiting for an answer", true),
        ("resolved", "Your claim is resolved", false),
        ("rejected", "We could not accept your claim", false),
        ("escalated", "News of your claim", true),
    ];
    for (status, subject, promises) in table {
        let variables = MailVariables { claim_status: Some(status.to_owned()), ..variables() };
        let mail = rendered(MailKind::Claim, Language::En, &variables);
        assert_eq!(mail.subject, subject, "{status}");
        let promise = "\nWe promise you an answer by 1 April 2026 at the latest.\n";
        assert_eq!(mail.text.contains(promise), promises, "{status}: {}", mail.text);
    }
}

#[test]
fn a_claim_whose_money_is_nowhere_still_says_what_is_expected() {
    let told = MailVariables { money_at: None, amount: None, ..variables() };
    for (language, expected) in [
        (Language::En, "We expect your money to be back with you by 9 April 2026."),
        (Language::Es, "Esperamos que tengas tu dinero a más tardar el 9 de abril de 2026."),
        (Language::Pt, "Esperamos que o seu dinheiro esteja com você até 9 de abril de 2026."),
        (Language::Ru, "Мы ожидаем, что ваши деньги вернутся к вам не позднее 9 апреля 2026 года."),
    ] {
        let mail = rendered(MailKind::Claim, language, &told);
        for part in [&mail.text, &mail.html] {
            assert!(part.replace('\u{a0}', " ").contains(expected), "{part}");
        }
    }
}

#[test]
fn a_revision_that_was_never_published_is_refused() {
    for revision in [0, 2, u32::MAX] {
        let refusal = render(MailKind::Coupon, revision, Language::En, &variables(), None);
        assert!(matches!(refusal, Err(RenderError::UnknownRevision { .. })), "{revision}");
    }
}

#[test]
fn variables_survive_their_store() {
    let json = serde_json::to_string(&variables()).expect("JSON");
    assert_eq!(serde_json::from_str::<MailVariables>(&json).expect("variables"), variables());
    let early = r#"{"brand": "B", "reward": "R", "code": "C"}"#;
    let early: MailVariables = serde_json::from_str(early).expect("absent fields have defaults");
    assert_eq!(early.balance.get(), 0);
}

#[test]
fn debug_shows_nothing_of_a_mail() {
    let variables = variables();
    let mail = rendered(MailKind::Coupon, Language::En, &variables);
    assert_eq!(format!("{variables:?} {mail:?}"), "MailVariables { .. } Rendered { .. }");
}

/// Returns variables with the same text in each text field, and one line of it per line of a message.
fn saying(text: &str, message: &str) -> MailVariables {
    MailVariables {
        name: Some(text.to_owned()),
        brand: text.to_owned(),
        reward: text.to_owned(),
        code: text.to_owned(),
        subject: Some(text.to_owned()),
        message: Some(message.into()),
        branch: Some(text.to_owned()),
        claim: Some(text.to_owned()),
        claim_status: Some(text.to_owned()),
        bank_reference: Some(text.to_owned()),
        ..variables()
    }
}

/// Asserts that a mail with a hostile text in every variable has the shape of an ordinary one.
fn assert_harmless(hostile: &str) {
    let lines = plain_lines(hostile, 4_000).lines().map(|_| "M").collect::<Vec<_>>().join("\n");
    let (variables, plain) = (saying(hostile, hostile), saying("N", &lines));
    for kind in MailKind::ALL.iter().copied() {
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
            if kind.is_optional() {
                let placeholders = parts.map(|part| part.matches("{{").count());
                assert_eq!(placeholders, [0, 1, 1], "{hostile:?}");
            }
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
        "{{amazonSESUnsubscribeUrl}}",
        "{{{{{amazonSESUnsubscribeUrl}}}}}",
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
    // A string that is blank here would remove its line of the greeting or the code.
    for hostile in strings.iter().filter(|hostile| !super::single_line(hostile, 120).is_empty()) {
        assert_harmless(hostile);
    }
}
