//! One account: its role, the person who uses it, and its removal.

use crate::form::Form;
use crate::layout::Section;
use crate::notice::refusal;
use crate::page_error::PageError;
use crate::pages::identity::account_table::{Account, person as person_of, role_fields};
use crate::pages::identity::accounts::{invitation, permissions};
use crate::query::segment;
use crate::session::SignedIn;
use crate::texts::EN;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::Method;
use maud::{Markup, html};
use serde_json::{Value, json};
use shared::http::RequestOrigin;

/// `GET /console/accounts/{id}`.
pub(crate) async fn show(person: SignedIn, Path(id): Path<String>) -> Result<Response, PageError> {
    page(&person, &id, &html! {}).await
}

/// `POST /console/accounts/{id}/role`.
pub(crate) async fn set_role(Path(id): Path<String>, form: Form) -> Result<Response, PageError> {
    change(&form, &id, &permissions(&form))
        .await?
        .map_or_else(|| Ok(Redirect::to(&format!("/console/accounts/{id}")).into_response()), Ok)
}

/// `POST /console/accounts/{id}/email`: gives the account to another person.
pub(crate) async fn set_email(
    RequestOrigin(origin): RequestOrigin,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let email = form.field("email");
    if let Some(refused) = change(&form, &id, &json!({"email": email})).await? {
        return Ok(refused);
    }
    let invited = form.person.api.get::<Account>(&api_path(&id)?).await?;
    page(&form.person, &id, &invitation(&invited, &origin)).await
}

/// `POST /console/accounts/{id}/remove`, if the name was typed.
pub(crate) async fn remove(Path(id): Path<String>, form: Form) -> Result<Response, PageError> {
    if form.field("confirmation") != id {
        return page(&form.person, &id, &refusal(&[EN.not_confirmed.to_owned()])).await;
    }
    form.person.api.send(Method::DELETE, &api_path(&id)?, None).await?;
    Ok(Redirect::to("/console/identity#accounts").into_response())
}

/// Changes an account, or returns the page that says why it was not.
async fn change(form: &Form, id: &str, body: &Value) -> Result<Option<Response>, PageError> {
    match form.person.api.patch(&api_path(id)?, body).await {
        Ok(()) => Ok(None),
        Err(error) => page(&form.person, id, &refusal(&error.into_sentences()?)).await.map(Some),
    }
}

async fn page(person: &SignedIn, id: &str, notice: &Markup) -> Result<Response, PageError> {
    let path = api_path(id)?;
    let account = person.api.get::<Account>(&path).await?;
    let csrf = person.frame().csrf_field();
    let action = |name: &str| format!("/console/accounts/{}/{name}", account.id);
    let content = html! {
        p { a href="/console/identity#accounts" { (EN.identity) } }
        h1 { (EN.account) " " (account.id) }
        (notice)
        dl.facts {
            dt { (EN.role) } dd { (account.role) }
            dt { (EN.person) } dd { (person_of(&account)) }
        }
        section aria-labelledby="role" {
            h2 #role { (EN.change_role) }
            p { (EN.change_role_advice) }
            form.stack method="post" action=(action("role")) {
                (csrf)
                (role_fields(&account.role, &person.caller.scopes))
                button type="submit" { (EN.change_role) }
            }
        }
        section aria-labelledby="person" {
            h2 #person { (EN.change_person) }
            p { (EN.change_person_advice) }
            form.row method="post" action=(action("email")) {
                (csrf)
                label { (EN.email) input type="email" name="email" required maxlength="254" autocomplete="off"; }
                button type="submit" { (EN.change_person) }
            }
        }
        section aria-labelledby="remove" {
            h2 #remove { (EN.remove_account) }
            p { (EN.remove_advice) }
            form.row method="post" action=(action("remove")) {
                (csrf)
                label { (EN.type_name) " " code { (account.id) } input name="confirmation" required autocomplete="off"; }
                button.danger type="submit" { (EN.remove_account) }
            }
        }
    };
    Ok(person.frame().page(Section::Identity, &account.id, &content))
}

fn api_path(id: &str) -> Result<String, PageError> {
    Ok(format!("/internal/accounts/{}", segment(id).ok_or(PageError::NotFound)?))
}
