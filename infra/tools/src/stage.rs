//! A running local stack as the story and the demo use it: the tokens of the actors, and the printed steps.
//!
//! It sends requests and explains unexpected answers. It does not know what is played.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use jiff::Timestamp;
use reqwest::{Client, Method};
use serde_json::{Value, json};

const ANSWER_TIMEOUT: Duration = Duration::from_secs(40);

#[derive(Clone, Debug)]
pub(crate) enum Actor {
    /// The till of a branch.
    Till,
    /// An agent of the contact centre.
    Agent,
    /// A supervisor of the agents.
    Supervisor,
    /// An administrator of the programme.
    Admin,
    /// A member or a colleague, with their own token.
    Named(String),
    /// No actor, for the routes of the local stack itself.
    Nobody,
}

/// A running stack and the current step.
pub(crate) struct Stage {
    client: Client,
    url: String,
    till: String,
    agent: String,
    supervisor: String,
    admin: String,
    step: u32,
    sentence: String,
}

/// The builder of a request.
pub(crate) struct Ask<'a> {
    stage: &'a Stage,
    method: Method,
    path: String,
    actor: Actor,
    query: Vec<(&'static str, String)>,
    key: Option<String>,
    body: Option<Value>,
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    path: String,
    status: u16,
    replayed: bool,
    body: Value,
}

impl Stage {
    /// Opens a stage on the stack at `url`, with a token for each actor.
    pub(crate) async fn open(url: &str) -> anyhow::Result<Stage> {
        let mut stage = Stage {
            client: Client::builder().timeout(ANSWER_TIMEOUT).build()?,
            url: url.trim_end_matches('/').to_owned(),
            till: String::new(),
            agent: String::new(),
            supervisor: String::new(),
            admin: String::new(),
            step: 0,
            sentence: String::new(),
        };
        stage.till = stage.token(json!({"role": "pos"})).await?;
        stage.agent = stage.token(json!({"role": "agent"})).await?;
        stage.supervisor = stage.token(json!({"role": "supervisor"})).await?;
        stage.admin = stage.token(json!({"role": "admin"})).await?;
        Ok(stage)
    }

    /// Returns an agent with a name of its own, who signs in under this subject.
    pub(crate) async fn colleague(&self, role: &str, subject: &str) -> anyhow::Result<Actor> {
        let token = self.token(json!({"role": role, "subject": subject})).await?;
        Ok(Actor::Named(token))
    }

    /// Returns a token of a member.
    pub(crate) async fn member(&self, member_id: &str) -> anyhow::Result<Actor> {
        let token = self.token(json!({"role": "member", "member_id": member_id})).await?;
        Ok(Actor::Named(token))
    }

    /// Begins the next step with a sentence.
    pub(crate) fn step(&mut self, sentence: &str) {
        self.step += 1;
        self.sentence = sentence.to_owned();
        self.line(&format!("\n{:>2}. {sentence}", self.step));
    }

    /// Prints a fact of the step.
    pub(crate) fn fact(&self, name: &str, value: impl std::fmt::Display) {
        self.line(&format!("      {name:<16} {value}"));
    }

    /// Prints a line as it is.
    #[expect(clippy::print_stdout, reason = "the story is the command's output")]
    pub(crate) fn line(&self, text: &str) {
        println!("{text}");
    }

    /// Returns the current step, for the message of an error.
    pub(crate) fn whereabouts(&self) -> String {
        format!("step {} failed: {}", self.step, self.sentence)
    }

    pub(crate) fn get(&self, actor: &Actor, path: impl Into<String>) -> Ask<'_> {
        self.ask(Method::GET, actor, path.into())
    }

    pub(crate) fn post(&self, actor: &Actor, path: impl Into<String>) -> Ask<'_> {
        self.ask(Method::POST, actor, path.into())
    }

    pub(crate) fn put(&self, actor: &Actor, path: impl Into<String>) -> Ask<'_> {
        self.ask(Method::PUT, actor, path.into())
    }

    pub(crate) fn patch(&self, actor: &Actor, path: impl Into<String>) -> Ask<'_> {
        self.ask(Method::PATCH, actor, path.into())
    }

    /// Sets the clock of the stack, which then runs on.
    pub(crate) async fn set_clock(&self, now: Timestamp) -> anyhow::Result<()> {
        let body = json!({"now": now.to_string()});
        self.put(&Actor::Nobody, "/local/clock").body(body).succeeds().await?;
        Ok(())
    }

    /// Sets the clock of the stack back to real time.
    pub(crate) async fn reset_clock(&self) -> anyhow::Result<()> {
        self.ask(Method::DELETE, &Actor::Nobody, "/local/clock".to_owned()).succeeds().await?;
        Ok(())
    }

    /// Returns the time of the stack's clock.
    pub(crate) async fn now(&self) -> anyhow::Result<Timestamp> {
        let clock = self.get(&Actor::Nobody, "/local/clock").answers(200).await?;
        Ok(clock.text("/now")?.parse()?)
    }

    /// Fires the schedule of a function, and waits until all resulting work is done.
    pub(crate) async fn fire(&self, function: &str) -> anyhow::Result<()> {
        self.post(&Actor::Nobody, format!("/local/schedules/{function}")).succeeds().await?;
        self.settle().await
    }

    /// Waits until the stack has done all committed work.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        self.post(&Actor::Nobody, "/local/settle").succeeds().await?;
        Ok(())
    }

    fn ask(&self, method: Method, actor: &Actor, path: String) -> Ask<'_> {
        Ask {
            stage: self,
            method,
            path,
            actor: actor.clone(),
            query: Vec::new(),
            key: None,
            body: None,
        }
    }

    async fn token(&self, wanted: Value) -> anyhow::Result<String> {
        let answer = self
            .post(&Actor::Nobody, "/local/tokens")
            .body(wanted)
            .succeeds()
            .await
            .context("this needs a running local stack: start one with `cargo run`")?;
        answer.text("/token")
    }

    fn token_of<'a>(&'a self, actor: &'a Actor) -> Option<&'a str> {
        match actor {
            Actor::Till => Some(&self.till),
            Actor::Agent => Some(&self.agent),
            Actor::Supervisor => Some(&self.supervisor),
            Actor::Admin => Some(&self.admin),
            Actor::Named(token) => Some(token),
            Actor::Nobody => None,
        }
    }
}

