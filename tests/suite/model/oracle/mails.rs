//! The model's mails and addresses: the events of SES, and which addresses are blocked.

use serde_json::json;

use super::{Expected, Oracle};
use crate::model::steps::Report;

/// A requested mail.
pub(in super::super) struct Mail {
    /// Whom it is for.
    pub who: usize,
    /// Where it goes.
    pub address: String,
    /// Whether it was sent. It was not if the address was blocked.
    pub sent: bool,
    /// What it is now.
    pub status: &'static str,
}

/// The state of an address.
#[derive(Default)]
pub(in super::super) struct Block {
    /// Why it is blocked, or `None`.
    pub reason: Option<&'static str>,
    unblocked_at: Option<i64>,
}

/// The statuses that SES reports, from the lowest to the highest.
const STATUSES: [&str; 4] = ["sent", "delivered", "bounced", "complained"];

impl Oracle {
    /// Requests a mail if the person has an address, and returns whether they have one.
    pub fn order_mail(&mut self, who: usize) -> bool {
        let Some(address) = self.people[who].address.clone() else { return false };
        let sent = self.reason(&address).is_none();
        let status = if sent { "sent" } else { "blocked" };
        self.mails.push(Mail { who, address, sent, status });
        true
    }

    /// Returns why an address is blocked.
    pub fn reason(&self, address: &str) -> Option<&'static str> {
        self.blocks.get(address).and_then(|block| block.reason)
    }

    /// Handles an event of SES about a mail that was sent.
    pub fn report(&mut self, mail: usize, kind: Report, at: i64) {
        let mail = &mut self.mails[mail];
        let (status, reason) = match kind {
            Report::Delivered => ("delivered", None),
            Report::BouncedForNow => ("bounced", None),
            Report::BouncedForGood => ("bounced", Some("hard_bounce")),
            Report::Complained => ("complained", Some("complaint")),
            Report::NotSpam => return,
        };
        let rank = |name| STATUSES.iter().position(|status| *status == name);
        if rank(status) > rank(mail.status) {
            mail.status = status;
        }
        let block = self.blocks.entry(mail.address.clone()).or_default();
        let is_late = block.unblocked_at.is_some_and(|unblocked_at| at <= unblocked_at);
        if !is_late && block.reason != Some("complaint") && reason.is_some() {
            block.reason = block.reason.filter(|_| reason != Some("complaint")).or(reason);
        }
    }

    /// Requests a mail again, to the current address.
    pub fn resend(&mut self, mail: usize) -> Expected {
        let who = self.mails[mail].who;
        let address = self.people[who].address.clone().unwrap_or_default();
        if self.reason(&address).is_some() {
            return Expected::refused(409, "address_blocked");
        }
        let ordered = self.order_mail(who);
        assert!(ordered, "a member with a mail has an address");
        Expected::done(201, vec![("status", json!("queued"))])
    }

    /// Changes somebody's address.
    pub fn change_address(&mut self, who: usize, address: String) -> Expected {
        if !self.people[who].enrolled {
            return Expected::refused(404, "not_found");
        }
        self.people[who].address = Some(address);
        Expected::done(200, self.address_facts(who))
    }

    /// Unblocks somebody's address.
    pub fn unblock(&mut self, who: usize) -> Expected {
        if !self.people[who].enrolled {
            return Expected::refused(404, "not_found");
        }
        let Some(address) = self.people[who].address.clone() else {
            return Expected::refused(409, "no_address");
        };
        // Also an address that is not blocked: an older event that arrives later does not block it.
        self.blocks.insert(address, Block { reason: None, unblocked_at: Some(self.now) });
        Expected::done(200, self.address_facts(who))
    }

    /// Returns the state of an address as a member's page shows it.
    pub fn address_facts(&self, who: usize) -> Vec<(&'static str, serde_json::Value)> {
        let address = self.people[who].address.as_deref();
        let reason = address.and_then(|address| self.reason(address));
        let state = match (address, reason) {
            (None, _) => "none",
            (Some(_), None) => "ok",
            (Some(_), Some(_)) => "blocked",
        };
        vec![("email_status.state", json!(state)), ("email_status.reason", json!(reason))]
    }
}
