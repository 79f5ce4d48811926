//! A toy stack: one function for each kind of trigger, so that the stack itself can be tested without
//! the project's functions.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageTag};
use puntos::{Build, Data, Options, Registry, Stack, Tap, start_from};
use puntos_runtime::{Environment, Function, Invocation, InvocationError, StartError, in_process};
use serde_json::{Value, json};

/// The template of the toy stack; `MODE` is handed to the worker.
pub const TEMPLATE: &str = include_str!("template.yaml");

/// Starts a toy stack in memory.
pub async fn toy() -> Stack {
    toy_with(Data::Memory, "work", None).await
}

/// Starts a toy stack with a place for its data, a mode of its worker, and a tap.
pub async fn toy_with(data: Data, mode: &str, tap: Option<std::sync::Arc<dyn Tap>>) -> Stack {
    let template = TEMPLATE.replace("THE_MODE", mode);
    let options = Options { data, tap, ..Options::default() };
    start_from(&template, &registry(), options).await.expect("the toy stack starts")
}

/// The functions of the toy stack.
pub fn registry() -> Registry {
    Registry::from([
        ("keep", in_process::<Keep> as Build),
        ("relay", in_process::<Relay>),
        ("work", in_process::<Work>),
        ("note", in_process::<Note>),
    ])
}

fn failed(error: impl std::fmt::Debug) -> InvocationError {
    InvocationError::failed(format!("{error:?}"))
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn answer(status: u16, body: &Value) -> Value {
    json!({"statusCode": status, "body": body.to_string()})
}

/// Keeps things: `PUT /things/{id}` with the work that follows as its body; answers the event on `GET`.
pub struct Keep(Environment);

impl Function for Keep {
    type Event = Value;
    type Answer = Value;

    fn new(environment: Environment) -> Result<Self, StartError> {
        Ok(Self(environment))
    }

    async fn handle(&self, event: Value, _: Invocation) -> Result<Value, InvocationError> {
        let id = event["pathParameters"]["id"].as_str().unwrap_or_default().to_owned();
        let table = self.0.setting("TABLE_NAME").map_err(failed)?;
        match event["body"].as_str() {
            Some("panic") => panic!("as asked"),
            Some("sleep") => tokio::time::sleep(Duration::from_secs(60)).await,
            Some("overreach") => {
                let scan = self.0.clients().dynamodb().scan().table_name(table).send().await;
                let error = scan.expect_err("the role does not allow a scan").into_service_error();
                return Ok(answer(200, &json!(error.meta().code())));
            }
            Some(outbox) => {
                let put = self.0.clients().dynamodb().put_item().table_name(table);
                let put = put.item("pk", text(&id)).item("outbox", text(outbox));
                put.send().await.map_err(failed)?;
                return Ok(answer(201, &json!({"id": id, "now": self.0.now()})));
            }
            None => {}
        }
        Ok(answer(200, &event))
    }
}

/// Passes things on: one message for each; a thing called `stuck` cannot be passed on.
pub struct Relay(Environment);

impl Function for Relay {
    type Event = Value;
    type Answer = Value;

    fn new(environment: Environment) -> Result<Self, StartError> {
        Ok(Self(environment))
    }

    async fn handle(&self, event: Value, _: Invocation) -> Result<Value, InvocationError> {
        let queue = self.0.setting("QUEUE_URL").map_err(failed)?;
        for record in event["Records"].as_array().into_iter().flatten() {
            let image = &record["dynamodb"]["NewImage"];
            let body = image["outbox"]["S"].as_str().unwrap_or_default();
            if body == "stuck" {
                return Err(failed("stuck"));
            }
            let id = image["pk"]["S"].as_str().unwrap_or_default();
            let send = self.0.clients().sqs().send_message().queue_url(queue);
            send.message_body(format!("{id} {body}")).send().await.map_err(failed)?;
        }
        Ok(json!({"batchItemFailures": []}))
    }
}

/// Mails each message. `poison` always fails, and in the mode `hang` no invocation ends.
pub struct Work(Environment);

impl Function for Work {
    type Event = Value;
    type Answer = Value;

    fn new(environment: Environment) -> Result<Self, StartError> {
        Ok(Self(environment))
    }

    async fn handle(&self, event: Value, _: Invocation) -> Result<Value, InvocationError> {
        if self.0.setting("MODE").map_err(failed)? == "hang" {
            std::future::pending::<()>().await;
        }
        let mut failures = Vec::new();
        for record in event["Records"].as_array().into_iter().flatten() {
            let body = record["body"].as_str().unwrap_or_default();
            if body.contains("poison") {
                failures.push(json!({"itemIdentifier": record["messageId"]}));
                continue;
            }
            let part = |data: &str| Content::builder().data(data).build().expect("has its data");
            let message = Message::builder()
                .subject(part(body))
                .body(Body::builder().text(part("plain")).html(part("<p>")).build());
            let content = EmailContent::builder().simple(message.build());
            let tag = MessageTag::builder().name("email_id").value("eml_1").build();
            let send =
                self.0.clients().ses().send_email().from_email_address("Toy <toy@example.com>");
            send.destination(Destination::builder().to_addresses("ana@example.com").build())
                .content(content.build())
                .email_tags(tag.expect("has its parts"))
                .configuration_set_name("toy-mail")
                .send()
                .await
                .map_err(failed)?;
        }
        Ok(json!({ "batchItemFailures": failures }))
    }
}

/// Keeps the time of the last schedule in the table.
pub struct Note(Environment);

impl Function for Note {
    type Event = Value;
    type Answer = ();

    fn new(environment: Environment) -> Result<Self, StartError> {
        Ok(Self(environment))
    }

    async fn handle(&self, event: Value, _: Invocation) -> Result<(), InvocationError> {
        let table = self.0.setting("TABLE_NAME").map_err(failed)?;
        let put = self.0.clients().dynamodb().put_item().table_name(table);
        put.item("pk", text("schedule"))
            .item("note", text(&event["time"].to_string()))
            .send()
            .await
            .map_err(failed)?;
        Ok(())
    }
}
