//! Gifts for ratings in the table. The coupon or the points, the agent's daily limit and the mail are one
//! transaction.
//!
//! The coupon of a gift uses the same index and the same code (`coupons`) as that of a redemption. A gift has
//! no outbox: its mail is written with it.

use puntos_domain::account::MemberAccount;
use puntos_domain::coupon::{Coupon, CouponCode, CouponUse};
use puntos_domain::gift::GIFTS_MAX;
use puntos_domain::gift::Gift;
use puntos_domain::gift::GivenGift;
use puntos_domain::id::{EmailId, GiftId, MemberId, RatingId};
use puntos_domain::language::Language;
use puntos_domain::mail::Email;
use puntos_domain::member::Member;
use puntos_domain::points::Points;
use puntos_domain::program::ProgramHead;
use puntos_domain::rating::RecordedRating;
use puntos_domain::reward::{Listing, RewardKind};
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::keys::{GIFT_PREFIX, Key, coupon_lookup, timeline_at};
use crate::members::accounts::{account_of, instant_of};
use crate::members::profiles::profile_of;
use crate::program::head_of;
use crate::program::rewards::listing_of;
use crate::ratings::rating_of;
use crate::table::{Commit, Condition, DayLimit, Item, Label, Transaction, from_item, json};
use crate::timeline::row::GiftRow;
use crate::{AdjustmentWrite, AgentDay, Store, StoreError};

/// The inputs of the decision about a gift.
pub struct GiftState {
    pub rating: RecordedRating,
    pub profile: Member,
    /// The member's account.
    pub account: MemberAccount,
    /// The programme.
    pub head: ProgramHead,
    /// The gift that exists already with this id.
    pub gift: Option<GivenGift>,
    /// The reward asked for.
    pub listing: Option<Listing>,
}

/// The data of a gift to be written.
pub struct GiftWrite<'a> {
    pub gift: &'a GivenGift,
    /// The credit of its points.
    pub credit: Option<AdjustmentWrite<'a>>,
    /// The daily limits that apply.
    pub agent_day: Option<AgentDay<'a>>,
    /// The mail that delivers it.
    pub mail: Option<&'a Email>,
}

/// The result of writing a gift.
#[derive(Debug)]
pub enum GiftOutcome {
    /// It was written.
    Recorded,
    /// Its idempotency key was used before.
    Exists(Box<GivenGift>),
    /// Another write changed the account or took the stock first: read and decide again.
    Outdated,
    /// The agent's limit for the day is reached.
    DayFull,
}

#[derive(Serialize, Deserialize)]
struct GiftItem {
    kind: String,
    timeline_member: MemberId,
    timeline_at: String,
    rating_id: RatingId,
    gift_id: GiftId,
    row: GiftRow,
    gift_kind: RewardKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reward_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    points_given: Option<Points>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    discount: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lookup_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lookup_sort: Option<CouponCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    coupon_expires_at: Option<i64>,
    took_stock: bool,
    size_points: Points,
    #[serde(default)]
    worth: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email_id: Option<EmailId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    used: Option<CouponUse>,
    #[serde(rename = "content")]
    fingerprint: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads the inputs of the decision about a gift with one request, strongly: the rating, its member, the
    /// programme, the reward, and an existing gift. Returns `None` if there is no such rating.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn gift_state(
        &self,
        rating_id: &RatingId,
        gift_id: &GiftId,
        reward_id: Option<&str>,
    ) -> Result<Option<GiftState>, StoreError> {
        let member_id = rating_id.member_id();
        let mut keys = vec![
            Key::rating(rating_id),
            Key::profile(&member_id),
            Key::account(&member_id),
            Key::program_head(),
            Key::gift(rating_id, gift_id),
        ];
        keys.extend(reward_id.map(Key::reward));
        let mut found = self.batch_get(&keys, true).await?;
        let mut taken = keys.into_iter().map(|key| found.remove(&(key.pk, key.sk)));
        let mut next = || taken.next().flatten();
        let (rating, profile, account, head) = (next(), next(), next(), next());
        let (gift, reward) = (next(), next());
        let (Some(rating), Some(profile), Some(account), Some(head)) =
            (rating, profile, account, head)
        else {
            return Ok(None);
        };
        let account = account_of(&member_id, account)?;
        let Some(account) = self.followed(Some(account)).await? else { return Ok(None) };
        Ok(Some(GiftState {
            rating: rating_of(rating)?,
            profile: profile_of(profile)?,
            account,
            head: head_of(head)?,
            gift: gift.map(gift_of).transpose()?,
            listing: reward.map(listing_of).transpose()?.map(|(_, listing)| listing),
        }))
    }

    /// Reads the gifts of a member strongly, in no order, up to the most that a member has.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn gifts(&self, member_id: &MemberId) -> Result<Vec<GivenGift>, StoreError> {
        let items = self.read_prefix(member_id.as_str(), GIFT_PREFIX, GIFTS_MAX).await?;
        items.into_iter().map(gift_of).collect()
    }

    /// Counts the gifts of a member strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn gift_count(&self, member_id: &MemberId) -> Result<u32, StoreError> {
        self.count_prefix(member_id.as_str(), GIFT_PREFIX, GIFTS_MAX).await
    }

    /// Writes a gift with its points, its unit of stock and its mail: all or nothing.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_gift(
        &self,
        write: &GiftWrite<'_>,
        stamp: &Stamp,
    ) -> Result<GiftOutcome, StoreError> {
        let stored = write.gift;
        let key = Key::gift(&stored.rating_id, &stored.gift_id);
        let mut transaction = Transaction::default();
        transaction.put(Label::Gift, key, &item_of(stored, stamp)?, Condition::absent())?;
        if let Some(reward_id) = stored.gift.reward_id.as_ref().filter(|_| stored.gift.takes_stock)
        {
            transaction.take_unit(reward_id);
        }
        if let Some(mail) = write.mail {
            transaction.put_mail(mail)?;
        }
        if let Some(credit) = &write.credit {
            transaction.put_adjustment(credit, stamp)?;
        }
        if let Some(agent) = write.agent_day {
            let counts = [
                DayLimit {
                    name: "points",
                    size: stored.gift.size_points.get(),
                    most: agent.points_max.get(),
                },
                DayLimit { name: "worth", size: stored.gift.worth_minor, most: agent.worth_max },
            ];
            let counts = counts.into_iter().filter(|count| count.size > 0);
            transaction.count_day(Key::agent_day(agent.subject, agent.day), counts);
        }
        let Commit::Refused(mut refusals) = self.commit(transaction).await? else {
            return Ok(GiftOutcome::Recorded);
        };
        if let Some(found) = refusals.found(Label::Gift)? {
            return Ok(GiftOutcome::Exists(Box::new(gift_of(found)?)));
        }
        let is_day_full = refusals.only(Label::Day);
        Ok(if is_day_full { GiftOutcome::DayFull } else { GiftOutcome::Outdated })
    }
}

