//! The embedded DynamoDB: dynoxide over SQLite, in a file or in memory, behind its own HTTP server on
//! the loopback, so that the SDK's whole path runs.
//!
//! A second connection to the same SQLite does what dynoxide does not. It indexes the stream's records:
//! otherwise each write scans them all for the next sequence number, and 1,800 transactions a second
//! fall to 370 after 4,000 records. It also deletes the records that every reader has processed.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, bail};
use dynoxide::actions::get_records::{GetRecordsRequest, Record};
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::streams;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::identity;
use crate::wiring::TablePlan;

const INDEX_OF_STREAM: &str = "CREATE INDEX IF NOT EXISTS puntos_stream_order
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

const LAST_SEQUENCE_NUMBER: &str = "SELECT MAX(CAST(sequence_number AS INTEGER))
    FROM _stream_records WHERE table_name = ?1";

/// The newest record is kept: the next sequence number follows from it.
const FORGET: &str = "DELETE FROM _stream_records WHERE id IN (
    SELECT id FROM _stream_records WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) < ?2
    ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?3)";

/// Records deleted at once, which locks the table for a few milliseconds.
const FORGOTTEN_AT_ONCE: usize = 500;

/// How far dynoxide's public sequence numbers lie above the stored ones.
const SEQUENCE_NUMBER_OFFSET: u128 = 100_000_000_000_000_000_000;

/// A position in the stream: a sequence number as in the records.
pub(crate) type SequenceNumber = u128;

/// The running database.
pub(crate) struct Database {
    handle: dynoxide::Database,
    beside: Mutex<rusqlite::Connection>,
    table_name: String,
    url: String,
    server: Mutex<Option<Server>>,
    /// Locks the data directory until the database is closed.
    _lock: Option<std::fs::File>,
}

struct Server {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Database {
    /// Opens the database in a directory, or in memory, and creates the table if it is new.
    ///
    /// # Errors
    /// Fails where the files cannot be opened; refuses files that another stack uses, or whose table was
    /// defined otherwise.
    pub(crate) fn open(directory: Option<&Path>, table: &TablePlan) -> anyhow::Result<Self> {
        let lock = directory.map(lock).transpose()?;
        let path = match directory {
            Some(directory) => directory.join("puntos.db").display().to_string(),
            // Unlike ":memory:", this can be opened twice in one process.
            None => format!("file:/puntos-{}?vfs=memdb", identity::fresh()),
        };
        let handle = dynoxide::Database::new(&path).context("the database cannot be opened")?;
        // Despite its name this sets SQLite's `synchronous` to NORMAL: a killed process loses nothing,
        // a power cut may lose the last moments. Twice the writes for it.
        handle.disable_bulk_loading().context("the mode of SQLite")?;
        let beside = rusqlite::Connection::open(&path).context("the second connection")?;
        beside.busy_timeout(Duration::from_secs(5))?;
        beside.pragma_update(None, "synchronous", "NORMAL")?;
        beside.execute_batch(INDEX_OF_STREAM).context("the index of the stream")?;
        create_table(&handle, directory, table)?;

        let listener = TcpListener::bind(("127.0.0.1", 0)).context("a port for the database")?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let server = serve(listener, handle.clone())?;
        let table_name = table.name.clone();
        let beside = Mutex::new(beside);
        Ok(Self { handle, beside, table_name, url, server: Mutex::new(Some(server)), _lock: lock })
    }

    /// Returns the endpoint of the database.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the stream's records after a position, or from the beginning, oldest first.
    ///
    /// # Errors
    /// Fails when the database fails.
    pub(crate) fn records_after(
        &self,
        position: Option<SequenceNumber>,
        limit: usize,
    ) -> anyhow::Result<Vec<Record>> {
        let kind = if position.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" };
        let iterator = self
            .handle
            .get_shard_iterator(GetShardIteratorRequest {
                stream_arn: streams::stream_arn(&self.table_name, "local"),
                shard_id: streams::shard_id(&self.table_name),
                shard_iterator_type: kind.to_owned(),
                sequence_number: position.map(|position| position.to_string()),
            })
            .context("the stream cannot be read")?
            .shard_iterator
            .context("the stream has no iterator")?;
        let request = GetRecordsRequest { shard_iterator: iterator, limit: Some(limit) };
        Ok(self.handle.get_records(request).context("the stream cannot be read")?.records)
    }

    /// Returns the position of the newest record of the stream.
    ///
    /// # Errors
    /// Fails when the database fails.
    pub(crate) fn end_of_stream(&self) -> anyhow::Result<Option<SequenceNumber>> {
        let beside = self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        let last: Option<i64> = beside
            .prepare_cached(LAST_SEQUENCE_NUMBER)?
            .query_row([&self.table_name], |row| row.get(0))?;
        Ok(match last {
            Some(stored) => Some(u128::try_from(stored)? + SEQUENCE_NUMBER_OFFSET),
            None => None,
        })
    }

