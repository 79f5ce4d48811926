//! Records of the stream, parsed: commits from which work follows.

use aws_lambda_events::dynamodb::EventRecord;
use puntos_domain::outbox::Outbox;
use puntos_store::from_stream_image;

/// A commit from which work follows.
pub struct Change {
    /// Its place in the stream.
    pub sequence_number: String,
    /// What was committed.
    pub committed: Outbox,
}

/// A record that cannot be read.
#[derive(Debug)]
pub struct Broken {
    /// Its place in the stream.
    pub sequence_number: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Reads one record; none where no work follows from it: only what is new has an outbox to empty.
///
/// # Errors
/// Refuses a record with an outbox that cannot be read.
pub fn parse(record: EventRecord) -> Result<Option<Change>, Broken> {
    let sequence_number = record.change.sequence_number.clone().unwrap_or_default();
    if record.event_name != "INSERT" {
        return Ok(None);
    }
    let broken = |reason: String| Broken { sequence_number: sequence_number.clone(), reason };
    let item = from_stream_image(record.change.new_image);
    let committed = puntos_store::outbox_of(item).map_err(|error| broken(error.chain()))?;
    Ok(committed.map(|committed| Change { sequence_number, committed }))
}
