//! A purchase as the till sends it: what was bought, for how much, when, and where.
//!
//! Checks the sums of the receipt. `accrual` decides what it earns.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::field::{FieldError, FieldErrors, LABEL_MAX_CHARS, optional_text, text};
use crate::id::PurchaseId;
use crate::invoice::Invoice;
use crate::money::{AMOUNT_MAX_MINOR, Currency, Money};
use crate::quantity::{Quantity, WrittenNumber, quantity_schema};

/// The most lines of one receipt.
pub const LINES_MAX: usize = 1000;
/// How far in the future a till's clock may be.
pub const FUTURE_MAX: SignedDuration = SignedDuration::from_hours(24);

/// A purchase whose receipt adds up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// Where it was made.
    pub branch: String,
    /// The invoice number, unique within the branch for ever.
    pub invoice_number: String,
    /// When it was made, by the till's clock.
    pub purchased_at: Timestamp,
    /// The receipt's total: after discounts.
    pub total: Money,
    /// The lines of the receipt, if the till sends them.
    pub lines: Vec<Line>,
    /// The part of the total that was paid with points, in minor units.
    pub paid_with_points_minor: i64,
}

/// One line of a receipt; its amounts are in the receipt's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The stock-keeping unit.
    pub sku: String,
    /// The category that exclusions and promotions name.
    pub category: Option<String>,
    /// How many, or how much; real data has 0 too.
    pub quantity: Quantity,
    /// The amount before the discount.
    pub amount_minor: i64,
    pub discount_minor: i64,
}

impl Line {
    /// Returns the money that was paid for the line.
    pub fn net_minor(&self) -> i64 {
        self.amount_minor - self.discount_minor
    }
}

/// A line as the contract writes it.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineRequest {
    /// The stock-keeping unit.
    pub sku: String,
    /// The category that exclusions and promotions name.
    pub category: Option<String>,
    /// How many, or how much: 0 or more, with up to three decimals.
    #[schema(schema_with = quantity_schema)]
    pub quantity: WrittenNumber,
    /// The amount before the discount, 0 or more.
    pub amount: Money,
    /// The discount, 0 up to the amount.
    pub discount: Option<Money>,
}

impl Purchase {
    /// Returns its invoice.
    pub fn invoice(&self) -> Invoice<'_> {
        Invoice::new(&self.branch, &self.invoice_number)
    }

    /// Returns the id of the purchase, derived from the invoice.
    pub fn id(&self) -> PurchaseId {
        self.invoice().purchase_id()
    }

    /// Returns the purchase when its texts fit, its time is not ahead, and its lines add up to its
    /// total.
    ///
    /// # Errors
    /// Returns every field that is refused.
    pub fn checked(
        branch: String,
        invoice_number: String,
        purchased_at: Timestamp,
        total: Money,
        lines: Vec<LineRequest>,
        now: Timestamp,
    ) -> Result<Self, Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        let branch = errors.keep(text("branch", branch, LABEL_MAX_CHARS));
        let invoice_number = errors.keep(text("invoice_number", invoice_number, LABEL_MAX_CHARS));
        errors.keep(not_ahead("purchased_at", purchased_at, now));
        let before = errors.count();
        errors.keep(total.check("total"));
        let lines = checked_lines(&mut errors, lines, total.currency);
        let net: i64 = lines.iter().map(Line::net_minor).sum();
        // Lines or a total that are refused themselves need not add up.
        if errors.count() == before && !lines.is_empty() && net != total.amount {
            let detail = format!("the lines add up to {net}, not to the total of {}", total.amount);
            errors.push(FieldError::invalid("total.amount", detail));
        }
        let purchase = branch.zip(invoice_number).map(|(branch, invoice_number)| Self {
            branch,
            invoice_number,
            purchased_at,
            total,
            lines,
            paid_with_points_minor: 0,
        });
        errors.into_result(purchase)
    }
}

/// Refuses a time more than 24 hours ahead: a wrong clock, not a purchase.
///
/// # Errors
/// Names the field.
pub fn not_ahead(field: &str, at: Timestamp, now: Timestamp) -> Result<(), FieldError> {
    if at.duration_since(now) > FUTURE_MAX {
        return Err(FieldError::invalid(field, "must not be more than 24 hours ahead"));
    }
    Ok(())
}

fn checked_lines(
    errors: &mut FieldErrors,
    lines: Vec<LineRequest>,
    currency: Currency,
) -> Vec<Line> {
    if lines.len() > LINES_MAX {
        errors.push(FieldError::invalid("lines", format!("must have at most {LINES_MAX} lines")));
        return Vec::new();
    }
    let lines = lines.into_iter().enumerate();
    lines.filter_map(|(index, line)| checked_line(errors, index, line, currency)).collect()
}

