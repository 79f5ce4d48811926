//! `puntos import`: posts the rows of a file (members, purchases, ratings or events of orders) to a
//! running server.
//!
//! It reads the file while it sends. Rows of one member go in the order of the file, and rows of
//! different members at the same time. A refused row goes to the file of refused rows with the reason,
//! and the import goes on. Importing a file twice has the effect of importing it once. The server
//! checks the content of the rows.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;

use crate::remote;

pub use self::row::Kind;

use self::accounting::{Accounting, Count};
use self::delivery::{Delivery, Patience};
use self::lanes::{Lanes, Workers};
use self::rows::Rows;

mod accounting;
mod answer;
mod columns;
mod delivery;
mod lanes;
mod lines;
mod progress;
mod row;
mod rows;
mod sheet;

/// The arguments of `puntos import`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The file to import: CSV when its name ends in .csv, else one JSON object a line
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The server to post to
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    pub url: String,
    /// The token [default: PUNTOS_TOKEN, else one of the local stack]
    #[arg(long)]
    pub token: Option<String>,
    /// The kind of the rows [default: purchases if the first has a total, ratings if it has a score,
    /// events of orders if it has an event_id, else members]
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,
    /// How many rows are sent at the same time
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub concurrency: u16,
    /// The file for refused rows [default: FILE.refused.ndjson]
    #[arg(long, value_name = "FILE")]
    pub refused: Option<PathBuf>,
}

/// The result of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Rows that were read, good or bad.
    pub rows: u64,
    /// Rows that the server accepted for the first time.
    pub created: u64,
    /// Rows that the server had accepted before.
    pub already_there: u64,
    /// Rows in the file of refused rows.
    pub refused: u64,
    /// The refused rows that the server never answered.
    pub unreachable: u64,
    /// The file of refused rows, if there are any.
    pub refused_file: Option<PathBuf>,
    /// Why the import stopped before the end of the file, if it did.
    pub stopped: Option<String>,
    /// How long it took.
    pub elapsed: Duration,
}

/// Imports a file and prints the result. Fails when rows could not be delivered, so that a script
/// knows to run it again. Refused rows are no failure.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let report = import(&arguments).await?;
    print(&arguments.file, &report);
    if let Some(reason) = report.stopped {
        bail!("the import stopped: {reason}; run again, it goes on where this one ended");
    }
    if report.unreachable > 0 {
        bail!("the server did not answer for {} rows; run again when it does", report.unreachable);
    }
    Ok(())
}

/// Imports a file and returns the result.
#[expect(clippy::disallowed_methods, reason = "the summary shows how long the import took")]
pub async fn import(arguments: &Arguments) -> anyhow::Result<Report> {
    let started = Instant::now();
    let rows = Rows::open(&arguments.file, arguments.kind)?;
    let client = remote::client()?;
    let token = remote::token(&client, &arguments.url, arguments.token.as_deref(), "pos").await?;
    let delivery = Delivery::to(client, &arguments.url, &token, Patience::default())?;
    let refused = arguments.refused.clone().unwrap_or_else(|| beside(&arguments.file));
    let accounting = Arc::new(Accounting::open(&arguments.file, refused)?);
    let bar = progress::bar(&accounting, rows.length_bytes());
    let interrupt = tokio::spawn(stop_on_interrupt(Arc::clone(&accounting)));
    let lanes = lanes::open(arguments.concurrency.into(), &Arc::new(delivery), &accounting);
    let ended = send_all(rows, lanes, &accounting, bar.clone()).await;
    interrupt.abort();
    bar.finish_and_clear();
    ended?;
    Ok(Report {
        rows: accounting.total(Count::Rows),
        created: accounting.total(Count::Created),
        already_there: accounting.total(Count::AlreadyThere),
        refused: accounting.total(Count::Refused),
        unreachable: accounting.total(Count::Unreachable),
        refused_file: accounting.close()?,
        stopped: accounting.halt_reason(),
        elapsed: started.elapsed(),
    })
}

async fn send_all(
    rows: Rows,
    (lanes, workers): (Lanes, Workers),
    accounting: &Arc<Accounting>,
    bar: ProgressBar,
) -> anyhow::Result<()> {
    let reader = {
        let accounting = Arc::clone(accounting);
        tokio::task::spawn_blocking(move || read_all(rows, &lanes, &accounting, &bar))
    };
    workers.finish().await?;
    reader.await.context("the reader of the file failed")
}

/// Reads the file to its end, or until the import is stopped.
fn read_all(mut rows: Rows, lanes: &Lanes, accounting: &Accounting, bar: &ProgressBar) {
    while !accounting.is_halted() {
        let row = match rows.next_row() {
            Ok(Some(row)) => row,
            Ok(None) => return,
            Err(error) => return accounting.halt(format!("cannot read the file: {error}")),
        };
        accounting.add(Count::Rows, 1);
        bar.set_position(rows.consumed_bytes());
        match row {
            Err(bad) => accounting.refuse_unread(&bad),
            Ok(row) => {
                if lanes.put(row).is_err() {
                    return accounting.halt("a worker of the import ended early");
                }
            }
        }
    }
}

async fn stop_on_interrupt(accounting: Arc<Accounting>) {
    if tokio::signal::ctrl_c().await.is_ok() {
        accounting.halt("interrupted");
    }
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".refused.ndjson");
    PathBuf::from(name)
}

#[expect(clippy::print_stdout, reason = "the summary is the command's output")]
fn print(file: &Path, report: &Report) {
    println!("{}: {} rows read", file.display(), report.rows);
    println!("  created        {:>9}", report.created);
    println!("  already there  {:>9}", report.already_there);
    match &report.refused_file {
        Some(refused) => {
            println!("  refused        {:>9}  see {}", report.refused, refused.display())
        }
        None => println!("  refused        {:>9}", report.refused),
    }
    println!(
        "  {} rows/s, {:.1} s in all",
        progress::rate(report.rows, report.elapsed),
        report.elapsed.as_secs_f64()
    );
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct CommandLine {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn a_file_is_the_only_required_argument() {
        let line = CommandLine::try_parse_from(["import", "purchases.csv"]).unwrap();
        assert_eq!(line.arguments.url, "http://127.0.0.1:3000");
        assert_eq!(line.arguments.concurrency, 16);
        assert_eq!(beside(&line.arguments.file), Path::new("purchases.csv.refused.ndjson"));
        assert!(CommandLine::try_parse_from(["import"]).is_err());
    }

    #[test]
    fn concurrency_is_limited() {
        for (number, accepted) in [("0", false), ("1", true), ("64", true), ("65", false)] {
            let words = ["import", "a.ndjson", "--concurrency", number];
            assert_eq!(CommandLine::try_parse_from(words).is_ok(), accepted);
        }
        let words = ["import", "a.ndjson", "--kind", "members"];
        let line = CommandLine::try_parse_from(words).unwrap();
        assert_eq!(line.arguments.kind, Some(Kind::Members));
        let words = ["import", "a.ndjson", "--kind", "order-events"];
        let line = CommandLine::try_parse_from(words).unwrap();
        assert_eq!(line.arguments.kind, Some(Kind::OrderEvents));
    }
}
