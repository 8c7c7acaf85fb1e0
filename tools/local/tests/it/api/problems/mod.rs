//! The whole response of every kind of error, as a contract.

use crate::support::{TestEnvironment, TestTenant};

mod bodies;
mod conflicts;
mod credentials;
mod paths;

async fn environment() -> (TestEnvironment, TestTenant) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    (env, acme)
}
