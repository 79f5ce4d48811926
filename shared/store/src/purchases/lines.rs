//! The lines of a receipt in a compact form, because they are most of the data of purchases.

use puntos_domain::purchase::Line;
use puntos_domain::quantity::Quantity;

/// A packed line: sku, quantity, amount, discount, and the index of its category, from 1.
type PackedLine = (String, Quantity, i64, i64, usize);

/// Packs lines into compact JSON: the categories once, then a short list for each line. A receipt of sixty
/// lines stays within 2 KB, and a person can still read it.
pub(crate) fn packed_lines(lines: &[Line]) -> String {
    let mut categories: Vec<&str> = Vec::new();
    let mut packed: Vec<PackedLine> = Vec::with_capacity(lines.len());
    for line in lines {
        let category = line.category.as_deref().map_or(0, |name| {
            let known = categories.iter().position(|known| *known == name);
            known.unwrap_or_else(|| {
                categories.push(name);
                categories.len() - 1
            }) + 1
        });
        packed.push((
            line.sku.clone(),
            line.quantity,
            line.amount_minor,
            line.discount_minor,
            category,
        ));
    }
    serde_json::to_string(&(categories, packed)).unwrap_or_default()
}

/// Reads packed lines; `None` if the text is not in this form.
pub(crate) fn unpacked_lines(text: Option<&str>) -> Option<Vec<Line>> {
    let Some(text) = text else { return Some(Vec::new()) };
    let (categories, packed): (Vec<String>, Vec<PackedLine>) = serde_json::from_str(text).ok()?;
    let lines =
        packed.into_iter().map(|(sku, quantity, amount_minor, discount_minor, category)| Line {
            sku,
            category: category.checked_sub(1).and_then(|index| categories.get(index).cloned()),
            quantity,
            amount_minor,
            discount_minor,
        });
    Some(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_packed_and_read_back() {
        let line = |sku: &str, category: Option<&str>| Line {
            sku: sku.to_owned(),
            category: category.map(str::to_owned),
            quantity: 2.into(),
            amount_minor: 399,
            discount_minor: 10,
        };
        let lines = vec![
            line("1", Some("dairy")),
            line("2", None),
            line("\"3", Some("dairy")),
            line("4", Some("x")),
        ];
        let packed = packed_lines(&lines);
        assert_eq!(packed.matches("dairy").count(), 1);
        assert_eq!(unpacked_lines(Some(&packed)), Some(lines));
        assert_eq!(unpacked_lines(None), Some(Vec::new()));
        assert_eq!(unpacked_lines(Some("nonsense")), None);
    }

    #[test]
    fn quantities_are_numbers_whole_or_with_decimals() {
        let stored = |quantity: &str| format!(r#"[["dairy"],[["1",{quantity},399,0,1]]]"#);
        for quantity in ["2", "0.25", "0"] {
            let lines = unpacked_lines(Some(&stored(quantity))).expect(quantity);
            assert_eq!(lines[0].quantity.to_string(), quantity);
            assert_eq!(packed_lines(&lines), stored(quantity));
        }
        for quantity in ["0.0001", "-1", "\"2\"", "null"] {
            assert_eq!(unpacked_lines(Some(&stored(quantity))), None, "{quantity}");
        }
    }
}
