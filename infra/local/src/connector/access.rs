//! The permissions that each call of the SDK needs: AWS's table of actions and resources, for the
//! operations that the functions use.
//!
//! Refuses every other operation: no call passes without a check.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::policy::Access;
use crate::identity;

/// A call of a service, as permissions and taps see it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// The operation's name in the API, such as `TransactWriteItems`.
    pub name: String,
    /// The permissions that the caller needs.
    pub accesses: Vec<Access>,
}

/// The parts of an HTTP request that identify the operation.
pub(crate) struct Request<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The path of the URI.
    pub path: &'a str,
    /// The header `x-amz-target`.
    pub target: Option<&'a str>,
    pub body: &'a [u8],
}

/// Returns the operation of a request to a service.
///
/// # Errors
/// Refuses an operation that is not mapped, and a body that it cannot read.
pub(crate) fn operation(service: &str, request: &Request<'_>) -> anyhow::Result<Operation> {
    match service {
        "dynamodb" => dynamodb(request),
        "sqs" => sqs(request),
        "ses" => ses(request),
        "cognito-idp" => user_pool(request),
        _ => bail!("the service {service} is not mapped"),
    }
}

fn target_operation<'a>(request: &Request<'a>) -> anyhow::Result<&'a str> {
    let target = request.target.context("the request has no x-amz-target")?;
    Ok(target.rsplit('.').next().unwrap_or(target))
}

#[derive(Deserialize)]
struct OneTable<'a> {
    #[serde(rename = "TableName", borrow)]
    table: Cow<'a, str>,
    #[serde(rename = "IndexName", borrow)]
    index: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct ManyTables<'a> {
    #[serde(rename = "RequestItems", borrow)]
    tables: BTreeMap<Cow<'a, str>, IgnoredAny>,
}

#[derive(Deserialize)]
struct Transaction<'a> {
    /// Each part has one key, the kind of the part.
    #[serde(rename = "TransactItems", borrow)]
    parts: Vec<BTreeMap<Cow<'a, str>, OneTable<'a>>>,
}

fn dynamodb(request: &Request<'_>) -> anyhow::Result<Operation> {
    let name = target_operation(request)?;
    let mut accesses = Vec::new();
    let mut need = |action: &str, table: &str, index: Option<&str>| {
        let mut resource = identity::table_arn(table);
        if let Some(index) = index {
            resource.push_str("/index/");
            resource.push_str(index);
        }
        let access = Access { action: format!("dynamodb:{action}"), resources: vec![resource] };
        if !accesses.contains(&access) {
            accesses.push(access);
        }
    };
    match name {
        "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" | "Query" | "Scan" => {
            let body: OneTable<'_> = serde_json::from_slice(request.body)?;
            need(name, &body.table, body.index.as_deref());
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let body: ManyTables<'_> = serde_json::from_slice(request.body)?;
            for table in body.tables.keys() {
                need(name, table, None);
            }
        }
        "TransactWriteItems" | "TransactGetItems" => {
            let body: Transaction<'_> = serde_json::from_slice(request.body)?;
            for (kind, part) in body.parts.iter().flatten() {
                let action = match kind.as_ref() {
                    "Get" => "GetItem",
                    "Put" => "PutItem",
                    "Update" => "UpdateItem",
                    "Delete" => "DeleteItem",
                    "ConditionCheck" => "ConditionCheckItem",
                    other => bail!("the part {other} of a transaction is not mapped"),
                };
                need(action, &part.table, None);
            }
        }
        _ => bail!("the operation {name} of DynamoDB is not mapped"),
    }
    Ok(Operation { name: name.to_owned(), accesses })
}

#[derive(Deserialize)]
struct OneQueue<'a> {
    #[serde(rename = "QueueUrl", borrow)]
    url: Cow<'a, str>,
}

