//! The command line: `cargo run` starts the stack; `import`, `recount`, `story` and `demo` call a running one.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use puntos::{demo, import, recount, serve, story};

/// Under load a quarter of the stack's work is allocation, and the system's allocator waits for locks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Puntos on one machine
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Arguments,
}

#[derive(Subcommand)]
enum Command {
    /// Run the whole stack (the default)
    Serve(serve::Arguments),
    /// Send members, purchases, ratings or events of orders from a file to a running stack
    Import(import::Arguments),
    /// Check the counters of ratings: count the list again and compare
    ///
    /// Reads the list of ratings of a running stack, counts it, in all and for each branch, and
    /// compares that with the summary. Exits with 1 if a figure differs. Run it while nothing arrives:
    /// the list is read page by page from an index that lags a moment, so that a new rating, reply or
    /// reading may be in the summary and not in the list. After a change of the programme's time zone
    /// the days may begin at another hour. Without days the summary covers the newest ten years.
    Recount(recount::Arguments),
    /// Play an accidental redemption, a bad visit, a wrong rule and a month of care
    Story(story::Arguments),
    /// Fill an empty stack with a shop that lives, for a look at the pages
    Demo(demo::Arguments),
}

#[tokio::main]
#[expect(clippy::print_stderr, reason = "a command prints its error")]
async fn main() -> ExitCode {
    // dynoxide warns of every condition that does not hold, which is an ordinary outcome here.
    let filter = puntos_runtime::log_filter("warn,dynoxide=error");
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let line = CommandLine::parse();
    let outcome = match line.command.unwrap_or(Command::Serve(line.serve)) {
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Import(arguments) => import::run(arguments).await,
        Command::Recount(arguments) => recount::run(arguments).await,
        Command::Story(arguments) => story::run(arguments).await,
        Command::Demo(arguments) => demo::run(arguments).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
