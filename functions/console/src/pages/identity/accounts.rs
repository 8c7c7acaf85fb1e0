//! The form that creates an account and invites a person.

use crate::form::Form;
use crate::notice::refusal;
use crate::page_error::PageError;
use crate::pages::identity::account_table::Account;
use crate::pages::identity::page::page;
use crate::texts::EN;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::{Value, json};
use shared::app::App;
use shared::http::RequestOrigin;
use shared::model::Role;
use url::Url;

/// `POST /console/accounts`.
pub(crate) async fn create(
    State(app): State<App>,
    RequestOrigin(origin): RequestOrigin,
    form: Form,
) -> Result<Response, PageError> {
    let mut body = permissions(&form);
    body["id"] = form.field("id").into();
    body["email"] = form.field("email").into();
    let notice = match form.person.api.post::<Account>("/internal/accounts", &body).await {
        Ok(account) => invitation(&account, &origin),
        Err(error) => refusal(&error.into_sentences()?),
    };
    page(&app, &form.person, &notice).await
}

/// The role of a form, with the scopes that only an integration has.
pub(super) fn permissions(form: &Form) -> Value {
    let role = form.field("role");
    let is_integration = role == Role::Integration.as_str();
    let scopes: Vec<_> = form.fields("scope").filter(|_| is_integration).collect();
    json!({"role": role, "scopes": scopes})
}

/// What to write to a person who was invited.
pub(super) fn invitation(account: &Account, origin: &Url) -> Markup {
    let address = format!("{}console", origin.as_str());
    html! {
        section.notice role="status" {
            h2 { (EN.account_created) " “" (account.id) "”" }
            @if let Some(email) = &account.email {
                @let text = format!("{} {address}\n{} {email}", EN.invitation, EN.invitation_address);
                p { (EN.invite_advice) }
                pre tabindex="0" { (text) }
                p { a.button href=(mail(email, &text)) { (EN.write_mail) } }
            }
        }
    }
}

/// A link that opens the mail program (RFC 6068).
fn mail(email: &str, text: &str) -> String {
    let encoded =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    format!("mailto:{}?subject={}&body={}", encoded(email), encoded(EN.product), encoded(text))
}
