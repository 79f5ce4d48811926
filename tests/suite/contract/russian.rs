//! Nothing that a Russian member reads is English: the pages of one with a long story, and every mail.

use jiff::SignedDuration;
use puntos_tests::orders::send;
use puntos_tests::{Answer, Caller, World};
use serde_json::{Value, json};

use super::change_program;
use super::languages::{enrolled, is_latin};
use crate::faults::mails::{publish, sent};

/// Adds the texts of our own in an answer, by the names of their fields.
fn ours(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let is_ours = ["summary", "text", "note"].contains(&name.as_str());
                found.extend(field.as_str().filter(|_| is_ours).map(str::to_owned));
                ours(field, found);
            }
        }
        Value::Array(rows) => rows.iter().for_each(|row| ours(row, found)),
        _ => {}
    }
}

/// Leaves out what no language changes: ids, links, addresses, codes of coupons and the name of the programme.
fn words(text: &str) -> String {
    let is_code = |word: &str| word.len() == 24 && word.split('-').all(|part| part.len() == 4);
    let is_name = |word: &str| {
        word.contains("://") || word.contains(['@', '_', '{']) || is_code(word) || word == "Puntos"
    };
    let kept = text.split_whitespace().filter(|word| !is_name(word.trim_matches(['.', ','])));
    kept.collect::<Vec<&str>>().join(" ")
}

/// Returns a purchase of a member at a branch whose name has no letter.
fn purchase(world: &World, member: &str, invoice_number: &str) -> Value {
    let mut body = world.purchase(member, 1_100_000);
    body["branch"] = json!("7");
    body["invoice_number"] = json!(invoice_number);
    body
}

async fn post(caller: &Caller, world: &World, path: &str, body: Value, status: u16) -> Answer {
    let key = format!("key-{}", world.fresh());
    caller.post(path, body, Some(&key)).await.expect(status)
}

/// Gives a member some of everything that has words of ours.
async fn live(world: &World, member: &str) {
    let tiers = json!([{"id": "silver", "name": "Серебро", "threshold": 200}]);
    let _ = change_program(world, |program| program["tiers"] = tiers).await.expect(200);
    let bought = purchase(world, member, "17-1");
    let _ = world.pos.post("/v1/purchases", bought, None).await.expect(201);
    let reward = world.reward(50, json!({"name": "Кружка"})).await;
    let redeemed = world.redeem(member, &reward, "k1").await.expect(201);
    let path = format!("/v1/redemptions/{}/reversal", redeemed.text("redemption_id"));
    let _ = post(&world.agent, world, &path, json!({"reason": "Случайно"}), 201).await;
    let page = format!("/v1/members/{member}");
    let body = json!({"points": 5, "reason": "Извинение"});
    let _ = post(&world.agent, world, &format!("{page}/adjustments"), body, 201).await;
    let body = json!({
        "member_id": member, "score": 3, "branch": "7", "invoice_number": "17-1",
        "visited_at": world.stack.clock().now().to_string(),
    });
    let rated = world.pos.post("/v1/ratings", body, None).await.expect(201).text("rating_id");
    let gift = json!({"gift": {"kind": "points", "points": 21}});
    let _ = post(&world.agent, world, &format!("/v1/ratings/{rated}/gifts"), gift, 201).await;
    let reply = json!({"text": "Простите нас."});
    let _ = post(&world.agent, world, &format!("/v1/ratings/{rated}/messages"), reply, 201).await;
    let change = json!({"phone": "1", "optional_emails": false});
    let _ = world.agent.patch(&page, change).await.expect(200);
}

/// Lets others change what a member has: a purchase moves to them, and another member is merged and parted.
async fn move_and_merge(world: &World, member: &str) {
    let bare = |name: &str| json!({"name": name, "locale": "ru"});
    let other = post(&world.agent, world, "/v1/members", bare("Ева Мустер"), 201).await;
    let other = other.text("member_id");
    let bought = world.pos.post("/v1/purchases", purchase(world, &other, "17-3"), None).await;
    let path = format!("/v1/purchases/{}/move", bought.expect(201).text("purchase_id"));
    let body = json!({"member_id": member, "reason": "Перепутаны карты"});
    let _ = post(&world.supervisor, world, &path, body, 200).await;
    let path = format!("/v1/members/{other}");
    let body = json!({"into": member, "reason": "Одно лицо"});
    let _ = post(&world.supervisor, world, &format!("{path}/merge"), body, 200).await;
    let body = json!({"reason": "Две сестры"});
    let _ = post(&world.supervisor, world, &format!("{path}/unmerge"), body, 200).await;
}

