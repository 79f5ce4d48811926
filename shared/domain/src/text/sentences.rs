//! The declarations of all texts: for each a function with its facts.
//!
//! To add a text, declare it here and add its line to the four files of `texts`, in the same place.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Fact, Remark, Text};
use crate::money::Money;
use crate::points::Points;

/// The type in which a fact of a kind is given.
macro_rules! given {
    (Name) => {
        &str
    };
    (Number) => {
        i64
    };
    (Points) => {
        Points
    };
    (Money) => {
        &Money
    };
    (Decimal) => {
        &str
    };
    (Day) => {
        Date
    };
    (Text) => {
        &Text
    };
    (Remark) => {
        &Remark
    };
}

macro_rules! texts {
    ($($key:ident($($fact:ident: $kind:ident),*);)+) => {
        $(
            pub fn $key($($fact: given!($kind)),*) -> Text {
                let facts = [$((stringify!($fact).into(), Fact::$kind($fact.to_owned()))),*];
                Text { key: stringify!($key).into(), facts: BTreeMap::from(facts) }
            }
        )+

        /// The keys, each with the names and the kinds of its facts.
        #[cfg(test)]
        pub(super) const DECLARED: &[(&str, &[(&str, &str)])] = &[
            $((stringify!($key), &[$((stringify!($fact), stringify!($kind))),*])),+
        ];
    };
}

texts! {
    // Numbers and lists.
    points(number: Number);
    listed(one: Text, other: Text);
    joined(one: Text, other: Text);

    // Explanations: one sentence for each rule that gave or took points.
    explanation_rate(base: Money, rate: Points, step: Money);
    explanation_excluded(base: Money);
    explanation_multiplier(name: Name, base: Money, factor: Decimal);
    explanation_bonus(name: Name, points: Points);
    explanation_returned(base: Money, left: Points);
    explanation_let_go();
    explanation_given_back();
    explanation_paid_with_points(base: Money);
    explanation_already_credited();
    explanation_rerated(base: Money, before: Points, after: Points);
    explanation_forgiven();
    explanation_expired();
    explanation_moved_away();
    explanation_moved_here();

    // Promotions that gave nothing. The reasons are among the words below.
    not_applied(name: Name, why: Text);

    // Entries of the timeline and of statements.
    entry_purchase(invoice: Name, branch: Name, points: Points);
    entry_purchase_paid(invoice: Name, branch: Name, points: Points, paid: Points);
    entry_return(branch: Name, points: Points);
    entry_redemption(reward: Name, points: Points);
    entry_coupon_used(entry: Text);
    entry_coupon_cancelled(entry: Text);
    entry_reversal(reward: Name, points: Points, reason: Remark);
    entry_reversal_expired(reward: Name, points: Points, expired: Points, reason: Remark);
    entry_credited(points: Points, reason: Remark);
    entry_taken(points: Points, reason: Remark);
    entry_credited_for_invoice(points: Points, invoice: Name, branch: Name, reason: Remark);
    entry_taken_for_invoice(points: Points, invoice: Name, branch: Name, reason: Remark);
    entry_corrected(points: Points, reason: Remark);
    entry_moved_here(invoice: Name, branch: Name, points: Points, reason: Remark);
    entry_moved_away(invoice: Name, branch: Name, points: Points, reason: Remark);
    entry_merged_into(points: Points, reason: Remark);
    entry_merged_from(points: Points, reason: Remark);
    entry_merge_back(points: Points, reason: Remark);
    entry_merge_undone(points: Points, reason: Remark);
    entry_expired(points: Points);
    entry_email(mail: Text, status: Text);
    entry_enrolled();
    entry_profile_changed(changes: Remark);
    entry_rating(branch: Name, score: Number);
    entry_gift(gift: Remark);
    entry_task(task: Text, status: Text);
    entry_task_delayed(task: Text, status: Text, from: Day, to: Day);
    entry_task_pulled_forward(task: Text, status: Text, from: Day, to: Day);
    entry_claim(claim: Text, status: Text);
    entry_tier_changed(from: Name, to: Name);
    entry_tier_reached(to: Name);
    entry_tier_lost(from: Name);
    entry_tier_until(change: Text, day: Day);
    chain_whole();
    chain_broken(entry: Name);

    // The fields of a profile that can change.
    profile_field_name();
    profile_field_email();
    profile_field_email_pending();
    profile_field_confirmed();
    profile_field_phone();
    profile_field_document();
    profile_field_card_number();
    profile_field_locale();
    profile_field_birth_date();
    profile_field_optional_emails();
    profile_field_agent_id();

    // Reasons that the system writes into entries.
    reason_rules_corrected();
    reason_merged();
    reason_unmerged();
    reason_subscribed();
    reason_unsubscribed();
    reason_code_given();
    reason_replacing_code_given();
    reason_address_taken();
    reason_joined();
    reason_sign_in_replaced();
    reason_email_unblocked(reason: Name);
    reason_claim(claim: Name);
    reason_gift(gift: Remark);

    // Notes that the system writes into claims.
    claim_credited_before(points: Points);
    claim_credited_to_another(points: Points);
    claim_credit_of_another();
    claim_too_late();
    claim_receipt_not_shown();
    claim_of_another_member();
    claim_earned(points: Points);
    claim_earned_nothing(why: Text);
    claim_number_unknown();
    claim_number_in_branches(branches: Number);
    claim_rerated(points: Points);
    claim_points_credited(points: Points);
    claim_credit_taken_back(points: Number, credited: Points);
    claim_purchase_recorded();
    claim_purchase_not_recorded();
    claim_purchase_failed_again();
    claim_order_came();
    claim_mail_sent();
    claim_mail_failed(status: Text);
    claim_mail_missing(email: Text);

    // What a proposed fix does.
    fix_credit_points(invoice: Name, branch: Name);
    fix_attach_receipt();
    fix_resend();
    fix_request_mail();
    fix_redrive();
    fix_rerate(points: Points);
    fix_take_back_credit(points: Points, invoice: Name, branch: Name);

    // Notes that the system writes into tasks.
    task_of_claim(claim: Text, status: Text);
    task_promise_broken(note: Text, day: Day);
    task_claim_ended();
    task_ordered_again();

    // Mails of the user pool.
    code_sign_up_subject();
    code_sign_up(brand: Name, code: Name);
    code_password_subject();
    code_password(brand: Name, code: Name);
    code_address_subject();
    code_address(brand: Name, code: Name);
    code_account_subject();
    code_account(brand: Name, username: Name, code: Name);
}
