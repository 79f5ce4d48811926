//! The search for purchases: by invoice, by number in all branches, or of a member in a period.

use puntos_domain::id::MemberId;
use puntos_domain::invoice::Invoice;

use super::PurchaseAnswer;
use crate::period::Period;
use crate::{KeyRule, Parameter, Problem, Reply, Role, Route};

/// Finds purchases.
pub const FIND: Route = Route {
    key: "GET /v1/purchases",
    operation_id: "find_purchase",
    tag: "Purchases",
    summary: "Find purchases by invoice or by member",
    description: "`branch` and `invoice_number`: answers whether a purchase arrived, by a strong read: \
        none or one. `invoice_number` alone: those of all branches of the programme, else of the \
        branches that purchases and ratings named, by a strong read. `member_id` with `from` and `to`: \
        those of a member by the time of purchase, those recorded last first; a purchase of the last \
        moments may be missing. A till finds by branch and number only.",
    roles: &[Role::Pos, Role::Agent, Role::Supervisor],
    idempotency: KeyRule::Ignored,
    query: &[
        Parameter::optional::<String>("branch", "The branch that issued the invoice"),
        Parameter::optional::<String>("invoice_number", "The number of the invoice"),
        Parameter::optional::<String>("member_id", "The member whose purchases they are"),
        Parameter::optional::<String>("from", "The first local day, or the first instant"),
        Parameter::optional::<String>("to", "The last local day, or the excluded end"),
        Parameter::LIMIT,
        Parameter::CURSOR,
    ],
    request: None,
    answers: &[Reply::page::<PurchaseAnswer>(200, "The purchases found")],
    problems: &[(403, &["forbidden"])],
};

/// What purchases are searched by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PurchaseFilter<'a> {
    /// One invoice.
    Invoice(Invoice<'a>),
    /// A number, in all branches.
    Number(&'a str),
    /// A member and a period; `None` for text that is no id, which has no purchases.
    Member(Option<MemberId>, Period),
}

impl<'a> PurchaseFilter<'a> {
    /// Returns the filter among the parameters of a query.
    ///
    /// # Errors
    /// Refuses filters that do not fit together, and a till that searches by anything but an invoice.
    pub fn of(parameter: impl Fn(&str) -> Option<&'a str>, is_till: bool) -> Result<Self, Problem> {
        let (branch, number) = (parameter("branch"), parameter("invoice_number"));
        let member = parameter("member_id");
        let period = ["from", "to"].into_iter().find(|name| parameter(name).is_some());
        if is_till && (member.is_some() || period.is_some() || branch.is_none() && number.is_some())
        {
            let detail = "a till finds purchases by branch and invoice_number only";
            return Err(Problem::forbidden(detail));
        }
        if let Some(name) = period.filter(|_| member.is_none()) {
            return Err(Problem::invalid_field(name, "needs member_id"));
        }
        match (branch, number, member) {
            (None, None, Some(id)) => Ok(Self::Member(id.parse().ok(), Period::of(parameter)?)),
            (Some(branch), Some(number), None) => Ok(Self::Invoice(Invoice::new(branch, number))),
            (None, Some(number), None) => Ok(Self::Number(number)),
            (_, _, Some(_)) => {
                Err(Problem::invalid_field("member_id", "cannot be given with an invoice"))
            }
            (Some(_), None, None) => Err(Problem::invalid_field("invoice_number", "must be given")),
            (None, None, None) => {
                let detail = "give branch and invoice_number, invoice_number, or member_id";
                Err(Problem::invalid_field("invoice_number", detail))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A parameter and its value.
    type Given = (&'static str, &'static str);

    /// Returns the kind of filter of a query, or the code and the field of its refusal.
    fn filter(query: &[Given], is_till: bool) -> String {
        let value = |name: &str| query.iter().find(|(given, _)| *given == name).map(|(_, v)| *v);
        match PurchaseFilter::of(value, is_till) {
            Ok(PurchaseFilter::Invoice(_)) => "invoice".to_owned(),
            Ok(PurchaseFilter::Number(_)) => "number".to_owned(),
            Ok(PurchaseFilter::Member(id, _)) if id.is_some() => "member".to_owned(),
            Ok(PurchaseFilter::Member(..)) => "nobody".to_owned(),
            Err(problem) => {
                let body = problem.body("", "");
                let field = body["errors"][0]["field"].as_str().unwrap_or_default();
                format!("{} {field}", problem.code()).trim_end().to_owned()
            }
        }
    }

    #[test]
    fn filters_that_do_not_fit_together_are_refused_by_name() {
        let (branch, number) = (("branch", "b1"), ("invoice_number", "7"));
        let member = ("member_id", "mbr_0000000000000000");
        let (from, to) = (("from", "2026-03-01"), ("to", "2026-03-31"));
        let missing = "invalid_field invoice_number";
        let table: [(&[Given], &str, &str); 11] = [
            (&[branch, number], "invoice", "invoice"),
            (&[number], "number", "forbidden"),
            (&[member], "member", "forbidden"),
            (&[member, from, to], "member", "forbidden"),
            (&[("member_id", "nobody")], "nobody", "forbidden"),
            (&[], missing, missing),
            (&[branch], missing, missing),
            (&[number, from], "invalid_field from", "forbidden"),
            (&[to], "invalid_field to", "forbidden"),
            (&[member, number], "invalid_field member_id", "forbidden"),
            (&[member, ("from", "yesterday")], "invalid_field from", "forbidden"),
        ];
        for (query, for_agent, for_till) in table {
            assert_eq!(filter(query, false), for_agent, "{query:?}");
            assert_eq!(filter(query, true), for_till, "{query:?}");
        }
    }
}
