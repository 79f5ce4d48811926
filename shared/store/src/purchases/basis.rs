//! Reads what an accrual is decided on.

use puntos_domain::account::MemberAccount;
use puntos_domain::id::{MemberId, ReservationId};
use puntos_domain::program::ProgramHead;
use puntos_domain::reservation::Reservation;

use crate::keys::Key;
use crate::members::accounts::account_of;
use crate::program::head_of;
use crate::reservations::reservation_of;
use crate::{Store, StoreError};

/// What an accrual is decided on.
pub struct PurchaseBasis {
    pub account: Option<MemberAccount>,
    pub head: Option<ProgramHead>,
    /// The reservation of the same idempotency key, of any member.
    pub reservation: Option<Reservation>,
}

impl Store {
    /// Reads an account and the programme, strongly and with one request.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn account_and_program(
        &self,
        member_id: Option<&MemberId>,
    ) -> Result<(Option<MemberAccount>, Option<ProgramHead>), StoreError> {
        let basis = self.purchase_basis(member_id, None).await?;
        Ok((basis.account, basis.head))
    }

    /// Reads what an accrual or a reservation is decided on, strongly and with one request; since a merge with one
    /// more, for the account that has the points.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn purchase_basis(
        &self,
        member_id: Option<&MemberId>,
        reservation_id: Option<&ReservationId>,
    ) -> Result<PurchaseBasis, StoreError> {
        let head_key = Key::program_head();
        let account_key = member_id.map(Key::account);
        let reservation_key = reservation_id.map(Key::reservation);
        let mut keys = vec![head_key.clone()];
        keys.extend(account_key.clone().into_iter().chain(reservation_key.clone()));
        let mut found = self.batch_get(&keys, true).await?;
        let mut take = |key: Option<Key>| key.and_then(|key| found.remove(&(key.pk, key.sk)));
        let account = member_id.zip(take(account_key));
        let account = account.map(|(id, item)| account_of(id, item)).transpose()?;
        let account = self.followed(account).await?;
        Ok(PurchaseBasis {
            account,
            reservation: take(reservation_key).map(reservation_of).transpose()?,
            head: take(Some(head_key)).map(head_of).transpose()?,
        })
    }
}
