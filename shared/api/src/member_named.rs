//! A member as a body names one.

use puntos_domain::field::FieldError;

use crate::Problem;

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
    ) -> Result<Option<Self>, FieldError> {
        match (member_id, card_number) {
            (Some(_), Some(_)) => Err(FieldError::invalid(
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

    /// Returns the refusal of a card that another one replaced.
    pub fn card_replaced() -> Problem {
        let detail = "another card replaced this one";
        let error = FieldError::card_replaced(detail);
        Problem::conflict("card_replaced", detail).with_errors(vec![error])
    }

    /// Returns the refusal of a member who does not exist or whom the caller may not reach.
    pub fn not_found(&self) -> Problem {
        Problem::not_found_field(self.field(), "no member is enrolled with it")
    }
}
