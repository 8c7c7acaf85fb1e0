//! The role and the scopes of an account, as options.

use anyhow::{Result, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use shared::model::{Account, AccountId, Role, Scope};

/// The options that limit the scopes of an account's tokens.
#[derive(Debug, clap::Args)]
pub(crate) struct Permissions {
    /// admin: every scope; editor: links, and reading interactions; analyst: reading both; integration: see --scope
    #[arg(long, value_parser = PossibleValuesParser::new(Role::ALL.map(Role::as_str)).try_map(|role| role.parse::<Role>()))]
    role: Role,
    /// A scope of an integration; repeat the option for each scope
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope())]
    scopes: Vec<Scope>,
}

/// Parses a scope. The help lists all scopes.
pub(crate) fn scope() -> impl TypedValueParser<Value = Scope> {
    PossibleValuesParser::new(Scope::ALL.map(Scope::as_str)).try_map(|scope| scope.parse::<Scope>())
}

impl Permissions {
    /// The account.
    ///
    /// # Errors
    /// Returns an error if the scopes do not fit the role.
    pub(super) fn account(self, id: AccountId) -> Result<Account> {
        match (self.role, self.scopes.is_empty()) {
            (Role::Integration, true) => bail!("an integration has no scopes by default: give it at least one --scope"),
            (Role::Integration, false) | (_, true) => {}
            (role, false) => {
                bail!("the scopes of `{}` follow from the role: omit --scope, or use --role integration", role.as_str())
            }
        }
        Ok(Account::new(id, self.role, self.scopes.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn account(role: Role, scopes: &[Scope]) -> Result<Account> {
        Permissions { role, scopes: scopes.into() }.account("crm".parse().unwrap())
    }

    #[rstest]
    #[case::an_integration_without_scopes(Role::Integration, &[])]
    #[case::a_role_with_scopes(Role::Admin, &[Scope::LinksRead])]
    fn role_and_scopes_that_contradict_each_other_are_refused(#[case] role: Role, #[case] scopes: &[Scope]) {
        assert!(account(role, scopes).is_err());
    }

    #[test]
    fn an_integration_has_the_scopes_that_it_is_given() {
        let integration = account(Role::Integration, &[Scope::LinksRead]).unwrap();
        assert_eq!(integration.allowed(), [Scope::LinksRead].into());
    }

    #[test]
    fn other_roles_have_scopes_of_their_own() {
        assert!(account(Role::Editor, &[]).unwrap().allowed().contains(&Scope::LinksWrite));
    }
}
