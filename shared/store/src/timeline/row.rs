//! Rows: what a line of the timeline shows of an entry, by kind. The index projects the whole attribute `row`,
//! so a new kind or field needs no change of the index.
//!
//! A row is stored once, as a part of its item, and the item is read from it. A kind of entry that moves points
//! says so in `movement`, which the ledger and its chain use.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use puntos_domain::claim::{ClaimKind, ClaimStatus};
use puntos_domain::coupon::CouponStatus;
use puntos_domain::id::{MemberId, PurchaseId, RedemptionId};
use puntos_domain::mail::{EmailStatus, MailKind};
use puntos_domain::money::Currency;
use puntos_domain::points::Points;
use puntos_domain::task::{DayChange, TaskKind, TaskStatus};
use puntos_domain::text::Remark;
use puntos_domain::timeline::EntryKind;
use serde::{Deserialize, Serialize};

use crate::members::accounts::AllocationItem;
use crate::table::Item;

mod movement;
mod points;
mod purchase;
mod tier;

use points::ExpiredItem;
pub(crate) use points::{allocations_item, allocations_of, expired_item};
pub(crate) use tier::{TierItem, tier_item};

/// What a line of the timeline shows.
#[derive(Debug, Clone)]
pub enum Row {
    Purchase(PurchaseRow),
    Return(ReturnRow),
    Redemption(RedemptionRow),
    Reversal(ReversalRow),
    Adjustment(AdjustmentRow),
    /// The correction of a purchase, which is listed as an adjustment.
    Correction(CorrectionRow),
    /// The move of a purchase, which is listed as an adjustment.
    Move(MoveRow),
    /// A merge of two members or its end, which is listed as an adjustment.
    Merge(MergeRow),
    Email(EmailRow),
    Profile(ProfileRow),
    Rating(RatingRow),
    /// A gift for a rating, which is listed as a rating.
    Gift(GiftRow),
    Task(TaskRow),
    Claim(ClaimRow),
}

/// A purchase. One without a member has no points.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PurchaseRow {
    pub purchased_at: Timestamp,
    pub(crate) amount: i64,
    pub(crate) currency: Currency,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Points>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) available_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) balance_after: Option<Points>,
    /// The breakdown of the points, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) explanation: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) expired: Vec<ExpiredItem>,
    /// How the tier changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tier: Vec<TierItem>,
    /// What was paid with points, in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) paid_amount: Option<i64>,
    /// The points that paid, by their lots.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) paid: Vec<AllocationItem>,
}

/// A return. One of a purchase without a member has no entry.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReturnRow {
    pub purchase_id: PurchaseId,
    /// The points taken back: from the balance, or as debt.
    pub(crate) clawed: Points,
    /// The points given back that had paid.
    pub(crate) given_back: Points,
    pub(crate) balance_after: Points,
    /// The breakdown of the points, as JSON.
    pub(crate) explanation: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) expired: Vec<ExpiredItem>,
    /// How the tier changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tier: Vec<TierItem>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RedemptionRow {
    pub redemption_id: RedemptionId,
    pub(crate) reward_id: String,
    pub reward_name: String,
    pub(crate) points: Points,
    pub(crate) balance_after: Points,
    pub(crate) allocations: Vec<AllocationItem>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) expired: Vec<ExpiredItem>,
    /// The last stored status of the coupon.
    pub coupon_status: CouponStatus,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReversalRow {
    pub redemption_id: RedemptionId,
    pub reward_name: String,
    pub points: Points,
    /// The points that came back and can be spent.
    pub points_restored: Points,
    pub(crate) balance_after: Points,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) expired: Vec<ExpiredItem>,
    pub reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AdjustmentRow {
    pub points: Points,
    pub(crate) balance_after: Points,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) expired: Vec<ExpiredItem>,
    pub reason: Remark,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The correction of a purchase that was rated again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CorrectionRow {
    pub purchase_id: PurchaseId,
    pub(crate) points: Points,
    pub(crate) balance_after: Points,
    /// The breakdown of the points, as JSON.
    pub(crate) explanation: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) expired: Vec<ExpiredItem>,
    /// How the tier changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tier: Vec<TierItem>,
    pub reason: Remark,
}

/// The move of a purchase, as the entry of one of the two members.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MoveRow {
    /// Whether the member got the purchase; else the member gave it up.
    pub is_in: bool,
    pub purchase_id: PurchaseId,
    pub purchased_at: Timestamp,
    pub(crate) points: Points,
    pub(crate) balance_after: Points,
    /// The breakdown of the points, as JSON.
    pub(crate) explanation: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) expired: Vec<ExpiredItem>,
    /// How the tier changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tier: Vec<TierItem>,
    pub reason: String,
}

