//! Parses the events of the user pool into commands.
//!
//! The fields and sources of both triggers:
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html> and
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-message.html>.

use aws_lambda_events::cognito::{
    CognitoEventUserPoolsCustomMessage as CustomMessage,
    CognitoEventUserPoolsCustomMessageTriggerSource as MessageSource,
    CognitoEventUserPoolsPostConfirmation as PostConfirmation,
    CognitoEventUserPoolsPostConfirmationTriggerSource as ConfirmationSource,
};
use puntos_domain::mail::{CodeMailKind, EmailAddress};
use serde::{Deserialize, Serialize};

/// An event of the user pool. The pool takes it back with the answer in it.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
pub enum PoolEvent {
    /// A person confirmed their account.
    Confirmed(PostConfirmation),
    /// A mail is about to be sent.
    Message(CustomMessage),
}

/// A person who signed up and proved that the address is theirs.
#[derive(Debug, PartialEq, Eq)]
pub struct SignUp {
    /// The subject of their tokens.
    pub subject: String,
    pub email: EmailAddress,
}

/// A mail whose words are needed.
#[derive(Debug, PartialEq, Eq)]
pub struct MailOrder {
    /// `None` leaves the words to the pool.
    pub kind: Option<CodeMailKind>,
    /// The recipient; `None` if it is no address that a member can have.
    pub email: Option<EmailAddress>,
    /// The language that the person chose in the pool.
    pub locale: Option<String>,
    /// What the pool replaces by the code.
    pub code: String,
    /// What the pool replaces by the name to sign in with; empty if the mail has none.
    pub username: String,
}

