//! A statement as a sheet.
//!
//! Each entry is a row, followed by a row for each line of its purchase. The first row has the opening, and
//! after the entries come the closing and the coming expiries. Amounts are in minor units, as in JSON. The headings
//! and the kinds of rows are names of the contract; only the summaries are in the reader's language.

use puntos_api::purchases::LineAnswer;
use puntos_api::statement::{ChainAnswer, StatementAnswer, StatementEntry};
use puntos_domain::language::Language;
use puntos_domain::points::Points;
use puntos_domain::text::{self, Text};
use puntos_runtime::sheet::{self, Row, safe};

const HEADER: [&str; 17] = [
    "row",
    "entry_id",
    "at",
    "kind",
    "points",
    "balance",
    "summary",
    "purchase_id",
    "branch",
    "invoice_number",
    "total.amount",
    "total.currency",
    "sku",
    "category",
    "quantity",
    "amount",
    "discount",
];

/// Returns the sheet of a statement.
pub(super) fn of(statement: &StatementAnswer, language: Language) -> String {
    let mut rows = vec![bound("opening", statement.from.to_string(), statement.opening)];
    for entry in &statement.entries {
        rows.push(entry_row(entry));
        rows.extend(entry.lines.iter().map(|line| line_row(entry, line)));
    }
    let end = statement.to.map(|to| to.to_string()).unwrap_or_default();
    let mut closing = bound("closing", end, statement.closing);
    closing.push(("summary", chain(&statement.chain).in_language(language)));
    rows.push(closing);
    rows.extend(statement.expiring.iter().map(|expiring| {
        let points = expiring.points.to_string();
        vec![("row", "expiring".to_owned()), ("at", expiring.at.to_string()), ("points", points)]
    }));
    sheet::of(&HEADER, &rows)
}

fn bound(name: &str, at: String, balance: Points) -> Row {
    vec![("row", name.to_owned()), ("at", at), ("balance", balance.to_string())]
}

fn chain(chain: &ChainAnswer) -> Text {
    match chain {
        ChainAnswer::Whole(_) => text::chain_whole(),
        ChainAnswer::Broken(broken) => text::chain_broken(broken.broken_at.as_str()),
    }
}

fn entry_row(entry: &StatementEntry) -> Row {
    let mut row = vec![
        ("row", "entry".to_owned()),
        ("entry_id", entry.entry_id.to_string()),
        ("at", entry.at.to_string()),
        ("kind", entry.kind.name().to_owned()),
        ("points", entry.points.to_string()),
        ("balance", entry.balance.to_string()),
        ("summary", safe(&entry.summary)),
        ("branch", safe(entry.branch.as_deref().unwrap_or_default())),
        ("invoice_number", safe(entry.invoice_number.as_deref().unwrap_or_default())),
    ];
    row.extend(entry.purchase_id.as_ref().map(|id| ("purchase_id", id.to_string())));
    if let Some(total) = &entry.total {
        row.push(("total.amount", total.amount.to_string()));
        row.push(("total.currency", total.currency.to_string()));
    }
    row
}

fn line_row(entry: &StatementEntry, line: &LineAnswer) -> Row {
    vec![
        ("row", "line".to_owned()),
        ("entry_id", entry.entry_id.to_string()),
        ("sku", safe(&line.sku)),
        ("category", safe(line.category.as_deref().unwrap_or_default())),
        ("quantity", line.quantity.to_string()),
        ("amount", line.amount.amount.to_string()),
        ("discount", line.discount.amount.to_string()),
    ]
}
