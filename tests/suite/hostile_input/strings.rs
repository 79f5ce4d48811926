//! Provides the hostile strings.

use std::path::Path;

use serde_json::Value;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/cases");

/// Returns our own list, and the collected one if it is there.
pub(super) fn naughty() -> Vec<String> {
    let mut strings = own();
    strings.extend(collected("strings/blns.json"));
    strings
}

/// Returns the strings of a collected document, however deep, or none where it is absent.
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
pub(super) fn collected(file: &str) -> Vec<String> {
    let Ok(text) = std::fs::read_to_string(Path::new(CASES).join(file)) else {
        println!("skipped: no {file} at hand");
        return Vec::new();
    };
    let mut strings = Vec::new();
    gather(&serde_json::from_str(&text).expect("JSON"), &mut strings);
    strings
}

fn gather(value: &Value, strings: &mut Vec<String>) {
    match value {
        Value::String(text) => strings.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| gather(item, strings)),
        Value::Object(fields) => fields.values().for_each(|field| gather(field, strings)),
        _ => {}
    }
}

fn own() -> Vec<String> {
    let texts = [
        "",
        " ",
        "\u{3000}\u{a0}",
        "plain",
        " padded ",
        "null",
        "-1",
        "1e309",
        "NaN",
        "../../../etc/passwd",
        "a#b",
        "a?b=c&d=e",
        "100%",
        "%00",
        "a+b c",
        "tab\there",
        "Mina\r\nBcc: everyone@example.com",
        "nul\0byte",
        "esc\u{1b}[31m",
        "\u{85}\u{2028}\u{2029}",
        "\u{202e}anA\u{202c}",
        "\u{2066}isolated",
        "\u{feff}mark",
        "\u{200b}",
        "\u{301}\u{301}\u{301}",
        "e\u{301}",
        "\u{1f469}\u{200d}\u{1f373}",
        "\u{10ffff}\u{fffe}",
        "مرحبا",
        "İstanbul ß ŉ ﬁ",
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'-alert(1)-'",
        "<b>bold</b>&amp;",
        "{{ code }}",
        "{% if true %}x{% endif %}",
        "{{ ''.__class__ }}",
        "${jndi:ldap://example.com}",
        "'; DROP TABLE puntos; --",
        "\\u0000 \\n \\\"",
        ":partition",
        "attribute_exists(pk)",
    ];
    let mut own: Vec<String> = texts.map(str::to_owned).to_vec();
    for (text, times) in [
        ("x", 64),
        ("x", 65),
        ("x ", 60),
        ("x", 121),
        ("x", 501),
        ("x", 3_000),
        ("x", 5_000),
        ("\u{130}", 64),
        ("\u{fdfa}", 64),
        ("\u{fdfa} ", 60),
        ("\u{1f6d2}", 64),
        ("\u{1f6d2}", 900),
        ("e\u{301}\u{302}\u{303}", 16),
    ] {
        own.push(text.repeat(times));
    }
    own
}
