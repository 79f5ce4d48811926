//! Lists tasks: of a day, of the next days, and of one customer.

use std::sync::Arc;

use jiff::Span;
use jiff::civil::Date;
use puntos_api::Problem;
use puntos_api::tasks::{
    CycleAnswer, DayListRequest, MemberTasks, TaskAnswer, UpcomingAnswer, days_ahead, filter,
};
use puntos_domain::calendar::local_date;
use puntos_domain::id::MemberId;
use puntos_domain::language::Language;
use puntos_domain::page::Page;
use puntos_domain::program::ProgramVersion;
use puntos_domain::task::TaskFilter;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{DayQuery, Upcoming};

use crate::WorkTasks;
use crate::agents::show_names;

pub(crate) async fn of_day(_: &WorkTasks, call: &Call) -> Result<Answer, Failure> {
    let request = DayListRequest::of(|name| call.request.query(name))?;
    let filter = whose(call)?;
    let page = call.request.page()?;
    let (rules, today) = rules_today(call).await?;
    let language = Language::of_reader(call.request.language(), None, &rules.program.locale);
    let day = request.day.unwrap_or(today);
    let query = DayQuery { day, kind: request.kind, status: request.status, filter };
    let filters = ["day", "kind", "status", "agent", "name"];
    let filters = filters.map(|name| call.request.query(name).unwrap_or(""));
    let filters = [&["tasks"], &filters[..]].concat();
    let (tasks, next_cursor) = call.store.tasks_of_day(&query, &filters, &page).await?;
    let tasks = tasks.into_iter().map(|recorded| TaskAnswer::new(recorded, day, today, language));
    let mut data: Vec<TaskAnswer> = tasks.collect();
    show_names(call, &mut data).await?;
    Ok(Answer::ok(Page { data, next_cursor }))
}

pub(crate) async fn upcoming(_: &WorkTasks, call: &Call) -> Result<Answer, Failure> {
    let ahead = Span::new().days(days_ahead(call.request.query("days"))?);
    let page = call.request.page()?;
    let (_, today) = rules_today(call).await?;
    let until = today.saturating_add(ahead);
    let of = |name| call.request.query(name).unwrap_or("");
    let filters = ["upcoming", of("days"), of("agent"), of("name")];
    let days = (today, until);
    let (rows, next_cursor) = call.store.upcoming(days, &whose(call)?, &filters, &page).await?;
    let tasks = rows.into_iter().flat_map(|row| match row {
        Upcoming::Reminder(reminder) => vec![reminder.task],
        Upcoming::Care(care) => care.cycle.upcoming(today, until),
    });
    Ok(Answer::ok(Page { data: UpcomingAnswer::by_customer(tasks), next_cursor }))
}

pub(crate) async fn of_member(_: &WorkTasks, call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    let page = call.request.page()?;
    let care = call.store.member_care(&member_id, call.now, &page).await?;
    let care = care.ok_or_else(Problem::not_found)?;
    let (today, language) = (care.today, call.language(None).await?);
    let tasks =
        care.tasks.into_iter().map(|recorded| TaskAnswer::new(recorded, today, today, language));
    let mut data: Vec<TaskAnswer> = tasks.collect();
    show_names(call, &mut data).await?;
    let cycle = care.cycle.map(|cycle| CycleAnswer::new(&cycle, today));
    Ok(Answer::ok(MemberTasks {
        data,
        next_cursor: care.next_cursor,
        cycle: cycle.unwrap_or_default(),
    }))
}

/// Returns whose tasks a list has: `agent` and `name` of the query.
fn whose(call: &Call) -> Result<TaskFilter, Failure> {
    let caller = &call.request.caller()?.subject;
    Ok(filter(|name| call.request.query(name), caller)?)
}

/// Returns the rules in force, and the local day.
pub(crate) async fn rules_today(call: &Call) -> Result<(Arc<ProgramVersion>, Date), Failure> {
    let nothing = || Problem::new(404, "not_found", "no programme is set up yet");
    let rules = call.store.program_in_force(call.now).await?.ok_or_else(nothing)?;
    let today = local_date(call.now, &rules.zone());
    Ok((rules, today))
}
