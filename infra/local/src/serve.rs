//! `cargo run`, `cargo run -- serve`: starts the stack, prints how to call it, and runs until a signal
//! stops it.

use std::path::PathBuf;

use anyhow::Context;

use crate::stack::{Data, Options, Stack};
use crate::start::start;

/// The arguments of `puntos serve`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The port of the API on 127.0.0.1
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The directory that keeps the data
    #[arg(long, value_name = "DIR", default_value = ".puntos")]
    data: PathBuf,
    /// Keep nothing: the data is gone when the stack stops
    #[arg(long, conflicts_with = "data")]
    memory: bool,
    /// The programme (JSON) to start with, when the store is new
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// Runs the stack until Ctrl-C or SIGTERM.
///
/// # Errors
/// Fails if the stack does not start, or a part of it panicked.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let program = match &arguments.program {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            Some(serde_json::from_str(&text).with_context(|| format!("{}", path.display()))?)
        }
        None => None,
    };
    let data = if arguments.memory { Data::Memory } else { Data::Directory(arguments.data) };
    let stack =
        start(Options { port: arguments.port, data, program, ..Options::default() }).await?;
    greet(&stack).await?;
    stop_signal().await?;
    stack.shutdown().await
}

/// Prints the addresses of the stack and its pages, tokens, and four calls to paste one after the other.
#[expect(clippy::print_stdout, reason = "this is the command's own output")]
async fn greet(stack: &Stack) -> anyhow::Result<()> {
    let url = stack.url();
    let pos = stack.token("pos", None, None).await?;
    let agent = stack.token("agent", None, None).await?;
    let admin = stack.token("admin", None, None).await?;
    // Another card each time: a card is enrolled once.
    let card = stack.clock().now().as_millisecond();
    let json = "-H 'Content-Type: application/json'";
    println!(
        r#"Puntos is running at {url} (stop with Ctrl-C).

The desk: {url}/desk
A shopper's page: {url}/

Tokens, good for 12 hours:
POS={pos}
AGENT={agent}
ADMIN={admin}

Enrol a member, post a purchase, look at the member, redeem a reward:
curl -s {url}/v1/members -H "Authorization: Bearer $POS" -H 'Idempotency-Key: enrol-{card}' {json} -d '{{"name": "Анна Пример", "email": "anna-{card}@example.com", "card_number": "{card}"}}'
curl -s {url}/v1/purchases -H "Authorization: Bearer $POS" {json} -d '{{"card_number": "{card}", "branch": "msk-1", "invoice_number": "{card}", "purchased_at": "{now}", "total": {{"amount": 129990, "currency": "RUB"}}}}'
curl -s '{url}/v1/members?card_number={card}' -H "Authorization: Bearer $AGENT"
curl -s {url}/v1/redemptions -H "Authorization: Bearer $POS" -H 'Idempotency-Key: redeem-{card}' {json} -d '{{"card_number": "{card}", "reward_id": "rwd_coffee"}}'
"#,
        now = format_args!("{:.0}", stack.clock().now()),
    );
    Ok(())
}

async fn stop_signal() -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            ended = tokio::signal::ctrl_c() => ended?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
