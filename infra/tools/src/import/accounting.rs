//! Keeps account of every row: how many were created, were there already or were refused, and the
//! file of the refused ones; and the one reason for which an import stops before its end.
//!
//! It judges nothing: what became of a row is told to it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, bail};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::row::{BadRow, Row};

/// What an import has come to so far.
pub(super) struct Accounting {
    counts: [AtomicU64; 6],
    refused_path: PathBuf,
    refused_file: Mutex<File>,
    halted: watch::Sender<Option<String>>,
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Count {
    /// Bytes of the file that were read.
    Bytes,
    /// Rows that were read, good or bad.
    Rows,
    /// Rows that the server took for the first time.
    Created,
    /// Rows that the server had taken before.
    AlreadyThere,
    /// Rows in the file of the refused.
    Refused,
    /// Those of the refused rows that the server never answered for.
    Unreachable,
}

/// Why the server, or the way to it, did not take a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Refusal {
    /// The status of the answer, where there was one.
    pub(super) status: Option<u16>,
    /// The stable name of the reason.
    pub(super) code: Option<String>,
    /// The reason, for a person.
    pub(super) detail: String,
    /// The fields that are wrong.
    pub(super) errors: Vec<Value>,
}

/// A line of the file of refused rows.
#[derive(Serialize)]
struct RefusedLine<'a> {
    row: u64,
    status: Option<u16>,
    code: Option<&'a str>,
    detail: &'a str,
    errors: &'a [Value],
    body: Original<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Original<'a> {
    Json(&'a RawValue),
    Text(&'a str),
}

impl Accounting {
    /// Opens the books of an import of `source`, with an empty file for its refused rows.
    pub(super) fn open(source: &Path, refused_path: PathBuf) -> anyhow::Result<Accounting> {
        if let (Ok(source), Ok(refused)) = (source.canonicalize(), refused_path.canonicalize())
            && source == refused
        {
            bail!("the file of refused rows must not be the file to import");
        }
        let refused_file = File::create(&refused_path)
            .with_context(|| format!("cannot write {}", refused_path.display()))?;
        Ok(Accounting {
            counts: [const { AtomicU64::new(0) }; 6],
            refused_path,
            refused_file: Mutex::new(refused_file),
            halted: watch::Sender::new(None),
        })
    }

    /// Adds to a count.
    pub(super) fn add(&self, count: Count, number: u64) {
        self.counts[count as usize].fetch_add(number, Ordering::Relaxed);
    }

    /// Returns a count.
    pub(super) fn total(&self, count: Count) -> u64 {
        self.counts[count as usize].load(Ordering::Relaxed)
    }

    /// Records a row that the server refused or never answered for.
    pub(super) fn refuse(&self, row: &Row, refusal: &Refusal) {
        let text = String::from_utf8_lossy(&row.body);
        let body = serde_json::from_slice::<&RawValue>(&row.body)
            .map_or(Original::Text(&text), Original::Json);
        self.write(&RefusedLine {
            row: row.line,
            status: refusal.status,
            code: refusal.code.as_deref(),
            detail: &refusal.detail,
            errors: &refusal.errors,
            body,
        });
    }

    /// Records a row that could not be sent.
    pub(super) fn refuse_unread(&self, bad: &BadRow) {
        let problem = &bad.problem;
        let errors: Vec<Value> = problem
            .field
            .iter()
            .map(|field| {
                serde_json::json!({"field": field, "code": problem.code, "detail": problem.detail})
            })
            .collect();
        self.write(&RefusedLine {
            row: bad.line,
            status: None,
            code: Some(problem.code),
            detail: &problem.detail,
            errors: &errors,
            body: Original::Text(&bad.text),
        });
    }

    /// Stops the import; the first reason is kept.
    pub(super) fn halt(&self, reason: impl Into<String>) {
        self.halted.send_if_modified(|current| {
            let first = current.is_none();
            if first {
                *current = Some(reason.into());
            }
            first
        });
    }

    /// Returns why the import stops before its end, if it does.
    pub(super) fn halt_reason(&self) -> Option<String> {
        self.halted.borrow().clone()
    }

    /// Returns whether the import stops before its end.
    pub(super) fn is_halted(&self) -> bool {
        self.halted.borrow().is_some()
    }

    /// Returns when the import is stopped before its end.
    pub(super) async fn halted(&self) {
        // It fails only when the sender is gone, and this holds the sender.
        let _ = self.halted.subscribe().wait_for(Option::is_some).await;
    }

    /// Returns where the refused rows are; nowhere when there are none.
    pub(super) fn close(&self) -> io::Result<Option<PathBuf>> {
        if self.total(Count::Refused) > 0 {
            return Ok(Some(self.refused_path.clone()));
        }
        fs::remove_file(&self.refused_path)?;
        Ok(None)
    }

    fn write(&self, line: &RefusedLine<'_>) {
        let written = serde_json::to_vec(line).map_err(io::Error::from).and_then(|mut text| {
            text.push(b'\n');
            // A line is written whole or not at all, whatever another thread did meanwhile.
            self.refused_file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&text)
        });
        match written {
            Ok(()) => self.add(Count::Refused, 1),
            Err(error) => {
                self.halt(format!("cannot write {}: {error}", self.refused_path.display()))
            }
        }
    }
}
