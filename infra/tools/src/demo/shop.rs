//! The shop of the demo: its branches, levels, promotion, automatic reply, and those who work there.

use serde_json::{Value, json};

use crate::stage::{Actor, Stage};

/// The branches: id and name.
pub(super) const BRANCHES: [(&str, &str); 4] = [
    ("centro-1", "Centro"),
    ("puerto-2", "Puerto"),
    ("msk-1", "Москва, Арбат"),
    ("lis-1", "Lisboa, Baixa"),
];

/// Those who work at the desk: role, subject of the token, and name. The first two are those of the local
/// sign-in.
const COLLEAGUES: [(&str, &str, &str); 4] = [
    ("agent", "local-agent", "Berta Beispiel"),
    ("supervisor", "local-supervisor", "Samir Standin"),
    ("agent", "demo-agent-2", "Clara Concept"),
    ("agent", "demo-agent-3", "Dan Draft"),
];

pub(super) async fn open(stage: &Stage) -> anyhow::Result<()> {
    let program = stage.get(&Actor::Admin, "/v1/program").answers(200).await?.value("")?;
    let branches: Vec<Value> =
        BRANCHES.iter().map(|(id, name)| json!({"id": id, "name": name})).collect();
    let changes = json!({
        "effective_from": "2020-01-01T00:00:00Z",
        "branches": branches,
        "tiers": [
            {"id": "silver", "name": "Silver", "threshold": 800, "multiplier": "1.25"},
            {"id": "gold", "name": "Gold", "threshold": 2000, "multiplier": "1.5"},
        ],
        "tier_rule": {"by": "points", "window_months": 12, "down": "one_step"},
        "promotions": [{
            "id": "double-dairy", "name": "Double points for dairy", "categories": ["dairy"],
            "weekdays": ["tue", "thu"], "effect": {"multiplier": "2"},
        }],
        "payment": {"amount_per_point": 100, "basket_percent_max": 50, "reservation_minutes": 30},
        "value": {"amount_per_point": 100, "expected_redemption_percent": 80},
        "expiry_warning_days": 30,
    });
    let mut body = program;
    if let (Value::Object(body), Value::Object(changes)) = (&mut body, changes) {
        body.extend(changes);
    }
    stage.put(&Actor::Admin, "/v1/program").body(body).answers(200).await?;
    for (role, subject, name) in COLLEAGUES {
        let colleague = stage.colleague(role, subject).await?;
        stage.put(&colleague, "/v1/agents/me").body(json!({"name": name})).succeeds().await?;
    }
    let reply = json!({
        "enabled": true, "wait_minutes": 60, "subject": "Что случилось?",
        "body": "Нам жаль, что визит был неудачным. Расскажите, что случилось: мы читаем каждое письмо.",
    });
    stage.put(&Actor::Supervisor, "/v1/settings/auto-reply").body(reply).succeeds().await?;
    Ok(())
}
