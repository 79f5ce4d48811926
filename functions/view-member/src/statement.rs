//! The statement of a period: the entries that moved points, with the lines of their purchases.

mod sheet;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use puntos_api::Problem;
use puntos_api::period::Period;
use puntos_api::purchases::LineAnswer;
use puntos_api::statement::{
    ENTRIES_MAX, LINES_MAX, StatementAnswer, StatementEntry, too_early, too_long,
};
use puntos_domain::accrual::Receipt;
use puntos_domain::calendar::{local_date, start_of_day};
use puntos_domain::id::{MemberId, PurchaseId};
use puntos_domain::language::Language;
use puntos_domain::statement::{Cause, EntryPoints, Line, Statement};
use puntos_domain::text;
use puntos_domain::timeline::EntryKind;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{Entry, Row};

use crate::{ViewMember, sentence, timeline};

pub(crate) async fn show(_: &ViewMember, call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    call.only_own(&member_id).await?;
    let period = Period::of(|name| call.request.query(name))?;
    let rules = call.store.program_in_force(call.now).await?.ok_or_else(Problem::not_found)?;
    let (from, to) = bounds(call, &rules.zone(), &period)?;
    let mut ledger = call.store.ledger(&member_id).await?.ok_or_else(Problem::not_found)?;
    ledger.entries.reverse();
    let moved: Vec<EntryPoints> = ledger.entries.iter().filter_map(Entry::moved).collect();
    if ledger.is_cut && moved.first().is_none_or(|oldest| from <= oldest.at) {
        return Err(too_early().into());
    }
    let statement = Statement::of(&moved, &ledger.account.account, from, to, call.now);
    if statement.lines.len() > ENTRIES_MAX {
        return Err(too_long().into());
    }
    let receipts = receipts(call, &statement.lines, &ledger.entries).await?;
    let locale = ledger.account.contact.locale.as_deref();
    let language = Language::of_reader(call.request.language(), locale, &rules.program.locale);
    let shown = |line: &Line| shown(line, &member_id, &ledger.entries, &receipts, language);
    let entries: Vec<StatementEntry> = statement.lines.iter().map(shown).collect();
    if entries.iter().map(|entry| entry.lines.len()).sum::<usize>() > LINES_MAX {
        return Err(too_long().into());
    }
    let answer = StatementAnswer {
        from,
        to,
        opening: statement.opening,
        entries,
        closing: statement.closing,
        expiring: ledger.account.account.balance(call.now).expiring,
        chain: ledger.broken_at().into(),
        member_id,
    };
    if call.request.prefers_csv() {
        return Ok(Answer::csv(sheet::of(&answer, language)));
    }
    Ok(Answer::ok(answer))
}

/// Returns the requested period; without a start, it is that of the local month of its end, or the current one.
fn bounds(
    call: &Call,
    zone: &TimeZone,
    period: &Period,
) -> Result<(Timestamp, Option<Timestamp>), Failure> {
    let (from, to) = period.instants(zone)?;
    if let Some(from) = from {
        return Ok((from, to));
    }
    let last = to.map_or(call.now, |to| to.checked_sub(Span::new().microseconds(1)).unwrap_or(to));
    let first = local_date(last, zone).first_of_month();
    let month_end = first.last_of_month().tomorrow().map(|day| start_of_day(day, zone)).ok();
    Ok((start_of_day(first, zone), to.or(month_end)))
}

/// Returns the purchase of an entry, or the one that was returned or moved.
fn purchase_id(entry: &Entry) -> Option<PurchaseId> {
    match &entry.row {
        Row::Purchase(_) => entry.object().parse().ok(),
        Row::Return(returned) => Some(returned.purchase_id.clone()),
        Row::Move(moved) => Some(moved.purchase_id.clone()),
        _ => None,
    }
}

async fn receipts(
    call: &Call,
    lines: &[Line],
    entries: &[Entry],
) -> Result<BTreeMap<PurchaseId, Receipt>, Failure> {
    let ids = lines.iter().filter_map(|line| match line.cause {
        Cause::Entry(index) => purchase_id(&entries[index]),
        Cause::Expiry { .. } => None,
    });
    Ok(call.store.receipts(&ids.collect::<Vec<_>>()).await?)
}

fn shown(
    line: &Line,
    member_id: &MemberId,
    entries: &[Entry],
    receipts: &BTreeMap<PurchaseId, Receipt>,
    language: Language,
) -> StatementEntry {
    let (entry_id, entry) = match line.cause {
        Cause::Entry(index) => (entries[index].entry_id(), Some(&entries[index])),
        Cause::Expiry { at, recorded_by } => {
            let noticed_by =
                recorded_by.map_or(member_id.as_str(), |index| entries[index].object());
            (timeline::expiry_id(noticed_by, at), None)
        }
    };
    let purchase_id = entry.and_then(purchase_id);
    let receipt = purchase_id.as_ref().and_then(|purchase_id| receipts.get(purchase_id));
    let purchase = receipt.map(|receipt| &receipt.purchase);
    let sentence = entry.map_or_else(|| text::entry_expired(-line.points), sentence::of);
    let invoice_number = entry.and_then(Entry::invoice_number).map(str::to_owned);
    StatementEntry {
        entry_id,
        kind: entry.map_or(EntryKind::Expiry, Entry::kind),
        at: line.at,
        points: line.points,
        balance: line.balance,
        summary: sentence.in_language(language),
        purchase_id,
        branch: entry.and_then(Entry::branch).map(str::to_owned),
        invoice_number: invoice_number
            .or_else(|| purchase.map(|purchase| purchase.invoice_number.to_string())),
        total: purchase.map(|purchase| purchase.total.clone()),
        lines: purchase.map_or_else(Vec::new, LineAnswer::of),
        redemption_id: entry.and_then(|entry| entry.row.redemption_id().cloned()),
    }
}
