//! The check of the table at the start of a function: one read, which accepts only the table of its data key.

use crate::support::{Fault, FaultInjector, TestEnvironment};
use rstest::rstest;
use shared::config::Config;
use shared::crypto::new_keys;
use shared::store::Store;
use tokio::time::Instant;

/// The error of a start with another data key.
async fn refused(env: &TestEnvironment, table: &str) -> String {
    let keys = new_keys();
    let settings = keys.settings(table);
    let setting = |name: &str| settings.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
    let config = Config { aws: env.app.config.aws.clone(), ..Config::read(setting).expect("settings") };
    Store::connect(&config).table_warm().await.expect_err("another table").to_string()
}

#[tokio::test]
async fn a_start_makes_one_request_to_the_table() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    faults.reset();
    env.app.store.table_warm().await.expect("its table");
    assert_eq!(faults.requests().iter().map(|request| request.operation.as_str()).collect::<Vec<_>>(), ["GetItem"]);
}

#[tokio::test]
async fn a_start_with_another_data_key_fails() {
    let env = TestEnvironment::new().await;
    let refused = refused(&env, &env.app.config.table).await;
    let fingerprint = env.app.store.data_key().fingerprint();
    assert!(refused.contains("was made with the data key"), "{refused}");
    assert!(refused.contains(&fingerprint), "{refused}");
}

#[tokio::test]
async fn a_start_without_a_table_fails() {
    let env = TestEnvironment::new().await;
    let refused = refused(&env, "nowhere").await;
    assert_eq!(refused, "there is no table `nowhere`: make it with `odx table create`");
}

#[rstest]
#[case::does_not_answer(|| Fault::Stall)]
#[case::fails(|| Fault::Fail500)]
#[tokio::test]
async fn a_start_succeeds_within_1_1_s_if_the_table_gives_no_answer(#[case] fault: fn() -> Fault) {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    faults.inject(move |_, _| fault());
    tokio::time::pause();
    let start = Instant::now();
    env.app.store.table_warm().await.expect("the first request finds the failure");
    // The SDK waits for a random time between its tries.
    assert!(start.elapsed().as_millis() < 1_100, "{:?}", start.elapsed());
}
