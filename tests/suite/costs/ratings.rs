//! The cost of a rating. Lists and sums cost the same for any number of ratings.

use futures::stream::{self, StreamExt};
use puntos_tests::World;
use serde_json::{Value, json};

use super::meter::{Cost, Meter};

/// How many ratings there are at first, and later.
const FEW: usize = 50;
const MANY: usize = 500;

/// The measured requests, by their paths.
const QUESTIONS: [&str; 11] = [
    "/v1/ratings",
    "/v1/ratings?order=asc",
    "/v1/ratings?sort=score",
    "/v1/ratings?sort=unread&order=asc",
    "/v1/ratings?sort=name",
    "/v1/ratings?sort=branch",
    "/v1/ratings?branch=b1",
    "/v1/ratings?branch=b1&sort=score&order=asc",
    "/v1/ratings?name=mina",
    "/v1/ratings/summary",
    "/v1/ratings/summary?branch=b1",
];

fn rating(member: &str, number: usize) -> Value {
    json!({
        "member_id": member, "score": number % 11, "branch": format!("b{}", number % 2),
        "invoice_number": format!("2026-{number:06}"),
        "visited_at": format!("2026-03-{:02}T10:00:00Z", 1 + number % 28),
    })
}

async fn rate(world: &World, members: &[String], numbers: std::ops::Range<usize>) {
    let posts = numbers.map(|number| async move {
        let body = rating(&members[number % members.len()], number);
        let _ = world.pos.post("/v1/ratings", body, None).await.expect(201);
    });
    stream::iter(posts).buffer_unordered(8).collect::<Vec<()>>().await;
}

async fn asked(world: &World, meter: &Meter) -> Vec<Cost> {
    let mut costs = Vec::new();
    for path in QUESTIONS {
        meter.reset();
        let _ = world.agent.get(path).await.expect(200);
        costs.push(meter.of("view-ratings"));
    }
    costs
}

/// Prints the rows: few ratings on the left, many on the right.
fn print(few: &[Cost], many: &[Cost]) {
    let rows = QUESTIONS.iter().zip(few).zip(many);
    let rows: Vec<String> =
        rows.map(|((path, few), many)| format!("| `{path}` | {few} | {many} |")).collect();
    super::operations::print(&rows.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rating_takes_one_read_and_one_write() {
    let (world, meter) = Meter::world().await;
    world.stack.set_clock("2031-01-01T12:00:00Z".parse().unwrap());
    let member = world.member_id().await;
    let mut mind = rating(&member, 9);
    let mut keyed = rating(&member, 3);
    keyed["invoice_number"] = Value::Null;
    // It reads the profile, the programme, the settings and the rating. It writes the rating with four
    // indexes, and the counters of the branch and of all branches.
    for (name, body, key, read, write) in [
        ("first", &rating(&member, 9), None, 4.0, 10.0),
        ("without an invoice", &keyed, Some("k1"), 5.0, 12.0),
        ("replayed", &rating(&member, 9), None, 4.0, 0.0),
    ] {
        meter.reset();
        let _ = world.pos.post("/v1/ratings", body.clone(), key).await.expect(201);
        let cost = meter.of("score-rating");
        assert!(
            cost.requests() <= 2 && cost.read <= read && cost.write <= write,
            "{name}: {cost:?}"
        );
    }
    mind["score"] = json!(2);
    meter.reset();
    let _ = world.pos.post("/v1/ratings", mind, None).await.expect(201);
    let cost = meter.of("score-rating");
    assert!(cost.requests() == 2 && cost.write <= 14.0, "changed: {cost:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_and_sums_cost_no_more_however_many_ratings_there_are() {
    let (world, meter) = Meter::world().await;
    world.stack.set_clock("2031-01-01T12:00:00Z".parse().unwrap());
    // Two members have the searched names. The others have most of the ratings.
    let members = [world.member_id().await, world.member_id().await];
    let mut others = Vec::new();
    for number in 0..20 {
        let body = json!({"name": format!("Bruno {number}")});
        let key = format!("named-{number}");
        let enrolled = world.pos.post("/v1/members", body, Some(&key)).await.expect(201);
        others.push(enrolled.text("member_id"));
    }
    rate(&world, &members, 0..FEW).await;
    let few = asked(&world, &meter).await;
    rate(&world, &others, FEW..MANY).await;
    let many = asked(&world, &meter).await;
    print(&few, &many);
    for ((path, few), many) in QUESTIONS.iter().zip(few).zip(many) {
        // A score with few ratings needs reads of more partitions than one with many.
        assert!(many.table <= few.table && many.read <= few.read, "{path}: {few:?}, {many:?}");
        assert!(few.table <= 25 && few.read <= 30.0, "{path}: {few:?}");
    }
}