    /// Deletes a limited number of records before a position. Returns whether there may be more.
    ///
    /// # Errors
    /// Fails when the database fails.
    pub(crate) fn forget_before(&self, position: SequenceNumber) -> anyhow::Result<bool> {
        let stored = i64::try_from(position.saturating_sub(SEQUENCE_NUMBER_OFFSET))?;
        let beside = self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        let forgotten = beside.prepare_cached(FORGET)?.execute(rusqlite::params![
            self.table_name,
            stored,
            FORGOTTEN_AT_ONCE
        ])?;
        Ok(forgotten == FORGOTTEN_AT_ONCE)
    }

    /// Stops the server after the request under way. The last owner closes the files.
    pub(crate) fn close(&self) {
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Server { stop, thread }) = server {
            // Both fail only if the server has already stopped.
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.close();
    }
}

/// Locks a data directory for this process, and creates it if it does not exist.
fn lock(directory: &Path) -> anyhow::Result<std::fs::File> {
    std::fs::create_dir_all(directory)
        .with_context(|| format!("the directory {} cannot be made", directory.display()))?;
    let lock = std::fs::File::create(directory.join("lock"))?;
    lock.try_lock().with_context(|| format!("another stack uses {}", directory.display()))?;
    Ok(lock)
}

fn create_table(
    handle: &dynoxide::Database,
    directory: Option<&Path>,
    table: &TablePlan,
) -> anyhow::Result<()> {
    let known = handle.list_tables(Default::default()).context("the tables cannot be listed")?;
    let record = directory.map(|directory| directory.join("table.json"));
    if known.table_names.contains(&table.name) {
        return match record {
            Some(record) => refuse_other_definition(&record, table),
            None => Ok(()),
        };
    }
    let request = serde_json::from_value(table.definition.clone())
        .context("the template's table is not one that DynamoDB would create")?;
    handle.create_table(request).context("the table cannot be created")?;
    if let Some(record) = record {
        std::fs::write(record, serde_json::to_vec_pretty(&table.definition)?)?;
    }
    Ok(())
}

fn refuse_other_definition(record: &PathBuf, table: &TablePlan) -> anyhow::Result<()> {
    let written = std::fs::read(record)
        .with_context(|| format!("{} is missing beside the database", record.display()))?;
    let written: Value = serde_json::from_slice(&written).context("table.json")?;
    if written != table.definition {
        bail!(
            "the data here was written to a table defined otherwise ({}): move it away to start anew",
            record.display()
        );
    }
    Ok(())
}

/// Serves on one thread of its own: SQLite has one writer at a time, and dynoxide blocks the thread that
/// calls it.
fn serve(listener: TcpListener, handle: dynoxide::Database) -> anyhow::Result<Server> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::Builder::new().name("database".to_owned()).spawn(move || {
        runtime.block_on(async {
            let listener = match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => listener,
                Err(error) => return tracing::error!(%error, "the database cannot listen"),
            };
            let until = async {
                let _ = stopped.await;
            };
            if let Err(error) = dynoxide::server::serve_with_shutdown(listener, handle, until).await
            {
                tracing::error!(%error, "the database stopped");
            }
        });
    })?;
    Ok(Server { stop, thread })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan(extra_attribute: &str) -> TablePlan {
        TablePlan {
            name: "things".to_owned(),
            stream_arn: String::new(),
            definition: json!({
                "TableName": "things", "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": extra_attribute, "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": extra_attribute, "KeyType": "HASH"}],
                "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
            }),
        }
    }

    fn put(database: &Database, key: &str) {
        let request = json!({"TableName": "things", "Item": {"pk": {"S": key}}});
        let request = serde_json::from_value(request).expect("a request");
        database.handle.put_item(request).expect("put");
    }

    fn positions(database: &Database, after: Option<u128>) -> Vec<u128> {
        let records = database.records_after(after, 10).expect("read");
        records.iter().map(|r| r.dynamodb.sequence_number.parse().expect("a number")).collect()
    }

    #[test]
    fn the_stream_is_read_on_from_a_place_and_forgotten_up_to_one() {
        let database = Database::open(None, &plan("pk")).expect("opens");
        assert_eq!(database.end_of_stream().expect("read"), None);
        for key in ["a", "b", "c"] {
            put(&database, key);
        }
        let all = positions(&database, None);
        assert_eq!(all.len(), 3);
        assert_eq!(database.end_of_stream().expect("read"), Some(all[2]));
        assert_eq!(positions(&database, Some(all[0])), all[1..]);

        assert!(!database.forget_before(all[2]).expect("forgets"));
        assert_eq!(positions(&database, None), all[2..]);
        put(&database, "d");
        assert_eq!(positions(&database, Some(all[2])).len(), 1);
    }

    #[test]
    fn data_of_another_definition_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        Database::open(Some(directory.path()), &plan("pk")).expect("opens").close();
        Database::open(Some(directory.path()), &plan("pk")).expect("opens again").close();
        let Err(error) = Database::open(Some(directory.path()), &plan("other")) else {
            panic!("another definition was taken");
        };
        assert!(error.to_string().contains("defined otherwise"), "{error}");
    }
}