fn sqs(request: &Request<'_>) -> anyhow::Result<Operation> {
    let name = target_operation(request)?;
    let action = match name {
        "SendMessage" | "SendMessageBatch" => "sqs:SendMessage",
        "DeleteMessage" | "DeleteMessageBatch" => "sqs:DeleteMessage",
        "ChangeMessageVisibility" | "ChangeMessageVisibilityBatch" => "sqs:ChangeMessageVisibility",
        "ReceiveMessage" => "sqs:ReceiveMessage",
        "GetQueueAttributes" => "sqs:GetQueueAttributes",
        _ => bail!("the operation {name} of SQS is not mapped"),
    };
    let body: OneQueue<'_> = serde_json::from_slice(request.body)?;
    let access =
        Access { action: action.to_owned(), resources: vec![identity::queue_arn_of(&body.url)] };
    Ok(Operation { name: name.to_owned(), accesses: vec![access] })
}

#[derive(Deserialize)]
struct OnePool<'a> {
    #[serde(rename = "UserPoolId", borrow)]
    id: Cow<'a, str>,
}

fn user_pool(request: &Request<'_>) -> anyhow::Result<Operation> {
    let name = target_operation(request)?;
    if !["AdminListGroupsForUser", "AdminUpdateUserAttributes"].contains(&name) {
        bail!("the operation {name} of the user pool is not mapped");
    }
    let body: OnePool<'_> = serde_json::from_slice(request.body)?;
    let resources = vec![identity::user_pool_arn(&body.id)];
    let access = Access { action: format!("cognito-idp:{name}"), resources };
    Ok(Operation { name: name.to_owned(), accesses: vec![access] })
}

#[derive(Deserialize)]
struct Outbound<'a> {
    #[serde(rename = "FromEmailAddress", borrow)]
    from: Option<Cow<'a, str>>,
    #[serde(rename = "ConfigurationSetName", borrow)]
    configuration_set: Option<Cow<'a, str>>,
    #[serde(rename = "ListManagementOptions", borrow)]
    list: Option<ContactList<'a>>,
}

#[derive(Deserialize)]
struct ContactList<'a> {
    #[serde(rename = "ContactListName", borrow)]
    name: Cow<'a, str>,
}

fn ses(request: &Request<'_>) -> anyhow::Result<Operation> {
    let everything = || vec!["*".to_owned()];
    let one = |action: &str, resources| Access { action: format!("ses:{action}"), resources };
    let suppressed = request.path.strip_prefix("/v2/email/suppression/addresses/");
    let (name, accesses) = match (request.method, request.path, suppressed) {
        ("POST", "/v2/email/outbound-emails", _) => {
            let body: Outbound<'_> = serde_json::from_slice(request.body)?;
            let from = body.from.context("a mail needs FromEmailAddress")?;
            let mut accesses = vec![one("SendEmail", identities_of(&from))];
            if let Some(set) = body.configuration_set {
                let resource = identity::ses_arn(&format!("configuration-set/{set}"));
                accesses.push(one("SendEmail", vec![resource]));
            }
            if let Some(list) = body.list {
                accesses.push(one("SendEmail", vec![contact_list_arn(&list.name)]));
            }
            ("SendEmail", accesses)
        }
        ("GET", "/v2/email/account", _) => ("GetAccount", vec![one("GetAccount", everything())]),
        ("DELETE", _, Some(_)) => {
            let name = "DeleteSuppressedDestination";
            (name, vec![one(name, everything())])
        }
        ("DELETE", path, None) if let Some(contact) = contact_of(path) => {
            ("DeleteContact", vec![one("DeleteContact", vec![contact_list_arn(contact.list)])])
        }
        ("GET", _, Some(_)) => {
            let name = "GetSuppressedDestination";
            (name, vec![one(name, everything())])
        }
        (method, path, _) => bail!("{method} {path} of SES is not mapped"),
    };
    Ok(Operation { name: name.to_owned(), accesses })
}

fn contact_list_arn(name: &str) -> String {
    identity::ses_arn(&format!("contact-list/{name}"))
}

/// A contact of a contact list, percent-encoded as in the path.
pub(crate) struct Contact<'a> {
    pub list: &'a str,
    pub address: &'a str,
}

/// Returns the contact that a path names, if it names one.
pub(crate) fn contact_of(path: &str) -> Option<Contact<'_>> {
    let path = path.strip_prefix("/v2/email/contact-lists/")?;
    let (list, address) = path.split_once("/contacts/")?;
    Some(Contact { list, address })
}

