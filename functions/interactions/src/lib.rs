//! Endpoints that read interactions: by user, by record, as a user data export, and as a feed of changes.

mod changes;
pub mod csv_line;
mod json;
mod reader;
mod record;
mod user_data_export;
mod user_interactions;

use axum::Router;
use shared::app::App;
use utoipa::OpenApi;

/// The routes of this function.
pub fn routes() -> Router<App> {
    user_interactions::routes().merge(user_data_export::routes()).merge(changes::routes())
}

/// The operations of this function, for OpenAPI.
#[derive(Debug, OpenApi)]
#[openapi(
    paths(
        user_interactions::user_interactions,
        user_interactions::user_interactions_legacy,
        changes::changes,
        user_data_export::user_data_export
    ),
    components(schemas(user_interactions::UserInteractionsBody, record::Record))
)]
pub struct Api;
