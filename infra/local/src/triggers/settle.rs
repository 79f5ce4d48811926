//! Tells when everything committed has been worked off: the stream read to its end, the queues empty,
//! no trigger's invocation under way, and nothing new begun while looking.

use std::sync::Arc;

use crate::embedded::database::Database;
use crate::embedded::queues::Queues;
use crate::triggers::progress::Progress;

/// Waits until nothing is left to do.
///
/// # Errors
/// Fails where the database does.
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
