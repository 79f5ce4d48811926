//! The bounds of every field, with an example: one name means one thing in the whole contract.
//!
//! Enums and formats of times come from the types. Does not check: requests are parsed elsewhere.

use puntos_domain::auto_reply::{BODY_MAX_CHARS, SUBJECT_MAX_CHARS, WAIT_MINUTES_MAX};
use puntos_domain::care::AUTOSHIPS_MAX;
use puntos_domain::claim::{ATTACHMENT_BYTES_MAX, ATTACHMENTS_MAX, STEPS_TOTAL_MAX};
use puntos_domain::comparison::{EXAMPLES_MAX, PARTS_MAX};
use puntos_domain::earning::BRACKETS_MAX;
use puntos_domain::field::{LABEL_MAX_CHARS, NAME_MAX_CHARS, NOTE_MAX_CHARS};
use puntos_domain::gift::GIFTS_MAX;
use puntos_domain::money::AMOUNT_MAX_MINOR;
use puntos_domain::points::POINTS_MAX;
use puntos_domain::program::{
    BRANCHES_MAX, EXCLUDED_MAX, PROMOTIONS_MAX, TIERS_MAX, VERSIONS_MAX, WINDOW_MONTHS_MAX,
};
use puntos_domain::purchase::LINES_MAX;
use puntos_domain::quantity::QUANTITY_MAX;
use puntos_domain::rating::{COMMENT_MAX_CHARS, EARLIER_MAX, SCORE_MAX, VIEWERS_MAX};
use puntos_domain::report::movements;
use puntos_domain::reward::{UNITS_MAX, VALID_DAYS_MAX};
use puntos_domain::thread::MESSAGES_MAX;
use serde_json::{Value, json};

use crate::statement;

/// The largest integer that every JSON reader keeps exactly.
const SAFE_MAX: i64 = 9_007_199_254_740_991;

/// The pattern of an idempotency key.
pub(super) const KEY_PATTERN: &str = "^[A-Za-z0-9._:~-]{1,128}$";

/// The ids by the name of their fields: the prefix, and the number of characters after it.
const IDS: [(&str, &str, u8); 19] = [
    ("member_id", "mbr", 16),
    ("merged_into", "mbr", 16),
    ("purchase_id", "pur", 16),
    ("reservation_id", "rsv", 32),
    ("redemption_id", "rdm", 32),
    ("email_id", "eml", 32),
    ("resend_of", "eml", 32),
    ("entry_id", "ent", 16),
    ("broken_at", "ent", 16),
    ("rating_id", "rat", 32),
    ("message_id", "msg", 16),
    ("gift_id", "gft", 16),
    ("task_id", "tsk", 32),
    ("claim_id", "clm", 32),
    ("attachment_id", "att", 16),
    ("return_id", "rtn", 16),
    ("rerate_id", "rrt", 16),
    ("preview_id", "prv", 16),
    ("run_id", "run", 16),
];

/// Adds the bounds of a field to its schema.
pub(crate) fn bound(owner: &str, name: &str, schema: &mut Value) {
    if let Some((bounds, _)) = rule(owner, name, kind_of(schema))
        && let (Some(schema), Value::Object(bounds)) = (schema.as_object_mut(), bounds)
    {
        schema.extend(bounds);
    }
    if schema["type"].is_array()
        && let Some(names) = schema.get_mut("enum").and_then(Value::as_array_mut)
    {
        names.push(Value::Null);
    }
    // The names in a list of texts.
    if schema["items"]["type"] == "string" {
        schema["items"]["minLength"] = json!(1);
        schema["items"]["maxLength"] = json!(LABEL_MAX_CHARS);
    }
    // The counts of scores.
    if schema["items"]["type"] == "integer" {
        schema["items"]["minimum"] = json!(0);
        schema["items"]["maximum"] = json!(SAFE_MAX);
    }
}

/// Returns the example of a field; `None` if its type gives one.
pub(super) fn example(owner: &str, name: &str, schema: &Value) -> Option<Value> {
    rule(owner, name, kind_of(schema)).map(|(_, example)| example).filter(|value| !value.is_null())
}

/// Returns the type of a schema, null aside; empty for an enum, a time and a reference.
fn kind_of(schema: &Value) -> &str {
    let is_time = matches!(schema["format"].as_str(), Some("date" | "date-time"));
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find_map(|kind| kind.as_str().filter(|k| *k != "null")),
        kind => kind.as_str(),
    };
    match kind {
        Some("string") if is_time || schema["enum"].is_array() => "",
        kind => kind.unwrap_or_default(),
    }
}

