//! Filtered lists of tasks, over more tasks than one page reads.

use jiff::tz::TimeZone;
use puntos_domain::care::{CareCycle, OrderEvent, OrderEventKind};
use puntos_domain::id::MemberId;
use puntos_domain::page::PageQuery;
use puntos_domain::program::CareSettings;
use puntos_domain::task::TaskFilter;
use puntos_store::DayQuery;

use crate::care::record_first;
use crate::table::Table;
use crate::{now, today};

/// More than a filtered page reads of one partition, which is 300.
const OTHERS: u32 = 320;

#[tokio::test]
async fn a_filtered_list_goes_on_after_many_tasks_of_others() {
    let table = Table::new().await;
    let names = (0..OTHERS).map(|number| (format!("other-{number}"), "Mina Muster"));
    let zoe = (0..2).map(|number| (format!("zoe-{number}"), "Zoe Muster"));
    for (member, name) in names.chain(zoe) {
        let member_id = MemberId::from_key(&member);
        let event = OrderEvent {
            kind: OrderEventKind::CardFailed,
            ..OrderEvent::of_purchase(&member, member_id.clone(), now())
        };
        let cycle = CareCycle::new(member_id, name.to_owned());
        let decision = cycle.on_event(&event, CareSettings::default(), &TimeZone::UTC, now());
        let decision = decision.unwrap();
        record_first(&table, &event, &decision).await;
    }
    for (name, limit, expected) in
        [("zoe", 1, 2), ("zoe", 20, 2), ("mina", 100, 320), ("eva", 20, 0)]
    {
        let filter = TaskFilter { customer: Some(name.to_owned()), ..TaskFilter::default() };
        let query = DayQuery { day: today(), kind: None, status: None, filter };
        let (mut ids, mut cursor, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = PageQuery { limit, cursor };
            let (tasks, next) = table.store.tasks_of_day(&query, &[name], &page).await.unwrap();
            assert!(tasks.len() <= limit as usize);
            ids.extend(tasks.into_iter().map(|stored| stored.task.task_id));
            (cursor, pages) = (next, pages + 1);
            if cursor.is_none() {
                break;
            }
        }
        let found = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!((ids.len(), found), (expected, expected), "{name} {limit}");
        assert!(name == "mina" || (2..=4).contains(&pages), "{name}: {pages} pages");
    }
}
