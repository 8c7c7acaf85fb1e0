//! The forms of tokens.

use crate::form::Form;
use crate::notice::refusal;
use crate::page_error::PageError;
use crate::pages::identity::page::{LIFETIMES, page};
use crate::query::segment;
use crate::texts::EN;
use crate::time::day;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{DateTime, Utc};
use http::Method;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use shared::app::App;
use shared::http::RequestOrigin;

const SECONDS_A_DAY: u32 = 86_400;

/// A token that was just created.
#[derive(Deserialize)]
struct NewToken {
    name: String,
    token: String,
    expires_at: DateTime<Utc>,
}

/// `POST /console/tokens`: creates a token and shows it once.
pub(crate) async fn create(State(app): State<App>, origin: RequestOrigin, form: Form) -> Result<Response, PageError> {
    let days: u32 = form.field("days").parse().ok().filter(|days| LIFETIMES.contains(days)).unwrap_or(LIFETIMES[2]);
    let scopes: Vec<_> = form.fields("scope").collect();
    if scopes.is_empty() {
        return page(&app, &form.person, &refusal(&[EN.no_scope_chosen.to_owned()])).await;
    }
    let body = json!({"name": form.field("name"), "scopes": scopes, "expires_in": days * SECONDS_A_DAY});
    let created = form.person.api.post::<NewToken>("/api/tokens", &body).await;
    respond(&app, &form, &origin, created).await
}

/// `POST /console/tokens/{id}/rotate`: replaces a token and shows the new one once.
pub(crate) async fn rotate(
    State(app): State<App>,
    origin: RequestOrigin,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let path = format!("/api/tokens/{}/rotate", segment(&id).ok_or(PageError::NotFound)?);
    let created = form.person.api.post::<NewToken>(&path, &json!({})).await;
    respond(&app, &form, &origin, created).await
}

/// `POST /console/tokens/{id}/revoke`.
pub(crate) async fn revoke(Path(id): Path<String>, form: Form) -> Result<Response, PageError> {
    form.person
        .api
        .send(Method::DELETE, &format!("/api/tokens/{}", segment(&id).ok_or(PageError::NotFound)?), None)
        .await?;
    Ok(Redirect::to("/console/identity#tokens").into_response())
}

/// The page with a new token, or with the sentences that say why there is none.
async fn respond(
    app: &App,
    form: &Form,
    RequestOrigin(origin): &RequestOrigin,
    created: Result<NewToken, PageError>,
) -> Result<Response, PageError> {
    let notice = match created {
        Ok(token) => new_token(&token, origin.as_str().trim_end_matches('/')),
        Err(error) => refusal(&error.into_sentences()?),
    };
    page(app, &form.person, &notice).await
}

/// The secret of a new token, with a command to try it.
fn new_token(token: &NewToken, origin: &str) -> Markup {
    let command = format!("curl -H 'Authorization: Bearer {}' {origin}/api/token", token.token);
    html! {
        section.notice role="status" aria-labelledby="new-token" {
            h2 #new-token { (EN.new_token) " “" (token.name) "”" }
            p { (EN.shown_once) " " (EN.expires) ": " (day(token.expires_at)) "." }
            (copyable("secret", EN.token, &token.token))
            (copyable("command", EN.try_it, &command))
        }
    }
}

/// A text with a button that copies it. Without scripts, a click selects all of it.
fn copyable(id: &str, name: &str, text: &str) -> Markup {
    html! {
        h3 id={ (id) "-title" } { (name) }
        pre id=(id) tabindex="0" aria-labelledby={ (id) "-title" } { code { (text) } }
        button type="button" hidden data-copy=(id) data-copied=(EN.copied) aria-label={ (EN.copy) " " (name) } { (EN.copy) }
    }
}
