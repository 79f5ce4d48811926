//! Errors of the store.
//!
//! Keys and values can be addresses, and errors are logged. So no message quotes either.

use std::error::Error;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Other writes came first too often: a retry may help.
    #[error("other writes came first")]
    Busy,
    /// The table accepts no more requests for now.
    #[error("the table is throttled")]
    Throttled,
    /// The time of the invocation is over. Nothing is known to be written.
    #[error("the time is over")]
    OutOfTime,
    /// The service did not answer, or refused for a reason that we must fix.
    #[error("the table did not answer")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The cursor belongs to another list.
    #[error("the cursor is not of this list")]
    BadCursor,
    /// The item does not have the shape that this version writes.
    #[error("the item {pk} / {sk} cannot be read")]
    Corrupt {
        /// The start of its partition key, without personal parts.
        pk: String,
        /// The start of its sort key, without personal parts.
        sk: String,
        /// What is wrong with it.
        #[source]
        source: Corruption,
    },
}

/// What is wrong with an item. Errors of parsers are not kept, because they quote values.
#[derive(Debug, thiserror::Error)]
pub enum Corruption {
    /// Another item names this one, but it is missing.
    #[error("the item is missing")]
    Missing,
    /// An attribute cannot be read.
    #[error("the attribute {0} cannot be read")]
    Attribute(&'static str),
    /// An attribute is missing or has another type.
    #[error("the shape is another one: {0}")]
    Shape(String),
}

impl StoreError {
    /// Returns the error of a service that failed for this reason.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }

    /// Returns the error of an item whose attribute cannot be read.
    pub(crate) fn attribute(pk: &str, sk: &str, attribute: &'static str) -> Self {
        Self::corrupt(pk, sk, Corruption::Attribute(attribute))
    }

    /// Returns the error of an item that cannot be read.
    pub(crate) fn corrupt(pk: &str, sk: &str, source: Corruption) -> Self {
        Self::Corrupt { pk: before(pk, '#'), sk: before(sk, '#'), source }
    }

    /// Returns the error and its causes as one text, for logs.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}

impl Corruption {
    /// Returns serde's message about an item, up to the first value that it quotes.
    pub(crate) fn of_shape(error: &serde_dynamo::Error) -> Self {
        Self::Shape(before(&error.to_string(), '"'))
    }
}

fn before(text: &str, mark: char) -> String {
    text.split(mark).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_causes_and_no_address() {
        let wrong = serde_dynamo::from_item::<_, std::collections::BTreeMap<String, u8>>(
            std::collections::HashMap::from([(
                "member_id".to_owned(),
                aws_sdk_dynamodb::types::AttributeValue::S("ines@example.com".to_owned()),
            )]),
        );
        let shape = Corruption::of_shape(&wrong.unwrap_err());
        let chain = StoreError::corrupt("email#ines@example.com", "owner", shape).chain();
        assert!(chain.starts_with("the item email / owner cannot be read: the shape"), "{chain}");
        assert!(!chain.contains("ines"), "{chain}");
        let unavailable = StoreError::unavailable(std::io::Error::other("connection reset"));
        assert_eq!(unavailable.chain(), "the table did not answer: connection reset");
    }
}