impl Ask<'_> {
    /// Adds a parameter of the query.
    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Adds the idempotency key.
    pub(crate) fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Adds the body.
    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Sends it and expects an answer of that status.
    pub(crate) async fn answers(self, expected: u16) -> anyhow::Result<Answer> {
        let answer = self.send().await?;
        ensure!(answer.status == expected, "expected {expected}, got {}", answer.described());
        Ok(answer)
    }

    /// Sends it and expects any answer of success.
    pub(crate) async fn succeeds(self) -> anyhow::Result<Answer> {
        let answer = self.send().await?;
        ensure!(
            (200..300).contains(&answer.status),
            "expected success, got {}",
            answer.described()
        );
        Ok(answer)
    }

    async fn send(self) -> anyhow::Result<Answer> {
        let stage = self.stage;
        let mut request = stage
            .client
            .request(self.method, format!("{}{}", stage.url, self.path))
            .query(&self.query);
        if let Some(token) = stage.token_of(&self.actor) {
            request = request.bearer_auth(token);
        }
        if let Some(key) = self.key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = self.body {
            request = request.json(&body);
        }
        let response = request
            .send()
            .await
            .with_context(|| format!("{}{} does not answer", stage.url, self.path))?;
        let status = response.status().as_u16();
        let replayed = response
            .headers()
            .get("idempotency-replayed")
            .is_some_and(|value| value.as_bytes() == b"true");
        let text = response.text().await?;
        Ok(Answer {
            path: self.path,
            status,
            replayed,
            // Answers that are empty or no JSON are not used.
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        })
    }
}

impl Answer {
    /// Returns whether the server replayed an earlier answer.
    pub(crate) fn replayed(&self) -> bool {
        self.replayed
    }

    /// Returns the text at a JSON pointer.
    pub(crate) fn text(&self, pointer: &str) -> anyhow::Result<String> {
        let text = self.at(pointer)?.as_str();
        Ok(text
            .with_context(|| format!("{pointer} is no text in {}", self.described()))?
            .to_owned())
    }

    /// Returns the text at a JSON pointer, or `None`.
    pub(crate) fn optional_text(&self, pointer: &str) -> Option<String> {
        self.body.pointer(pointer)?.as_str().map(str::to_owned)
    }

    /// Returns the integer at a JSON pointer.
    pub(crate) fn number(&self, pointer: &str) -> anyhow::Result<i64> {
        let number = self.at(pointer)?.as_i64();
        number.with_context(|| format!("{pointer} is no integer in {}", self.described()))
    }

    /// Returns the list at a JSON pointer.
    pub(crate) fn list(&self, pointer: &str) -> anyhow::Result<&[Value]> {
        match self.at(pointer)? {
            Value::Array(list) => Ok(list),
            _ => bail!("{pointer} is no list in {}", self.described()),
        }
    }

    /// Returns the value at a JSON pointer.
    pub(crate) fn value(&self, pointer: &str) -> anyhow::Result<Value> {
        self.at(pointer).cloned()
    }

    fn at(&self, pointer: &str) -> anyhow::Result<&Value> {
        self.body
            .pointer(pointer)
            .with_context(|| format!("{pointer} is missing in {}", self.described()))
    }

    /// Returns the status and the reason of the server.
    fn described(&self) -> String {
        let part = |name: &str| self.body.get(name).and_then(Value::as_str);
        match (part("code"), part("detail").or(part("message"))) {
            (Some(code), Some(detail)) => {
                format!("{} from {}: {code}: {detail}", self.status, self.path)
            }
            (None, Some(detail)) => format!("{} from {}: {detail}", self.status, self.path),
            _ => {
                let body: String = self.body.to_string().chars().take(300).collect();
                format!("{} from {}: {body}", self.status, self.path)
            }
        }
    }
}
