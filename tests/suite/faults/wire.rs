//! A tap that remembers every call and lets some of them go wrong.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use puntos::{Call, Fault, Options, Tap};
use puntos_tests::World;

/// What goes wrong with one attempt of a call.
#[derive(Debug, Clone)]
pub(crate) enum Mishap {
    /// The wire's fault: the function lives and is told.
    Wire(Fault),
    /// The function dies before the service sees the call.
    DiesBefore,
    /// The service does it, and the function dies before it hears of it.
    DiesAfter,
}

/// Says what goes wrong with the n-th attempt of a call, counted from 0.
type Rule = Box<dyn Fn(&Call, usize) -> Option<Mishap> + Send + Sync>;

/// The tap: silent until it is armed.
pub(crate) struct Wire {
    rule: Rule,
    armed: AtomicBool,
    seen: Mutex<Vec<Call>>,
    dying: Mutex<Option<Call>>,
    mishaps: AtomicUsize,
}

impl Wire {
    /// Starts a world whose functions' calls go wrong by this rule, once the wire is armed.
    pub(crate) async fn world(
        rule: impl Fn(&Call, usize) -> Option<Mishap> + Send + Sync + 'static,
    ) -> (World, Arc<Self>) {
        let wire = Arc::new(Self {
            rule: Box::new(rule),
            armed: AtomicBool::new(false),
            seen: Mutex::default(),
            dying: Mutex::default(),
            mishaps: AtomicUsize::new(0),
        });
        let tap = Some(Arc::clone(&wire) as Arc<dyn Tap>);
        (World::with(Options { tap, ..Options::default() }).await, wire)
    }

    /// Lets the rule hold from now on.
    pub(crate) fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }

    /// Lets every call pass from now on.
    pub(crate) fn disarm(&self) {
        self.armed.store(false, Ordering::SeqCst);
    }

    /// Returns the attempts seen while armed, in order.
    pub(crate) fn seen(&self) -> Vec<Call> {
        self.seen.lock().unwrap().clone()
    }

    /// Returns how many attempts went wrong.
    pub(crate) fn mishaps(&self) -> usize {
        self.mishaps.load(Ordering::SeqCst)
    }

    /// Returns how many attempts of an action a function made while armed.
    pub(crate) fn count(&self, function: &str, action: &str) -> usize {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|call| call.function == function && call.action == action).count()
    }
}

impl Tap for Wire {
    fn before(&self, call: &Call) -> Option<Fault> {
        if !self.armed.load(Ordering::SeqCst) {
            return None;
        }
        let nth = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(call.clone());
            seen.iter().filter(|one| *one == call).count() - 1
        };
        let mishap = (self.rule)(call, nth)?;
        self.mishaps.fetch_add(1, Ordering::SeqCst);
        match mishap {
            Mishap::Wire(fault) => return Some(fault),
            Mishap::DiesBefore => panic!("{} dies before {}", call.function, call.action),
            Mishap::DiesAfter => *self.dying.lock().unwrap() = Some(call.clone()),
        }
        None
    }

    fn after(&self, call: &Call, _: u16, _: &[u8]) {
        let dies = self.dying.lock().unwrap().take_if(|dying| dying == call).is_some();
        assert!(!dies, "{} dies after {}", call.function, call.action);
    }
}
