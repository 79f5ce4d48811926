//! Hostile names in mails: the subject is one line, and no name adds markup.

use puntos::Mail;
use puntos_tests::World;
use serde_json::json;

use super::each;
use super::strings::naughty;

/// How many names from the beginning of the list are used. Most of them are our own.
const OWN: usize = 40;

/// Returns how many characters of markup a mail has.
fn markup(mail: &Mail) -> [usize; 2] {
    ['<', '>'].map(|sign| mail.html.matches(sign).count())
}

/// Enrols a member, puts a reward, and redeems it for nothing.
async fn redeem(world: &World, number: usize, name: &str, reward_name: &str) {
    let address = format!("hostile-{number}@example.com");
    let id = format!("r-{number}");
    let member = json!({"name": name, "email": address, "locale": "en"});
    let member = world.pos.post("/v1/members", member, Some(&id)).await.expect(201);
    let reward = json!({
        "name": reward_name, "kind": "gift", "points_cost": 0, "valid_days": 1, "active": true,
    });
    let reward = world.admin.put(&format!("/v1/rewards/{id}"), reward).await.expect(200);
    assert_eq!(reward.text("name"), reward_name);
    let redeemed = world.redeem(&member.text("member_id"), &id, &id).await.expect(201);
    assert_eq!(redeemed.text("reward_name"), reward_name);
}

/// Returns the strings that a name may be.
fn names() -> Vec<String> {
    let fits = |name: &String| {
        let control = name.chars().any(char::is_control);
        !name.trim().is_empty() && !control && name.chars().count() <= 120
    };
    naughty().into_iter().filter(fits).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_name_comes_alive_in_a_mail() {
    let world = World::start().await;
    let names = names();
    let count = names.len();
    redeem(&world, count, "Mina", "Mug").await;
    // Each mail has two strings: a member's name and a reward's. Our own strings are also swapped.
    let numbers: Vec<String> = (0..count).step_by(2).map(|number| number.to_string()).collect();
    each(&numbers, async |_, number| {
        let number: usize = number.parse().expect("a number");
        let other = &names[(number + 1) % count];
        redeem(&world, number, &names[number], other).await;
        if number < OWN {
            redeem(&world, number + count + 1, other, &names[number]).await;
        }
    })
    .await;
    world.settle().await;
    let mails = world.stack.outbox(None);
    assert_eq!(mails.len(), numbers.len() + OWN.min(count).div_ceil(2) + 1);
    let address = format!("hostile-{count}@example.com");
    let plain = mails.iter().find(|mail| mail.to == address).expect("the plain mail");
    let own_markup = markup(plain);
    for mail in &mails {
        assert!(mail.subject.chars().count() <= 150, "{}", mail.subject);
        assert!(!mail.subject.chars().any(char::is_control), "{:?}", mail.subject);
        for text in [&mail.subject, &mail.text, &mail.html] {
            assert!(!text.contains(['\u{202e}', '\u{2066}', '\u{feff}', '\r', '\0']), "{text:?}");
        }
        assert_eq!(markup(mail), own_markup, "{}", mail.html);
    }
    // A name is never read as a template. Otherwise the code would be in its place.
    let braces = mails.iter().filter(|mail| mail.text.contains("{{ code }}")).count();
    assert_eq!(braces, 1);
    assert!(mails.iter().any(|mail| mail.subject.contains("{{ code }}")));
}
