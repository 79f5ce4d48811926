//! Checks `infra/template.yaml`: what every queue, function and index must have.
//!
//! The tests of `policies` check that each permission is used. CI runs the linters.

mod functions;
mod reading;
mod samples;

pub(crate) use reading::{Template, listed, named};

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::tidy::files::project;

/// Returns the folder that holds the whole project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Queues for messages that failed: dead-letter queues and failure destinations.
fn dead_letter_queues(template: &Template) -> BTreeSet<String> {
    let queues = template.of_type("SQS::Queue");
    let redrives = queues.iter().filter_map(|queue| redrive_target(queue.properties));
    let streams = template.events("DynamoDB").into_iter().map(|(_, event)| event);
    let destinations =
        streams.filter_map(|owner| named(&owner["DestinationConfig"]["OnFailure"]["Destination"]));
    redrives.chain(destinations).map(str::to_owned).collect()
}

fn redrive_target(properties: &Value) -> Option<&str> {
    named(&properties["RedrivePolicy"]["deadLetterTargetArn"])
}

#[test]
fn every_queue_has_a_dead_letter_queue_or_is_one() {
    let template = Template::read();
    let dead_letters = dead_letter_queues(&template);
    let queues = template.of_type("SQS::Queue");
    assert!(queues.len() >= 6);
    for queue in queues {
        let redrive = &queue.properties["RedrivePolicy"];
        if dead_letters.contains(queue.name) {
            assert!(redrive.is_null(), "{} is an end", queue.name);
            let kept_s = queue.properties["MessageRetentionPeriod"].as_u64();
            assert_eq!(kept_s, Some(14 * 86_400), "{} keeps as long as it can", queue.name);
            continue;
        }
        let target = redrive_target(queue.properties).unwrap_or_else(|| panic!("{}", queue.name));
        assert!(!template.properties(target).is_null(), "{target}");
        let most = redrive["maxReceiveCount"].as_u64().unwrap();
        // Tries for as long as the queue keeps a message, less a day or more for the reader of dead letters.
        let hidden_s = queue.properties["VisibilityTimeout"].as_u64().unwrap();
        let for_days = most * hidden_s / 86_400;
        assert_eq!(for_days, 12, "{}: {most}", queue.name);
    }
}

#[test]
fn a_message_stays_hidden_six_times_as_long_as_its_function_may_run() {
    let template = Template::read();
    let events = template.events("SQS");
    assert_eq!(events.len(), 9);
    for (function, event) in events {
        let queue = named(&event["Queue"]).unwrap();
        let hidden_s = template.properties(queue)["VisibilityTimeout"].as_u64().unwrap();
        let timeout_s = template.setting(function, "Timeout").as_u64().unwrap();
        assert!(hidden_s >= 6 * timeout_s, "{queue}: {hidden_s} s for {timeout_s} s");
        let response = listed(&event["FunctionResponseTypes"]);
        assert_eq!(response, ["ReportBatchItemFailures"], "{queue}");
    }
}

#[test]
fn one_poison_record_does_not_stop_the_stream() {
    let template = Template::read();
    let events = template.events("DynamoDB");
    // A shard serves two readers. One relay leaves a place for a restore or a search index.
    let [(_, stream)] = events[..] else { panic!("one reader of the stream") };
    assert_eq!(stream["BisectBatchOnFunctionError"], true);
    assert!(stream["MaximumRetryAttempts"].as_u64().is_some_and(|most| most <= 20));
    assert_eq!(listed(&stream["FunctionResponseTypes"]), ["ReportBatchItemFailures"]);
    assert!(named(&stream["DestinationConfig"]["OnFailure"]["Destination"]).is_some());
}

#[test]
fn somebody_is_told_of_every_dead_letter() {
    let template = Template::read();
    let mut watched = BTreeSet::new();
    for alarm in template.of_type("CloudWatch::Alarm") {
        assert!(!listed(&alarm.properties["AlarmActions"]).is_empty(), "{}", alarm.name);
        for dimension in alarm.properties["Dimensions"].as_array().into_iter().flatten() {
            let metric = &alarm.properties["MetricName"];
            let counts = ["ApproximateNumberOfMessagesVisible", "NumberOfMessagesSent"];
            if counts.iter().any(|count| metric == count) && dimension["Name"] == "QueueName" {
                assert_eq!(alarm.properties["Threshold"], 0, "{}", alarm.name);
                watched.extend(named(&dimension["Value"]).map(str::to_owned));
            }
        }
    }
    let dead_letters = dead_letter_queues(&template);
    assert!(dead_letters.len() >= 4, "{dead_letters:?}");
    assert_eq!(dead_letters.difference(&watched).collect::<Vec<_>>(), Vec::<&String>::new());
}

/// Each filter finds a line that the reports log, and the alarm watches the metric of both.
#[test]
fn somebody_is_told_of_a_difference_and_of_a_run_that_stands_still() {
    let template = Template::read();
    let alarm = template.properties("ReportAlarm");
    assert_eq!(alarm["Threshold"], 0);
    let lines = [
        ("ReportDifferences", run_reports::DIFFERENCE),
        ("ReportStandstills", run_reports::STANDS_STILL),
    ];
    for (name, line) in lines {
        let filter = template.properties(name);
        assert_eq!(filter["FilterPattern"], format!("{{ $.fields.message = \"{line}\" }}"));
        assert_eq!(named(&filter["LogGroupName"]), Some("RunReportsLogs"));
        let metric = &filter["MetricTransformations"][0];
        assert_eq!(alarm["MetricName"], metric["MetricName"]);
        assert_eq!(alarm["Namespace"], metric["MetricNamespace"]);
    }
}

