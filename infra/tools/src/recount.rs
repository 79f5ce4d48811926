//! `puntos recount`: checks the counters of ratings. It counts the list again, in all and for each
//! branch, and compares.
//!
//! It changes nothing. It reads the list page by page: a rating that arrives meanwhile may be in the
//! counters and not in the list.

use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use jiff::civil::Date;

pub use self::figures::Figures;

use self::asking::Asking;
use self::figures::{NAMES, Summary};
use self::walk::Branch;
use crate::remote;

mod asking;
mod figures;
mod walk;

const BRANCH_CHARACTERS: usize = 24;

/// The arguments of `puntos recount`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The server to ask
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    pub url: String,
    /// The token of an agent or supervisor [default: PUNTOS_TOKEN, else one of the local stack]
    #[arg(long)]
    pub token: Option<String>,
    /// The first day of the visits that count, YYYY-MM-DD in the programme's time zone
    #[arg(long, value_name = "DAY")]
    pub from: Option<Date>,
    /// The last day of the visits that count
    #[arg(long, value_name = "DAY")]
    pub to: Option<Date>,
    /// The only branch that counts
    #[arg(long)]
    pub branch: Option<String>,
}

/// The result of a recount.
#[derive(Clone, Debug)]
pub struct Report {
    /// The compared figures: of all branches first, then of each branch by name.
    pub accounts: Vec<Account>,
    /// Rows of the list whose category does not match their score.
    pub misfits: Vec<String>,
    /// Whether the counters changed while the list was read.
    pub moved: bool,
    /// How long it took.
    pub elapsed: Duration,
}

/// The figures of a branch, or of all branches, from the list and from the counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The branch, or `None` for all.
    pub branch: Option<String>,
    pub listed: Figures,
    /// The figures of the counters.
    pub counted: Figures,
}

impl Report {
    /// Returns a sentence for each difference.
    pub fn differences(&self) -> Vec<String> {
        let accounts = self.accounts.iter().flat_map(Account::differences);
        accounts.chain(self.misfits.iter().cloned()).collect()
    }
}

impl Account {
    fn name(&self) -> String {
        match &self.branch {
            None => "(all)".to_owned(),
            Some(branch) => shown(branch),
        }
    }

    fn differences(&self) -> impl Iterator<Item = String> {
        let name = self.name();
        let pairs = self.listed.values().into_iter().zip(self.counted.values());
        NAMES.into_iter().zip(pairs).filter(|(_, (listed, counted))| listed != counted).map(
            move |(figure, (listed, counted))| {
                format!("{name}: {figure}: {listed} in the list, {counted} in the counters")
            },
        )
    }
}

/// Recounts and prints the result. Fails if a figure differs, so that a script notices.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let report = recount(&arguments).await?;
    print(&report);
    match (report.differences().len(), report.moved) {
        (0, _) => Ok(()),
        (number, false) => bail!("{number} differences between the list and the counters"),
        (number, true) => bail!(
            "{number} differences between the list and the counters, which moved meanwhile: \
             run again when nothing arrives"
        ),
    }
}

#[expect(clippy::disallowed_methods, reason = "the summary tells how long the recount took")]
pub async fn recount(arguments: &Arguments) -> anyhow::Result<Report> {
    let started = Instant::now();
    let (from, to) = (arguments.from, arguments.to);
    ensure!(from.zip(to).is_none_or(|(from, to)| from <= to), "--from is after --to");
    let client = remote::client()?;
    let given = arguments.token.as_deref();
    let token = remote::token(&client, &arguments.url, given, "agent").await?;
    let asking = Asking::at(client, &arguments.url, &token)?;

    let days = [("from", from), ("to", to)];
    let days = days.map(|(name, day)| (name, day.map(|day| day.to_string())));
    let days: Vec<(&str, &str)> =
        days.iter().filter_map(|(name, day)| Some((*name, day.as_deref()?))).collect();
    let mut filters = days.clone();
    filters.extend(arguments.branch.as_deref().map(|branch| ("branch", branch)));

    let before = summary(&asking, &filters).await?;
    let walked = walk::walk(&asking, &filters, before.ratings).await?;
    let after = summary(&asking, &filters).await?;
    let all = Account { branch: arguments.branch.clone(), listed: walked.all, counted: after };
    let mut accounts = vec![all];
    let of_branches = walked.branches.into_iter().filter(|_| arguments.branch.is_none());
    for (_, Branch { name, figures: listed }) in of_branches {
        let mut filters = days.clone();
        filters.push(("branch", name.as_str()));
        let counted = summary(&asking, &filters).await?;
        accounts.push(Account { branch: Some(name), listed, counted });
    }
    Ok(Report {
        accounts,
        misfits: walked.misfits,
        moved: before != after,
        elapsed: started.elapsed(),
    })
}

async fn summary(asking: &Asking, filters: &[(&str, &str)]) -> anyhow::Result<Figures> {
    asking.get::<Summary>("/v1/ratings/summary", filters).await?.figures()
}

#[expect(clippy::print_stdout, reason = "the table is the command's output")]
fn print(report: &Report) {
    let headings = NAMES.map(|name| name.strip_suffix("_comments").unwrap_or(name));
    println!("{}", line("", &headings));
    for account in &report.accounts {
        println!("{}", line(&account.name(), &account.listed.values()));
    }
    let differences = report.differences();
    for difference in &differences {
        println!("{difference}");
    }
    let verdict = if differences.is_empty() { "equal" } else { "different" };
    println!("{verdict}, {:.1} s in all", report.elapsed.as_secs_f64());
}

fn line(name: &str, cells: &[impl std::fmt::Display]) -> String {
    let cells: String = cells.iter().map(|cell| format!("{cell:>11}")).collect();
    format!("{name:<BRANCH_CHARACTERS$}{cells}")
}

/// Returns a branch's name without control characters, shortened.
fn shown(branch: &str) -> String {
    let plain =
        branch.chars().map(|character| if character.is_control() { '·' } else { character });
    plain.take(BRANCH_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_differences_are_reported() {
        let listed = Figures {
            ratings: 3,
            promoters: 3,
            nps_hundredths: Some(10_000),
            ..Figures::default()
        };
        let equal = Account { branch: None, listed, counted: listed };
        let counted = Figures { promoters: 2, nps_hundredths: None, ..listed };
        let different = Account { branch: Some("b\u{1b}[1m".to_owned()), listed, counted };
        let report = Report {
            accounts: vec![equal, different],
            misfits: vec!["rat_1: a score of 9 is no passive".to_owned()],
            moved: false,
            elapsed: Duration::ZERO,
        };
        let expected = [
            "b·[1m: promoters: 3 in the list, 2 in the counters",
            "b·[1m: nps: 100.00 in the list, - in the counters",
            "rat_1: a score of 9 is no passive",
        ];
        assert_eq!(report.differences(), expected);
    }
}
