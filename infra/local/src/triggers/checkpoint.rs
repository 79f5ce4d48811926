//! The position in the stream up to which all work is done, kept in a small file: a stack that was
//! killed reads again from there.
//!
//! The position moves on when all records before it were delivered and each queue was empty since. The
//! records before it are deleted.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use crate::embedded::database::{Database, SequenceNumber};
use crate::embedded::queues::Queues;
use crate::triggers::progress::Progress;

/// The shortest time between two moves.
const PERIOD: Duration = Duration::from_millis(500);

/// The checkpoint of the stream. Without a file it is kept in memory only.
pub(crate) struct Checkpoint {
    path: Option<PathBuf>,
    saved: Option<SequenceNumber>,
}

impl Checkpoint {
    /// Reads the checkpoint of a data directory.
    ///
    /// # Errors
    /// Fails if the file exists and cannot be read.
    pub(crate) fn load(directory: Option<&std::path::Path>) -> anyhow::Result<Self> {
        let path = directory.map(|directory| directory.join("stream.checkpoint"));
        let saved = match path.as_ref().map(std::fs::read_to_string) {
            Some(Ok(text)) => Some(text.trim().parse().context("the checkpoint is damaged")?),
            Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).context("the checkpoint cannot be read");
            }
            Some(Err(_)) | None => None,
        };
        Ok(Self { path, saved })
    }

    pub(crate) fn position(&self) -> Option<SequenceNumber> {
        self.saved
    }

    fn save(&mut self, position: SequenceNumber) -> anyhow::Result<()> {
        if let Some(path) = &self.path {
            let beside = path.with_extension("new");
            std::fs::write(&beside, position.to_string())?;
            std::fs::rename(&beside, path)?;
        }
        self.saved = Some(position);
        Ok(())
    }

    /// Moves the position until the stack shuts down.
    pub(crate) async fn keep(
        mut self,
        progress: Arc<Progress>,
        queues: Arc<Queues>,
        database: Arc<Database>,
        shutdown: CancellationToken,
    ) {
        while !shutdown.is_cancelled() {
            tokio::select! {
                () = tokio::time::sleep(PERIOD) => {}
                () = shutdown.cancelled() => break,
            }
            let relayed = progress.relayed();
            let Some(position) = relayed.filter(|_| relayed > self.saved) else { continue };
            tokio::select! {
                () = progress.wait_for_empty_queues(&queues) => {}
                () = shutdown.cancelled() => break,
            }
            if let Err(error) = self.advance(position, &database).await {
                tracing::error!(%error, "the checkpoint cannot be moved; trying again");
            }
        }
    }

    async fn advance(
        &mut self,
        position: SequenceNumber,
        database: &Arc<Database>,
    ) -> anyhow::Result<()> {
        self.save(position)?;
        loop {
            let database = Arc::clone(database);
            let forget = move || database.forget_before(position);
            if !tokio::task::spawn_blocking(forget).await?? {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_outlives_the_process_and_is_replaced_whole() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut checkpoint = Checkpoint::load(Some(directory.path())).expect("none yet");
        assert_eq!(checkpoint.position(), None);
        checkpoint.save(7).expect("saved");
        checkpoint.save(100_000_000_000_000_000_007).expect("saved");
        let again = Checkpoint::load(Some(directory.path())).expect("loaded");
        assert_eq!(again.position(), Some(100_000_000_000_000_000_007));
        assert_eq!(std::fs::read_dir(directory.path()).expect("listed").count(), 1);
    }
}
