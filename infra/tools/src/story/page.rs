//! The last scene: the member's page, oldest first.

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::cast::Ana;
use super::till::explained;
use crate::stage::{Actor, Stage};

/// More pages than one run can fill.
const PAGE_LIMIT: usize = 20;
/// Explanations begin below the text after the time.
const INDENT: &str = "                        ";

/// Prints the whole timeline.
pub(super) async fn read(stage: &mut Stage, ana: &Ana) -> anyhow::Result<()> {
    stage.step("What the agent sees on Ana's page, oldest first.");
    let program = stage.get(&Actor::Admin, "/v1/program").answers(200).await?;
    let zone_name = program.text("/time_zone")?;
    let zone = TimeZone::get(&zone_name)?;
    let mut entries = timeline(stage, ana).await?;
    entries.reverse();
    stage.fact("member", format!("{}, {}", ana.name, ana.corrected_email));
    stage.fact("times of", zone_name);
    stage.line("");
    for entry in &entries {
        stage.line(&line_of(entry, &zone)?);
        for line in explanation(&entry["explanation"]) {
            stage.line(&format!("{INDENT}{line}"));
        }
    }
    stage.line("\nThe accident is undone, the visit is made up for, and every step can be read.");
    Ok(())
}

/// Returns every entry, newest first.
async fn timeline(stage: &Stage, ana: &Ana) -> anyhow::Result<Vec<Value>> {
    let mut entries = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..PAGE_LIMIT {
        let path = format!("/v1/members/{}/timeline", ana.member_id);
        let mut ask = stage.get(&Actor::Agent, path).query("limit", "100");
        if let Some(cursor) = cursor {
            ask = ask.query("cursor", cursor);
        }
        let page = ask.answers(200).await?;
        entries.extend_from_slice(page.list("/data")?);
        cursor = page.optional_text("/next_cursor");
        if cursor.is_none() {
            return Ok(entries);
        }
    }
    bail!("the timeline has more than {PAGE_LIMIT} pages")
}

/// Returns one entry as a line: when, what, points, balance after, state of the mail.
fn line_of(entry: &Value, zone: &TimeZone) -> anyhow::Result<String> {
    let at: Timestamp = entry["at"].as_str().context("an entry has no time")?.parse()?;
    let when = at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S");
    let kind = entry["kind"].as_str().unwrap_or("?");
    let summary = entry["summary"].as_str().unwrap_or_default();
    let points = entry["points"].as_i64().map_or(String::new(), |points| format!("{points:+}"));
    let balance =
        entry["balance_after"].as_i64().map_or(String::new(), |balance| format!("→ {balance}"));
    let mail =
        entry["email_status"].as_str().map_or(String::new(), |status| format!("  [{status}]"));
    Ok(format!("   {when}  {kind:<11} {points:>7} {balance:<9} {summary}{mail}"))
}

/// Returns an explanation line by line, whether it is a text or rows.
fn explanation(value: &Value) -> Vec<String> {
    match value {
        Value::Array(rows) => rows.iter().map(explained).collect(),
        Value::String(text) => text.lines().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_entry_shows_its_time_in_the_zone_of_the_programme() {
        let zone = TimeZone::get("Europe/Moscow").unwrap();
        let entry = json!({
            "at": "2025-03-01T21:30:00Z", "kind": "redemption", "points": -120,
            "balance_after": 20, "summary": "Coffee",
        });
        assert_eq!(
            line_of(&entry, &zone).unwrap(),
            "   2025-03-02 00:30:00  redemption     -120 → 20      Coffee"
        );
        let mail = json!({
            "at": "2025-03-01T21:30:01Z", "kind": "email", "summary": "Your coupon",
            "email_status": "delivered",
        });
        assert!(line_of(&mail, &zone).unwrap().ends_with("Your coupon  [delivered]"));
    }

    #[test]
    fn explanations_are_shown_row_by_row() {
        let rows = json!([{"text": "10 per 100.00", "points": 140}, {"text": "no bonus"}]);
        assert_eq!(explanation(&rows), ["10 per 100.00 (+140)", "no bonus"]);
        assert_eq!(explanation(&json!("one\ntwo")), ["one", "two"]);
        assert!(explanation(&Value::Null).is_empty());
    }
}
