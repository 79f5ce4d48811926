//! What is rated: the money of each line, and the part of it that counts.

use jiff::Timestamp;

use crate::member::comparable;
use crate::purchase::Purchase;

/// The money of a purchase, or of what is left of it after returns.
#[derive(Debug, Clone)]
pub struct Basket<'a> {
    /// The branch in its compared form.
    pub branch: String,
    pub purchased_at: Timestamp,
    /// The total that `lowest_total` looks at, in minor units.
    pub total_minor: i64,
    /// The part of the lines' money that counts: what was paid in money, of the whole.
    pub paid: Share,
    /// What was paid with points, in minor units.
    pub points_paid_minor: i64,
    /// At least one line.
    pub lines: Vec<BasketLine<'a>>,
}

/// A part of a whole, both in the same unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub part: i64,
    pub whole: i64,
}

/// One line of a basket.
#[derive(Debug, Clone, Copy)]
pub struct BasketLine<'a> {
    /// None for a receipt without lines.
    pub sku: Option<&'a str>,
    pub category: Option<&'a str>,
    pub net_minor: i64,
}

/// What a rating knows of the member.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// The tier held, by id.
    pub tier: Option<&'a str>,
    /// The promotions, by id, that the member has had as often as their `once` allows.
    pub used_up: &'a [String],
}

impl Share {
    /// Returns the floor of this share of an amount; 0 if the whole is 0.
    pub fn of(self, amount: i64) -> i64 {
        if self.whole <= 0 {
            return 0;
        }
        let product = i128::from(amount) * i128::from(self.part);
        i64::try_from(product / i128::from(self.whole)).unwrap_or(i64::MAX)
    }
}

impl<'a> Basket<'a> {
    /// Returns the basket of a purchase, of which a part was paid with points. A purchase without lines
    /// is one line without sku and category.
    pub fn of(purchase: &'a Purchase, points_paid_minor: i64) -> Self {
        let total_minor = purchase.total.amount;
        Self {
            branch: comparable(&purchase.branch),
            purchased_at: purchase.purchased_at,
            total_minor,
            paid: Share { part: total_minor - points_paid_minor, whole: total_minor },
            points_paid_minor,
            lines: lines_of(purchase),
        }
    }
}

fn lines_of(purchase: &Purchase) -> Vec<BasketLine<'_>> {
    if purchase.lines.is_empty() {
        return vec![BasketLine { sku: None, category: None, net_minor: purchase.total.amount }];
    }
    let lines = purchase.lines.iter().map(|line| BasketLine {
        sku: Some(&line.sku),
        category: line.category.as_deref(),
        net_minor: line.net_minor(),
    });
    lines.collect()
}
