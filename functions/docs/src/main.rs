//! The Lambda `docs`: wiring only. It has no table and no settings.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::http::LambdaError> {
    shared::telemetry::logging::init();
    shared::http::run(docs::routes(), ()).await
}
