//! The Lambda `docs`: wiring only. It has no table and no settings.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::log::init();
    lambda_http::run(shared::http::service(docs::routes(), ())).await
}
