//! The console: pages for people who are not engineers, and the creation of tokens over HTTP. Pages call the API in this
//! process, with the rights of the person who is signed in.

mod accounts;
mod api;
mod assets;
mod chart;
mod cookie;
mod days_table;
mod form;
mod funnel;
mod layout;
mod notice;
mod openid;
mod page_error;
mod pages;
mod query;
mod scenario_list;
mod session;
mod sign_in;
mod table;
mod texts;
mod time;
mod tokens;

use crate::api::ApiRouter;
use crate::openid::provider::Provider;
use crate::pages::{campaigns, conversations, home, identity, people};
use axum::routing::{get, post};
use axum::{Extension, Router};
use shared::app::App;
use std::sync::Arc;
use utoipa::OpenApi;

/// The routes of this function: the pages, and the operations on tokens.
pub fn routes() -> Router<App> {
    pages().merge(tokens::routes())
}

fn pages() -> Router<App> {
    Router::new()
        .route("/console", get(home::show))
        .route("/console/sign-in", get(sign_in::page::show))
        .route("/console/sign-in/start", get(sign_in::provider::start))
        .route("/console/sign-in/callback", get(sign_in::provider::callback))
        .route("/console/sign-in/account", post(sign_in::account::sign_in))
        .route("/console/sign-in/{link}", get(sign_in::link::follow))
        .route("/console/sign-out", post(sign_in::sign_out::sign_out))
        .route("/console/identity", get(identity::page::show))
        .route("/console/tokens", post(identity::tokens::create))
        .route("/console/tokens/{id}/rotate", post(identity::tokens::rotate))
        .route("/console/tokens/{id}/revoke", post(identity::tokens::revoke))
        .route("/console/accounts", post(identity::accounts::create))
        .route("/console/accounts/{id}", get(identity::account::show))
        .route("/console/accounts/{id}/role", post(identity::account::set_role))
        .route("/console/accounts/{id}/email", post(identity::account::set_email))
        .route("/console/accounts/{id}/remove", post(identity::account::remove))
        .route("/console/campaigns", get(campaigns::list::show))
        .route("/console/campaigns/{campaign}", get(campaigns::campaign::show))
        .route("/console/campaigns/{campaign}/end", post(campaigns::campaign::set_end))
        .route("/console/campaigns/{campaign}/revoke", post(campaigns::campaign::revoke))
        .route("/console/campaigns/{campaign}/unopened", get(campaigns::unopened::file))
        .route("/console/new-campaign", get(campaigns::new::page::show).post(campaigns::new::create::create))
        .route("/console/new-campaign/check", post(campaigns::new::check::check))
        .route("/console/new-campaign/qr", post(campaigns::new::qr::file))
        .route("/console/conversations", get(conversations::list::show))
        .route("/console/conversations/user", get(conversations::conversation::show))
        .route("/console/conversations/file", get(conversations::file::show))
        .route("/console/people", get(people::show))
        .route("/console/people/file", get(people::file))
        .route("/console/people/erase", post(people::erase))
        .route("/console/assets/{name}", get(assets::asset))
        .route("/console/{*rest}", get(page_error::not_found))
        .layer(Extension(Arc::<ApiRouter>::default()))
        .layer(Extension(Arc::<Provider>::default()))
}

/// The operations of this function, for OpenAPI.
#[derive(Debug, OpenApi)]
#[openapi(paths(tokens::create::create, tokens::rotate::rotate))]
pub struct Api;
