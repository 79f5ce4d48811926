//! Texts that often break pages are shown as text, on every page.

use serde_json::{Value, json};

use crate::driver::Window;
use crate::page::{Page, stage};

/// Texts of this project; the list of `../shared/cases` is added where it is there.
const OWN: [&str; 6] = [
    "<script>document.title = 'stolen'</script>",
    "<img src=x onerror=\"document.title='stolen'\">",
    "javascript:document.title='stolen'",
    "{{constructor.constructor('document.title=1')()}} ${1+1} %s \\u003cb\\u003e",
    "\u{202E}abc\u{2066}def ﷽ Ω≈ç√∫ 👩‍👩‍👧‍👦",
    "a-very-long-word-without-any-place-to-break-it-0123456789-0123456789-0123456789-0123456789",
];

fn strings() -> Vec<String> {
    let own = OWN.iter().copied().map(str::to_owned);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/cases/strings/blns.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        skipped();
        return own.collect();
    };
    let foreign: Vec<String> = serde_json::from_str(&text).expect("a list of texts");
    own.chain(foreign).collect()
}

#[expect(clippy::print_stderr, reason = "a skipped part says so")]
fn skipped() {
    eprintln!("skipped: the foreign strings are not there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_texts_stay_texts_on_every_page() {
    let Some((world, page)) = stage(Window::PHONE).await else { return };
    let id = world.member_id().await;
    let name = json!({"name": OWN[1]});
    let _ = world.agent.patch(&format!("/v1/members/{id}"), name).await.expect(200);
    // One thread has them all, one after another; other texts take the worst.
    let rating = world.rated(&id, 2, Some(OWN[0])).await;
    let path = format!("/v1/ratings/{rating}/messages");
    let mut kept = Vec::new();
    for (number, text) in strings().into_iter().enumerate().take(150) {
        let key = format!("text-{number}");
        let answer = world.agent.post(&path, json!({"text": text}), Some(&key)).await;
        if answer.status == 201 {
            kept.push(text);
        }
    }
    assert!(kept.len() >= OWN.len(), "{} texts are kept", kept.len());
    let _ = world.reward(10, json!({"name": OWN[0]})).await;
    let claim = json!({"member_id": id, "kind": "delivery", "evidence": {"note": OWN[1]}});
    let claim = world.agent.post("/v1/claims", claim, Some("claim")).await.expect(201);
    world.settle().await;

    page.sign_in(&format!("/desk/ratings/{rating}"), "Agent", None).await;
    page.reads("list", "Messages", OWN[5]).await;
    let shown = page.evaluate("[...document.querySelectorAll('[aria-label=Messages] li')].map((one) => one.textContent)").await;
    let missing: Vec<&String> = kept.iter().filter(|text| !is_shown(&shown, text)).collect();
    assert!(missing.is_empty(), "not shown as they are: {missing:?}");
    is_unharmed(&page).await;
    for path in [
        format!("/desk/members/{id}"),
        "/desk/ratings".into(),
        format!("/desk/claims/{}", claim.text("claim_id")),
    ] {
        page.open(&path).await;
        page.shows("<img src=x").await;
        is_unharmed(&page).await;
    }
    page.open("/desk/programme").await;
    page.shows("<script>").await;
    is_unharmed(&page).await;
}

/// Returns whether one of the elements has the text, whatever becomes of white space.
fn is_shown(elements: &Value, text: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    let elements = elements.as_array().into_iter().flatten().filter_map(Value::as_str);
    elements.map(plain).any(|shown| shown.contains(&plain(text)))
}

/// No text ran as a script, became an element, or made the page wider than its window.
async fn is_unharmed(page: &Page) {
    let state = page.evaluate(STATE).await;
    let unharmed = json!({"title": false, "elements": 0, "wide": []});
    assert_eq!(state, unharmed, "{}", page.address().await);
}

/// What texts did to the page; `wide` are the elements that reach beyond the window.
const STATE: &str = "({
    title: document.title.includes('stolen'),
    elements: document.querySelectorAll('main script, main img[src=x]').length,
    wide: document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll('body *')]
            .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
            .map((one) => `${one.tagName}.${one.className}: ${one.clientWidth} ${one.scrollWidth} ${one.textContent.slice(0, 60)}`),
})";
