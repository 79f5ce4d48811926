//! Loyalty cards: who holds one, and until when it may be used.

use jiff::Timestamp;

use crate::id::MemberId;

/// Who holds a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardHolder {
    pub member_id: MemberId,
    /// When another card replaced it; none while it is in use.
    pub replaced_at: Option<Timestamp>,
}

/// Another card replaced this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("another card replaced this one")]
pub struct CardReplaced;

impl CardHolder {
    /// Returns whose the card was at an instant. What its member did before the replacement stays theirs, also
    /// if it arrives later.
    ///
    /// # Errors
    /// Refuses a card that was replaced by then.
    pub fn at(&self, at: Timestamp) -> Result<&MemberId, CardReplaced> {
        match self.replaced_at {
            Some(replaced_at) if replaced_at <= at => Err(CardReplaced),
            _ => Ok(&self.member_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_card_counts_until_its_replacement() {
        let member_id = MemberId::from_key("m");
        let second = |second| Timestamp::from_second(second).unwrap();
        let table = [(None, 5, true), (Some(5), 4, true), (Some(5), 5, false), (Some(5), 6, false)];
        for (replaced, at, counts) in table {
            let holder =
                CardHolder { member_id: member_id.clone(), replaced_at: replaced.map(second) };
            assert_eq!(holder.at(second(at)).is_ok(), counts, "{replaced:?} {at}");
        }
    }
}
