//! Money as integer minor units with a currency. No floats, and no arithmetic that can overflow.

use serde::{Deserialize, Serialize};

use crate::field::FieldError;

/// The largest amount accepted, in minor units: ten million million roubles. Every sum and product of the
/// rules stays within 128 bits, and a number of this size is exact in JSON for every reader.
pub const AMOUNT_MAX_MINOR: i64 = 1_000_000_000_000_000;
/// The largest number of points accepted in one command.
pub const POINTS_MAX: i64 = 1_000_000_000;

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
    /// Returns the amount written for people: `1,299.90 RUB`.
    pub fn for_people(&self) -> String {
        let digits = self.currency.minor_digits();
        let scale = 10_u64.pow(digits);
        let absolute = self.amount.unsigned_abs();
        let sign = if self.amount < 0 { "-" } else { "" };
        let whole = grouped(absolute / scale);
        if digits == 0 {
            return format!("{sign}{whole} {}", self.currency);
        }
        let fraction = absolute % scale;
        format!("{sign}{whole}.{fraction:0width$} {}", self.currency, width = digits as usize)
    }

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

/// Returns a number with a comma between thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
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

    fn money(amount: i64, currency: &str) -> Money {
        Money { amount, currency: Currency::try_from(currency.to_owned()).unwrap() }
    }

    #[test]
    fn amounts_are_written_with_their_minor_digits() {
        assert_eq!(money(129_990, "RUB").for_people(), "1,299.90 RUB");
        assert_eq!(money(5, "USD").for_people(), "0.05 USD");
        assert_eq!(money(1_234_567, "JPY").for_people(), "1,234,567 JPY");
        assert_eq!(money(-1_500, "KWD").for_people(), "-1.500 KWD");
    }

    #[test]
    fn currencies_are_three_capitals() {
        for bad in ["", "rub", "RU", "RUBL", "R€B", "12A"] {
            assert!(Currency::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
