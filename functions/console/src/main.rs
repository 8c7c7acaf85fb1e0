//! The Lambda `console`: wiring only.

use shared::app::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::http::LambdaError> {
    shared::telemetry::logging::init();
    let app = App::start().await?;
    shared::http::run(console::routes(), app).await
}