/// What an event lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event has no {0}")]
pub struct Missing(&'static str);

/// Returns the sign-up of a confirmation; `None` if it proves no address: a new password, or an account that an
/// administrator confirmed.
///
/// # Errors
/// Refuses an event without its source or the subject.
pub fn sign_up(event: &PostConfirmation) -> Result<Option<SignUp>, Missing> {
    let source = &event.cognito_event_user_pools_header.trigger_source;
    if source.as_ref().ok_or(Missing("triggerSource"))? != &ConfirmationSource::ConfirmSignUp {
        return Ok(None);
    }
    let attributes = &event.request.user_attributes;
    if attributes.get("email_verified").map(String::as_str) != Some("true") {
        return Ok(None);
    }
    let subject = attributes.get("sub").filter(|subject| !subject.is_empty());
    let subject = subject.ok_or(Missing("sub"))?.clone();
    let email = attributes.get("email").and_then(|email| EmailAddress::parse(email).ok());
    Ok(email.map(|email| SignUp { subject, email }))
}

/// Returns the mail of a message.
///
/// # Errors
/// Refuses an event without its source or a placeholder that the mail needs.
pub fn mail_order(event: &CustomMessage) -> Result<MailOrder, Missing> {
    let source = &event.cognito_event_user_pools_header.trigger_source;
    let kind = match source.as_ref().ok_or(Missing("triggerSource"))? {
        MessageSource::SignUp | MessageSource::ResendCode => Some(CodeMailKind::SignUp),
        MessageSource::ForgotPassword => Some(CodeMailKind::Password),
        MessageSource::UpdateUserAttribute | MessageSource::VerifyUserAttribute => {
            Some(CodeMailKind::Address)
        }
        MessageSource::AdminCreateUser => Some(CodeMailKind::Account),
        _ => None,
    };
    let attribute = |name: &str| {
        let value = event.request.user_attributes.get(name).and_then(|value| value.as_str());
        value.filter(|value| !value.is_empty())
    };
    let username = event.request.username_parameter.clone();
    let username = match kind {
        Some(CodeMailKind::Account) => username.ok_or(Missing("usernameParameter"))?,
        _ => String::new(),
    };
    let code = event.request.code_parameter.clone().ok_or(Missing("codeParameter"))?;
    Ok(MailOrder {
        kind,
        email: attribute("email").and_then(|email| EmailAddress::parse(email).ok()),
        locale: attribute("locale").map(str::to_owned),
        code,
        username,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(source: &str, request: Value) -> PoolEvent {
        let event = json!({
            "version": "1", "triggerSource": source, "region": "eu-west-1",
            "userPoolId": "eu-west-1_Example", "userName": "u",
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "people"},
            "request": request, "response": {},
        });
        serde_json::from_value(event).expect("an event of the pool")
    }

    fn confirmed(source: &str, attributes: Value) -> Result<Option<SignUp>, Missing> {
        match event(source, json!({ "userAttributes": attributes })) {
            PoolEvent::Confirmed(event) => sign_up(&event),
            PoolEvent::Message(_) => panic!("{source} is a confirmation"),
        }
    }

    fn ordered(source: &str, request: Value) -> Result<MailOrder, Missing> {
        match event(source, request) {
            PoolEvent::Message(event) => mail_order(&event),
            PoolEvent::Confirmed(_) => panic!("{source} is a message"),
        }
    }

    #[test]
    fn only_a_sign_up_with_a_proven_address_is_one() {
        let whole = json!({"sub": "s", "email": "Ana@example.com", "email_verified": "true"});
        let with = |name: &str, value: &str| {
            let mut attributes = whole.clone();
            attributes[name] = value.into();
            attributes
        };
        let signed_up = "PostConfirmation_ConfirmSignUp";
        let found = confirmed(signed_up, whole.clone()).unwrap().unwrap();
        assert_eq!((&*found.subject, found.email.normalized()), ("s", "ana@example.com"));
        let table = [
            ("PostConfirmation_ConfirmForgotPassword", whole.clone(), Ok(None)),
            (signed_up, with("email_verified", "false"), Ok(None)),
            (signed_up, with("email", "nobody"), Ok(None)),
            (signed_up, json!({"sub": "s", "email": "ana@example.com"}), Ok(None)),
            (signed_up, json!({"sub": "s", "phone_number": "1"}), Ok(None)),
            (signed_up, with("sub", ""), Err(Missing("sub"))),
        ];
        for (source, attributes, expected) in table {
            assert_eq!(confirmed(source, attributes.clone()), expected, "{source} {attributes}");
        }
    }

    #[test]
    fn each_message_has_its_kind() {
        let request = json!({
            "userAttributes": {"email": "ana@example.com", "locale": "pt-BR"},
            "codeParameter": "{####}", "usernameParameter": "{username}",
        });
        let table = [
            ("SignUp", Some(CodeMailKind::SignUp)),
            ("ResendCode", Some(CodeMailKind::SignUp)),
            ("ForgotPassword", Some(CodeMailKind::Password)),
            ("UpdateUserAttribute", Some(CodeMailKind::Address)),
            ("VerifyUserAttribute", Some(CodeMailKind::Address)),
            ("AdminCreateUser", Some(CodeMailKind::Account)),
            ("Authentication", None),
        ];
        for (source, kind) in table {
            let order = ordered(&format!("CustomMessage_{source}"), request.clone()).unwrap();
            assert_eq!((order.kind, order.locale.as_deref()), (kind, Some("pt-BR")), "{source}");
            let has_name = kind == Some(CodeMailKind::Account);
            assert_eq!(order.username.is_empty(), !has_name, "{source}");
        }
    }

    #[test]
    fn a_message_without_its_placeholders_is_refused() {
        let table = [
            ("SignUp", json!({"userAttributes": null}), Missing("codeParameter")),
            ("AdminCreateUser", json!({"codeParameter": "{####}"}), Missing("usernameParameter")),
        ];
        for (source, request, expected) in table {
            assert_eq!(ordered(&format!("CustomMessage_{source}"), request), Err(expected));
        }
    }

    #[test]
    fn an_event_comes_back_as_it_was() {
        let request = json!({
            "userAttributes": {"sub": "s"}, "clientMetadata": {"a": "b"},
        });
        let returned =
            serde_json::to_value(event("PostConfirmation_ConfirmSignUp", request)).unwrap();
        assert_eq!(returned["triggerSource"], "PostConfirmation_ConfirmSignUp");
        assert_eq!(returned["userPoolId"], "eu-west-1_Example");
        assert_eq!(returned["response"], json!({}));
    }
}
