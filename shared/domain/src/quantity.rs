//! Quantities with up to three decimals: `1`, `0.25`. Counted in thousandths, and never a float.
//!
//! A number of JSON is read digit by digit, so that no reader rounds it. Knows no units: a till sends pieces
//! and kilograms alike.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

/// The largest quantity, in whole units.
pub const QUANTITY_MAX: i64 = 1_000_000_000_000;

const DECIMALS: usize = 3;
const THOUSANDTHS: i64 = 1000;

/// How much of something: 0 or more, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i64);

/// Why a number is no quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAQuantity {
    /// It is finer than a thousandth.
    #[error("must have at most three decimals")]
    TooFine,
    /// It is below zero or too large.
    #[error("must be from 0 to {QUANTITY_MAX}")]
    OutOfBounds,
}

impl Quantity {
    /// None at all.
    pub const ZERO: Self = Self(0);

    /// Returns the sum, at most the largest quantity.
    #[must_use]
    pub fn plus(self, more: Self) -> Self {
        Self((self.0 + more.0).min(QUANTITY_MAX * THOUSANDTHS))
    }

    /// Returns what is left, at least nothing.
    #[must_use]
    pub fn less(self, taken: Self) -> Self {
        Self((self.0 - taken.0).max(0))
    }
}

impl Default for Quantity {
    fn default() -> Self {
        Self::ZERO
    }
}

impl From<u32> for Quantity {
    /// Returns a number of whole units.
    fn from(units: u32) -> Self {
        Self(i64::from(units) * THOUSANDTHS)
    }
}

impl TryFrom<&WrittenNumber> for Quantity {
    type Error = NotAQuantity;

    /// Returns the quantity that a number stands for. Zeros at the end and exponents do not matter: `1.500` and
    /// `15e-1` are one quantity.
    fn try_from(number: &WrittenNumber) -> Result<Self, NotAQuantity> {
        let text = number.0.as_str();
        let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
        let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let digits = format!("{whole}{decimals}");
        let digits = digits.trim_start_matches('0');
        let significant = digits.trim_end_matches('0');
        if significant.is_empty() {
            return Ok(Self(0));
        }
        if sign < 0 {
            return Err(NotAQuantity::OutOfBounds);
        }
        // How many zeros follow the significant digits, counted in thousandths. An exponent that does not fit is
        // as good as any other that is too large or too small.
        let beyond = if exponent.starts_with('-') { -i64::from(i32::MAX) } else { i32::MAX.into() };
        let exponent = exponent.parse::<i32>().map_or(beyond, i64::from);
        let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX / 4);
        let zeros = exponent + 3 - length(decimals) + length(digits) - length(significant);
        let scale = match u32::try_from(zeros) {
            Ok(zeros) => 10_i64.checked_pow(zeros),
            Err(_) if zeros < 0 => return Err(NotAQuantity::TooFine),
            Err(_) => None,
        };
        let value = significant.parse::<i64>().ok().zip(scale);
        let value = value.and_then(|(value, scale)| value.checked_mul(scale));
        let value = value.filter(|value| *value <= QUANTITY_MAX * THOUSANDTHS);
        value.map(Self).ok_or(NotAQuantity::OutOfBounds)
    }
}

/// Writes `2`, `0.25`: as short as possible, so that one quantity has one text.
impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0 / THOUSANDTHS)?;
        match self.0 % THOUSANDTHS {
            0 => Ok(()),
            rest => {
                let decimals = format!("{rest:0DECIMALS$}");
                write!(formatter, ".{}", decimals.trim_end_matches('0'))
            }
        }
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error as _;
        RawValue::from_string(self.to_string()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = WrittenNumber::deserialize(deserializer)?;
        Self::try_from(&number).map_err(D::Error::custom)
    }
}

/// A number of JSON as it was written, which is not checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenNumber(String);

/// Returns the schema of a quantity in a request. No type of Rust has it: a float would round.
pub fn quantity_schema() -> Object {
    let description = "How many, or how much: 0 or more, with up to three decimals.";
    ObjectBuilder::new().schema_type(Type::Number).description(Some(description)).build()
}

impl<'de> Deserialize<'de> for WrittenNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Box::<RawValue>::deserialize(deserializer)?;
        match written.get() {
            text if text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(D::Error::custom("must be a number")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Result<Quantity, NotAQuantity> {
        let number: WrittenNumber = serde_json::from_str(json).expect(json);
        Quantity::try_from(&number)
    }

    #[test]
    fn numbers_are_read_exactly_and_written_shortly() {
        let table = [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0e5", "0"),
            ("0e99999999999999999999", "0"),
            ("1", "1"),
            ("1.0", "1"),
            ("0.250", "0.25"),
            ("1.5", "1.5"),
            ("0.001", "0.001"),
            ("10.010", "10.01"),
            ("1.5000000000000000000000000000", "1.5"),
            ("15e-1", "1.5"),
            ("2E3", "2000"),
            ("0.0002e+1", "0.002"),
            ("0.000000000000000000000000001e27", "1"),
            ("1000000000000", "1000000000000"),
            ("999999999999.999", "999999999999.999"),
        ];
        for (json, written) in table {
            let quantity = read(json).expect(json);
            assert_eq!(serde_json::to_string(&quantity).unwrap(), written, "{json}");
            assert_eq!(serde_json::from_str::<Quantity>(written).unwrap(), quantity, "{json}");
        }
        assert_eq!(read("2"), Ok(Quantity::from(2)));
    }

    #[test]
    fn what_is_too_fine_or_out_of_bounds_is_refused() {
        use NotAQuantity::{OutOfBounds, TooFine};
        let table = [
            ("0.0001", TooFine),
            ("1.2345", TooFine),
            ("1.0000000000000000000000000001", TooFine),
            ("1e-4", TooFine),
            ("1e-99999999999999999999", TooFine),
            ("-1", OutOfBounds),
            ("-0.0001", OutOfBounds),
            ("1000000000000.001", OutOfBounds),
            ("1000000000001", OutOfBounds),
            ("9223372036854775808", OutOfBounds),
            ("1e13", OutOfBounds),
            ("1e400", OutOfBounds),
            ("1e99999999999999999999", OutOfBounds),
        ];
        for (json, expected) in table {
            assert_eq!(read(json), Err(expected), "{json}");
        }
    }

    #[test]
    fn only_a_number_is_a_number() {
        for json in ["\"1\"", "null", "true", "[1]", "{}", "{\"a\": 1}"] {
            let error = serde_json::from_str::<WrittenNumber>(json).unwrap_err().to_string();
            assert!(error.starts_with("must be a number"), "{json}: {error}");
        }
    }

    proptest! {
        #[test]
        fn every_quantity_is_read_back(thousandths in 0..=QUANTITY_MAX * THOUSANDTHS) {
            let quantity = Quantity(thousandths);
            let long = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
            prop_assert_eq!(read(&long), Ok(quantity));
            prop_assert_eq!(read(&quantity.to_string()), Ok(quantity));
        }
    }
}
