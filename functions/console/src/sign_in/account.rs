//! The choice of an account, for a person who has several.

use crate::layout;
use crate::openid::attempt::Attempt;
use crate::openid::refusal::Refusal;
use crate::page_error::PageError;
use crate::sign_in::opened::open_session;
use crate::sign_in::refused::refused;
use crate::texts::EN;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use maud::html;
use shared::app::App;
use shared::crypto::ConsoleSignIn;
use shared::model::{AccountId, TenantId};
use url::form_urlencoded;

/// The page that asks which account to sign in as. Each choice opens the session of the same attempt, so one of them does.
pub(super) fn choose(app: &App, attempt: &Attempt, accounts: Vec<(TenantId, AccountId)>) -> Response {
    let choice = |(tenant, account): (TenantId, AccountId)| {
        let label = (account.clone(), tenant.clone());
        let sign_in = ConsoleSignIn::of_attempt(attempt.id.clone(), tenant, account, app.clock.now());
        (label, app.config.signer.sign(&sign_in))
    };
    let content = html! {
        h1 { (EN.choose_account) }
        @for ((account, tenant), sign_in) in accounts.into_iter().map(choice) {
            form.choice method="post" action="/console/sign-in/account" {
                input type="hidden" name="sign_in" value=(sign_in);
                button type="submit" { (account) " · " (tenant) }
            }
        }
    };
    layout::plain(StatusCode::OK, EN.choose_account, &content)
}

/// `POST /console/sign-in/account`: signs in as the account that a person chose. The attempt in the cookie proves who chose:
/// browsers send it with no form of another site (`SameSite=Lax`).
pub(crate) async fn sign_in(State(app): State<App>, headers: HeaderMap, form: String) -> Result<Response, PageError> {
    let attempt = Attempt::of(&headers, &app);
    let chosen = form_urlencoded::parse(form.as_bytes()).find(|(name, _)| name == "sign_in");
    let chosen = chosen.and_then(|(_, text)| app.config.signer.verify::<ConsoleSignIn>(&text, app.clock.now()).ok());
    let chosen = chosen.filter(|chosen| attempt.is_some_and(|attempt| chosen.is_of(&attempt.id)));
    let Some(chosen) = chosen else { return refused(Refusal::NoAttempt) };
    match open_session(&app, chosen).await? {
        Some(opened) => Attempt::end(opened),
        None => refused(Refusal::NoAttempt),
    }
}
