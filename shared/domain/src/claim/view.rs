//! A claim as its member sees it: without fixes, names, and what internal steps say.

use super::{Claim, ClaimStatus, Evidence, Finding, Step};

impl Claim {
    /// Returns the claim as its member sees it. An internal step shows only a new status or promise.
    #[must_use]
    pub fn for_member(&self) -> Self {
        let mut seen = Self {
            evidence: Evidence::default(),
            finding: self.finding.map(Finding::for_member),
            proposed_fix: None,
            under_way: None,
            waiting_on: None,
            money_at: None,
            expected_by: None,
            bank_reference: None,
            history: Vec::with_capacity(self.history.len()),
            ..self.clone()
        };
        let mut status = None;
        for step in &self.history {
            let has_moved = status.replace(step.status) != Some(step.status);
            if step.waiting_on.is_some() || step.status != ClaimStatus::Waiting {
                seen.waiting_on = step.waiting_on.clone().filter(|_| !step.internal);
            }
            if !step.internal {
                seen.show(step.clone());
            } else if has_moved || step.promised_by.is_some() {
                seen.show(step.without_words());
            }
        }
        seen.waiting_on = seen.waiting_on.filter(|_| self.waiting_on.is_some());
        seen
    }

    /// Adds a step that the member may see, and what it says.
    fn show(&mut self, step: Step) {
        if let Some(evidence) = &step.evidence {
            self.evidence = self.evidence.with(evidence);
        }
        if step.bank_reference.is_some() {
            self.bank_reference.clone_from(&step.bank_reference);
        }
        self.money_at = step.money_at.or(self.money_at);
        self.expected_by = step.expected_by.or(self.expected_by);
        self.history.push(Step { actor: None, fix: None, ..step });
    }
}

impl Step {
    /// Returns an internal step with nothing but its status and promise.
    fn without_words(&self) -> Self {
        Self {
            note: None,
            internal: false,
            waiting_on: None,
            bank_reference: None,
            money_at: None,
            expected_by: None,
            evidence: None,
            ..self.clone()
        }
    }
}