type Rule = (Value, Value);

fn rule(owner: &str, name: &str, kind: &str) -> Option<Rule> {
    match kind {
        "string" => string(owner, name),
        "integer" | "number" => number(owner, name),
        "array" => array(owner, name),
        _ => None,
    }
}

fn string(owner: &str, name: &str) -> Option<Rule> {
    // A filter that can match nothing finds nothing. It is not refused.
    match (owner, name) {
        ("path", "member_id") => {
            return Some(pattern("^(me|mbr_[0-9a-hjkmnp-tv-z]{16})$", "mbr_3k9x0c7f2m5q8r1t"));
        }
        ("query", "member_id") => return Some(text(LABEL_MAX_CHARS, "mbr_3k9x0c7f2m5q8r1t")),
        ("query", "email") => return Some(text(254, "anna@example.com")),
        _ => {}
    }
    if let Some((_, prefix, length)) = IDS.iter().find(|(id, _, _)| *id == name) {
        let pattern = format!("^{prefix}_[0-9a-hjkmnp-tv-z]{{{length}}}$");
        let digest: String = "3k9x0c7f2m5q8r1t".chars().cycle().take((*length).into()).collect();
        return Some((json!({"pattern": pattern}), json!(format!("{prefix}_{digest}"))));
    }
    Some(match (owner, name) {
        ("Problem", "code") => pattern("^[a-z_]+$", "invalid_field"),
        ("Problem", "type") => {
            pattern("^urn:puntos:problem:[a-z_]+$", "urn:puntos:problem:invalid_field")
        }
        ("Problem", "title") => text(NAME_MAX_CHARS, "invalid field"),
        ("Problem", "instance") => text(BODY_MAX_BYTES, "/v1/purchases"),
        ("Problem" | "RewardVersionAnswer" | "ProgramVersionAnswer", "request_id") => {
            text(128, "JKJaXmPLvHcESHA=")
        }
        ("Problem" | "FieldError", "detail") => text(BODY_MAX_BYTES, "must not be empty"),
        ("FieldError", "field") => longest(BODY_MAX_BYTES, "lines[2].amount"),
        ("FieldError", "code") => one_of(&[
            "invalid_field",
            "unknown_field",
            "not_found",
            "already_enrolled",
            "card_replaced",
        ]),
        ("path", "version") => pattern("^[0-9]{1,9}$", "2"),
        ("path", "token") => text(
            TOKEN_MAX_CHARS,
            "pur_3k9x0c7f2m5q8r1t-mbr_3k9x0c7f2m5q8r1t.1790000000.kY0vP1nKq0m3xq5z7A9bCdEfGhIjKlMnOpQrStUvWxY",
        ),
        ("path", "code") => text(LABEL_MAX_CHARS, "7Q3-0123-4567-89AB"),
        ("JoinCodeAnswer", "code") => pattern("^[0-9]{8}$", "48151623"),
        ("JoinRequest", "code") => text(LABEL_MAX_CHARS, "4815 1623"),
        (_, "code") => pattern("^[0-9A-Z]{4}(-[0-9A-Z]{4}){4}$", "7Q30-1234-5678-9ABC-DEFG"),
        (_, "idempotency_key") => pattern(KEY_PATTERN, "redeem-1"),
        (_, "reward_id") => pattern("^[A-Za-z0-9._-]{1,64}$", "rwd_coffee"),
        ("ComparedPart", "id") => text(LABEL_MAX_CHARS, "msk-1"),
        ("Branch", "id") => text(LABEL_MAX_CHARS, "msk-1"),
        ("Branch", "name") => text(NAME_MAX_CHARS, "Moscow 1"),
        ("TaskMember", "name") => longest(NAME_MAX_CHARS, "Anna Example"),
        (_, "id") => pattern("^[A-Za-z0-9._-]{1,64}$", "x2-dairy"),
        (_, "multiplier") => pattern("^[0-9]{1,3}(\\.[0-9]{1,3})?$", "2.5"),
        (_, "rule_id") => pattern("^[A-Za-z0-9._-]{1,64}$", "earning-2"),
        (_, "currency") => pattern("^[A-Z]{3}$", "RUB"),
        (_, "locale") => (
            json!({"pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$", "maxLength": 35}),
            json!("ru"),
        ),
        (_, "month") => pattern("^[0-9]{4}-[0-9]{2}$", "2026-03"),
        (_, "cursor" | "next_cursor") => {
            (json!({"pattern": "^[A-Za-z0-9._-]+$", "maxLength": 2048}), json!("eyJmIjoiM2s5eCJ9"))
        }
        (_, "finding") => {
            one_of(&["not_received", "received_with_points", "received_without_points"])
        }
        (_, "email" | "email_pending" | "to") => {
            (json!({"format": "idn-email", "maxLength": 254}), json!("anna@example.com"))
        }
        (_, "into") => text(LABEL_MAX_CHARS, "mbr_3k9x0c7f2m5q8r1t"),
        (_, "branch") => text(LABEL_MAX_CHARS, "msk-1"),
        (_, "invoice_number") => text(LABEL_MAX_CHARS, "2026-000123"),
        (_, "card_number") => text(LABEL_MAX_CHARS, "7701"),
        (_, "document") => text(LABEL_MAX_CHARS, "4510 123456"),
        (_, "phone") => text(LABEL_MAX_CHARS, "+7 900 000-00-00"),
        (_, "return_number") => text(LABEL_MAX_CHARS, "R-17"),
        (_, "sku") => text(LABEL_MAX_CHARS, "milk-1l"),
        (_, "category") => text(LABEL_MAX_CHARS, "dairy"),
        (_, "order_id" | "about") => text(LABEL_MAX_CHARS, "order-1"),
        (_, "url") => (
            json!({"format": "uri", "maxLength": 8_000}),
            json!("https://attachments.s3.eu-west-1.amazonaws.com/mbr_3k9x0c7f2m5q8r1t"),
        ),
        ("SignedCall", "method") => one_of(&["PUT", "GET"]),
        (_, "event_id") => text(LABEL_MAX_CHARS, "event-1"),
        (_, "bank_reference") => text(LABEL_MAX_CHARS, "RF18 5390 0754"),
        (_, "method") => text(LABEL_MAX_CHARS, "card"),
        (_, "waiting_on") => text(LABEL_MAX_CHARS, "bank"),
        (_, "tier") => text(LABEL_MAX_CHARS, "silver"),
        (_, "time_zone") => text(LABEL_MAX_CHARS, "Europe/Moscow"),
        (_, "reward_name") => text(NAME_MAX_CHARS, "Coffee"),
        (_, "name" | "done_by") => text(NAME_MAX_CHARS, "Anna Example"),
        (_, "first_name") => text(NAME_MAX_CHARS, "Anna"),
        (_, "reason") => text(NOTE_MAX_CHARS, "by accident"),
        // A note of the system may list several reasons.
        ("StepAnswer", "note") => text(2_000, "The purchase earned 110 points"),
        (_, "note" | "done_note" | "detail") => text(NOTE_MAX_CHARS, "The customer called."),
        (_, "comment") => text(COMMENT_MAX_CHARS, "Quick and friendly"),
        (_, "after") => pattern("^(none|msg_[0-9a-hjkmnp-tv-z]{16})$", "none"),
        ("AgentAnswer" | "ViewerAnswer", "agent_id") => text(NOTE_MAX_CHARS, "5d1c"),
        (_, "agent_id" | "agent") => text(LABEL_MAX_CHARS, "5d1c"),
        (_, "actor" | "completed_by" | "withdrawn_by") => text(NOTE_MAX_CHARS, "agent:5d1c"),
        (_, "summary") => text(1000, "Purchase at msk-1"),
        (_, "subject") => longest(SUBJECT_MAX_CHARS, "Your coupon"),
        (_, "body") => longest(BODY_MAX_CHARS, "How can we do better?"),
        ("EmailAnswer", "text") => longest(100_000, "Your coupon is ready."),
        (_, "html") => longest(400_000, "<p>Your coupon is ready.</p>"),
        (_, "text") => text(4000, "Thank you!"),
        _ => return None,
    })
}

