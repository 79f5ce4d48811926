//! Requests of links in mails: a signed token of the path stands for a user's token.

use std::str::FromStr;

use puntos_api::Problem;
use puntos_domain::id::MemberId;
use puntos_domain::stamp::Stamp;
use puntos_store::TokenUse;

use crate::http::{Call, Failure};

impl Call {
    /// Returns who makes a change with the link of a mail, on a route without a token of a user.
    pub fn stamp_of_link(&self, member_id: &MemberId) -> Stamp {
        let actor = format!("link:{member_id}");
        Stamp { at: self.now, actor, request_id: self.request.request_id.clone() }
    }

    /// Returns what the token of the path allows; not found if it is altered, expired or of another use.
    ///
    /// # Errors
    /// Answers 404 as for a thing that does not exist. Fails if the table does not answer.
    pub async fn signed<T: FromStr>(&self, allows: TokenUse) -> Result<T, Failure> {
        let key = self.store.token_key().await?.ok_or_else(Problem::not_found)?;
        let subject = key.subject(allows, self.request.path("token"), self.now);
        Ok(subject.and_then(|subject| subject.parse().ok()).ok_or_else(Problem::not_found)?)
    }
}
