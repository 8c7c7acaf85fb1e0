//! The Lambda `webchat`: wiring only.

use shared::app::App;
use shared::config::Config;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    lambda_http::tracing::init_default_subscriber();
    let app = App::new(Config::from_env()?);
    lambda_http::run(shared::http::service(webchat::routes(), app)).await
}