fn item_of(stored: &GivenGift, stamp: &Stamp) -> Result<GiftItem, StoreError> {
    let gift = stored.gift.clone();
    let in_words = gift.in_words();
    let coupon = gift.coupon;
    Ok(GiftItem {
        kind: "rating".to_owned(),
        timeline_member: stored.rating_id.member_id(),
        timeline_at: timeline_at(stamp.at, 0),
        rating_id: stored.rating_id.clone(),
        gift_id: stored.gift_id.clone(),
        row: GiftRow {
            gift: in_words,
            coupon_status: coupon.as_ref().map(|coupon| coupon.written),
        },
        gift_kind: gift.kind,
        reward_id: gift.reward_id,
        points_given: gift.points,
        discount: gift.discount.as_ref().map(json).transpose()?,
        lookup_key: coupon.as_ref().map(|coupon| coupon_lookup(&coupon.code).0),
        coupon_expires_at: coupon.as_ref().map(|coupon| coupon.expires_at.as_second()),
        lookup_sort: coupon.map(|coupon| coupon.code),
        took_stock: gift.takes_stock,
        size_points: gift.size_points,
        worth: gift.worth_minor,
        email_id: stored.email_id.clone(),
        used: stored.used.clone(),
        fingerprint: stored.fingerprint.clone(),
        actor: stamp.actor.clone(),
        request_id: stamp.request_id.clone(),
    })
}

/// Reads a gift from its item.
pub(crate) fn gift_of(item: Item) -> Result<GivenGift, StoreError> {
    let item: GiftItem = from_item(item)?;
    let corrupt = |name| StoreError::attribute(item.rating_id.member_id().as_str(), "gift", name);
    let created_at =
        crate::timeline::time_of(&item.timeline_at).ok_or_else(|| corrupt("timeline_at"))?;
    let discount = item.discount.as_deref().map(serde_json::from_str).transpose();
    let discount = discount.map_err(|_| corrupt("discount"))?;
    let coupon = match (&item.lookup_sort, item.row.coupon_status, item.coupon_expires_at) {
        (None, None, None) => None,
        (Some(code), Some(written), Some(expires)) => {
            let expires_at = instant_of(expires).ok_or_else(|| corrupt("coupon_expires_at"))?;
            Some(Coupon { code: code.clone(), written, expires_at })
        }
        _ => return Err(corrupt("coupon_status")),
    };
    Ok(GivenGift {
        gift_id: item.gift_id,
        rating_id: item.rating_id,
        gift: Gift {
            name: item.row.gift.in_language(Language::En),
            kind: item.gift_kind,
            reward_id: item.reward_id,
            points: item.points_given,
            discount,
            coupon,
            takes_stock: item.took_stock,
            size_points: item.size_points,
            worth_minor: item.worth,
        },
        used: item.used,
        email_id: item.email_id,
        created_at,
        fingerprint: item.fingerprint,
    })
}
