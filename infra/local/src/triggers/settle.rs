//! Waits until all committed work is done: the stream read to its end, the queues empty, no invocation
//! under way, and none begun during the check.

use std::sync::Arc;

use crate::embedded::database::Database;
use crate::embedded::queues::Queues;
use crate::triggers::progress::Progress;

///
/// # Errors
/// Fails when the database fails.
pub(crate) async fn settled(
    database: &Arc<Database>,
    queues: &Queues,
    progress: &Progress,
    follows_stream: bool,
) -> anyhow::Result<()> {
    loop {
        let begun = progress.begun();
        if follows_stream {
            let database = Arc::clone(database);
            let end = tokio::task::spawn_blocking(move || database.end_of_stream()).await??;
            progress.wait_for_relay(end).await;
        }
        progress.wait_for_empty_queues(queues).await;
        progress.wait_for_idleness().await;
        if progress.begun() == begun {
            return Ok(());
        }
    }
}