/// Returns a line, or keeps every refused field of it.
fn checked_line(
    errors: &mut FieldErrors,
    index: usize,
    line: LineRequest,
    currency: Currency,
) -> Option<Line> {
    let field = |name: &str| format!("lines[{index}].{name}");
    let before = errors.count();
    let sku = errors.keep(text(&field("sku"), line.sku, LABEL_MAX_CHARS));
    let category = optional_text(&field("category"), line.category, LABEL_MAX_CHARS);
    let category = errors.keep(category).flatten();
    let quantity = Quantity::try_from(&line.quantity)
        .map_err(|error| FieldError::invalid(field("quantity"), error.to_string()));
    let quantity = errors.keep(quantity);
    let is_amount_valid = errors.keep(line.amount.check(&field("amount"))).is_some();
    let discount_minor = line.discount.as_ref().map_or(0, |discount| discount.amount);
    let most = if is_amount_valid { line.amount.amount } else { AMOUNT_MAX_MINOR };
    if !(0..=most).contains(&discount_minor) {
        let detail = "must be from 0 to the line's amount";
        errors.push(FieldError::invalid(field("discount.amount"), detail));
    }
    for (name, money) in [("amount", Some(&line.amount)), ("discount", line.discount.as_ref())] {
        if money.is_some_and(|money| money.currency != currency) {
            let detail = format!("must be {currency}, the currency of the total");
            errors.push(FieldError::invalid(field(&format!("{name}.currency")), detail));
        }
    }
    let line = Line {
        sku: sku?,
        category,
        quantity: quantity?,
        amount_minor: line.amount.amount,
        discount_minor,
    };
    (errors.count() == before).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rub(amount: i64) -> Money {
        Money { amount, currency: Currency::try_from("RUB".to_owned()).unwrap() }
    }

    fn line(quantity: &str, amount: i64, discount: Option<i64>) -> LineRequest {
        LineRequest {
            sku: "milk".into(),
            category: None,
            quantity: serde_json::from_str(quantity).unwrap(),
            amount: rub(amount),
            discount: discount.map(rub),
        }
    }

    fn check(
        total: i64,
        lines: Vec<LineRequest>,
        ahead: SignedDuration,
    ) -> Result<Purchase, String> {
        let now = Timestamp::UNIX_EPOCH;
        Purchase::checked("B1".into(), "1".into(), now + ahead, rub(total), lines, now)
            .map_err(|errors| errors[0].field.clone())
    }

    #[test]
    fn receipts_that_do_not_add_up_are_refused_with_the_field() {
        let none = SignedDuration::ZERO;
        assert!(
            check(
                300,
                vec![line("0", 100, None), line("1", 0, None), line("2", 250, Some(50))],
                none
            )
            .is_ok()
        );
        assert!(check(300, vec![], SignedDuration::from_hours(24)).is_ok());
        let refused = |result: Result<Purchase, String>| result.unwrap_err();
        assert_eq!(refused(check(300, vec![line("1", 299, None)], none)), "total.amount");
        assert_eq!(refused(check(-1, vec![], none)), "total.amount");
        assert_eq!(refused(check(10, vec![line("-1", 10, None)], none)), "lines[0].quantity");
        assert_eq!(
            refused(check(10, vec![line("1", 10, None), line("1", -1, None)], none)),
            "lines[1].amount.amount"
        );
        assert_eq!(
            refused(check(0, vec![line("1", 10, Some(11))], none)),
            "lines[0].discount.amount"
        );
        assert_eq!(
            refused(check(10, vec![], SignedDuration::from_secs(24 * 3600 + 1))),
            "purchased_at"
        );
    }

    #[test]
    fn every_fault_is_told_and_no_sum_of_refused_lines() {
        let now = Timestamp::UNIX_EPOCH;
        let named = |branch: &str, total: i64, lines| {
            let purchase =
                Purchase::checked(branch.into(), "1".into(), now, rub(total), lines, now);
            let errors = purchase.unwrap_err().into_iter();
            errors.map(|error| error.field).collect::<Vec<String>>()
        };
        let wrong = LineRequest { sku: " ".into(), ..line("-1", -1, Some(-2)) };
        let of_line = ["sku", "quantity", "amount.amount", "discount.amount"];
        let mut expected = vec!["branch".to_owned()];
        expected.extend(of_line.map(|field| format!("lines[0].{field}")));
        assert_eq!(named("", 5, vec![wrong, line("1", 5, None)]), expected);
        assert_eq!(named("b", -5, vec![line("1", 5, None)]), ["total.amount"]);
        assert_eq!(named("b", 5, vec![line("1", 5, Some(6))]), ["lines[0].discount.amount"]);
        assert_eq!(named("", 5, vec![line("1", 6, None)]), ["branch", "total.amount"]);
    }
}
