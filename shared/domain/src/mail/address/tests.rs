//! Tests of addresses: our own table, and the strings of a well-known validator if they are available.

use std::collections::HashMap;
use std::fs;

use proptest::prelude::*;

use super::{AddressError, EmailAddress};

#[test]
fn addresses_are_kept_and_normalized() {
    let table = [
        ("ana@example.com", "ana@example.com", "ana@example.com"),
        (" Ana.P@Example.COM\n", "ana.p@example.com", "Ana.P@example.com"),
        ("o'hara+shop/2@example.co", "o'hara+shop/2@example.co", "o'hara+shop/2@example.co"),
        ("ivan@Почта.РФ", "ivan@xn--80a1acny.xn--p1ai", "ivan@xn--80a1acny.xn--p1ai"),
        ("Eva@xn--80a1acny.xn--p1ai", "eva@xn--80a1acny.xn--p1ai", "Eva@xn--80a1acny.xn--p1ai"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        // The same word with a combining sign: NFC makes them one.
        ("a@bu\u{308}cher.example", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("a@sub-1.example.museum", "a@sub-1.example.museum", "a@sub-1.example.museum"),
    ];
    for (given, normalized, deliverable) in table {
        let address = EmailAddress::parse(given).expect(given);
        assert_eq!(address.as_given(), given.trim());
        assert_eq!(address.normalized(), normalized, "{given}");
        assert_eq!(address.deliverable(), deliverable, "{given}");
    }
}

#[test]
fn what_mail_cannot_reach_is_refused_with_its_reason() {
    let long_local_part = format!("{}@example.com", "a".repeat(65));
    let long = format!("a@{}.com", ["b".repeat(60).as_str(); 5].join("."));
    let long_in_ascii = format!("{}@{}example", "a".repeat(60), "é.".repeat(25));
    let table = [
        ("", AddressError::Empty),
        (" \t\u{3000}", AddressError::Empty),
        (&long, AddressError::TooLong),
        (&long_in_ascii, AddressError::TooLong),
        ("example.com", AddressError::WithoutAt),
        ("ana＠example.com", AddressError::WithoutAt),
        ("ana@home@example.com", AddressError::SeveralAts),
        ("@example.com", AddressError::LocalPartEmpty),
        ("josé@example.com", AddressError::LocalPartNotAscii),
        ("ana\u{202e}@example.com", AddressError::LocalPartNotAscii),
        ("ana b@example.com", AddressError::LocalPartCharacter),
        ("Ana <ana@example.com>", AddressError::LocalPartCharacter),
        ("\"ana\"@example.com", AddressError::LocalPartCharacter),
        ("ana(home)@example.com", AddressError::LocalPartCharacter),
        ("ana,eva@example.com", AddressError::LocalPartCharacter),
        ("ana;eva@example.com", AddressError::LocalPartCharacter),
        ("ana\r\nBcc:eva@example.com", AddressError::LocalPartCharacter),
        ("ana\0@example.com", AddressError::LocalPartCharacter),
        (&long_local_part, AddressError::LocalPartTooLong),
        (".ana@example.com", AddressError::LocalPartDots),
        ("ana.@example.com", AddressError::LocalPartDots),
        ("ana..eva@example.com", AddressError::LocalPartDots),
        ("ana@[127.0.0.1]", AddressError::IpLiteral),
        ("ana@[IPv6:::1]", AddressError::IpLiteral),
        ("ana@127.0.0.1", AddressError::IpLiteral),
        ("ana@", AddressError::DomainInvalid),
        ("ana@.example.com", AddressError::DomainInvalid),
        ("ana@example.com.", AddressError::DomainInvalid),
        ("ana@exam_ple.com", AddressError::DomainInvalid),
        ("ana@-example.com", AddressError::DomainInvalid),
        ("ana@exa mple.com", AddressError::DomainInvalid),
        ("ana@example.com\r\nBcc: eva", AddressError::DomainInvalid),
        ("ana@example.com>", AddressError::DomainInvalid),
        ("ana@xn--0.example", AddressError::DomainInvalid),
        ("ana@example.tld-2", AddressError::DomainInvalid),
        ("ana@localhost", AddressError::DomainWithoutDot),
    ];
    for (given, expected) in table {
        assert_eq!(EmailAddress::parse(given), Err(expected), "{given:?}");
    }
}

#[test]
fn addresses_that_differ_only_in_form_are_equal() {
    let one = EmailAddress::parse("Ana@Bücher.example").expect("an address");
    let other = EmailAddress::parse("ana@xn--bcher-kva.EXAMPLE").expect("an address");
    assert_eq!(one, other);
    assert_ne!(one, EmailAddress::parse("eva@bücher.example").expect("an address"));
}

#[test]
fn json_keeps_the_address_as_given_and_checks_it() {
    let address: EmailAddress = serde_json::from_str(r#"" Ana@Example.com ""#).expect("an address");
    assert_eq!(serde_json::to_string(&address).expect("a string"), r#""Ana@Example.com""#);
    let refusal = serde_json::from_str::<EmailAddress>(r#""ana""#).expect_err("no @");
    assert!(refusal.to_string().contains("must have an @"), "{refusal}");
}

#[test]
fn debug_shows_nothing_of_the_address() {
    let address = EmailAddress::parse("ana@example.com").expect("an address");
    assert_eq!(format!("{address:?}"), "EmailAddress { .. }");
}

proptest! {
    #[test]
    fn an_accepted_address_is_safe_and_stays_itself(text in "\\PC{0,20}@\\PC{0,20}|[a-z.@<>\r\n]{0,12}") {
        if let Ok(address) = EmailAddress::parse(&text) {
            let deliverable = address.deliverable();
            prop_assert!(deliverable.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert!(!deliverable.contains(['"', '<', '>', '(', ')', ',', ';', ':', '\\']));
            let again = EmailAddress::parse(&deliverable).expect("still an address");
            prop_assert_eq!(again.normalized(), address.normalized());
            let normalized = EmailAddress::parse(address.normalized()).expect("still an address");
            prop_assert_eq!(normalized.normalized(), address.normalized());
        }
    }
}

/// The strings of a validator's own tests, by the name of the test.
fn validator_strings() -> Option<HashMap<String, Vec<String>>> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/cases/email-addresses/python-email-validator.json"
    );
    let text = fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).expect("groups of strings"))
}

/// Returns whether a string is a plain address in ASCII, without quoted parts or a display name.
fn is_plain(text: &str) -> bool {
    text.is_ascii() && !text.contains(['"', '<', ' ', '('])
}

#[test]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn the_strings_of_a_validator_are_judged_alike() {
    let Some(groups) = validator_strings() else {
        println!("skipped: no strings of a validator at hand");
        return;
    };
    let parsed = |group: &str| {
        let strings = groups.get(group).unwrap_or_else(|| panic!("{group} is missing"));
        strings.iter().map(|text| (text.clone(), EmailAddress::parse(text)))
    };
    for (text, result) in parsed("test_email_valid").filter(|(text, _)| is_plain(text)) {
        assert!(result.is_ok(), "{text}");
    }
    for (text, result) in parsed("test_email_valid_intl_local_part") {
        assert!(result.is_err(), "{text} needs SMTPUTF8");
    }
    for (text, result) in parsed("test_email_valid_only_if_quoted_local_part") {
        assert!(result.is_err(), "{text} is quoted");
    }
    // White space around an address is dropped here, and refused there.
    for (text, result) in parsed("test_email_invalid_syntax") {
        assert!(result.is_err() || text != text.trim(), "{text:?}");
    }
    for (text, result) in parsed("test_email_invalid_syntax_strict") {
        assert!(result.is_err(), "{text}");
    }
    for (text, result) in parsed("test_email_invalid_character_smtputf8_off") {
        assert!(result.is_err(), "{text}");
    }
    let accepted: Vec<_> = parsed("test_pyisemail_tests")
        .filter(|(text, result)| result.is_ok() && text == text.trim())
        .map(|(text, _)| text)
        .collect();
    assert!(accepted.iter().all(|text| is_plain(text)), "{accepted:?}");
    assert_eq!(accepted.len(), 13, "{accepted:?}");
}
