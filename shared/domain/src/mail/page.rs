//! The pages that mails link to. A mail keeps the path of its page; the address is added when it is rendered.
//!
//! So a mail leads to its page also after the pages have moved.

use serde::{Deserialize, Serialize};

use crate::id::{ClaimId, RatingId};

/// The pages whose paths end with a signed token.
const RATE: &str = "/rate/";
const CONFIRM: &str = "/confirm/";

/// The path of a page, with a slash at its start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PagePath(String);

/// The address of the pages, without a slash at its end. The template takes only characters that need no escape in
/// HTML, so that a link is readable in the source of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagesUrl(String);

impl PagePath {
    /// Returns the path of a claim on the shopper's page.
    pub fn claim(claim_id: &ClaimId) -> Self {
        Self(format!("/#claims/{claim_id}"))
    }

    /// Returns the path of a rating and its thread on the shopper's page.
    pub fn rating(rating_id: &RatingId) -> Self {
        Self(format!("/#ratings/{rating_id}"))
    }

    /// Returns the path of the page that rates a visit, for the token of an invitation.
    pub fn rate(token: &str) -> Self {
        Self(format!("{RATE}{token}"))
    }

    /// Returns the path of the page that confirms an address, for a token.
    pub fn confirm(token: &str) -> Self {
        Self(format!("{CONFIRM}{token}"))
    }

    /// Returns the path for readers other than the recipient of the mail: a token would let them act as its member.
    #[must_use]
    pub fn without_token(&self) -> Self {
        let page = [RATE, CONFIRM].into_iter().find(|page| self.0.starts_with(page));
        page.map_or_else(|| self.clone(), |page| Self(format!("{page}…")))
    }
}

impl PagesUrl {
    /// Returns the address of a setting; `None` if it is empty: then mails have no links.
    pub fn of_setting(setting: &str) -> Option<Self> {
        let address = setting.trim_end_matches('/');
        (!address.is_empty()).then(|| Self(address.to_owned()))
    }

    /// Returns the address of a page.
    pub fn link(&self, page: &PagePath) -> String {
        format!("{}{}", self.0, page.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::MemberId;

    #[test]
    fn a_page_is_linked_under_the_address_of_the_pages() {
        let page = PagePath::claim(&ClaimId::from_key("k", &MemberId::from_key("m")));
        for setting in ["https://example.com/club", "https://example.com/club/"] {
            let link = PagesUrl::of_setting(setting).unwrap().link(&page);
            assert!(link.starts_with("https://example.com/club/#claims/clm_"), "{link}");
        }
        assert_eq!(PagesUrl::of_setting(""), None);
        assert_eq!(page.without_token(), page);
    }

    #[test]
    fn a_token_is_cut_for_other_readers() {
        for (page, cut) in [
            (PagePath::rate("pur_1-mbr_1.1.code"), "/rate/…"),
            (PagePath::confirm("mbr_1-abc.1.code"), "/confirm/…"),
        ] {
            assert_eq!(page.without_token(), PagePath(cut.to_owned()));
        }
    }
}
