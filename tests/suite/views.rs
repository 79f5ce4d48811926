//! Every caller's view: what each role gets at each route for their own thing, a foreign one, a missing
//! one, and one that has ended (reversed, used, completed, closed or no longer offered).
//!
//! The snapshot beside this file is the table: the status of each case, and the fields that a role sees. A
//! question mark means that the field was empty in every case; a list that is sometimes null shows both. A new
//! route needs its request in `things`, and a new field is red until the snapshot has it.

mod things;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use puntos_api::{Role, Route};
use puntos_tests::{Answer, Caller, World};
use reqwest::Method;
use serde_json::Value;

use self::things::Things;

const ROLES: [Role; 5] = [Role::Pos, Role::Agent, Role::Supervisor, Role::Admin, Role::Member];

/// The things of one comparison.
struct Cases {
    shopper: Caller,
    own: Things,
    foreign: Things,
    ended: Option<Things>,
}

impl Cases {
    async fn new(world: &World, can_end: bool) -> Self {
        let own = Things::new(world).await;
        let foreign = Things::new(world).await;
        let ended = if can_end { Some(Things::ended(world, &own).await) } else { None };
        world.settle().await;
        Self { shopper: world.member(&own.member_id).await, own, foreign, ended }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_caller_sees_what_the_table_says() {
    let world = World::start().await;
    world.offer_payment().await;
    let routes: BTreeMap<&str, &Route> =
        puntos::routes().into_values().flatten().map(|route| (route.key, *route)).collect();
    let reading = Cases::new(&world, true).await;
    let mut table = String::new();
    for route in routes.into_values() {
        writeln!(table, "{}", route.key).unwrap();
        // The roles with the same statuses, and those that see the same fields.
        let mut statuses: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut views: BTreeMap<BTreeSet<String>, Vec<&str>> = BTreeMap::new();
        for role in ROLES {
            let made;
            let cases = if route.method() == "GET" || !route.roles.contains(&role) {
                &reading
            } else {
                made = Cases::new(&world, things::can_end(route.key)).await;
                &made
            };
            let (told, fields) = walk(&world, role, route, cases).await;
            statuses.entry(told).or_default().push(role.name());
            if !fields.is_empty() {
                views.entry(fields).or_default().push(role.name());
            }
        }
        for (told, roles) in statuses {
            writeln!(table, "  {}: {told}", roles.join(", ")).unwrap();
        }
        for (fields, roles) in views {
            let fields: Vec<String> = fields.into_iter().collect();
            writeln!(table, "    {} see {}", roles.join(", "), fields.join(" ")).unwrap();
        }
    }
    insta::assert_snapshot!("table", table);
}

/// Returns the statuses of a role at a route, and the fields that it sees.
async fn walk(
    world: &World,
    role: Role,
    route: &Route,
    cases: &Cases,
) -> (String, BTreeSet<String>) {
    let missing = Things::missing();
    let ended = cases.ended.as_ref().filter(|_| things::can_end(route.key));
    let mut told = Vec::new();
    let mut fields = BTreeSet::new();
    for (name, things) in [
        ("own", Some(&cases.own)),
        ("foreign", Some(&cases.foreign)),
        ("missing", Some(&missing)),
        ("ended", ended),
    ] {
        let Some(things) = things else { continue };
        let answer = ask(world, &cases.shopper, role, route, things, name).await;
        if answer.status < 300 {
            seen(&answer.body, "", &mut fields);
            told.push(format!("{name} {}", answer.status));
        } else {
            told.push(format!("{name} {} {}", answer.status, answer.code()));
        }
    }
    let fields = without_doubt(fields);
    if told.iter().all(|one| one.ends_with("403 forbidden")) {
        return ("403 forbidden".to_owned(), fields);
    }
    (told.join(", "), fields)
}

async fn ask(
    world: &World,
    shopper: &Caller,
    role: Role,
    route: &Route,
    things: &Things,
    case: &str,
) -> Answer {
    let caller = match role {
        Role::Pos => &world.pos,
        Role::Agent => &world.agent,
        Role::Supervisor => &world.supervisor,
        Role::Admin => &world.admin,
        Role::Member => shopper,
    };
    let (query, body) = things::request(world, route.key, things);
    let path = format!("{}{query}", things.path(route.path()));
    let key = format!("view-{}-{}-{case}-{}", route.operation_id, role.name(), world.fresh());
    let method: Method = route.method().parse().unwrap();
    caller.send(method, &path, body.map(|body| body.to_string()), Some(&key)).await
}

/// Leaves out the empty places where another answer has a value.
fn without_doubt(mut fields: BTreeSet<String>) -> BTreeSet<String> {
    let all = fields.clone();
    fields.retain(|field| {
        let Some(place) = field.strip_suffix('?') else { return true };
        let has_value = |other: &String| {
            other.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        !all.iter().any(has_value)
    });
    fields
}

/// Collects the places of the values in an answer. An empty place has a question mark.
fn seen(value: &Value, place: &str, fields: &mut BTreeSet<String>) {
    let inner = |name: &str| match place {
        "" => name.to_owned(),
        place => format!("{place}.{name}"),
    };
    match value {
        Value::Null => {
            fields.insert(format!("{place}?"));
        }
        Value::Array(items) if items.is_empty() => {
            fields.insert(format!("{place}[]?"));
        }
        Value::Object(parts) => {
            parts.iter().for_each(|(name, part)| seen(part, &inner(name), fields));
        }
        Value::Array(items) => {
            items.iter().for_each(|item| seen(item, &format!("{place}[]"), fields));
        }
        _ => {
            fields.insert(place.to_owned());
        }
    }
}