/// The longest token of a link, in characters.
const TOKEN_MAX_CHARS: usize = 200;

/// The largest body of a request, in bytes. A problem may repeat a name from it.
const BODY_MAX_BYTES: usize = 256 * 1024;

fn number(owner: &str, name: &str) -> Option<Rule> {
    let is_request = owner.ends_with("Request");
    Some(match (owner, name) {
        (_, "limit") => {
            (json!({"minimum": 1, "maximum": 100, "default": 20, "format": "int32"}), json!(20))
        }
        (_, "days") => (json!({"minimum": 1, "maximum": 31, "default": 7}), json!(7)),
        ("MoneyRequest", "amount") => from_to(0, AMOUNT_MAX_MINOR, 129_990),
        (_, "amount") => from_to(-AMOUNT_MAX_MINOR, AMOUNT_MAX_MINOR, 129_990),
        ("ReservationRequest", "points") => from_to(1, POINTS_MAX.get(), 65),
        (_, "points") if is_request => from_to(-POINTS_MAX.get(), POINTS_MAX.get(), 65),
        (_, "points") => from_to(-SAFE_MAX, SAFE_MAX, 65),
        (_, "opening" | "closing" | "balance" | "adjusted" | "corrected") => {
            from_to(-SAFE_MAX, SAFE_MAX, 65)
        }
        (
            "MonthMovements" | "BranchMovements",
            "issued" | "clawed" | "redeemed" | "paid" | "restored" | "given_back" | "expired",
        ) => from_to(0, SAFE_MAX, 65),
        (_, "outstanding" | "breakage_points") => from_to(0, SAFE_MAX, 65),
        (_, "members" | "difference" | "unproven") => from_to(0, SAFE_MAX, 0),
        (_, "purchases" | "members_told") => from_to(0, SAFE_MAX, 13),
        (_, "points_now" | "points_then") => from_to(-SAFE_MAX, SAFE_MAX, 110),
        (_, "given" | "clawed" | "forgiven" | "let_go") => from_to(0, SAFE_MAX, 0),
        (_, "points_cost") => from_to(0, POINTS_MAX.get(), 100),
        (_, "points_per_call") => from_to(0, POINTS_MAX.get(), 10_000),
        (_, "points_per_day") => from_to(0, POINTS_MAX.get(), 100_000),
        (_, "worth_per_call" | "worth_per_day") => from_to(0, AMOUNT_MAX_MINOR, 1_000_000),
        (_, "points_per_step") => from_to(0, AMOUNT_MAX_MINOR, 5),
        (_, "step_amount") => from_to(1, AMOUNT_MAX_MINOR, 10_000),
        (_, "up_to") => from_to(1, AMOUNT_MAX_MINOR, 100_000),
        (_, "quantity") => {
            (json!({"minimum": 0, "maximum": QUANTITY_MAX, "multipleOf": 0.001}), json!(0.25))
        }
        (_, "stock" | "units_left") => from_to(0, UNITS_MAX, 500),
        (_, "per_member_limit") => from_to(1, UNITS_MAX, 3),
        (_, "percent") => from_to(1, 100, 10),
        (_, "valid_days" | "gift_valid_days") => from_to(1, VALID_DAYS_MAX.into(), 30),
        (_, "pending_days" | "reversal_grace_days") => from_to(0, 365, 0),
        (_, "lowest_total") => from_to(0, AMOUNT_MAX_MINOR, 50_000),
        (_, "threshold") => from_to(1, AMOUNT_MAX_MINOR, 1_000),
        (_, "missing") => from_to(0, AMOUNT_MAX_MINOR, 120),
        (_, "points_max" | "bonus_points") => from_to(1, POINTS_MAX.get(), 50),
        (_, "window_months") => from_to(1, WINDOW_MONTHS_MAX.into(), 12),
        (_, "amount_per_point") => from_to(1, AMOUNT_MAX_MINOR, 100),
        (_, "basket_percent_max") => from_to(1, 100, 50),
        (_, "reservation_minutes") => from_to(1, 1_440, 30),
        (_, "expected_redemption_percent") => from_to(0, 100, 80),
        (_, "claim_days") => from_to(1, 3650, 30),
        (_, "bytes") => from_to(1, ATTACHMENT_BYTES_MAX.into(), 482_113),
        ("TaskTrendDay", "done" | "lapsed") => from_to(0, 10_000, 13),
        (_, "months") => from_to(1, 240, 12),
        (_, "reconnect_months") => from_to(1, 60, 4),
        (_, "promise_days") => from_to(1, 365, 7),
        (_, "follow_up_days") => from_to(1, 365, 3),
        (_, "tell_every_days") => from_to(1, 365, 7),
        (_, "expiry_warning_days") => from_to(1, 365, 30),
        (_, "money_without_order_minutes") => from_to(1, 10_080, 60),
        ("Invitations", "wait_minutes") => from_to(0, 10_080, 60),
        (_, "lowest_score") => from_to(0, 6, 0),
        (_, "score" | "last_score") => from_to(0, SCORE_MAX.into(), 9),
        (_, "wait_minutes") => from_to(0, WAIT_MINUTES_MAX, 60),
        ("RewardRequest", "version") => from_to(0, u32::MAX.into(), 1),
        ("RewardAnswer" | "RewardVersionAnswer", "version") => from_to(1, u32::MAX.into(), 1),
        (_, "version" | "rule_version") => from_to(1, VERSIONS_MAX.into(), 1),
        (_, "offered" | "redeemed" | "expired") => from_to(0, GIFTS_MAX.into(), 1),
        (_, "status") => from_to(400, 599, 422),
        (_, "nps") => (json!({"minimum": -100, "maximum": 100}), json!(38.46)),
        (_, "debt" | "pending" | "reserved" | "points_expired" | "points_paid") => {
            from_to(0, SAFE_MAX, 0)
        }
        (
            _,
            "available" | "balance_after" | "earned" | "points_spent" | "points_restored"
            | "missing_points" | "points_clawed_back" | "points_given_back",
        ) => from_to(0, SAFE_MAX, 65),
        (
            _,
            "ratings" | "comments" | "replies" | "unread_comments" | "promoters" | "passives"
            | "detractors",
        ) => from_to(0, SAFE_MAX, 13),
        _ => return None,
    })
}

