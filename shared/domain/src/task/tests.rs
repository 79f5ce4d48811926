//! Tables of tasks: completed, assigned, filtered, and counted where they ended.

use super::*;

fn task(status: TaskStatus, request: Option<(&str, &str)>) -> RecordedTask {
    let member_id = MemberId::from_key("mina");
    let done = request.map(|(key, fingerprint)| TaskDone {
        at: Timestamp::UNIX_EPOCH,
        by: "agent:a".to_owned(),
        note: None,
        request: Some(CompletionRequest {
            key: key.to_owned(),
            fingerprint: fingerprint.to_owned(),
        }),
    });
    let task = Task {
        task_id: TaskId::of_cause("1", &member_id),
        kind: TaskKind::CheckIn,
        member_id,
        member_name: "Mina Muster".to_owned(),
        due_from: "2026-03-01".parse().unwrap(),
        due_until: "2026-03-08".parse().ok(),
        status,
        note: None,
        about: None,
        moved: None,
        agent_id: None,
    };
    RecordedTask { task, created_at: Timestamp::UNIX_EPOCH, done }
}

#[test]
fn a_completion_is_judged_by_its_key_first() {
    use TaskStatus::{Completed, Lapsed, Open};
    let table = [
        (Open, None, "2026-03-08", "done"),
        (Open, None, "2026-03-09", "lapsed"),
        (Lapsed, None, "2026-03-08", "lapsed"),
        (Completed, None, "2026-03-08", "completed"),
        (Completed, Some(("other", "f")), "2026-03-08", "completed"),
        (Completed, Some(("key", "f")), "2026-03-09", "replayed"),
        (Completed, Some(("key", "other")), "2026-03-08", "conflict"),
        // Opened again for other days: the retry must not complete it.
        (Open, Some(("key", "f")), "2026-03-08", "replayed"),
        (Open, Some(("other", "f")), "2026-03-08", "done"),
    ];
    for (status, first, today, expected) in table {
        let at = Timestamp::UNIX_EPOCH;
        let completion = Completion { at, by: "agent:b", note: None, key: "key", fingerprint: "f" };
        let outcome = task(status, first).complete(&completion, today.parse().unwrap());
        let found = match outcome {
            Outcome::Done(done) => {
                assert_eq!(done.task.status, Completed);
                "done"
            }
            Outcome::Replayed(_) => "replayed",
            Outcome::Conflict => "conflict",
            Outcome::Refused(Refusal::Completed) => "completed",
            Outcome::Refused(Refusal::Lapsed) => "lapsed",
        };
        assert_eq!(found, expected, "{status:?} {first:?} {today}");
    }
}

#[test]
fn an_open_task_is_assigned_to_an_agent_or_to_nobody() {
    use TaskStatus::{Completed, Lapsed, Open};
    // The status, the day, the agent before and after, and the outcome.
    let table = [
        (Open, "2026-03-08", None, Some("a"), Ok(true)),
        (Open, "2026-03-08", Some("a"), Some("b"), Ok(true)),
        (Open, "2026-03-08", Some("a"), None, Ok(true)),
        (Open, "2026-03-08", Some("a"), Some("a"), Ok(false)),
        (Open, "2026-03-08", None, None, Ok(false)),
        (Open, "2026-03-09", None, Some("a"), Err(Refusal::Lapsed)),
        (Lapsed, "2026-03-08", None, Some("a"), Err(Refusal::Lapsed)),
        (Completed, "2026-03-08", Some("a"), Some("a"), Err(Refusal::Completed)),
    ];
    for (status, today, before, after, expected) in table {
        let mut before_it = task(status, None);
        before_it.task.agent_id = before.map(str::to_owned);
        let outcome = before_it.assign(after, today.parse().unwrap());
        let found = outcome.map(|assigned| {
            assigned.map(|assigned| assert_eq!(assigned.task.agent_id.as_deref(), after)).is_some()
        });
        assert_eq!(found, expected, "{status:?} {today} {before:?} {after:?}");
    }
}

#[test]
fn a_filter_names_the_agent_and_the_customer() {
    let agent = |agent: &str| Some(TaskAgent::Agent(agent.to_owned()));
    let table = [
        (None, None, Some("a"), true),
        (agent("a"), None, Some("a"), true),
        (agent("a"), None, Some("b"), false),
        (agent("a"), None, None, false),
        (Some(TaskAgent::Nobody), None, None, true),
        (Some(TaskAgent::Nobody), None, Some("a"), false),
        (None, Some("INÉ mu"), None, true),
        (None, Some("ster"), None, false),
        (agent("a"), Some("ines"), Some("a"), true),
        (agent("a"), Some("ines"), Some("b"), false),
    ];
    for (agent, customer, of, expected) in table {
        let filter = TaskFilter { agent, customer: customer.map(str::to_owned) };
        assert_eq!(filter.passes(of, "Inés Muster"), expected, "{filter:?} {of:?}");
    }
}

#[test]
fn a_task_ends_on_the_day_it_was_done_or_on_its_last() {
    use TaskStatus::{Completed, Lapsed, Open};
    // The status, the day on which it was closed, whether by a person, today, and the end.
    let table = [
        (Open, None, false, "2026-03-08", None),
        (Open, None, false, "2026-03-09", Some(("2026-03-08", Lapsed))),
        // Completed, moved, and over before a run closed it.
        (Open, Some("2026-03-02"), true, "2026-03-09", Some(("2026-03-08", Lapsed))),
        (Lapsed, Some("2026-03-09"), false, "2026-03-20", Some(("2026-03-08", Lapsed))),
        // Its order was cancelled.
        (Lapsed, Some("2026-03-05"), false, "2026-03-20", None),
        (Completed, Some("2026-03-05"), true, "2026-03-20", Some(("2026-03-05", Completed))),
        // The customer ordered again.
        (Completed, Some("2026-03-05"), false, "2026-03-20", None),
    ];
    for (status, closed_on, by_a_person, today, expected) in table {
        let mut ended = task(status, Some(("key", "f")));
        ended.done = closed_on.map(|day| {
            let at = format!("{day}T23:30:00+03:00").parse().unwrap();
            let mut done = ended.done.clone().unwrap();
            done.request = done.request.filter(|_| by_a_person);
            TaskDone { at, ..done }
        });
        let zone = TimeZone::get("Europe/Moscow").unwrap();
        let found = ended.ended(&zone, today.parse().unwrap());
        let expected = expected.map(|(day, status)| (day.parse().unwrap(), status));
        assert_eq!(found, expected, "{status:?} {closed_on:?} {by_a_person} {today}");
    }
}
