//! The first programme of a new store: the demo's, or the one of the command line.
//!
//! It is sent to the API, so that the usual rules apply.

use anyhow::{Context, bail};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use crate::stack::Stack;

const PROGRAM: &str = include_str!("../../demo/program.json");
const REWARDS: &str = include_str!("../../demo/rewards.json");

/// A reward of the demo: its id and the body that describes it.
#[derive(Deserialize)]
struct DemoReward {
    reward_id: String,
    reward: Value,
}

/// Stores the first programme and the demo's rewards, if the store has no programme.
///
/// # Errors
/// Fails if the API refuses them.
pub(crate) async fn seed(stack: &Stack, program: Option<Value>) -> anyhow::Result<()> {
    let url = stack.url();
    let token = stack.token("admin", None, Some("local-stack")).await?;
    let client = Client::builder().no_proxy().build()?;
    let found = client.get(format!("{url}/v1/program")).bearer_auth(&token).send().await?;
    match found.status() {
        StatusCode::OK => return Ok(()),
        StatusCode::NOT_FOUND => {}
        status => bail!("asking for the programme answered {status}"),
    }
    let program = match program {
        Some(program) => program,
        None => serde_json::from_str(PROGRAM).context("demo/program.json")?,
    };
    let put = client.put(format!("{url}/v1/program")).bearer_auth(&token).json(&program);
    sent(put).await.context("the programme was refused")?;
    let rewards: Vec<DemoReward> = serde_json::from_str(REWARDS).context("demo/rewards.json")?;
    for DemoReward { reward_id, reward } in rewards {
        let address = format!("{url}/v1/rewards/{reward_id}");
        let put = client.put(address).bearer_auth(&token).json(&reward);
        sent(put).await.with_context(|| format!("the reward {reward_id} was refused"))?;
    }
    Ok(())
}

async fn sent(request: RequestBuilder) -> anyhow::Result<()> {
    let answer = request.send().await?;
    let status = answer.status();
    if !status.is_success() {
        bail!("{status}: {}", answer.text().await?);
    }
    Ok(())
}
