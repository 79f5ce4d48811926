//! Imports small files into a scripted server: order per card, retries, refusals, and running twice.
//!
//! The server checks nothing by itself, so these tests do not cover the real functions.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise, its helpers too")]

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use puntos_tools::import::{Arguments, Report, import};
use serde_json::{Value, json};
use tempfile::TempDir;

use self::server::Server;

#[path = "import/server.rs"]
mod server;

/// A file in a folder of its own.
fn file(name: &str, content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

async fn import_into(url: &str, file: &Path) -> Report {
    import(&arguments(url, file)).await.unwrap()
}

fn arguments(url: &str, file: &Path) -> Arguments {
    Arguments {
        file: file.to_owned(),
        url: url.to_owned(),
        token: Some("secret".to_owned()),
        kind: None,
        concurrency: 16,
        refused: None,
    }
}

fn refused_lines(report: &Report) -> Vec<Value> {
    let file = report.refused_file.as_ref().unwrap();
    std::fs::read_to_string(file)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/import").join(name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_one_card_go_in_order_and_never_two_at_a_time() {
    let (server, url) = Server::start().await;
    let mut text = String::new();
    for number in 0..600 {
        let row = json!({
            "card_number": format!("C{}", number % 7), "branch": "b",
            "invoice_number": number.to_string(), "total": {"amount": number, "currency": "RUB"},
        });
        text.push_str(&format!("{row}\n"));
    }
    server.once("\"invoice_number\":\"14\"", 503, json!({}));
    server.once("\"invoice_number\":\"15\"", 429, json!({}));
    let (_folder, file) = file("purchases.ndjson", text);
    let report = import_into(&url, &file).await;
    assert_eq!((report.rows, report.created), (600, 600));
    assert_eq!(server.overtakings(), Vec::<String>::new());
    let mut last: HashMap<String, i64> = HashMap::new();
    for posted in server.posted() {
        let body = posted.body;
        let card = body["card_number"].as_str().unwrap().to_owned();
        let number = body["total"]["amount"].as_i64().unwrap();
        let before = last.insert(card, number).unwrap_or(-1);
        assert!(before <= number, "{number} was sent after {before}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ratings_of_one_member_arrive_in_order() {
    let (server, url) = Server::start().await;
    let mut text = String::new();
    for number in 0..600 {
        let row = json!({
            "member_id": format!("mbr_{}", number % 7), "branch": "b", "score": number % 11,
            "invoice_number": (number % 70).to_string(), "comment": format!("{number:03}"),
        });
        text.push_str(&format!("{row}\n"));
    }
    server.once("\"comment\":\"014\"", 503, json!({}));
    let (_folder, file) = file("ratings.ndjson", text);
    let report = import_into(&url, &file).await;
    assert_eq!((report.rows, report.created + report.already_there), (600, 600));
    assert_eq!(server.overtakings(), Vec::<String>::new());
    let mut last: HashMap<String, String> = HashMap::new();
    for posted in server.posted() {
        let said = posted.body["comment"].as_str().unwrap().to_owned();
        let member = posted.body["member_id"].as_str().unwrap().to_owned();
        let before = last.insert(member, said.clone()).unwrap_or_default();
        assert!(before <= said, "{said} was sent after {before}");
    }
}

#[tokio::test]
async fn a_busy_server_is_tried_again_and_a_refusal_is_final() {
    let (server, url) = Server::start().await;
    server.once("I-1", 503, json!({}));
    server.once("I-1", 500, json!({"code": "internal_error"}));
    server.once(
        "I-2",
        422,
        json!({"code": "invalid_field", "detail": "no such currency",
               "errors": [{"field": "total.currency", "code": "invalid", "detail": "no"}]}),
    );
    let (_folder, file) = file(
        "purchases.ndjson",
        "{\"branch\":\"b\",\"invoice_number\":\"I-1\",\"total\":1}\n\
         {\"branch\":\"b\",\"invoice_number\":\"I-2\",\"total\":1}\n",
    );
    let report = import_into(&url, &file).await;
    assert_eq!((report.created, report.refused, report.unreachable), (1, 1, 0));
    assert_eq!(server.posted().len(), 4);
    let lines = refused_lines(&report);
    assert_eq!(lines[0]["row"], 2);
    assert_eq!(lines[0]["status"], 422);
    assert_eq!(lines[0]["code"], "invalid_field");
    assert_eq!(lines[0]["detail"], "no such currency");
    assert_eq!(lines[0]["errors"][0]["field"], "total.currency");
    assert_eq!(lines[0]["body"]["invoice_number"], "I-2");
}

#[tokio::test]
async fn a_bad_row_never_stops_the_rest() {
    let (server, url) = Server::start().await;
    let mut text = b"\xef\xbb\xbf{\"name\":\"Ana Ejemplo\"}\r\n{\"name\":\n\n[1]\n".to_vec();
    text.extend_from_slice(b"{\"name\":\"\xff\"}\n");
    text.extend_from_slice(format!("{{\"name\":\"{}\"}}\n", "x".repeat(300_000)).as_bytes());
    text.extend_from_slice(b"{\"name\":\"Luz Ejemplo\"}");
    let (_folder, file) = file("members.ndjson", text);
    let report = import_into(&url, &file).await;
    assert_eq!((report.rows, report.created, report.refused), (6, 2, 4));
    assert_eq!(server.posted().len(), 2);
    let lines = refused_lines(&report);
    let reasons: Vec<(i64, &str)> = lines
        .iter()
        .map(|line| (line["row"].as_i64().unwrap(), line["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        reasons,
        [(2, "invalid_json"), (4, "invalid_json"), (5, "invalid_utf8"), (6, "payload_too_large")]
    );
    assert_eq!(lines[0]["body"], "{\"name\":");
    assert_eq!(lines[0]["status"], Value::Null);
}

#[tokio::test]
async fn the_second_run_changes_nothing_and_leaves_no_file_behind() {
    let (server, url) = Server::start().await;
    server.once("IMPORT-0003", 409, json!({"code": "already_enrolled"}));
    let folder = tempfile::tempdir().unwrap();
    let refused = folder.path().join("refused.ndjson");
    let arguments =
        Arguments { refused: Some(refused.clone()), ..arguments(&url, &sample("members.ndjson")) };
    let first = import(&arguments).await.unwrap();
    assert_eq!((first.created, first.already_there, first.refused), (3, 0, 1));
    assert!(refused.exists());
    let second = import(&arguments).await.unwrap();
    assert_eq!((second.created, second.already_there, second.refused), (1, 3, 0));
    assert!(!refused.exists());
    let third = import(&arguments).await.unwrap();
    assert_eq!((third.created, third.already_there), (0, 4));
}

#[tokio::test]
async fn members_carry_the_key_of_their_content_in_either_format() {
    let (server, url) = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    for name in ["members.ndjson", "members.csv"] {
        let arguments = Arguments {
            refused: Some(folder.path().join("refused")),
            ..arguments(&url, &sample(name))
        };
        assert_eq!(import(&arguments).await.unwrap().rows, 4);
    }
    let posted = server.posted();
    let keys: HashSet<String> = posted.iter().filter_map(|row| row.key.clone()).collect();
    assert_eq!(posted.len(), 8);
    assert_eq!(keys.len(), 4, "the same members under other keys");
    assert!(posted.iter().all(|row| row.path == "/v1/members"));
}

#[tokio::test]
async fn cells_nest_under_dotted_names() {
    let (server, url) = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    for name in ["purchases.csv", "purchases.ndjson"] {
        let arguments = Arguments {
            refused: Some(folder.path().join("refused")),
            ..arguments(&url, &sample(name))
        };
        assert_eq!(import(&arguments).await.unwrap().created, 4);
    }
    let posted = server.posted();
    assert!(posted.iter().all(|row| row.path == "/v1/purchases" && row.key.is_none()));
    let of = |invoice: &str| {
        let row = posted.iter().find(|row| row.body["invoice_number"] == invoice);
        row.unwrap().body.clone()
    };
    assert_eq!(
        of("IMP-1001"),
        json!({
            "card_number": "IMPORT-0001", "branch": "centro-1", "invoice_number": "IMP-1001",
            "purchased_at": "2026-11-01T10:15:00+03:00",
            "total": {"amount": 129_990, "currency": "RUB"},
        })
    );
    assert_eq!(of("IMP-2002")["card_number"], Value::Null);
}

#[tokio::test]
async fn ratings_carry_a_key_only_where_the_visit_has_no_invoice() {
    let (server, url) = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    for (name, created, already_there) in [("ratings.csv", 4, 0), ("ratings.ndjson", 1, 3)] {
        let arguments = Arguments {
            refused: Some(folder.path().join("refused")),
            ..arguments(&url, &sample(name))
        };
        let report = import(&arguments).await.unwrap();
        assert_eq!((report.created, report.already_there), (created, already_there), "{name}");
    }
    let posted = server.posted();
    assert_eq!(posted.len(), 8);
    for row in &posted {
        assert_eq!(row.path, "/v1/ratings");
        assert_eq!(row.key.is_none(), row.body["invoice_number"].is_string(), "{}", row.body);
        assert!(row.body["score"].is_u64(), "{}", row.body);
    }
    let with_comment = posted.iter().find(|row| row.body["score"] == 4).unwrap();
    assert_eq!(with_comment.body["comment"], "The queue was long,\nand one till was open.");
}

#[tokio::test]
async fn events_of_orders_need_no_key_and_are_known_by_their_id() {
    let (server, url) = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    for (name, created, already_there) in [("orders.csv", 4, 0), ("orders.ndjson", 1, 3)] {
        let arguments = Arguments {
            refused: Some(folder.path().join("refused")),
            ..arguments(&url, &sample(name))
        };
        let report = import(&arguments).await.unwrap();
        assert_eq!((report.created, report.already_there), (created, already_there), "{name}");
    }
    let posted = server.posted();
    assert_eq!(posted.len(), 8);
    assert!(posted.iter().all(|row| row.path == "/v1/orders/events" && row.key.is_none()));
    let autoship = posted.iter().find(|row| row.body["kind"] == "autoship_scheduled").unwrap();
    assert_eq!(autoship.body["scheduled_for"], "2026-12-20");
}

#[tokio::test]
async fn a_token_that_is_not_accepted_stops_the_import() {
    let (server, url) = Server::start().await;
    let text = "{\"name\":\"Ana Ejemplo\"}\n".repeat(2000);
    let (_folder, file) = file("members.ndjson", text);
    let arguments = Arguments { token: Some("old".to_owned()), ..arguments(&url, &file) };
    let report = import(&arguments).await.unwrap();
    assert!(report.stopped.unwrap().contains("Unauthorized"));
    assert!(report.rows < 2000, "{} rows were read", report.rows);
    assert_eq!(report.refused, 0);
    assert!(server.posted().is_empty());
}

#[tokio::test]
async fn without_a_server_every_row_is_accounted_for() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let text =
        (0..500).map(|number| format!("{{\"name\":\"Ana {number}\"}}\n")).collect::<String>();
    let (_folder, file) = file("members.ndjson", text);
    let report = import_into(&url, &file).await;
    assert_eq!((report.rows, report.refused, report.unreachable), (500, 500, 500));
    let lines = refused_lines(&report);
    assert_eq!(lines.len(), 500);
    assert!(lines.iter().all(|line| line["code"] == "unreachable"));
}

#[tokio::test]
async fn an_import_that_cannot_work_fails_before_it_sends() {
    let (server, url) = Server::start().await;
    let (_folder, file) = file("members.ndjson", "{\"name\":\"Ana Ejemplo\"}\n");
    let over_itself = Arguments { refused: Some(file.clone()), ..arguments(&url, &file) };
    assert!(import(&over_itself).await.is_err());
    assert!(std::fs::read_to_string(&file).unwrap().contains("Ana"));
    assert!(import(&arguments("https://example.com", &file)).await.is_err());
    assert!(import(&arguments(&url, Path::new("no-such-file"))).await.is_err());
    let (_other_folder, twice) = self::file("members.csv", "name,name\nAna,Luz\n");
    assert!(import(&arguments(&url, &twice)).await.is_err());
    assert!(server.posted().is_empty());
}
