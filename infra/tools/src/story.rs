//! `puntos story`: plays an accidental redemption, a bad visit, a wrong rule, a month of care, and a lost refund against
//! a running local stack, and ends with the member's page.
//!
//! Each step is one sentence and its facts. An unexpected answer ends the story with the step and the
//! server's reason. It is a demonstration, not a test suite.

use anyhow::Context as _;

use crate::stage::Stage;

mod cast;
mod mail;
mod month;
mod page;
mod refund;
mod rule;
mod till;
mod undo;
mod visit;

/// The arguments of `puntos story`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The local stack to play on
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    pub url: String,
}

/// Plays the story. Fails at the first unexpected answer.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut stage = Stage::open(&arguments.url).await?;
    let played = play(&mut stage).await;
    // The story moves the clock by days. The next user of the stack needs the real time.
    stage.reset_clock().await?;
    played.with_context(|| stage.whereabouts())
}

async fn play(stage: &mut Stage) -> anyhow::Result<()> {
    let ana = till::enrol(stage).await?;
    till::quote_a_basket(stage, &ana).await?;
    till::buy(stage, &ana).await?;
    let reward = till::choose_a_reward(stage, &ana).await?;
    till::look_at_the_balance(stage, &ana).await?;

    let redemption = till::redeem_by_accident(stage, &ana, &reward).await?;
    undo::prove_that_it_happened(stage, &redemption).await?;
    mail::receive_the_coupon(stage, &ana, &redemption).await?;
    till::redeem_once_more_with_the_same_key(stage, &ana, &redemption).await?;

    undo::reverse(stage, &ana, &redemption).await?;
    undo::reverse_again(stage, &redemption).await?;
    undo::try_the_cancelled_coupon(stage, &redemption).await?;

    let notice = mail::receive_the_notice(stage, &ana, &redemption).await?;
    mail::bounce(stage, &ana, &notice).await?;
    mail::correct_the_address(stage, &ana).await?;
    mail::send_again(stage, &ana, &notice).await?;

    visit::play(stage, &ana).await?;
    rule::play(stage, &ana).await?;
    month::play(stage, &ana).await?;
    refund::play(stage, &ana).await?;

    page::read(stage, &ana).await
}
