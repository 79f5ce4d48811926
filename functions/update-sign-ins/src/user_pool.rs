//! The address of a person in the user pool.

use aws_sdk_cognitoidentityprovider::operation::admin_list_groups_for_user::AdminListGroupsForUserError as GroupsRefusal;
use aws_sdk_cognitoidentityprovider::operation::admin_update_user_attributes::AdminUpdateUserAttributesError as Refusal;
use aws_sdk_cognitoidentityprovider::types::AttributeType;
use puntos_domain::mail::EmailAddress;
use puntos_runtime::batch::Unhandled;
use puntos_runtime::{Environment, StartError};

/// The user pool of the stack.
pub(crate) struct UserPool {
    environment: Environment,
    id: String,
}

/// What the pool says of a new address.
pub(crate) enum Change {
    Done,
    NoPerson,
    /// The person is in a group.
    Colleague,
    /// Another person of the pool has the address.
    Taken,
}

impl UserPool {
    /// Returns the pool of the settings.
    ///
    /// # Errors
    /// Fails if `USER_POOL_ID` is not set.
    pub(crate) fn new(environment: &Environment) -> Result<Self, StartError> {
        let id = environment.setting("USER_POOL_ID")?.to_owned();
        Ok(Self { environment: environment.clone(), id })
    }

    /// Gives a person another address, as proven: the pool sends no code to it, and the person signs in with it. A person
    /// who is in a group keeps theirs: who may change a member's address must not reach the rights of a colleague.
    ///
    /// The subject of a token names a person of the pool too:
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateUserAttributes.html>.
    ///
    /// # Errors
    /// An address that the pool does not accept is a permanent failure. Every other failure is temporary.
    pub(crate) async fn set_address(
        &self,
        subject: &str,
        address: &EmailAddress,
    ) -> Result<Change, Unhandled> {
        let client = self.environment.clients().user_pool();
        let groups = client
            .admin_list_groups_for_user()
            .user_pool_id(&self.id)
            .username(subject)
            .limit(1)
            .send()
            .await;
        match groups {
            Ok(groups) if groups.groups().is_empty() => {}
            Ok(_) => return Ok(Change::Colleague),
            Err(error) => {
                let is_gone = |one: &GroupsRefusal| one.is_user_not_found_exception();
                return match error.as_service_error() {
                    Some(refusal) if is_gone(refusal) => Ok(Change::NoPerson),
                    _ => Err(error.into()),
                };
            }
        }
        let answer = client
            .admin_update_user_attributes()
            .user_pool_id(&self.id)
            .username(subject)
            .user_attributes(attribute("email", address.as_given())?)
            .user_attributes(attribute("email_verified", "true")?)
            .send()
            .await;
        let Err(error) = answer else { return Ok(Change::Done) };
        match error.as_service_error() {
            Some(Refusal::UserNotFoundException(_)) => Ok(Change::NoPerson),
            Some(Refusal::AliasExistsException(_)) => Ok(Change::Taken),
            Some(Refusal::InvalidParameterException(_)) => Err(Unhandled::Never(error.into())),
            _ => Err(error.into()),
        }
    }
}

fn attribute(name: &str, value: &str) -> Result<AttributeType, Unhandled> {
    let attribute = AttributeType::builder().name(name).value(value).build();
    attribute.map_err(|error| Unhandled::Never(error.into()))
}
