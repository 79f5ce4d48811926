//! The table of Puntos: keys, items, reads and transactions.
//!
//! Each entity has one module for its reads and writes. They share `table`. This crate does not know HTTP.

mod agents;
mod branches;
mod care;
mod claims;
mod comparisons;
mod emails;
mod error;
mod expiry_warnings;
mod invitations;
pub mod keys;
mod ledger;
mod members;
mod payments;
mod program;
mod purchases;
mod ratings;
mod redemptions;
mod reports;
mod reservations;
mod signed_tokens;
mod table;
mod timeline;
mod walk;

pub use care::tasks::day::DayQuery;
pub use care::tasks::trend::TREND_TASKS_MAX;
pub use care::{
    Due, DuePage, DueStart, HandOver, MemberCare, OrderBasis, OrderEventOutcome, OrderEventWrite,
    Upcoming,
};
pub use claims::{CLAIMS_MAX, ClaimChange, ClaimOutcome, ClaimSources, FollowUp};
pub use emails::LockOutcome;
pub use emails::outbox::outbox_of;
pub use error::{Corruption, StoreError};
pub use expiry_warnings::WarningOutcome;
pub use invitations::InvitationOutcome;
pub use ledger::read::Ledger;
pub use members::addresses::AddressRecord;
pub use members::merges::{LastMerge, MergeBasis, MergeParty, MergeWrite, RecordedMerge};
pub use members::sign_ins::SignInState;
pub use members::{ConfirmationMail, EnrolOutcome, MemberState, PatchOutcome};
pub use payments::{MoneyBasis, PaymentWrite};
pub use purchases::adjustments::{AdjustmentOutcome, AdjustmentWrite, AgentDay};
pub use purchases::basis::PurchaseBasis;
pub use purchases::corrections::{CorrectionOutcome, CorrectionWrite, RecordedCorrection};
pub use purchases::moves::{MoveWrite, RecordedMove, TwoAccounts};
pub use purchases::returns::{ReturnOutcome, ReturnWrite};
pub use purchases::{AttachedReceipt, EarnedPoints, PurchaseOutcome, PurchaseWrite};
pub use ratings::auto_reply::StoredAutoReply;
pub use ratings::counts::DayCount;
pub use ratings::gifts::{GiftOutcome, GiftState, GiftWrite};
pub use ratings::lists::RatingQuery;
pub use ratings::messages::{MessageOutcome, ThreadState};
pub use ratings::{RatingBasis, RatingOutcome, RatingWrite};
pub use redemptions::coupons::{UnuseOutcome, UseOutcome};
pub use redemptions::reversals::{ReversalOutcome, ReversalState, ReversalWrite};
pub use redemptions::{RedemptionOutcome, RedemptionWrite};
pub use reservations::{ReservationOutcome, ReservationWrite};
pub use signed_tokens::{TokenKey, TokenUse};
pub use table::item::{Item, from_stream_image};
pub use table::meter::{Cost, Meter};
pub use table::{Store, pause};
pub use timeline::Entry;
pub use timeline::row::{self, Row};
pub use walk::checkpoint_after;
