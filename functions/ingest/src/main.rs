//! The Lambda `ingest`: wiring only.

use shared::app::App;
use shared::config::Config;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::log::init();
    let app = App::new(Config::from_env()?);
    app.store.table_warm().await;
    lambda_http::run(shared::http::service(ingest::routes(), app)).await
}