/// Returns the identities that cover a sender: its domain and its address.
fn identities_of(sender: &str) -> Vec<String> {
    let address = match sender.rsplit_once('<') {
        Some((_, address)) => address.trim_end_matches('>'),
        None => sender,
    };
    let domain = address.rsplit('@').next().unwrap_or(address);
    [domain, address].map(|name| identity::ses_arn(&format!("identity/{name}"))).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accesses(service: &str, method: &str, path: &str, target: &str, body: &str) -> Vec<String> {
        let target = (!target.is_empty()).then_some(target);
        let request = Request { method, path, target, body: body.as_bytes() };
        operation(service, &request)
            .expect("mapped")
            .accesses
            .into_iter()
            .map(|access| format!("{} {}", access.action, access.resources.join(" | ")))
            .collect()
    }

    #[test]
    fn a_transaction_needs_the_action_of_each_part_once() {
        let body = r#"{"TransactItems": [{"Put": {"TableName": "t", "Item": {"pk": {"S": "a"}}}},
            {"Update": {"TableName": "t"}}, {"Put": {"TableName": "t"}},
            {"ConditionCheck": {"TableName": "t"}}]}"#;
        let table = "arn:aws:dynamodb:us-east-1:123456789012:table/t";
        assert_eq!(
            accesses("dynamodb", "POST", "/", "DynamoDB_20120810.TransactWriteItems", body),
            ["PutItem", "UpdateItem", "ConditionCheckItem"]
                .map(|action| format!("dynamodb:{action} {table}"))
        );
    }

    #[test]
    fn a_query_of_an_index_names_the_index() {
        let body = r#"{"TableName": "t", "IndexName": "timeline", "Limit": 3}"#;
        assert_eq!(
            accesses("dynamodb", "POST", "/", "DynamoDB_20120810.Query", body),
            ["dynamodb:Query arn:aws:dynamodb:us-east-1:123456789012:table/t/index/timeline"]
        );
    }

    #[test]
    fn a_mail_needs_its_sender_and_its_configuration_set() {
        let body = r#"{"FromEmailAddress": "P <p@example.com>", "ConfigurationSetName": "c"}"#;
        let ses = "arn:aws:ses:us-east-1:123456789012:";
        assert_eq!(
            accesses("ses", "POST", "/v2/email/outbound-emails", "", body),
            [
                format!("ses:SendEmail {ses}identity/example.com | {ses}identity/p@example.com"),
                format!("ses:SendEmail {ses}configuration-set/c"),
            ]
        );
    }

    #[test]
    fn an_optional_mail_needs_its_list_as_well() {
        let body = r#"{"FromEmailAddress": "p@example.com",
            "ListManagementOptions": {"ContactListName": "l", "TopicName": "t"}}"#;
        let list = "arn:aws:ses:us-east-1:123456789012:contact-list/l";
        assert_eq!(
            accesses("ses", "POST", "/v2/email/outbound-emails", "", body)[1..],
            [format!("ses:SendEmail {list}")]
        );
        let path = "/v2/email/contact-lists/l/contacts/ana%40example.com";
        assert_eq!(accesses("ses", "DELETE", path, "", ""), [format!("ses:DeleteContact {list}")]);
    }

    #[test]
    fn a_batch_of_messages_is_sent_to_the_queue_of_its_url() {
        let body = r#"{"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/Letters"}"#;
        assert_eq!(
            accesses("sqs", "POST", "/", "AmazonSQS.SendMessageBatch", body),
            ["sqs:SendMessage arn:aws:sqs:us-east-1:123456789012:Letters"]
        );
    }

    #[test]
    fn an_address_of_a_person_is_changed_in_the_pool_of_the_request() {
        let target = "AWSCognitoIdentityProviderService.AdminUpdateUserAttributes";
        assert_eq!(
            accesses("cognito-idp", "POST", "/", target, r#"{"UserPoolId": "p", "Username": "u"}"#),
            ["cognito-idp:AdminUpdateUserAttributes \
              arn:aws:cognito-idp:us-east-1:123456789012:userpool/p"]
        );
    }

    #[test]
    fn an_unmapped_operation_is_refused_by_name() {
        let target = Some("DynamoDB_20120810.ExecuteStatement");
        let request = Request { method: "POST", path: "/", target, body: b"{}" };
        let error = operation("dynamodb", &request).expect_err("refused");
        assert!(error.to_string().contains("ExecuteStatement"));
    }
}
