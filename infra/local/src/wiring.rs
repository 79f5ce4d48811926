//! Gives the resources of the template their local meaning: one plan of the table, the queues, the
//! functions with their triggers and permissions, the topics and the gateway.
//!
//! An unknown resource type, event type or property stops the start with its name:
//! otherwise the cloud would do what the local stack does not. Starts nothing.

mod api;
pub(crate) mod events;
mod filter;
mod functions;
mod intrinsics;
mod roles;
mod stores;
pub(crate) mod template;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use api::Authorizer;
pub(crate) use functions::FunctionPlan;
pub(crate) use stores::{QueuePlan, TablePlan};

use self::intrinsics::Resolver;
use self::template::Template;

/// Resource types without an effect locally, each with the reason.
const WITHOUT_LOCAL_MEANING: &[(&str, &str)] = &[
    ("AWS::CloudWatch::Alarm", "nobody is woken by a desk"),
    ("AWS::CloudWatch::Dashboard", "nothing is measured over time"),
    ("AWS::Cognito::UserPool", "the stack makes its own tokens; only its name counts"),
    ("AWS::Cognito::UserPoolClient", "only its id counts, as an audience"),
    ("AWS::Cognito::UserPoolDomain", "the stack shows its own sign-in page"),
    ("AWS::Cognito::UserPoolGroup", "a token names its groups itself"),
    ("AWS::Cognito::UserPoolResourceServer", "a token names its scopes itself"),
    ("AWS::Logs::LogGroup", "logs go to standard error; only its name counts, in permissions"),
    ("AWS::Logs::MetricFilter", "nothing is measured over time"),
    (
        "AWS::S3::BucketPolicy",
        "it only refuses requests without TLS, and nothing leaves this machine",
    ),
    ("AWS::SES::ConfigurationSet", "the embedded SES emits no events; only its name counts"),
    (
        "AWS::SES::ContactList",
        "the embedded SES knows who unsubscribed from any; only its name counts",
    ),
    ("AWS::SNS::TopicPolicy", "no other service publishes"),
    ("AWS::SQS::QueuePolicy", "no other service sends"),
];

/// The plan of everything that runs.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub table: TablePlan,
    /// The queues, dead-letter queues included.
    pub queues: Vec<QueuePlan>,
    /// The names of the buckets.
    pub buckets: Vec<String>,
    pub functions: Vec<FunctionPlan>,
    /// The subscriptions of queues to topics.
    pub subscriptions: Vec<Subscription>,
    /// The topic to which SES publishes the events of mails.
    pub mail_events_topic: Option<String>,
    /// The authorizer of the gateway.
    pub authorizer: Option<Authorizer>,
}

