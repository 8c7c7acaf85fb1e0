//! The accounts of a tenant as a table, and the form for another one.

use crate::table::Column::Text;
use crate::table::table;
use crate::texts::EN;
use maud::{Markup, html};
use serde::Deserialize;
use shared::model::{Role, Scopes};

/// An account, as the API lists it.
#[derive(Deserialize)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) role: String,
    pub(super) email: Option<String>,
    pub(super) is_bound: bool,
}

#[derive(Deserialize)]
pub(super) struct AccountList {
    pub(super) data: Vec<Account>,
}

/// Accounts, each with a link to its page.
pub(super) fn account_table(accounts: &[Account]) -> Markup {
    html! {
        (table(&[Text(EN.account), Text(EN.role), Text(EN.person)], &html! {
            @for account in accounts {
                tr {
                    th scope="row" { a href={ "/console/accounts/" (account.id) } { (account.id) } }
                    td { (account.role) }
                    td { (person(account)) }
                }
            }
        }))
    }
}

/// Who uses an account.
pub(super) fn person(account: &Account) -> Markup {
    html! {
        @match &account.email {
            Some(email) => { (email) @if !account.is_bound { " " small { (EN.invited) } } },
            None if account.is_bound => (EN.bound),
            None => small { (EN.no_person) },
        }
    }
}

/// The form that invites a person.
pub(super) fn invite_form(scopes: &Scopes, csrf: &Markup) -> Markup {
    html! {
        form.stack method="post" action="/console/accounts" {
            (csrf)
            label { (EN.account_name) input name="id" required maxlength="64" pattern="[A-Za-z0-9._\\-]+" autocomplete="off"; }
            label { (EN.email) input type="email" name="email" maxlength="254" autocomplete="off"; }
            (role_fields(Role::Analyst.as_str(), scopes))
            button type="submit" { (EN.create_account) }
        }
    }
}

/// The choice of a role, and the scopes for an integration.
pub(super) fn role_fields(chosen: &str, scopes: &Scopes) -> Markup {
    let roles = [
        (Role::Admin, EN.role_admin),
        (Role::Editor, EN.role_editor),
        (Role::Analyst, EN.role_analyst),
        (Role::Integration, EN.role_integration),
    ];
    html! {
        label {
            (EN.role)
            select name="role" {
                @for (role, meaning) in roles {
                    option value=(role.as_str()) selected[role.as_str() == chosen] { (role.as_str()) ": " (meaning) }
                }
            }
        }
        details {
            summary { (EN.scopes_of_integration) }
            fieldset {
                legend { (EN.scopes) }
                @for scope in scopes {
                    label.check { input type="checkbox" name="scope" value=(scope.as_str()); code { (scope.as_str()) } }
                }
            }
        }
    }
}
