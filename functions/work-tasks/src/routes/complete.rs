//! An agent says that a task is done.

use jiff::civil::Date;
use puntos_api::{Problem, ProblemBody};
use puntos_domain::calendar::local_date;
use puntos_domain::id::{TaskId, digest};
use puntos_domain::task::TaskStatus;
use puntos_runtime::http::Failure;
use puntos_runtime::http::{Answer, Call};
use puntos_store::{StoreError, StoredTask, TaskDone, pause};

use crate::answer::TaskAnswer;
use crate::event::CompleteRequest;

/// How often a completion is decided again because another write moved the cycle.
const TRIES_MAX: u32 = 60;

#[utoipa::path(
    post, path = "/v1/tasks/{task_id}/complete", tag = "Tasks", request_body = CompleteRequest,
    params(("task_id" = String, Path), ("Idempotency-Key" = String, Header)),
    description = "Completes an open task, once.",
    responses(
        (status = 200, description = "Completed, now or before with this key (Idempotency-Replayed: true)", body = TaskAnswer),
        (status = 409, description = "task_completed: somebody else did it; task_lapsed: its last day has passed", body = ProblemBody),
        (status = "4XX", description = "Refused", body = ProblemBody),
    )
)]
pub(crate) async fn complete(call: &Call) -> Result<Answer, Failure> {
    let task_id: TaskId = call.request.path_id("task_id")?;
    let request = CompleteRequest::of(&call.request)?;
    let note = request.note.as_deref();
    let (key, content) = (call.request.key(), content_of(note));
    let stamp = call.stamp()?;
    for attempt in 0..TRIES_MAX {
        pause(attempt).await;
        let (task, care, head) = call.store.task_and_care(&task_id).await?;
        let stored = task.ok_or_else(Problem::not_found)?;
        let head = head.ok_or_else(Problem::not_found)?;
        let today = local_date(call.now, &head.newest.zone());
        if let Some(answer) = judged(&stored, (key, &content), today)? {
            return Ok(Answer::ok(answer).replayed(true));
        }
        let how = (today, note, (key, &*content));
        if call.store.complete_task(&stored, care, how, &stamp).await? {
            let done = completed(stored, &stamp.actor, note, call.now);
            return Ok(Answer::ok(TaskAnswer::new(done, today, today)));
        }
    }
    Err(StoreError::Busy.into())
}

/// Returns the answer to a request that was made before; none where the task can be completed.
fn judged(
    stored: &StoredTask,
    (key, content): (&str, &str),
    today: Date,
) -> Result<Option<TaskAnswer>, Failure> {
    let first = stored.done.as_ref().and_then(|done| done.request.as_ref());
    match first.filter(|(first_key, _)| first_key == key) {
        Some((_, first_content)) if first_content != content => {
            return Err(Problem::key_reused().into());
        }
        Some(_) => return Ok(Some(TaskAnswer::new(stored.clone(), today, today))),
        None => {}
    }
    match stored.task.status_on(today) {
        TaskStatus::Open => Ok(None),
        TaskStatus::Completed => {
            Err(Problem::conflict("task_completed", "this task was completed before").into())
        }
        TaskStatus::Lapsed => {
            Err(Problem::conflict("task_lapsed", "the last day of this task has passed").into())
        }
    }
}

fn completed(
    stored: StoredTask,
    actor: &str,
    note: Option<&str>,
    now: jiff::Timestamp,
) -> StoredTask {
    let mut task = stored.task;
    task.status = TaskStatus::Completed;
    let (by, note) = (actor.to_owned(), note.map(str::to_owned));
    let done = Some(TaskDone { at: now, by, note, request: None });
    StoredTask { task, done, ..stored }
}

fn content_of(note: Option<&str>) -> String {
    digest(&["complete", note.unwrap_or_default()])
}