/// A merge of two members or its end, as the entry of one of the two.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MergeRow {
    pub step: MergeStep,
    pub other_member: MemberId,
    pub(crate) points: Points,
    pub(crate) balance_after: Points,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) expired: Vec<ExpiredItem>,
    pub reason: String,
}

/// What a merge or its end is to one of the two members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeStep {
    /// The points went to the other member.
    Into,
    /// The points came from the other member.
    From,
    /// The points came back from the other member.
    Back,
    /// The points went back to the other member.
    Undone,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EmailRow {
    pub email_kind: MailKind,
    pub status: EmailStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redemption_id: Option<RedemptionId>,
}

/// An enrolment, or a change of the profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProfileRow {
    /// What changed; `None` for the enrolment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Remark>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RatingRow {
    pub score: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GiftRow {
    /// The name of the gift.
    pub gift: Remark,
    /// The last stored status of the coupon, for a gift that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_status: Option<CouponStatus>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TaskRow {
    pub topic: TaskKind,
    pub state: TaskStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Remark>,
    /// How the automatic order was moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<DayChange>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClaimRow {
    pub topic: ClaimKind,
    pub state: ClaimStatus,
}

impl Row {
    /// Reads the row of an entry of this kind.
    pub(crate) fn read(kind: EntryKind, row: Item) -> Result<Self, serde_dynamo::Error> {
        let is_gift = row.contains_key("gift");
        let is_merge = row.contains_key("other_member");
        let is_move = row.contains_key("is_in");
        let is_correction = row.contains_key("purchase_id");
        Ok(match kind {
            EntryKind::Purchase => Self::Purchase(serde_dynamo::from_item(row)?),
            EntryKind::Return => Self::Return(serde_dynamo::from_item(row)?),
            EntryKind::Redemption => Self::Redemption(serde_dynamo::from_item(row)?),
            EntryKind::Reversal => Self::Reversal(serde_dynamo::from_item(row)?),
            EntryKind::Adjustment if is_merge => Self::Merge(serde_dynamo::from_item(row)?),
            EntryKind::Adjustment if is_move => Self::Move(serde_dynamo::from_item(row)?),
            EntryKind::Adjustment if is_correction => {
                Self::Correction(serde_dynamo::from_item(row)?)
            }
            EntryKind::Adjustment => Self::Adjustment(serde_dynamo::from_item(row)?),
            EntryKind::Email => Self::Email(serde_dynamo::from_item(row)?),
            EntryKind::Profile => Self::Profile(serde_dynamo::from_item(row)?),
            EntryKind::Rating if is_gift => Self::Gift(serde_dynamo::from_item(row)?),
            EntryKind::Rating => Self::Rating(serde_dynamo::from_item(row)?),
            EntryKind::Task => Self::Task(serde_dynamo::from_item(row)?),
            EntryKind::Claim => Self::Claim(serde_dynamo::from_item(row)?),
            EntryKind::Expiry | EntryKind::Tier => {
                return Err(serde::de::Error::custom("this kind has no item of its own"));
            }
        })
    }

    /// Returns the kind under which the entry is listed.
    pub fn kind(&self) -> EntryKind {
        match self {
            Self::Purchase(_) => EntryKind::Purchase,
            Self::Return(_) => EntryKind::Return,
            Self::Redemption(_) => EntryKind::Redemption,
            Self::Reversal(_) => EntryKind::Reversal,
            Self::Adjustment(_) | Self::Correction(_) | Self::Move(_) | Self::Merge(_) => {
                EntryKind::Adjustment
            }
            Self::Email(_) => EntryKind::Email,
            Self::Profile(_) => EntryKind::Profile,
            Self::Rating(_) | Self::Gift(_) => EntryKind::Rating,
            Self::Task(_) => EntryKind::Task,
            Self::Claim(_) => EntryKind::Claim,
        }
    }

    /// Returns the redemption of a redemption, its reversal or its mail.
    pub fn redemption_id(&self) -> Option<&RedemptionId> {
        match self {
            Self::Redemption(row) => Some(&row.redemption_id),
            Self::Reversal(row) => Some(&row.redemption_id),
            Self::Email(row) => row.redemption_id.as_ref(),
            _ => None,
        }
    }

    /// Returns the note for colleagues.
    pub fn note(&self) -> Option<Remark> {
        match self {
            Self::Reversal(row) => row.note.clone().map(Remark::from),
            Self::Adjustment(row) => row.note.clone().map(Remark::from),
            Self::Task(row) => row.note.clone(),
            _ => None,
        }
    }
}

/// Takes the row out of an item; the row of an enrolment is empty and is not stored.
pub(crate) fn take_row(item: &mut Item) -> Item {
    match item.remove("row") {
        Some(AttributeValue::M(row)) => row,
        _ => Item::new(),
    }
}
