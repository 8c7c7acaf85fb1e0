//! The fields of an account.

use serde_json::Value;
use shared::http::{Checked, Field, field_error};
use shared::model::{Email, Role, Scope, Scopes};

const INTEGRATION: &str = "An integration needs at least one scope.";
const FROM_ROLE: &str = "The scopes follow from the role; only an integration has scopes of its own.";

/// The role and the scopes of an account, if given.
pub(super) fn permissions(role: Field, scopes: Field) -> Checked<Option<(Role, Scopes)>> {
    let Some(role) = role.optional_string("role")? else { return Ok(None) };
    let role: Role = role.parse().map_err(|_| {
        let roles = Role::ALL.map(Role::as_str).join(", ");
        field_error("role", format!("The role must be one of {roles}."))
    })?;
    let scope = |scope: &Value| scope.as_str().and_then(|scope| scope.parse::<Scope>().ok());
    let scopes: Option<Scopes> = match scopes.into_value() {
        None => Some(Scopes::new()),
        Some(given) => given.as_array().and_then(|scopes| scopes.iter().map(scope).collect()),
    };
    let scopes = scopes.ok_or_else(|| field_error("scopes", "The scopes must be a list of scopes that exist."))?;
    match (role, scopes.is_empty()) {
        (Role::Integration, true) => Err(field_error("scopes", INTEGRATION)),
        (Role::Integration, false) | (_, true) => Ok(Some((role, scopes))),
        (_, false) => Err(field_error("scopes", FROM_ROLE)),
    }
}

/// The mail address of the person, if given.
pub(super) fn email(email: Field) -> Checked<Option<Email>> {
    let email = email.optional_string("email")?.filter(|email| !email.trim().is_empty());
    let email = email.map(|email| Email::read(&email)).transpose();
    email.map_err(|invalid| field_error("email", format!("The email {invalid}.")))
}
