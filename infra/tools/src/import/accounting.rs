//! Counts the outcomes of all rows, writes the file of refused rows, and keeps the reason why an import
//! stops before its end.
//!
//! It decides no outcome.

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

/// The outcomes of an import so far.
pub(super) struct Accounting {
    counts: [AtomicU64; 5],
    refused_path: PathBuf,
    refused_file: Mutex<File>,
    halted: watch::Sender<Option<String>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Count {
    /// Rows that were read, good or bad.
    Rows,
    /// Rows that the server accepted for the first time.
    Created,
    /// Rows that the server had accepted before.
    AlreadyThere,
    /// Rows in the file of refused rows.
    Refused,
    /// The refused rows that the server never answered.
    Unreachable,
}

/// Why a row was not accepted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Refusal {
    /// The status of the answer, if there was one.
    pub(super) status: Option<u16>,
    /// The stable code.
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
    /// Starts the accounting of an import of `source`, with an empty file of refused rows.
    pub(super) fn open(source: &Path, refused_path: PathBuf) -> anyhow::Result<Accounting> {
        if let (Ok(source), Ok(refused)) = (source.canonicalize(), refused_path.canonicalize())
            && source == refused
        {
            bail!("the file of refused rows must not be the file to import");
        }
        let refused_file = File::create(&refused_path)
            .with_context(|| format!("cannot write {}", refused_path.display()))?;
        Ok(Accounting {
            counts: [const { AtomicU64::new(0) }; 5],
            refused_path,
            refused_file: Mutex::new(refused_file),
            halted: watch::Sender::new(None),
        })
    }

    pub(super) fn add(&self, count: Count, number: u64) {
        self.counts[count as usize].fetch_add(number, Ordering::Relaxed);
    }

    pub(super) fn total(&self, count: Count) -> u64 {
        self.counts[count as usize].load(Ordering::Relaxed)
    }

    /// Records a row that the server refused or never answered.
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

    /// Stops the import. The first reason is kept.
    pub(super) fn halt(&self, reason: impl Into<String>) {
        self.halted.send_if_modified(|current| {
            let first = current.is_none();
            if first {
                *current = Some(reason.into());
            }
            first
        });
    }

    /// Returns why the import stopped, if it did.
    pub(super) fn halt_reason(&self) -> Option<String> {
        self.halted.borrow().clone()
    }

    /// Returns whether the import was stopped.
    pub(super) fn is_halted(&self) -> bool {
        self.halted.borrow().is_some()
    }

    /// Waits until the import is stopped.
    pub(super) async fn halted(&self) {
        // It fails only when the sender is gone, and this holds the sender.
        let _ = self.halted.subscribe().wait_for(Option::is_some).await;
    }

    /// Returns the file of refused rows, or removes it and returns `None` when it is empty.
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
            // The lock is held for the whole line: lines of two threads never mix.
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
