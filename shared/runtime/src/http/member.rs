//! The member of a request, and whether the caller may reach them.

use crate::http::Failure;
use puntos_api::MemberNamed;
use puntos_domain::id::MemberId;

use super::Call;
use puntos_api::Problem;
use puntos_api::members::MemberAnswer;
use puntos_store::MemberState;
use puntos_store::keys::OwnerKind;

/// The member that a body names.
pub struct NamedMember {
    pub member_id: MemberId,
    /// The refusal of a request that is new: another card replaced the one that it names. A repeated request gets
    /// its first answer.
    pub refusal: Option<Problem>,
}

impl Call {
    /// Returns a member as in the contract, with the status of the address, read strongly.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn member_answer(&self, state: &MemberState) -> Result<MemberAnswer, Failure> {
        let MemberState { member, account, head } = state;
        let block = match &member.profile.email {
            None => None,
            Some(email) => self.store.address_block(email.normalized()).await?,
        };
        let tier = match head {
            None => None,
            Some(head) => {
                let rules = self.store.program_at(head, self.now).await?;
                account.account.standing.answer(&rules, self.now)
            }
        };
        Ok(MemberAnswer::new(member, account, block.as_ref(), tier, self.now))
    }

    /// Returns the member whose token this is.
    ///
    /// # Errors
    /// Answers 404 for a token of nobody who is enrolled.
    pub async fn own_member_id(&self) -> Result<MemberId, Failure> {
        if let Some(known) = self.own.get() {
            return Ok(known.clone());
        }
        let subject = &self.request.caller()?.subject;
        let nobody = || Problem::new(404, "not_found", "no member is enrolled with this token");
        let own = self.store.owner(OwnerKind::Subject, subject).await?.ok_or_else(nobody)?;
        Ok(self.own.get_or_init(|| own).clone())
    }

    /// Returns the member who has the points of the member whose token this is: since a merge another one.
    ///
    /// # Errors
    /// Answers 404 for a token of nobody who is enrolled.
    pub async fn current_member_id(&self) -> Result<MemberId, Failure> {
        let own = self.own_member_id().await?;
        let account = self.store.account(&own).await?;
        Ok(account.map_or(own, |account| account.member_id))
    }

    /// Replaces `me` by the id of the member whose token this is.
    pub(super) async fn resolve_me(&mut self) -> Result<(), Failure> {
        if self.request.names_me() && self.request.caller()?.is_only_member() {
            let current = self.current_member_id().await?;
            self.request.replace_me(&current);
        }
        Ok(())
    }

    /// Refuses a member who asks for another member's data, as if that member did not exist. Since a merge both
    /// members are theirs.
    ///
    /// # Errors
    /// Answers 404.
    pub async fn only_own(&self, member_id: &MemberId) -> Result<(), Failure> {
        if !self.request.caller()?.is_only_member() || self.own_member_id().await? == *member_id {
            return Ok(());
        }
        let own = self.current_member_id().await?;
        let account = self.store.account(member_id).await?;
        if account.is_some_and(|account| account.member_id == own) {
            return Ok(());
        }
        Err(Problem::not_found().into())
    }

    /// Returns the member that the filter `member_id` of a list names, if the caller may reach them. A member who
    /// names nobody asks for their own.
    ///
    /// # Errors
    /// Answers 404.
    pub async fn filtered_member(&self) -> Result<Option<MemberId>, Failure> {
        let Some(id) = self.request.query("member_id") else {
            return Ok(match self.request.caller()?.is_only_member() {
                true => Some(self.current_member_id().await?),
                false => None,
            });
        };
        let member_id: MemberId = id.parse().map_err(|_| Problem::not_found())?;
        self.only_own(&member_id).await?;
        Ok(Some(member_id))
    }

    /// Returns the member in a body, if the caller may reach them. A member id costs no read: the read of the
    /// account shows whether the member exists.
    ///
    /// # Errors
    /// Answers 404 and names the field.
    pub async fn named_member(&self, named: &MemberNamed) -> Result<NamedMember, Failure> {
        let mut is_replaced = false;
        let member_id = match named {
            MemberNamed::Id(id) => id.parse().map_err(|_| named.not_found())?,
            MemberNamed::Card(card) => {
                let holder = self.store.card_holder(card).await?;
                let holder = holder.ok_or_else(|| named.not_found())?;
                is_replaced = holder.at(self.now).is_err();
                holder.member_id
            }
        };
        let own = self.only_own(&member_id).await;
        own.map_err(|failure| failure.refused_as(named.not_found()))?;
        let refusal = is_replaced.then(MemberNamed::card_replaced);
        Ok(NamedMember { member_id, refusal })
    }
}
