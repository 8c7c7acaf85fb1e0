//! A function looks at its table when it starts: in one read, and only a table of its own will do.

use crate::support::{Fault, FaultInjector, TestEnvironment};
use shared::config::Config;
use shared::crypto::new_keys;
use shared::store::Store;
use tokio::time::Instant;

/// What a function with other keys says of a table.
async fn refused(env: &TestEnvironment, table: &str) -> String {
    let (keys, endpoint) = (new_keys(), env.app.config.aws.endpoint.clone());
    let settings = keys.settings(table);
    let setting = |name: &str| settings.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
    let config =
        Config::read(|name| if name == "AWS_ENDPOINT_URL_DYNAMODB" { endpoint.clone() } else { setting(name) });
    Store::connect(&config.expect("settings")).table_warm().await.expect_err("it is not its table").to_string()
}

#[tokio::test]
async fn a_start_reads_the_table_once() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    faults.reset();
    env.app.store.table_warm().await.expect("the table is its own");
    assert_eq!(faults.requests().iter().map(|asked| asked.operation.as_str()).collect::<Vec<_>>(), ["GetItem"]);
}

#[tokio::test]
async fn with_another_data_key_nothing_starts() {
    let env = TestEnvironment::new().await;
    let refused = refused(&env, &env.app.config.table).await;
    let fingerprint = env.app.store.data_key().fingerprint();
    assert!(refused.contains("was made with the data key") && refused.contains(&fingerprint), "{refused}");
}

#[tokio::test]
async fn without_a_table_nothing_starts() {
    let env = TestEnvironment::new().await;
    let refused = refused(&env, "nowhere").await;
    assert_eq!(refused, "there is no table `nowhere`: make it with `odx table create`");
}

#[tokio::test]
async fn a_table_that_says_nothing_is_left_for_the_first_request_to_find() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    for fault in [|| Fault::Stall, || Fault::Fail500] {
        faults.inject(move |_, _| fault());
        tokio::time::pause();
        let begun = Instant::now();
        env.app.store.table_warm().await.expect("it may be a table of its own");
        assert!(begun.elapsed().as_millis() < 1_100, "{:?}", begun.elapsed());
        tokio::time::resume();
    }
}