fn array(owner: &str, name: &str) -> Option<Rule> {
    let most = match (owner, name) {
        // Each entry may bring the expiries before it.
        ("TimelineEntryPage", "data") => 10_000,
        ("RatingTrend", "data") => 3_660,
        ("TaskTrend", "data") => 31,
        ("BranchList", "data") => BRANCHES_MAX,
        (_, "data") => 100,
        (_, "scores") => 11,
        (_, "to_do") => 6,
        (_, "attachments") => ATTACHMENTS_MAX,
        (_, "lines") => LINES_MAX,
        (_, "entries") => statement::ENTRIES_MAX,
        (_, "brackets") => BRACKETS_MAX,
        (_, "skus" | "categories") => EXCLUDED_MAX,
        (_, "promotions" | "not_applied") => PROMOTIONS_MAX,
        // The last row has the branches beyond the most.
        ("MonthMovements", "branches") => movements::BRANCHES_MAX + 1,
        (_, "branches") => EXCLUDED_MAX,
        (_, "by_branch" | "by_tier" | "by_promotion") => PARTS_MAX,
        (_, "examples") => EXAMPLES_MAX,
        (_, "tiers") => TIERS_MAX,
        (_, "weekdays") => 7,
        (_, "after") => 2,
        (_, "acknowledge" | "warnings") => 1,
        // One lot for each day of the longest life, and one for points without an end.
        (_, "expiring") => 7_321,
        (_, "autoships") => AUTOSHIPS_MAX,
        ("ThreadAnswer", "history") => EARLIER_MAX + 1,
        (_, "history") => STEPS_TOTAL_MAX,
        // The automatic reply comes on top.
        (_, "messages") => MESSAGES_MAX as usize + 1,
        (_, "viewers") => VIEWERS_MAX,
        (_, "gifts_of_rating") => GIFTS_MAX as usize,
        (_, "explanation") => BRACKETS_MAX + PROMOTIONS_MAX + 4,
        (_, "status_history") => 24,
        (_, "tasks") => 100,
        ("MovementsAnswer", "months") => movements::MONTHS_MAX,
        (_, "months") => 132,
        (_, "errors") => 10_000,
        _ => return None,
    };
    Some((json!({"maxItems": most}), Value::Null))
}

fn text(most: usize, example: &str) -> Rule {
    (json!({"minLength": 1, "maxLength": most}), json!(example))
}

fn longest(most: usize, example: &str) -> Rule {
    (json!({"maxLength": most}), json!(example))
}

fn pattern(pattern: &str, example: &str) -> Rule {
    (json!({"pattern": pattern}), json!(example))
}

fn one_of(names: &[&str]) -> Rule {
    (json!({"enum": names}), json!(names[0]))
}

fn from_to(least: i64, most: i64, example: i64) -> Rule {
    (json!({"minimum": least, "maximum": most}), json!(example))
}