/// Lets the shop report what becomes tasks, and money without an order.
async fn order(world: &World, member: &str) {
    let now = world.stack.clock().now();
    let day = |days: i64| {
        let at = now + SignedDuration::from_hours(24 * days);
        json!({"scheduled_for": at.to_string()[..10]})
    };
    let refused = json!({"detail": "Банк отказал"});
    let _ = send(world, member, "card_failed", "1", refused).await.expect(201);
    let _ = send(world, member, "autoship_scheduled", "2", day(15)).await.expect(201);
    let _ = send(world, member, "rescheduled", "2", day(18)).await.expect(201);
    let amount = json!({"amount": {"amount": 129_990, "currency": "RUB"}});
    for kind in ["payment_received", "refund_requested"] {
        let _ = send(world, member, kind, "3", amount.clone()).await.expect(201);
    }
}

/// Lets a member change their address, and confirm it by the link that is mailed to it.
async fn confirm_address(world: &World, caller: &Caller, member: &str) {
    let address = json!({"email": "new@example.com"});
    let _ = caller.patch(&format!("/v1/members/{member}"), address).await.expect(200);
    world.settle().await;
    let token = world.token_of_mail("new@example.com", "confirm");
    let path = format!("/v1/email-confirmations/{token}");
    let _ = world.nobody().send(reqwest::Method::POST, &path, None, None).await.expect(200);
}

/// Lets the mail of a coupon bounce, which becomes a claim.
async fn lose_a_mail(world: &World, member: &str) {
    let reward = world.reward(50, json!({"name": "Чашка"})).await;
    let redeemed = world.redeem(member, &reward, "k2").await.expect(201);
    world.settle().await;
    let email_id = redeemed.text("email_id");
    let mail = sent(world, &email_id).pop().expect("SES has it");
    publish(world, "Bounce", &email_id, &mail).await;
    world.settle().await;
    let later = world.stack.clock().now() + SignedDuration::from_mins(1);
    world.stack.set_clock(later);
    let fired = world.stack.fire_schedules(Some("find-failures"), later).await;
    assert_eq!(fired, [("find-failures".to_owned(), true)]);
    world.settle().await;
}

async fn claimed(world: &World, member: &str, invoice_number: &str) -> Answer {
    let evidence = json!({"branch": "7", "invoice_number": invoice_number});
    let body = json!({"member_id": member, "kind": "missing_points", "evidence": evidence});
    post(&world.agent.reading("ru"), world, "/v1/claims", body, 201).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_russian_member_reads_no_latin_letter() {
    let world = World::start().await;
    let member = enrolled(&world, Some("ru")).await;
    let caller = world.member(&member).await;
    live(&world, &member).await;
    move_and_merge(&world, &member).await;
    order(&world, &member).await;
    confirm_address(&world, &caller, &member).await;
    let with_points = claimed(&world, &member, "17-1").await;
    let missing = claimed(&world, &member, "17-2").await;
    let path = format!("/v1/claims/{}/fix", missing.text("claim_id"));
    let fixed = post(&world.agent.reading("ru"), &world, &path, json!({"points": 2}), 200).await;
    lose_a_mail(&world, &member).await;
    // Everything expires.
    let late = world.stack.clock().now() + SignedDuration::from_hours(24 * 800);
    world.stack.set_clock(late);

    let mut texts = Vec::new();
    for answer in [&with_points, &missing, &fixed] {
        ours(&answer.body, &mut texts);
    }
    let page = format!("/v1/members/{member}");
    for path in [
        format!("{page}/timeline?limit=100"),
        format!("{page}/statement?from=2000-01-01"),
        format!("/v1/claims?member_id={member}&limit=100"),
    ] {
        ours(&caller.get(&path).await.expect(200).body, &mut texts);
    }
    let mails = world.stack.outbox(None);
    texts.extend(mails.iter().flat_map(|mail| [mail.subject.clone(), mail.text.clone()]));
    let texts: Vec<String> = texts.iter().map(|text| words(text)).collect();
    let foreign: Vec<&String> = texts.iter().filter(|text| text.contains(is_latin)).collect();
    assert_eq!(foreign, Vec::<&String>::new());
    for expected in [
        "21 балл",
        "Профиль изменён: согласие на необязательные письма, телефон",
        "Профиль изменён: электронная почта, подтверждена",
        "Достигнут уровень Серебро",
        "Покупка 17-3, 7, перенесена сюда от другого участника: 1 100 баллов (Перепутаны карты)",
        "Счёт другого участника объединён с этим: 0 баллов (Одно лицо)",
        "Объединение счёта другого участника с этим отменено: 0 баллов (Две сестры)",
        "Звонок клиенту, карта не сработала: предстоит",
        "Звонок клиенту, автоматический заказ перенесён, с ",
        "Письмо не пришло. Письмо с купоном: возвращено",
        "Письмо с ответом на оценку: отправлено",
        "Обращение, возврат денег: ждём ответа",
        "Мы запросили возврат денег",
        "Начислено 2 балла",
        "Сгорело",
    ] {
        let is_said = texts.iter().any(|text| text.replace('\u{a0}', " ").contains(expected));
        assert!(is_said, "{expected} in {texts:#?}");
    }
}
