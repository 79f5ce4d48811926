//! Money as integer minor units with a currency. No floats, and no arithmetic that can overflow.

use serde::{Deserialize, Serialize};

use crate::field::FieldError;

/// The largest amount accepted, in minor units: ten million million roubles. Every sum and product of the
/// rules stays within 128 bits, and a number of this size is exact in JSON for every reader.
pub const AMOUNT_MAX_MINOR: i64 = 1_000_000_000_000_000;

/// An amount of money in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// The amount in minor units: 129990 is 1,299.90 roubles.
    pub amount: i64,
    /// The ISO 4217 code of the currency.
    #[schema(value_type = String, example = "RUB")]
    pub currency: Currency,
}

impl Money {
    /// Refuses another currency than the programme's.
    ///
    /// # Errors
    /// Names the field's `currency`.
    pub fn check_currency(&self, field: &str, currency: Currency) -> Result<(), FieldError> {
        if self.currency == currency {
            return Ok(());
        }
        let detail = format!("must be {currency}, the currency of the programme");
        Err(FieldError::invalid(format!("{field}.currency"), detail))
    }

    /// Refuses an amount below zero or beyond [`AMOUNT_MAX_MINOR`].
    ///
    /// # Errors
    /// Names the field's `amount`.
    pub fn check(&self, field: &str) -> Result<(), FieldError> {
        if (0..=AMOUNT_MAX_MINOR).contains(&self.amount) {
            return Ok(());
        }
        let detail = format!("must be from 0 to {AMOUNT_MAX_MINOR} minor units");
        Err(FieldError::invalid(format!("{field}.amount"), detail))
    }
}

/// An ISO 4217 currency code: three upper-case letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// Returns the code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency holds three ASCII letters")
    }

    /// Returns how many decimal digits the minor unit has (ISO 4217, table A.1).
    pub(crate) fn minor_digits(self) -> u32 {
        match self.as_str() {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF"
            | "UGX" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl TryFrom<String> for Currency {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(letters) if letters.iter().all(u8::is_ascii_uppercase) => Ok(Self(letters)),
            _ => Err("a currency is three upper-case letters, such as RUB"),
        }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_are_three_capitals() {
        for bad in ["", "rub", "RU", "RUBL", "R€B", "12A"] {
            assert!(Currency::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
