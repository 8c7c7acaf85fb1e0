//! The session of a person who signed in.

use crate::page_error::PageError;
use crate::session::set_cookie;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::header;
use shared::app::App;
use shared::crypto::{ConsoleSession, ConsoleSignIn, console_token};

/// Opens the session of a sign-in and leads to the home page, or returns `None` if its session was opened before or the account
/// is gone.
///
/// # Errors
/// Returns [`PageError::Failed`] if the table rejects a request.
pub(super) async fn open_session(app: &App, sign_in: ConsoleSignIn) -> Result<Option<Response>, PageError> {
    let now = app.clock.now();
    let session = ConsoleSession::of(sign_in, now);
    let Some((_, account)) = app.store.tenant_with_account(&session.tenant, &session.account).await? else {
        return Ok(None);
    };
    let record = console_token(&session, account.allowed(), now);
    if !app.store.session_create(&session.record(), &record).await? {
        return Ok(None);
    }
    let cookie = set_cookie(&app.config.signer.sign(&session))?;
    Ok(Some(([(header::SET_COOKIE, cookie)], Redirect::to("/console")).into_response()))
}
