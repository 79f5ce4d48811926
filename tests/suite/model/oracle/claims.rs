//! The model's claims: open until the opposite is proven, followed up, and fixed in one step.

use serde_json::{Value, json};

use super::super::calendar::midnight_after;
use super::{CLAIM_DAYS, Expected, Oracle};

const PROMISE_DAYS: i64 = 7;
const FOLLOW_UP_DAYS: i64 = 3;
const TELL_DAYS: i64 = 7;

pub(in super::super) struct Claim {
    /// Whose it is.
    pub who: usize,
    /// The proposed fix.
    pub fix: Option<&'static str>,
    /// The invoice whose points are missing, or `None` for a claim about a refund.
    invoice: Option<u8>,
    /// Whether the member named the invoice, without its total and time.
    by_member: bool,
    /// Whether the system opened it. The member gets no mail about it.
    by_system: bool,
    opened_at: i64,
    status: &'static str,
    waiting_on: Option<&'static str>,
    promised_by: i64,
    follow_up_on: i64,
    tell_on: i64,
    proven: bool,
    escalated: bool,
    finding: Option<&'static str>,
}

/// An update of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Update {
    /// An agent sets a status without a party to wait for.
    Status(&'static str),
    /// An agent sets a status with a party to wait for.
    WaitOn(&'static str),
    /// An agent writes a note for colleagues.
    InternalNote,
    /// An agent writes down the bank's reference.
    BankReference,
    /// An agent promises a day, so many days from now.
    Promise(i64),
    /// The member writes a note.
    MemberNote,
    /// The member agrees that it is resolved.
    Confirm,
    /// The member says that it is not resolved.
    Disagree,
}

impl Update {
    /// Returns whether it comes from the member.
    pub fn by_member(self) -> bool {
        matches!(self, Self::MemberNote | Self::Confirm | Self::Disagree)
    }
}

impl Claim {
    fn is_ended(&self) -> bool {
        self.status == "rejected" || self.status == "resolved" && self.proven
    }

    fn promise_anew(&mut self, today: i64) {
        self.promised_by = today + PROMISE_DAYS;
        self.follow_up_on = today + FOLLOW_UP_DAYS;
        self.tell_on = today + TELL_DAYS;
        self.escalated = false;
    }
}

impl Oracle {
    /// Opens a claim about missing points, or about a refund.
    pub fn open_claim(&mut self, who: usize, invoice: Option<u8>, by_member: bool) -> Expected {
        let mut claim = self.new_claim(who, invoice, by_member);
        (claim.finding, claim.fix) = self.look_up(&claim);
        self.claims.push(claim);
        self.mail_news(who);
        Expected::done(201, vec![("status", json!("received"))])
    }

    /// The system opens a claim about a credit for an invoice whose points another member earned.
    pub(super) fn open_claim_of_credit(&mut self, who: usize, invoice: u8) {
        let mut claim = self.new_claim(who, Some(invoice), false);
        claim.finding = Some("received_with_points");
        claim.fix = Some("take_back_credit");
        claim.by_system = true;
        self.claims.push(claim);
    }

    fn new_claim(&self, who: usize, invoice: Option<u8>, by_member: bool) -> Claim {
        let mut claim = Claim {
            who,
            fix: None,
            invoice,
            by_member,
            by_system: false,
            opened_at: self.now,
            status: "received",
            waiting_on: None,
            promised_by: 0,
            follow_up_on: 0,
            tell_on: 0,
            proven: false,
            escalated: false,
            finding: None,
        };
        claim.promise_anew(self.today());
        claim
    }

    /// Adds an update.
    pub fn update_claim(&mut self, which: usize, update: Update) -> Expected {
        let today = self.today();
        let claim = &mut self.claims[which];
        let who = claim.who;
        let is_closed = matches!(claim.status, "resolved" | "rejected");
        let reopens = is_closed && update == Update::Disagree;
        if claim.is_ended() && !reopens {
            return Expected::refused(409, "claim_ended");
        }
        if update.by_member() && claim.waiting_on == Some("member") {
            claim.status = "investigating";
        }
        match update {
            Update::Status(status) => claim.status = status,
            Update::WaitOn(whom) => (claim.status, claim.waiting_on) = ("waiting", Some(whom)),
            Update::Confirm => (claim.status, claim.proven) = ("resolved", true),
            Update::Promise(days) => {
                (claim.promised_by, claim.escalated) = (today + days, false);
            }
            Update::Disagree if reopens => {
                claim.status = "investigating";
                claim.promise_anew(today);
            }
            // A bank's reference proves nothing.
            Update::BankReference
            | Update::Disagree
            | Update::MemberNote
            | Update::InternalNote => {}
        }
        claim.proven = claim.status == "resolved" && update == Update::Confirm;
        let (status, by_system) = (claim.status, claim.by_system);
        self.close_if_ended(which);
        if !by_system && !update.by_member() && update != Update::InternalNote {
            self.claims[which].tell_on = today + TELL_DAYS;
            self.mail_news(who);
        }
        Expected::done(201, vec![("status", json!(status))])
    }

    /// Does the proposed fix.
    pub fn fix_claim(&mut self, which: usize, points: i64) -> Expected {
        let claim = &self.claims[which];
        let (who, fix, now) = (claim.who, claim.fix, self.now);
        if claim.is_ended() {
            return Expected::refused(409, "claim_ended");
        }
        let Some(fix) = fix else { return Expected::refused(409, "no_fix") };
        let invoice = claim.invoice.unwrap();
        let found = self.look_up(claim);
        if fix != "take_back_credit" && found.1 != Some(fix) {
            (self.claims[which].finding, self.claims[which].fix) = found;
            return Expected::refused(409, "finding_changed");
        }
        if fix == "take_back_credit" {
            let credited = self.invoices[&invoice].credit.map_or(0, |(_, points)| points);
            let points = credited.min(self.available(who));
            if points > 0 {
                self.people[who].ledger.push(("adjustment", -points));
                let _ = self.take(who, points);
            }
        } else if fix == "credit_points" {
            self.invoices.entry(invoice).or_default().credit = Some((who, points));
            self.people[who].ledger.push(("adjustment", points));
            self.add_lot(who, points, now);
        } else {
            let _ = self.accrue(who, invoice);
        }
        self.resolve(which);
        if !self.claims[which].by_system {
            self.mail_news(who);
        }
        Expected::done(200, vec![("status", json!("resolved")), ("proven", json!(true))])
    }

    /// Follows up all claims for a day.
    pub(super) fn follow_up_claims(&mut self) {
        let today = self.today();
        for which in 0..self.claims.len() {
            let claim = &self.claims[which];
            let (who, is_broken) = (claim.who, today > claim.promised_by && !claim.escalated);
            let is_asked = is_broken || claim.follow_up_on <= today;
            let is_told = !claim.by_system && (is_broken || claim.tell_on <= today);
            if claim.is_ended() || !is_asked && !is_told {
                continue;
            }
            if claim.finding == Some("not_received") && self.has_come(claim) {
                if !claim.by_system {
                    self.mail_news(who);
                }
                self.resolve(which);
                continue;
            }
            let claim = &mut self.claims[which];
            claim.escalated |= is_broken;
            if claim.follow_up_on <= today {
                claim.follow_up_on = today + FOLLOW_UP_DAYS;
            }
            if is_told {
                claim.tell_on = today + TELL_DAYS;
                self.mail_news(who);
            }
            if is_asked {
                self.add_follow_up(who, which);
            }
        }
    }

    /// Returns what an agent sees of a claim; days are counted since 1970.
    pub fn claim_facts(&self, which: usize) -> (Vec<(&'static str, Value)>, i64, Option<i64>) {
        let claim = &self.claims[which];
        let facts = vec![
            ("status", json!(claim.status)),
            ("waiting_on", json!(claim.waiting_on)),
            ("proven", json!(claim.proven)),
            ("escalated", json!(claim.escalated)),
            ("finding", json!(claim.finding)),
            ("proposed_fix.action", json!(claim.fix)),
        ];
        let follow_up_on = (!claim.is_ended()).then_some(claim.follow_up_on);
        (facts, claim.promised_by, follow_up_on)
    }

    /// Returns the finding and the fix of a claim, as the invoice is now.
    fn look_up(&self, claim: &Claim) -> (Option<&'static str>, Option<&'static str>) {
        let Some(number) = claim.invoice else { return (None, None) };
        let Some(invoice) = self.invoices.get(&number) else {
            return (Some("not_received"), Some("credit_points"));
        };
        match (invoice.told, invoice.owner) {
            (None, _) if invoice.credit.is_some() => (Some("not_received"), None),
            (None, _) => (Some("not_received"), Some("credit_points")),
            (Some((_, _, purchased_at)), None) => {
                let in_time = claim.opened_at < midnight_after(purchased_at, CLAIM_DAYS + 1);
                let is_proposed = in_time && !claim.by_member;
                (Some("received_without_points"), is_proposed.then_some("claim_points"))
            }
            (_, Some(owner)) if owner == claim.who && invoice.earned == 0 => {
                (Some("received_without_points"), None)
            }
            (_, Some(_)) => (Some("received_with_points"), None),
        }
    }

    /// Returns whether the missing purchase came and earned points.
    fn has_come(&self, claim: &Claim) -> bool {
        let invoice = claim.invoice.and_then(|number| self.invoices.get(&number));
        invoice.is_some_and(|invoice| invoice.owner == Some(claim.who) && invoice.earned > 0)
    }

    fn resolve(&mut self, which: usize) {
        (self.claims[which].status, self.claims[which].proven) = ("resolved", true);
        self.close_if_ended(which);
    }

    fn close_if_ended(&mut self, which: usize) {
        let claim = &mut self.claims[which];
        if claim.status != "waiting" {
            claim.waiting_on = None;
        }
        if claim.is_ended() {
            claim.fix = None;
            let who = claim.who;
            self.end_follow_up(who, which);
        }
    }

    /// Mails the member what is new about a claim; the answers do not name these mails.
    fn mail_news(&mut self, who: usize) {
        let Some(address) = self.people[who].address.clone() else { return };
        if self.reason(&address).is_none() {
            self.claim_mails.push(address);
        }
    }
}
