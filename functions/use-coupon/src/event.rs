//! What the use of a coupon is told with, parsed.

use puntos_api::Problem;
use puntos_domain::field::{LABEL_MAX_CHARS, text};
use serde::Deserialize;

/// The use of a coupon as the till tells it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UseRequest {
    /// Where.
    pub branch: String,
    /// On which invoice.
    pub invoice_number: String,
}

impl UseRequest {
    /// Returns the request when its texts fit.
    ///
    /// # Errors
    /// Refuses the field that does not.
    pub fn checked(self) -> Result<Self, Problem> {
        Ok(Self {
            branch: text("branch", self.branch, LABEL_MAX_CHARS)?,
            invoice_number: text("invoice_number", self.invoice_number, LABEL_MAX_CHARS)?,
        })
    }
}
