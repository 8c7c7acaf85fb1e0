//! The Lambda `sync`: wiring only.

use lambda_runtime::service_fn;
use shared::app::App;
use sync::Sync;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::telemetry::logging::init();
    let sync = Sync::new(App::start().await?)?;
    lambda_runtime::run(service_fn(|event| sync::handle(&sync, event))).await
}