impl Plan {
    /// Reads the plan from a template. `overrides` replace the defaults of parameters.
    ///
    /// # Errors
    /// Refuses every unknown part by name.
    pub(crate) fn of(
        template: &Template,
        overrides: &BTreeMap<String, String>,
    ) -> anyhow::Result<Self> {
        let resolver = Resolver::new(template, overrides)?;
        let mut tables = Vec::new();
        let mut queues = Vec::new();
        let mut buckets = Vec::new();
        let mut functions = Vec::new();
        let mut roles = BTreeMap::new();
        let mut subscriptions = Vec::new();
        let mut mail_events_topic = None;
        let mut authorizer = None;
        for (name, resource) in &template.resources {
            if let Some(condition) = &resource.condition
                && !resolver.holds(condition)?
            {
                continue;
            }
            let kind = resource.kind.as_str();
            let resolved = || {
                resolver.resolve(&resource.properties).with_context(|| format!("resource {name}"))
            };
            let about = || format!("resource {name} ({kind})");
            match kind {
                "AWS::DynamoDB::Table" => {
                    tables.push(stores::table(name, &resolved()?).with_context(about)?);
                }
                "AWS::SQS::Queue" => {
                    queues.push(stores::queue(name, &resolved()?).with_context(about)?);
                }
                "AWS::S3::Bucket" => {
                    buckets.push(stores::bucket(name, &resolved()?).with_context(about)?);
                }
                "AWS::SNS::Topic" => {
                    properties_as::<Topic>(&resolved()?).with_context(about).map(|_| ())?
                }
                "AWS::SNS::Subscription" => {
                    subscriptions.push(properties_as(&resolved()?).with_context(about)?);
                }
                "AWS::SES::ConfigurationSetEventDestination" => {
                    let properties: EventDestination =
                        properties_as(&resolved()?).with_context(about)?;
                    let topic = properties.event_destination.sns_destination.topic;
                    if mail_events_topic.replace(topic).is_some() {
                        bail!("the template publishes mail events twice");
                    }
                }
                "AWS::Serverless::HttpApi" => {
                    authorizer = api::authorizer(&resolved()?).with_context(about)?;
                }
                "AWS::IAM::Role" => {
                    let role = roles::role(name, &resolved()?).with_context(about)?;
                    roles.insert(role.arn.clone(), role);
                }
                "AWS::Serverless::Function" => {
                    let shared = Value::Object(template.globals.function.clone());
                    let merged = functions::merged(&shared, &resource.properties);
                    let properties = resolver.resolve(&merged).with_context(about)?;
                    functions.push((name, properties));
                }
                _ if WITHOUT_LOCAL_MEANING.iter().any(|(known, _)| *known == kind) => {}
                _ => bail!("the resource type {kind} of {name} is not supported"),
            }
        }
        let functions = functions
            .into_iter()
            .map(|(name, properties)| {
                functions::function(&properties, &roles)
                    .with_context(|| format!("resource {name} (AWS::Serverless::Function)"))
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let mut tables = tables.into_iter();
        let (Some(table), None) = (tables.next(), tables.next()) else {
            bail!("the template must have exactly one table");
        };
        let mut plan = Self {
            table,
            queues,
            buckets,
            functions,
            subscriptions,
            mail_events_topic,
            authorizer,
        };
        plan.mark_dead_letter_queues()?;
        Ok(plan)
    }

    /// Marks the queues that only hold failures, and checks that each named queue and stream exists.
    fn mark_dead_letter_queues(&mut self) -> anyhow::Result<()> {
        let redriven = self.queues.iter().filter_map(|queue| queue.redrive.as_ref());
        let mut targets: Vec<String> = redriven.map(|redrive| redrive.target_arn.clone()).collect();
        for function in &self.functions {
            targets.extend(function.streams.iter().filter_map(|stream| stream.failure_queue()));
        }
        for stream in self.functions.iter().flat_map(|function| &function.streams) {
            if stream.stream_arn != self.table.stream_arn {
                bail!("there is no stream {}", stream.stream_arn);
            }
        }
        for arn in &targets {
            self.queue_mut(arn)?.takes_failures = true;
        }
        let triggers: Vec<_> =
            self.functions.iter().flat_map(|function| &function.queues).cloned().collect();
        for trigger in triggers {
            self.queue_mut(&trigger.queue_arn)?;
        }
        for subscription in self.subscriptions.clone() {
            self.queue_mut(&subscription.queue_arn)?;
        }
        Ok(())
    }

    fn queue_mut(&mut self, arn: &str) -> anyhow::Result<&mut QueuePlan> {
        self.queues
            .iter_mut()
            .find(|queue| queue.arn == arn)
            .with_context(|| format!("the template has no queue {arn}"))
    }
}

/// Reads resolved properties into a type that lists every known property.
fn properties_as<T: DeserializeOwned>(properties: &Value) -> anyhow::Result<T> {
    let properties = match properties {
        Value::Null => Value::Object(serde_json::Map::new()),
        given => given.clone(),
    };
    Ok(serde_json::from_value(properties)?)
}

fn seconds(value: u64) -> Duration {
    Duration::from_secs(value)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Topic {
    #[serde(default)]
    _topic_name: Option<String>,
}

/// A queue that gets the messages of a topic.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Subscription {
    pub topic_arn: String,
    #[serde(rename = "Protocol")]
    _protocol: QueueProtocol,
    #[serde(rename = "Endpoint")]
    pub queue_arn: String,
    #[serde(rename = "RawMessageDelivery")]
    _raw: Raw,
}

/// The only known protocol.
#[derive(Debug, Clone, Deserialize)]
enum QueueProtocol {
    #[serde(rename = "sqs")]
    Sqs,
}

/// Messages are delivered without an envelope of SNS.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "bool")]
struct Raw;

impl TryFrom<bool> for Raw {
    type Error = &'static str;

    fn try_from(raw: bool) -> Result<Self, Self::Error> {
        if raw { Ok(Self) } else { Err("RawMessageDelivery must be true") }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct EventDestination {
    _configuration_set_name: String,
    event_destination: Destination,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Destination {
    #[serde(default)]
    _name: Option<String>,
    #[serde(default)]
    _enabled: bool,
    #[serde(default)]
    _matching_event_types: Vec<String>,
    sns_destination: SnsDestination,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SnsDestination {
    #[serde(rename = "TopicARN")]
    topic: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal_of(resource: &str) -> String {
        let template = Template::parse(&format!("Resources:\n  Odd:\n{resource}")).expect("YAML");
        format!("{:#}", Plan::of(&template, &BTreeMap::new()).expect_err("refused"))
    }

    #[test]
    fn the_project_s_own_template_is_supported() {
        let template = Template::parse(include_str!("../../template.yaml")).expect("YAML");
        let plan = Plan::of(&template, &BTreeMap::new()).expect("supported");
        assert_eq!(plan.table.name, "puntos");
        let relay = plan.functions.iter().find(|f| f.name == "relay-changes").expect("exists");
        assert_eq!(relay.streams.len(), 1);
        assert_eq!(
            relay.variables["EMAIL_QUEUE_URL"],
            "https://sqs.us-east-1.amazonaws.com/123456789012/EmailQueue"
        );
        assert!(plan.queues.iter().any(|queue| queue.takes_failures));
    }

    #[test]
    fn an_unknown_resource_type_stops_the_start() {
        let refusal = refusal_of("    Type: AWS::StepFunctions::StateMachine\n");
        assert!(refusal.contains("AWS::StepFunctions::StateMachine of Odd"), "{refusal}");
    }

    #[test]
    fn an_unknown_property_stops_the_start() {
        let refusal = refusal_of("    Type: AWS::SQS::Queue\n    Properties: {FifoQueue: true}\n");
        assert!(refusal.contains("FifoQueue"), "{refusal}");
    }

    #[test]
    fn an_unknown_event_type_stops_the_start() {
        let refusal = refusal_of(
            "    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: a/b\n      \
             Role: r\n      Timeout: 3\n      Events: {Tick: {Type: Kinesis, Properties: {}}}\n",
        );
        assert!(refusal.contains("Kinesis"), "{refusal}");
    }
}
