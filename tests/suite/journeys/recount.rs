//! The command line with the real functions: imports files of ratings and order events twice, and checks
//! the counters by counting the list again.

use std::path::Path;

use aws_sdk_dynamodb::types::AttributeValue;
use puntos::import::{Arguments as Import, Report as Imported, import};
use puntos::recount::{Arguments as Recount, Report as Recounted, recount};
use puntos_tests::World;
use serde_json::json;
use tempfile::TempDir;

use crate::template::root;

async fn import_file(world: &World, file: &Path, folder: &TempDir) -> Imported {
    let arguments = Import {
        file: file.to_owned(),
        url: world.stack.url().to_owned(),
        token: Some(world.stack.token("pos", None, None).await.unwrap()),
        kind: None,
        concurrency: 8,
        refused: Some(folder.path().join("refused")),
    };
    import(&arguments).await.unwrap()
}

/// Imports a sample, and expects these numbers of new and of known rows.
async fn expect_import(world: &World, name: &str, created: u64, already_there: u64) {
    let folder = tempfile::tempdir().unwrap();
    let report = import_file(world, &root().join("events/import").join(name), &folder).await;
    let refused = report.refused_file.map(|path| std::fs::read_to_string(path).unwrap());
    assert_eq!(refused, None, "{name}");
    assert_eq!((report.created, report.already_there), (created, already_there), "{name}");
}

async fn recounted(world: &World, days: [Option<&str>; 2], branch: Option<&str>) -> Recounted {
    let [from, to] = days.map(|day| day.map(|day| day.parse().unwrap()));
    let arguments = Recount {
        url: world.stack.url().to_owned(),
        token: Some(world.stack.token("supervisor", None, None).await.unwrap()),
        from,
        to,
        branch: branch.map(str::to_owned),
    };
    recount(&arguments).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ratings_of_a_file_are_counted_once_and_a_wrong_counter_is_found() {
    let world = World::start().await;
    expect_import(&world, "members.csv", 4, 0).await;
    for (name, created, already_there) in [
        ("ratings.csv", 4, 0),
        ("ratings.ndjson", 1, 3),
        ("ratings.csv", 0, 4),
        ("ratings.ndjson", 0, 4),
    ] {
        expect_import(&world, name, created, already_there).await;
    }
    let report = recounted(&world, [None, None], None).await;
    assert_eq!(report.differences(), Vec::<String>::new());
    let listed: Vec<(Option<&str>, i64, i64, Option<i64>)> = report
        .accounts
        .iter()
        .map(|account| (account.branch.as_deref(), &account.listed))
        .map(|(branch, figures)| {
            (branch, figures.ratings, figures.comments, figures.nps_hundredths)
        })
        .collect();
    let expected = [
        (None, 5, 3, Some(0)),
        (Some("centro-1"), 2, 1, Some(0)),
        (Some("centro-2"), 3, 2, Some(0)),
    ];
    assert_eq!(listed, expected);

    let spoiled = world.stack.table_client().update_item();
    let spoiled = spoiled
        .table_name("puntos")
        .key("pk", AttributeValue::S("counts#branch#centro-2".to_owned()))
        .key("sk", AttributeValue::S("2026-11-02".to_owned()))
        .update_expression("ADD comments :one")
        .expression_attribute_values(":one", AttributeValue::N("1".to_owned()));
    let _ = spoiled.send().await.unwrap();
    let told = recounted(&world, [None, None], None).await.differences();
    assert_eq!(told, ["centro-2: comments: 2 in the list, 3 in the counters"]);
    let told = recounted(&world, [None, None], Some("centro-2")).await.differences();
    assert_eq!(told.len(), 1, "{told:?}");
    let others = recounted(&world, [Some("2026-11-03"), None], None).await;
    assert_eq!((others.differences(), others.accounts[0].listed.ratings), (Vec::new(), 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_orders_in_a_file_are_taken_once() {
    let world = World::start().await;
    expect_import(&world, "members.csv", 4, 0).await;
    expect_import(&world, "orders.csv", 4, 0).await;
    expect_import(&world, "orders.ndjson", 1, 3).await;
    expect_import(&world, "orders.csv", 0, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opinions_that_change_within_a_file_leave_counters_equal_to_the_list() {
    let world = World::start().await;
    let mut members = Vec::new();
    for _ in 0..5 {
        members.push(world.member_id().await);
    }
    // Visits on both sides of midnight in Moscow. Every third score is changed.
    let mut rows = Vec::new();
    for number in 0..150 {
        let visit = number - number % 3 / 2;
        let row = json!({
            "member_id": members[visit % 5], "score": number * 7 % 11, "branch": format!("b{}", visit % 4),
            "invoice_number": visit.to_string(),
            "comment": (number % 2 == 0).then(|| format!("Said {number}")),
            "visited_at": format!("2026-11-{:02}T2{}:30:00Z", visit % 9 + 1, visit % 4),
        });
        rows.push(row.to_string());
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ratings.ndjson");
    std::fs::write(&file, rows.join("\n")).unwrap();
    for _ in 0..2 {
        let report = import_file(&world, &file, &folder).await;
        assert_eq!((report.rows, report.refused), (150, 0));
        let report = recounted(&world, [None, None], None).await;
        assert_eq!(report.differences(), Vec::<String>::new());
        assert_eq!(report.accounts[0].listed.ratings, 100);
        assert_eq!(report.accounts.len(), 5);
    }
    let mut of_days = 0;
    for day in 1..=10 {
        let day = format!("2026-11-{day:02}");
        let report = recounted(&world, [Some(&day), Some(&day)], None).await;
        assert_eq!(report.differences(), Vec::<String>::new(), "{day}");
        of_days += report.accounts[0].listed.ratings;
    }
    assert_eq!(of_days, 100);
}
