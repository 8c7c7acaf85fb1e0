//! The Lambda `docs`: wiring only. It has no table and no settings.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::http::LambdaError> {
    shared::log::init();
    shared::http::run(docs::routes(), ()).await
}
