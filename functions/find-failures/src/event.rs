//! A purchase that could not be recorded, parsed.

use puntos_domain::claim::Evidence;
use puntos_domain::field::{LABEL_MAX_CHARS, text};
use puntos_domain::money::Money;
use serde::Deserialize;
use serde_json::Value;

/// A purchase that could not be recorded, as far as it can be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct DeadPurchase {
    /// The member that it names.
    pub member_id: Option<String>,
    /// Its other fields.
    pub evidence: Evidence,
}

impl DeadPurchase {
    /// Reads the readable fields of a body. A body that is no purchase has none.
    pub fn of(body: &str) -> Self {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let label = |name: &str| {
            let value = body.get(name)?.as_str()?.to_owned();
            text(name, value, LABEL_MAX_CHARS).ok()
        };
        let evidence = Evidence {
            branch: label("branch"),
            invoice_number: label("invoice_number"),
            purchased_at: label("purchased_at").and_then(|at| at.parse().ok()),
            card_number: label("card_number"),
            total: body.get("total").and_then(|total| Money::deserialize(total).ok()),
            ..Evidence::default()
        };
        Self { member_id: label("member_id"), evidence }
    }
}

#[cfg(test)]
mod tests {
    use puntos_domain::invoice::Invoice;

    use super::*;

    #[test]
    fn what_can_be_read_is_read() {
        let whole = r#"{"member_id": "m", "card_number": "c", "branch": "b", "invoice_number": "i",
            "purchased_at": "2031-03-10T12:00:00Z", "total": {"amount": 1, "currency": "RUB"}}"#;
        let read = DeadPurchase::of(whole);
        assert_eq!(read.member_id.as_deref(), Some("m"));
        assert_eq!(read.evidence.invoice(), Some(Invoice::new("b", "i")));
        assert_eq!(read.evidence.card_number.as_deref(), Some("c"));
        assert!(read.evidence.purchased_at.is_some() && read.evidence.total.is_some());
        for nothing in ["", "{", "[]", "null", "7", r#"{"branch": 7, "invoice_number": {}}"#] {
            assert_eq!(DeadPurchase::of(nothing), DeadPurchase::default(), "{nothing}");
        }
        let odd = r#"{"branch": "a\nb", "invoice_number": "", "purchased_at": "yesterday"}"#;
        assert_eq!(DeadPurchase::of(odd), DeadPurchase::default());
    }
}
