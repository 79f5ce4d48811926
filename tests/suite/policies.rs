//! Every call a function makes is allowed by its role in the template, and every permission that the
//! template grants is used: by a tour of all functions, or by the platform in their name.
//!
//! A call that a role does not allow is refused by the local stack as AWS would refuse it, so the
//! tour's answers show it.

mod tour;

use std::collections::BTreeSet;

use puntos::Grant;

use crate::faults::wire::Wire;

/// The calls that the platform makes in a function's name. The local stack checks them when it starts,
/// because without them the cloud would not run the function.
const OF_PLATFORM: [(&str, &str); 10] = [
    ("logs:CreateLogStream", "Lambda opens the function's log"),
    ("logs:PutLogEvents", "Lambda writes the function's log"),
    ("sqs:ReceiveMessage", "Lambda's poller takes messages for the function"),
    ("sqs:DeleteMessage", "Lambda's poller deletes what the function has done"),
    ("sqs:GetQueueAttributes", "Lambda's poller looks at the queue's settings"),
    ("dynamodb:DescribeStream", "Lambda's poller finds the stream's shards"),
    ("dynamodb:GetShardIterator", "Lambda's poller finds its place in a shard"),
    ("dynamodb:GetRecords", "Lambda's poller reads the stream"),
    ("dynamodb:ListStreams", "Lambda asks for it when the trigger is made"),
    ("sqs:SendMessage", "Lambda keeps what failed for good in the failure destination"),
];

/// The actions whose resource may have a star, because AWS has no finer one, or because it stands for objects.
const STARS: [(&str, &str); 4] = [
    ("ses:DeleteSuppressedDestination", "the suppression list is one per account"),
    ("ses:GetAccount", "the sending limits are one per account"),
    ("s3:PutObject", "the attachments of all members are in one bucket"),
    ("s3:GetObject", "the attachments of all members are in one bucket"),
];

fn named(grants: impl IntoIterator<Item = Grant>) -> Vec<String> {
    let name = |Grant { function, action, resource }| format!("{function}: {action} on {resource}");
    grants.into_iter().map(name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_grant_is_used_and_nothing_else_is_needed() {
    let (world, wire) = Wire::world(tour::mishap).await;
    let of_platform = world.stack.used_grants();
    let is_platforms = |grant: &Grant| OF_PLATFORM.iter().any(|one| one.0 == grant.action);
    let others = of_platform.iter().filter(|grant| !is_platforms(grant));
    // The demo programme is replaced as an admin does it.
    let others: BTreeSet<&str> = others.map(|grant| grant.function.as_str()).collect();
    assert_eq!(others, BTreeSet::from(["configure-program"]));

    tour::take(&world, &wire).await;
    tour::check_nothing_failed(&world).await;
    tour::unreadable(&world, &wire).await;

    let granted = world.stack.grants();
    let used = world.stack.used_grants();
    assert_eq!(named(granted.difference(&used).cloned()), [""; 0], "granted and never used");
    assert_eq!(named(used.difference(&granted).cloned()), [""; 0], "used and never granted");
    let of_failures: BTreeSet<&str> = of_platform
        .iter()
        .filter(|grant| grant.action == "sqs:SendMessage")
        .map(|grant| grant.function.as_str())
        .collect();
    assert_eq!(of_failures, BTreeSet::from(["relay-changes"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_star_stands_only_where_aws_has_no_finer_resource() {
    let world = puntos_tests::World::start().await;
    let is_known = |grant: &Grant| STARS.iter().any(|(action, _)| *action == grant.action);
    // The streams of one log group: the way AWS itself writes the group's ARN.
    let resource = |grant: &Grant| match grant.action.starts_with("logs:") {
        true => grant.resource.trim_end_matches(":*").to_owned(),
        false => grant.resource.clone(),
    };
    let starred = |grant: &Grant| resource(grant).contains('*') || grant.action.contains('*');
    let grants = world.stack.grants();
    let stars: Vec<Grant> = grants.into_iter().filter(starred).collect();
    assert_eq!(stars.len(), STARS.len(), "{stars:?}");
    assert_eq!(named(stars.into_iter().filter(|grant| !is_known(grant))), [""; 0]);
}