#[test]
fn somebody_is_told_of_a_re_rate_that_stands_still() {
    let template = Template::read();
    let (alarm, filter) =
        (template.properties("RerateAlarm"), template.properties("RerateStandstills"));
    let line = rerate_purchases::STANDS_STILL;
    assert_eq!(filter["FilterPattern"], format!("{{ $.fields.message = \"{line}\" }}"));
    assert_eq!(named(&filter["LogGroupName"]), Some("ReratePurchasesLogs"));
    let metric = &filter["MetricTransformations"][0];
    assert_eq!(alarm["MetricName"], metric["MetricName"]);
    assert_eq!(alarm["Namespace"], metric["MetricNamespace"]);
    assert_eq!(alarm["Threshold"], 0);
}

/// The filter finds the line that the sender logs, and the alarm watches the metric of the filter.
#[test]
fn somebody_is_told_that_ses_is_not_set_up() {
    let template = Template::read();
    let filter = template.properties("MailSetUpFaults");
    let pattern = filter["FilterPattern"].as_str().unwrap();
    let line = send_coupon_email::SET_UP_FAULT;
    assert_eq!(pattern, format!("{{ $.fields.message = \"{line}\" }}"));
    assert_eq!(named(&filter["LogGroupName"]), Some("SendCouponEmailLogs"));
    let metric = &filter["MetricTransformations"][0];
    let alarm = template.properties("MailSetUpAlarm");
    assert_eq!(alarm["MetricName"], metric["MetricName"]);
    assert_eq!(alarm["Namespace"], metric["MetricNamespace"]);
    assert_eq!(alarm["Threshold"], 0);
}

#[test]
fn the_timeline_index_has_what_an_entry_reads_and_nothing_else() {
    let template = Template::read();
    let table = &template.properties("PuntosTable");
    let indexes = table["GlobalSecondaryIndexes"].as_array().unwrap();
    let timeline = indexes.iter().find(|index| index["IndexName"] == "timeline").unwrap();
    let projected = listed(&timeline["Projection"]["NonKeyAttributes"]).into_iter();
    let projected: BTreeSet<String> =
        projected.map(|name| name.as_str().unwrap().to_owned()).collect();
    let source = std::fs::read_to_string(root().join("shared/store/src/timeline.rs")).unwrap();
    let keys = ["pk", "sk", "timeline_member", "timeline_at"];
    let read: BTreeSet<String> = structs(&source)["Common"]
        .iter()
        .chain([&"row".to_owned()])
        .filter(|name| !keys.contains(&name.as_str()))
        .cloned()
        .collect();
    // An attribute that the index lacks is missing in every timeline. One that nobody reads costs money.
    assert_eq!(read, projected);
    let written = written_attributes();
    let unknown: Vec<&String> = read.iter().filter(|name| !written.contains(*name)).collect();
    assert_eq!(unknown, Vec::<&String>::new(), "nothing that is stored has these");
}

/// The limits are DynamoDB's. The embedded table accepts more.
#[test]
fn no_index_projects_more_than_dynamodb_lets_it() {
    let template = Template::read();
    let table = &template.properties("PuntosTable");
    let mut all = 0;
    for index in table["GlobalSecondaryIndexes"].as_array().unwrap() {
        let names = index["Projection"]["NonKeyAttributes"].as_array().map_or(0, Vec::len);
        assert!(names <= 20, "{} projects {names} attributes", index["IndexName"]);
        all += names;
    }
    assert!(all <= 100, "{all} attributes in all indexes");
}

/// Returns every attribute that some item of the store is written with.
fn written_attributes() -> BTreeSet<String> {
    let files = project().into_iter().filter(|file| file.path.starts_with("shared/store/src/"));
    let sources = files.map(|file| file.text);
    let found = sources.flat_map(|source| structs(&source));
    found.filter(|(name, _)| name.ends_with("Item")).flat_map(|(_, fields)| fields).collect()
}

/// Returns the structs of a source file by name, with the names of their fields.
pub(crate) fn structs(source: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut current = None;
    for line in source.lines() {
        if let Some(name) = declared(line, "struct ") {
            let name = name.split('<').next().unwrap_or(name).to_owned();
            found.entry(name.clone()).or_default();
            current = line.ends_with('{').then_some(name);
        } else if line.starts_with('}') {
            current = None;
        } else if let Some(name) = &current
            && let Some((field, _)) = line.trim().split_once(": ")
            && !line.trim().starts_with(['/', '#'])
        {
            let field = field.rsplit(' ').next().unwrap_or(field);
            found.entry(name.clone()).or_default().push(field.to_owned());
        }
    }
    found
}

fn declared<'a>(line: &'a str, keyword: &str) -> Option<&'a str> {
    let line = line.strip_prefix("pub(super) ").unwrap_or(line);
    let line = line.strip_prefix("pub(crate) ").unwrap_or(line);
    let rest = line.strip_prefix("pub ").unwrap_or(line).strip_prefix(keyword)?;
    rest.split([' ', '(', ';']).next()
}
