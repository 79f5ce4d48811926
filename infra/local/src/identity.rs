//! The names of local resources: region, account, and the values of `Ref` and `Fn::GetAtt` for each type
//! of resource, in the formats of AWS.
//!
//! Does not check whether a resource exists.

use anyhow::bail;

/// The region of the local stack.
pub(crate) const REGION: &str = "us-east-1";
/// The account of the local stack: the one that the embedded services assume.
pub(crate) const ACCOUNT: &str = "123456789012";
/// The secret key of every function. Its access key is the function's name.
pub(crate) const SECRET_KEY: &str = "local";
/// The stack's name.
pub(crate) const STACK: &str = "puntos";
/// The stack's id.
pub(crate) const STACK_ID: &str = "arn:aws:cloudformation:us-east-1:123456789012:stack/puntos/00000000-0000-4000-8000-000000000000";

/// Returns the value of a pseudo parameter.
///
/// # Errors
/// Refuses an unknown one.
pub(crate) fn pseudo_parameter(name: &str) -> anyhow::Result<&'static str> {
    Ok(match name {
        "AWS::Region" => REGION,
        "AWS::AccountId" => ACCOUNT,
        "AWS::Partition" => "aws",
        "AWS::StackName" => STACK,
        "AWS::StackId" => STACK_ID,
        "AWS::URLSuffix" => "amazonaws.com",
        _ => bail!("the pseudo parameter {name} is not supported"),
    })
}

/// Returns the property that names a resource of a type.
pub(crate) fn name_property(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "AWS::DynamoDB::Table" => "TableName",
        "AWS::S3::Bucket" => "BucketName",
        "AWS::SQS::Queue" => "QueueName",
        "AWS::SNS::Topic" => "TopicName",
        "AWS::Logs::LogGroup" => "LogGroupName",
        "AWS::SES::ConfigurationSet" => "Name",
        "AWS::SES::ContactList" => "ContactListName",
        "AWS::IAM::Role" => "RoleName",
        "AWS::Serverless::Function" => "FunctionName",
        "AWS::Cognito::UserPoolDomain" => "Domain",
        _ => return None,
    })
}

/// Returns the value of `Ref`.
pub(crate) fn reference(kind: &str, name: &str) -> String {
    match kind {
        "AWS::SQS::Queue" => queue_url(name),
        "AWS::SNS::Topic" => format!("arn:aws:sns:{REGION}:{ACCOUNT}:{name}"),
        "AWS::Cognito::UserPool" => format!("{REGION}_{name}"),
        _ => name.to_owned(),
    }
}

/// Returns the value of `Fn::GetAtt`.
///
/// # Errors
/// Refuses an unknown attribute.
pub(crate) fn attribute(kind: &str, name: &str, attribute: &str) -> anyhow::Result<String> {
    Ok(match (kind, attribute) {
        ("AWS::DynamoDB::Table", "Arn") => table_arn(name),
        ("AWS::DynamoDB::Table", "StreamArn") => format!("{}/stream/local", table_arn(name)),
        ("AWS::S3::Bucket", "Arn") => format!("arn:aws:s3:::{name}"),
        ("AWS::SQS::Queue", "Arn") => format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"),
        ("AWS::SQS::Queue", "QueueName") | ("AWS::SNS::Topic", "TopicName") => name.to_owned(),
        ("AWS::SNS::Topic", "TopicArn") => reference(kind, name),
        ("AWS::IAM::Role", "Arn") => format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
        ("AWS::Logs::LogGroup", "Arn") => log_group_arn(name),
        ("AWS::Cognito::UserPool", "Arn") => user_pool_arn(&reference(kind, name)),
        ("AWS::Serverless::Function", "Arn") => {
            format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
        }
        _ => bail!("the attribute {attribute} of {kind} is not supported"),
    })
}

pub(crate) fn table_arn(name: &str) -> String {
    format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}")
}

pub(crate) fn user_pool_arn(id: &str) -> String {
    format!("arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{id}")
}

pub(crate) fn queue_arn_of(url: &str) -> String {
    let name = url.rsplit('/').next().unwrap_or(url);
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

/// Returns the ARN of a log group, with the star that AWS adds for its streams.
pub(crate) fn log_group_arn(name: &str) -> String {
    format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*")
}

/// Returns the ARN of a resource of SES, such as `identity/example.com`.
pub(crate) fn ses_arn(resource: &str) -> String {
    format!("arn:aws:ses:{REGION}:{ACCOUNT}:{resource}")
}

/// Returns a new random id.
pub(crate) fn fresh() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn queue_url(name: &str) -> String {
    format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}")
}
