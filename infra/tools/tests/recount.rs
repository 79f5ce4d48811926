//! Recounts the ratings of a server whose counters are wrong on purpose.
//!
//! The tests check that a difference is found. The tests of the functions check what they count.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise, its helpers too")]

use puntos_tools::recount::{Arguments, recount, run};
use serde_json::{Value, json};

use self::server::Server;

#[path = "recount/server.rs"]
mod server;

/// Returns a branch of three, as one of its tills writes it.
fn branch(number: i32) -> String {
    let name = format!("b{}", number % 3);
    if number > 5 && number % 7 == 0 { format!(" {}", name.to_uppercase()) } else { name }
}

/// Ratings in three branches, on several pages.
fn rows() -> Vec<Value> {
    (0..250)
        .map(|number| {
            let score = number * 7 % 11;
            let category = match score {
                9.. => "promoter",
                7..=8 => "passive",
                _ => "detractor",
            };
            json!({
                "rating_id": format!("rat_{number}"), "branch": branch(number),
                "score": score, "category": category, "color": "any",
                "has_comment": number % 2 == 0, "unread": number % 5 == 0, "replies": number % 4,
            })
        })
        .collect()
}

fn arguments(url: &str) -> Arguments {
    Arguments {
        url: url.to_owned(),
        token: Some("secret".to_owned()),
        from: None,
        to: None,
        branch: None,
    }
}

#[tokio::test]
async fn counters_that_match_the_list_are_equal() {
    let (server, url) = Server::start(rows(), |_, _| {}, 2).await;
    let report = recount(&arguments(&url)).await.unwrap();
    assert_eq!(report.differences(), Vec::<String>::new());
    assert!(!report.moved);
    let all = &report.accounts[0];
    assert_eq!(
        (all.listed.ratings, all.listed.comments, all.listed.unread_comments),
        (250, 125, 25)
    );
    let branches: Vec<_> =
        report.accounts.iter().map(|account| account.branch.as_deref()).collect();
    assert_eq!(branches, [None, Some("b0"), Some("b1"), Some("b2")]);
    assert_eq!(server.asked().len(), 3, "pages of a hundred");
    assert!(server.asked().iter().all(|asked| asked["sort"] == "date" && asked["order"] == "asc"));
}

#[tokio::test]
async fn a_wrong_figure_is_reported_with_its_branch() {
    let (_server, url) = Server::start(
        rows(),
        |branch, summary| {
            if branch == Some("b1") {
                summary["replies"] = json!(summary["replies"].as_i64().unwrap() + 1);
                summary["nps"] = Value::Null;
            }
        },
        0,
    )
    .await;
    let report = recount(&arguments(&url)).await.unwrap();
    let listed = report.accounts[2].listed;
    let differences = report.differences();
    assert_eq!(differences.len(), 2, "{differences:?}");
    let replies = listed.replies;
    assert_eq!(
        differences[0],
        format!("b1: replies: {replies} in the list, {} in the counters", replies + 1)
    );
    assert!(
        differences[1].starts_with("b1: nps: ") && differences[1].ends_with(", - in the counters")
    );
}

#[tokio::test]
async fn a_category_that_does_not_match_the_score_is_reported() {
    let mut rows = rows();
    rows[0]["category"] = json!("promoter");
    let (_server, url) = Server::start(rows, |_, _| {}, 0).await;
    let differences = recount(&arguments(&url)).await.unwrap().differences();
    assert!(
        differences.contains(&"rat_0: a score of 0 is no promoter".to_owned()),
        "{differences:?}"
    );
    assert!(
        differences.iter().any(|line| line.starts_with("(all): promoters: ")),
        "{differences:?}"
    );
}

#[tokio::test]
async fn days_and_branch_are_sent_as_filters() {
    let (server, url) = Server::start(rows(), |_, _| {}, 0).await;
    let arguments = Arguments {
        from: Some("2026-11-01".parse().unwrap()),
        to: Some("2026-11-30".parse().unwrap()),
        branch: Some("b2".to_owned()),
        ..arguments(&url)
    };
    let report = recount(&arguments).await.unwrap();
    assert_eq!(report.differences(), Vec::<String>::new());
    assert_eq!(report.accounts.len(), 1);
    assert_eq!(
        (report.accounts[0].branch.as_deref(), report.accounts[0].listed.ratings),
        (Some("b2"), 83)
    );
    let asked = &server.asked()[0];
    assert_eq!(
        (&*asked["from"], &*asked["to"], &*asked["branch"]),
        ("2026-11-01", "2026-11-30", "b2")
    );
    let backwards = Arguments { from: arguments.to, to: arguments.from, ..arguments };
    assert!(recount(&backwards).await.is_err());
}

#[tokio::test]
async fn a_server_without_ratings_is_equal_and_one_without_the_routes_is_an_error() {
    let (_server, url) = Server::start(Vec::new(), |_, _| {}, 0).await;
    let report = recount(&arguments(&url)).await.unwrap();
    assert_eq!((report.differences(), report.accounts.len()), (Vec::new(), 1));
    assert_eq!(report.accounts[0].listed.nps_hundredths, None);
    let refused = recount(&arguments(&format!("{url}/elsewhere"))).await.unwrap_err();
    assert!(format!("{refused:#}").contains("404"), "{refused:#}");
}

/// The command's exit code is 1 after an error.
#[tokio::test]
async fn the_command_fails_where_a_figure_differs() {
    let (_right, right) = Server::start(rows(), |_, _| {}, 0).await;
    let spoil = |branch: Option<&str>, summary: &mut Value| {
        if branch.is_none() {
            summary["unread_comments"] = json!(24);
        }
    };
    let (_wrong, wrong) = Server::start(rows(), spoil, 0).await;
    run(arguments(&right)).await.unwrap();
    let error = run(arguments(&wrong)).await.unwrap_err();
    assert!(error.to_string().starts_with("1 difference"), "{error}");
    let report = recount(&arguments(&wrong)).await.unwrap();
    assert_eq!(
        report.differences(),
        ["(all): unread_comments: 25 in the list, 24 in the counters"]
    );
}
