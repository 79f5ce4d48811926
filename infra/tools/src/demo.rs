//! `puntos demo`: fills an empty local stack with a shop that lives: members in four languages, a year of
//! purchases and ratings, claims, and the tasks of today.
//!
//! Everything goes through the public API, at the stack's clock, which moves through the year. The same shop
//! comes out each time; only its dates follow the calendar.

use anyhow::Context as _;

use crate::stage::{Actor, Stage};

mod care;
mod dice;
mod people;
mod shop;
mod year;

/// The arguments of `puntos demo`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The local stack to fill
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    pub url: String,
}

/// Fills the shop. Does nothing where it is filled already.
///
/// # Errors
/// Fails at the first unexpected answer.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut stage = Stage::open(&arguments.url).await?;
    if is_filled(&stage).await? {
        stage.line("The shop is filled already. An empty one starts with another --data.");
        return Ok(());
    }
    let filled = fill(&mut stage).await;
    // The year needs the clock of the stack. The next user needs the real time.
    stage.reset_clock().await?;
    filled.with_context(|| stage.whereabouts())?;
    stage.step("The shop lives today: orders, claims and the tasks of the day.");
    care::today(&stage).await?;
    let url = arguments.url.trim_end_matches('/');
    stage.line(&format!("\nThe desk: {url}/desk (sign in as Agent)"));
    let first = people::PEOPLE[0];
    let member_id = people::id_of(&stage, 0).await?;
    stage
        .line(&format!("A shopper's page: {url}/ (sign in as Member {member_id}, {})", first.name));
    Ok(())
}

async fn is_filled(stage: &Stage) -> anyhow::Result<bool> {
    let found = stage
        .get(&Actor::Agent, "/v1/members")
        .query("card_number", people::card(0))
        .answers(200)
        .await?;
    Ok(!found.list("/data")?.is_empty())
}

async fn fill(stage: &mut Stage) -> anyhow::Result<()> {
    stage.step("The shop opens: branches, levels, a promotion, and the automatic reply.");
    shop::open(stage).await?;
    stage.step("Members join, and a year goes by, week by week.");
    year::play(stage).await
}
