//! Records of the stream, parsed: commits from which work follows.

use aws_lambda_events::dynamodb::EventRecord;
use puntos_domain::outbox::Outbox;
use puntos_store::{StoreError, from_stream_image};

/// A commit from which work follows.
pub struct Change {
    /// Its sequence number in the stream.
    pub sequence_number: String,
    pub committed: Outbox,
}

/// A record that cannot be read.
#[derive(Debug)]
pub struct Broken {
    /// Its sequence number in the stream.
    pub sequence_number: String,
    /// What is wrong with it.
    pub reason: StoreError,
}

/// Reads one record. Returns `None` if no work follows from it: only new items have an outbox.
///
/// # Errors
/// Refuses a record with an outbox that cannot be read.
pub fn parse(record: EventRecord) -> Result<Option<Change>, Broken> {
    let sequence_number = record.change.sequence_number.clone().unwrap_or_default();
    if record.event_name != "INSERT" {
        return Ok(None);
    }
    let item = from_stream_image(record.change.new_image);
    match puntos_store::outbox_of(item) {
        Ok(committed) => Ok(committed.map(|committed| Change { sequence_number, committed })),
        Err(reason) => Err(Broken { sequence_number, reason }),
    }
}
