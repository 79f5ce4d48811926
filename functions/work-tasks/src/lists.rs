//! Lists tasks: of a day, of the next days, and of one customer.

use jiff::Span;
use jiff::civil::Date;
use puntos_api::Problem;
use puntos_api::tasks::{
    CycleAnswer, DayListRequest, MemberTasks, TaskAnswer, UpcomingAnswer, days_ahead,
};
use puntos_domain::calendar::local_date;
use puntos_domain::id::MemberId;
use puntos_domain::page::Page;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::DayQuery;

use crate::WorkTasks;
use crate::agents::show_names;

pub(crate) async fn of_day(_: &WorkTasks, call: &Call) -> Result<Answer, Failure> {
    let request = DayListRequest::of(|name| call.request.query(name))?;
    let page = call.request.page()?;
    let today = today(call).await?;
    let day = request.day.unwrap_or(today);
    let query = DayQuery { day, kind: request.kind, status: request.status };
    let filters = ["day", "kind", "status"].map(|name| call.request.query(name).unwrap_or(""));
    let (tasks, next_cursor) = call.store.tasks_of_day(&query, &filters, &page).await?;
    let tasks = tasks.into_iter().map(|recorded| TaskAnswer::new(recorded, day, today));
    let mut data: Vec<TaskAnswer> = tasks.collect();
    show_names(call, &mut data).await?;
    Ok(Answer::ok(Page { data, next_cursor }))
}

pub(crate) async fn upcoming(_: &WorkTasks, call: &Call) -> Result<Answer, Failure> {
    let days = call.request.query("days");
    let ahead = Span::new().days(days_ahead(days)?);
    let page = call.request.page()?;
    let today = today(call).await?;
    let until = today.saturating_add(ahead);
    let filters = ["upcoming", days.unwrap_or("")];
    let (cycles, next_cursor) = call.store.upcoming_care((today, until), &filters, &page).await?;
    let customers =
        cycles.into_iter().filter_map(|care| UpcomingAnswer::new(care.cycle, today, until));
    Ok(Answer::ok(Page { data: customers.collect(), next_cursor }))
}

pub(crate) async fn of_member(_: &WorkTasks, call: &Call) -> Result<Answer, Failure> {
    let member_id: MemberId = call.request.path_id("member_id")?;
    let page = call.request.page()?;
    let care = call.store.member_care(&member_id, call.now, &page).await?;
    let care = care.ok_or_else(Problem::not_found)?;
    let today = care.today;
    let tasks = care.tasks.into_iter().map(|recorded| TaskAnswer::new(recorded, today, today));
    let mut data: Vec<TaskAnswer> = tasks.collect();
    show_names(call, &mut data).await?;
    let cycle = care.cycle.map(|cycle| CycleAnswer::new(&cycle, today));
    Ok(Answer::ok(MemberTasks {
        data,
        next_cursor: care.next_cursor,
        cycle: cycle.unwrap_or_default(),
    }))
}

async fn today(call: &Call) -> Result<Date, Failure> {
    let nothing = || Problem::new(404, "not_found", "no programme is set up yet");
    let rules = call.store.program_in_force(call.now).await?.ok_or_else(nothing)?;
    Ok(local_date(call.now, &rules.zone()))
}
