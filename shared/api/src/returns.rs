//! Returns: goods come back, and the points that they earned go.

use jiff::Timestamp;
use puntos_domain::account::Balance;
use puntos_domain::explanation::ExplanationRow;
use puntos_domain::field::{FieldError, FieldErrors, LABEL_MAX_CHARS, text};
use puntos_domain::id::{PurchaseId, ReturnId};
use puntos_domain::language::Language;
use puntos_domain::money::{Currency, Money};
use puntos_domain::points::Points;
use puntos_domain::purchase::{LINES_MAX, not_ahead};
use puntos_domain::quantity::{Quantity, WrittenNumber, quantity_schema};
use puntos_domain::returns::{Goods, GoodsLine, RecordedReturn, Refusal};
use serde::{Deserialize, Serialize};

use crate::{KeyRule, Problem, Reply, Role, Route, Shape};

/// Records a return.
pub const RECORD: Route = Route {
    key: "POST /v1/purchases/{purchase_id}/returns",
    operation_id: "record_return",
    tag: "Purchases",
    summary: "Record a return",
    description: "Goods of a purchase come back: by amount, or line by line. What the purchase \
        earned more than what is left of it earns, under the version and the tier that rated it, is \
        clawed back: from its own points first, then from those that expire soonest, and what is \
        missing becomes a debt. Four small returns take as much as one big one. Points that had paid \
        for the goods come back with their own expiry. A branch uses a return number once: the same \
        return again gets the first answer.",
    roles: &[Role::Pos],
    idempotency: KeyRule::Ignored,
    query: &[],
    request: Some(Shape::of::<ReturnRequest>()),
    answers: &[Reply::new::<ReturnAnswer>(201, "Recorded, or recorded before")],
    problems: &[
        (404, &["not_found"]),
        (409, &["return_exceeds_purchase", "return_conflict", "program_missing"]),
    ],
};

/// A return as the till sends it: an amount, or lines.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnRequest {
    /// Where the goods come back.
    pub branch: String,
    /// The number of the return. A branch uses it once.
    pub return_number: String,
    /// The money that is returned. Not together with lines.
    pub amount: Option<Money>,
    /// The goods that are returned. Not together with an amount.
    pub lines: Option<Vec<ReturnLineRequest>>,
    /// When they came back.
    #[schema(value_type = String, format = "date-time")]
    pub returned_at: Timestamp,
}

/// Goods of one sku that come back.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnLineRequest {
    pub sku: String,
    /// How many come back.
    #[schema(schema_with = quantity_schema)]
    pub quantity: WrittenNumber,
    /// What was paid for them, after discounts.
    pub amount: Money,
}

/// A parsed return.
#[derive(Debug)]
pub struct ReturnCommand {
    pub branch: String,
    pub return_number: String,
    pub goods: Goods,
    /// The currency of all amounts.
    pub currency: Currency,
    pub returned_at: Timestamp,
}

impl ReturnRequest {
    /// Returns the parsed return.
    ///
    /// # Errors
    /// Refuses every field that does not fit.
    pub fn command(self, now: Timestamp) -> Result<ReturnCommand, Problem> {
        let mut errors = FieldErrors::default();
        let branch = errors.keep(text("branch", self.branch, LABEL_MAX_CHARS));
        let number = errors.keep(text("return_number", self.return_number, LABEL_MAX_CHARS));
        errors.keep(not_ahead("returned_at", self.returned_at, now));
        let goods = goods(&mut errors, self.amount, self.lines);
        let command =
            branch.zip(number).zip(goods).map(|((branch, return_number), (goods, currency))| {
                ReturnCommand {
                    branch,
                    return_number,
                    goods,
                    currency,
                    returned_at: self.returned_at,
                }
            });
        Ok(errors.into_result(command)?)
    }
}

fn goods(
    errors: &mut FieldErrors,
    amount: Option<Money>,
    lines: Option<Vec<ReturnLineRequest>>,
) -> Option<(Goods, Currency)> {
    match (amount, lines.filter(|lines| !lines.is_empty())) {
        (Some(amount), None) => {
            errors.keep(amount.check("amount"));
            Some((Goods::Amount(amount.amount), amount.currency))
        }
        (None, Some(lines)) => goods_lines(errors, lines),
        (Some(_), Some(_)) => {
            errors.push(FieldError::invalid("lines", "cannot be given together with an amount"));
            None
        }
        (None, None) => {
            errors.push(FieldError::invalid("amount", "an amount or lines must be given"));
            None
        }
    }
}

fn goods_lines(
    errors: &mut FieldErrors,
    lines: Vec<ReturnLineRequest>,
) -> Option<(Goods, Currency)> {
    if lines.len() > LINES_MAX {
        errors.push(FieldError::invalid("lines", format!("must have at most {LINES_MAX} lines")));
        return None;
    }
    let currency = lines.first()?.amount.currency;
    let mut goods = Vec::with_capacity(lines.len());
    for (index, line) in lines.into_iter().enumerate() {
        let field = |name: &str| format!("lines[{index}].{name}");
        let sku = errors.keep(text(&field("sku"), line.sku, LABEL_MAX_CHARS));
        errors.keep(line.amount.check(&field("amount")));
        if line.amount.currency != currency {
            let detail = format!("must be {currency}, as in the first line");
            errors.push(FieldError::invalid(field("amount.currency"), detail));
        }
        let quantity = Quantity::try_from(&line.quantity)
            .map_err(|error| FieldError::invalid(field("quantity"), error.to_string()));
        let known = sku.zip(errors.keep(quantity));
        let amount_minor = line.amount.amount;
        goods.extend(known.map(|(sku, quantity)| GoodsLine { sku, quantity, amount_minor }));
    }
    Some((Goods::Lines(goods), currency))
}

/// Returns the answer to a refused return.
pub fn refused(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::ExceedsPurchase => {
            Problem::conflict("return_exceeds_purchase", refusal.to_string())
        }
        Refusal::NoSuchGoods(index) => {
            let field = format!("lines[{index}].sku");
            FieldError::invalid(field, "the purchase has no goods with this sku").into()
        }
    }
}

/// Returns the refusal of a return number that is recorded with another return.
pub fn return_conflict() -> Problem {
    Problem::conflict("return_conflict", "this return number came before with other content")
}

/// A recorded return.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReturnAnswer {
    #[schema(value_type = String)]
    pub return_id: ReturnId,
    #[schema(value_type = String)]
    pub purchase_id: PurchaseId,
    /// The points taken back: from the balance, or as debt.
    pub points_clawed_back: Points,
    /// The points given back that had paid for the goods.
    pub points_given_back: Points,
    /// What the member has now; null without a member.
    pub balance: Option<Balance>,
    /// Why; the rows add up to the change of the points.
    pub explanation: Vec<ExplanationRow>,
}

impl ReturnAnswer {
    /// Returns a recorded return, with the current balance.
    pub fn new(
        return_id: &ReturnId,
        recorded: &RecordedReturn,
        balance: Option<Balance>,
        language: Language,
    ) -> Self {
        let explanation = recorded.explanation.as_ref();
        Self {
            return_id: return_id.clone(),
            purchase_id: recorded.purchase_id.clone(),
            points_clawed_back: recorded.points_clawed_back,
            points_given_back: recorded.points_given_back,
            balance,
            explanation: explanation.map(|rows| rows.in_language(language)).unwrap_or_default(),
        }
    }
}
