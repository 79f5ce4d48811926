//! Whose things a request is about: the member it names, and whether the caller may reach them.

use puntos_domain::id::MemberId;

use super::shape::MemberAnswer;
use super::{Call, Problem};
use crate::keys::OwnerKind;
use crate::store::{StoredAccount, StoredProfile};

/// A member as a body names one: by id or by card, exactly one of the two.
#[derive(Debug, Clone)]
pub enum MemberNamed {
    /// By id.
    Id(String),
    /// By the number of the loyalty card.
    Card(String),
}

impl MemberNamed {
    /// Returns how the member is named; none where neither is given.
    ///
    /// # Errors
    /// Refuses both at once.
    pub fn of(
        member_id: Option<String>,
        card_number: Option<String>,
    ) -> Result<Option<Self>, Problem> {
        match (member_id, card_number) {
            (Some(_), Some(_)) => Err(Problem::invalid_field(
                "card_number",
                "give either member_id or card_number, not both",
            )),
            (Some(id), None) => Ok(Some(Self::Id(id))),
            (None, Some(card)) => Ok(Some(Self::Card(card))),
            (None, None) => Ok(None),
        }
    }

    /// Returns the field that names the member.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Id(_) => "member_id",
            Self::Card(_) => "card_number",
        }
    }

    /// Returns the refusal of a member that is not there, or not the caller's to reach.
    pub fn not_found(&self) -> Problem {
        Problem::not_found_field(self.field(), "no member is enrolled with it")
    }
}

impl Call {
    /// Returns a member as the contract shows one, with the state of the address, read strongly.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn member_answer(
        &self,
        stored: &StoredProfile,
        account: &StoredAccount,
    ) -> Result<MemberAnswer, Problem> {
        let block = match &stored.profile.email {
            None => None,
            Some(email) => self.store.address_block(email.normalized()).await?,
        };
        Ok(MemberAnswer::new(stored, account, block.as_ref(), self.now))
    }

    /// Returns the member whose token this is.
    ///
    /// # Errors
    /// Answers 404 for a token that belongs to nobody enrolled.
    pub async fn own_member_id(&self) -> Result<MemberId, Problem> {
        let subject = &self.request.caller()?.subject;
        self.store.owner(OwnerKind::Subject, subject).await?.ok_or_else(Problem::not_found)
    }

    /// Refuses a shopper who reaches for somebody else: as if there were nobody.
    ///
    /// # Errors
    /// Answers 404.
    pub async fn only_own(&self, member_id: &MemberId) -> Result<(), Problem> {
        if self.request.caller()?.is_only_member() && self.own_member_id().await? != *member_id {
            return Err(Problem::not_found());
        }
        Ok(())
    }

    /// Returns the member that a body names, when the caller may reach them. A member id costs no
    /// read; that there is such a member is seen with the account.
    ///
    /// # Errors
    /// Answers 404 and names the field.
    pub async fn named_member(&self, named: &MemberNamed) -> Result<MemberId, Problem> {
        let member_id = match named {
            MemberNamed::Id(id) => id.parse().map_err(|_| named.not_found())?,
            MemberNamed::Card(card) => {
                self.store.owner(OwnerKind::Card, card).await?.ok_or_else(|| named.not_found())?
            }
        };
        self.only_own(&member_id).await.map_err(|_| named.not_found())?;
        Ok(member_id)
    }
}
