//! The caller: the roles and the subject of a verified token.
//!
//! The gateway checked the signature. This module checks the token's use and the role again, because a JWT
//! authorizer accepts ID tokens and any one matching scope.

use std::collections::HashMap;

use puntos_api::{Problem, Role};

/// The scope of tills, given to machine clients (client credentials).
const POS_SCOPE: &str = "puntos/pos";

/// The scope of people, who sign in at the user pool's page. Tills cannot have it.
const PERSON_SCOPE: &str = "openid";

/// The caller of one request, who may use its route.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The roles that the token carries and the route allows.
    pub roles: Vec<Role>,
    /// The token's subject.
    pub subject: String,
}

impl Caller {
    /// Reads the caller from the fields of an access token.
    ///
    /// # Errors
    /// Refuses a missing or foreign token with 401, a role that the route does not allow with 403.
    pub(super) fn of_token(
        fields: Option<&HashMap<String, String>>,
        allowed: &[Role],
    ) -> Result<Self, Problem> {
        let fields = fields.ok_or_else(Problem::unauthorized)?;
        if fields.get("token_use").map(String::as_str) != Some("access") {
            return Err(Problem::unauthorized());
        }
        let subject = fields.get("sub").filter(|subject| !subject.is_empty());
        let subject = subject.ok_or_else(Problem::unauthorized)?.clone();
        let has_scope = |wanted| words(fields.get("scope")).any(|scope| scope == wanted);
        let mut roles = Vec::new();
        if has_scope(POS_SCOPE) {
            roles.push(Role::Pos);
        }
        roles.extend(words(fields.get("cognito:groups")).filter_map(Role::of_group));
        if roles.is_empty() && has_scope(PERSON_SCOPE) {
            roles.push(Role::Member);
        }
        roles.retain(|role| allowed.contains(role));
        if roles.is_empty() {
            return Err(Problem::forbidden("this route is not open to your role"));
        }
        Ok(Self { roles, subject })
    }

    /// Returns whether the caller has a role that the route allows.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Returns whether the caller is only a member here, and so limited to their own data.
    pub fn is_only_member(&self) -> bool {
        self.roles.iter().all(|role| *role == Role::Member)
    }

    /// Returns the strongest role, for the record of who made a change.
    pub fn role(&self) -> Role {
        let strongest = [Role::Admin, Role::Supervisor, Role::Agent, Role::Pos];
        strongest.into_iter().find(|role| self.is(*role)).unwrap_or(Role::Member)
    }

    /// Returns who made a change, as entries store it: `agent:subject`.
    pub fn actor(&self) -> String {
        format!("{}:{}", self.role().name(), self.subject)
    }
}

/// API Gateway writes a list as `[a b]`, and a scope as `a b`.
fn words(field: Option<&String>) -> impl Iterator<Item = &str> {
    let text = field.map(String::as_str).unwrap_or_default();
    text.trim_start_matches('[')
        .trim_end_matches(']')
        .split([' ', ','])
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn roles_come_from_groups_and_scopes_of_access_tokens() {
        let agent = fields(&[
            ("token_use", "access"),
            ("sub", "s"),
            ("cognito:groups", "[agent supervisor]"),
        ]);
        let caller = Caller::of_token(Some(&agent), &[Role::Agent, Role::Supervisor]).unwrap();
        assert_eq!(caller.actor(), "supervisor:s");
        assert!(!caller.is_only_member());
        let till = fields(&[("token_use", "access"), ("sub", "t"), ("scope", "puntos/pos")]);
        assert!(Caller::of_token(Some(&till), &[Role::Pos]).unwrap().is(Role::Pos));
        // A group that is named like a machine's role grants nothing.
        let false_till =
            fields(&[("token_use", "access"), ("sub", "t"), ("cognito:groups", "[pos]")]);
        assert_eq!(Caller::of_token(Some(&false_till), &[Role::Pos]).unwrap_err().status(), 403);
    }

    #[test]
    fn who_signs_in_and_is_in_no_group_is_a_member() {
        let roles = [Role::Pos, Role::Agent, Role::Member];
        let table = [
            ("", "openid email", Ok(vec![Role::Member])),
            ("", "[openid email]", Ok(vec![Role::Member])),
            // Colleagues sign in at the same page.
            ("[agent]", "openid email", Ok(vec![Role::Agent])),
            ("", "puntos/pos", Ok(vec![Role::Pos])),
            // Nobody gets the role by a group, or without having signed in at the page.
            ("[member]", "", Err(403)),
            ("", "aws.cognito.signin.user.admin", Err(403)),
            ("", "", Err(403)),
        ];
        for (groups, scope, expected) in table {
            let token = fields(&[
                ("token_use", "access"),
                ("sub", "s"),
                ("cognito:groups", groups),
                ("scope", scope),
            ]);
            let caller = Caller::of_token(Some(&token), &roles);
            let found = caller.map(|caller| caller.roles).map_err(|problem| problem.status());
            assert_eq!(found, expected, "{groups} {scope}");
        }
    }

    #[test]
    fn other_tokens_are_refused() {
        let id_token = fields(&[("token_use", "id"), ("sub", "s"), ("cognito:groups", "[agent]")]);
        assert_eq!(Caller::of_token(Some(&id_token), &[Role::Agent]).unwrap_err().status(), 401);
        assert_eq!(Caller::of_token(None, &[Role::Agent]).unwrap_err().status(), 401);
        let member = fields(&[("token_use", "access"), ("sub", "s"), ("scope", "openid")]);
        assert_eq!(Caller::of_token(Some(&member), &[Role::Agent]).unwrap_err().status(), 403);
    }
}
