//! A gate in front of SES: it counts mails, stops them, or loses SES's answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use puntos::{Call, Fault, Tap};

const OPEN: u8 = 0;
const CLOSED: u8 = 1;
const LOSSY: u8 = 2;

#[derive(Default)]
pub(super) struct Gate {
    state: AtomicU8,
    passed: AtomicUsize,
}

impl Gate {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Lets everything pass.
    pub(super) fn open(&self) {
        self.state.store(OPEN, Ordering::SeqCst);
    }

    /// Makes SES throttle every sender.
    pub(super) fn close(&self) {
        self.state.store(CLOSED, Ordering::SeqCst);
    }

    /// Lets SES send, and loses its answer.
    pub(super) fn lose_answers(&self) {
        self.state.store(LOSSY, Ordering::SeqCst);
    }

    /// Returns how many mails SES accepted.
    pub(super) fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }
}

impl Tap for Gate {
    fn before(&self, call: &Call) -> Option<Fault> {
        if call.service != "ses" || call.action != "SendEmail" {
            return None;
        }
        match self.state.load(Ordering::SeqCst) {
            CLOSED => {
                let body = r#"{"__type": "TooManyRequestsException", "message": "later"}"#;
                Some(Fault::Refuse(429, body.to_owned()))
            }
            LOSSY => Some(Fault::AfterEffect),
            _ => None,
        }
    }

    fn after(&self, call: &Call, status: u16, _: &[u8]) {
        if call.action == "SendEmail" && status == 200 {
            self.passed.fetch_add(1, Ordering::SeqCst);
        }
    }
}
