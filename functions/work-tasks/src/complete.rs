//! Completes a task.

use puntos_api::Problem;
use puntos_api::tasks::{CompleteRequest, TaskAnswer, refused};
use puntos_domain::calendar::local_date;
use puntos_domain::fingerprint;
use puntos_domain::id::TaskId;
use puntos_domain::language::Language;
use puntos_domain::outcome::Outcome;
use puntos_domain::task::Completion;
use puntos_runtime::http::{Answer, Call, Failure};

use crate::WorkTasks;
use crate::agents::show_names;

type Completed = Outcome<TaskAnswer, Problem>;

/// A parsed completion, ready to be decided.
struct Request {
    task_id: TaskId,
    note: Option<String>,
    fingerprint: String,
}

pub(crate) async fn complete(_: &WorkTasks, call: &Call) -> Result<Answer, Failure> {
    let request = parse(call)?;
    let outcome = call.decide(|_| attempt(call, &request)).await?;
    Ok(Answer::of_outcome(200, outcome)?)
}

fn parse(call: &Call) -> Result<Request, Problem> {
    let task_id = call.request.path_id("task_id")?;
    let note = call.request.body::<CompleteRequest>()?.checked()?;
    let fingerprint = fingerprint::task_completion(note.as_deref());
    Ok(Request { task_id, note, fingerprint })
}

async fn attempt(call: &Call, request: &Request) -> Result<Option<Completed>, Failure> {
    let (task, care, head) = call.store.task_and_care(&request.task_id).await?;
    let task = task.ok_or_else(Problem::not_found)?;
    let head = head.ok_or_else(Problem::not_found)?;
    let rules = call.store.program_at(&head, call.now).await?;
    let today = local_date(call.now, &rules.zone());
    let language = Language::of_reader(call.request.language(), None, &rules.program.locale);
    let stamp = call.stamp()?;
    let completion = Completion {
        at: call.now,
        by: &stamp.actor,
        note: request.note.as_deref(),
        key: call.request.key(),
        fingerprint: &request.fingerprint,
    };
    let answer = async |task| {
        let mut answer = TaskAnswer::new(task, today, today, language);
        show_names(call, std::slice::from_mut(&mut answer)).await?;
        Ok::<TaskAnswer, Failure>(answer)
    };
    Ok(Some(match task.clone().complete(&completion, today) {
        Outcome::Done(completed) => {
            if !call.store.complete_task(&task, care, today, &completion, &stamp).await? {
                return Ok(None);
            }
            Outcome::Done(answer(completed).await?)
        }
        Outcome::Replayed(first) => Outcome::Replayed(answer(first).await?),
        Outcome::Conflict => Outcome::Conflict,
        Outcome::Refused(refusal) => Outcome::Refused(refused(refusal)),
    }))
}
