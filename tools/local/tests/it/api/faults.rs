//! Faults of the table: the response is a whole 200 or a 503 with `Retry-After`, never a 500 and never a part.

use crate::support::{
    Failures, Fault, FaultInjector, GENERATE_PATHS, LEGACY, PUBLIC, TableRequest, TestEnvironment, TestResponse,
    TestTenant, paths, texts,
};
use rstest::rstest;
use serde_json::json;

pub(crate) const BUSY: &str = "The service is busy. Please try again.";
const OPERATIONS: [&str; 7] =
    ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "BatchWriteItem", "TransactWriteItems"];
/// The requests that fail with 503 if an operation fails: every use of every operation but the count of a click.
const USES: [(&str, &str); 26] = [
    ("generate", "GetItem"),
    ("exchange", "GetItem"),
    ("limited exchange", "GetItem"),
    ("incoming", "GetItem"),
    ("legacy", "BatchGetItem"),
    ("public", "BatchGetItem"),
    ("one user", "BatchGetItem"),
    ("generate", "BatchGetItem"),
    ("redirect", "BatchGetItem"),
    ("exchange", "BatchGetItem"),
    ("limited exchange", "BatchGetItem"),
    ("incoming", "BatchGetItem"),
    ("legacy", "Query"),
    ("public", "Query"),
    ("one user", "Query"),
    ("generate", "PutItem"),
    ("exchange", "PutItem"),
    ("incoming", "PutItem"),
    ("legacy", "UpdateItem"),
    ("public", "UpdateItem"),
    ("one user", "UpdateItem"),
    ("generate", "UpdateItem"),
    ("exchange", "UpdateItem"),
    ("incoming", "UpdateItem"),
    ("generate", "BatchWriteItem"),
    ("limited exchange", "TransactWriteItems"),
];
const RANGE: [(&str, &str); 2] = [("from", "2026-01-01"), ("to", "9999-12-31")];
/// The SDK's maximum of tries for one call.
const TRIES: usize = 4;

/// An environment with a link, and a session that has sent a message.
pub(crate) struct Fixture {
    pub(crate) faults: FaultInjector,
    pub(crate) env: TestEnvironment,
    pub(crate) acme: TestTenant,
    pub(crate) link: String,
    /// A link that can be opened a limited number of times, without attributes.
    limited_link: String,
    session: String,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let faults = FaultInjector::new();
        let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
        let acme = env.create_tenant("acme").await;
        let link = env.create_link(&acme, "ann", json!({"a": 1})).await;
        let limited =
            json!({"scenario_id": "0x420", "max_uses": 100, "dataset": [{"user_id": "ann", "attributes": {}}]});
        let limited_link = paths(&env.post(GENERATE_PATHS[1], &acme.token, &limited).await).remove(0);
        let session = env.open_session(&link).await;
        assert_eq!(env.send_message(&session, "ann", "m0", "hello").await.status, 200);
        Self { faults, env, acme, link, limited_link, session }
    }

    /// Sends every kind of request with faults, and returns its response and its requests to the table.
    async fn requests(
        &self,
        number: usize,
        inject: impl Fn(&FaultInjector),
    ) -> Vec<(&'static str, TestResponse, Vec<TableRequest>)> {
        let (env, acme, link) = (&self.env, &self.acme, self.link.as_str());
        let (handoff, limited) = (env.follow_link(link).await, env.follow_link(&self.limited_link).await);
        let made = json!({"scenario_id": "support", "dataset": [{"user_id": "ann", "attributes": {}}]});
        let mut responses = Vec::new();
        for name in ["legacy", "public", "one user", "generate", "redirect", "exchange", "limited exchange", "incoming"]
        {
            env.forget_shared_values().await;
            self.faults.reset();
            inject(&self.faults);
            let response = match name {
                "legacy" => env.get_interactions(acme, LEGACY, &RANGE).await,
                "public" => env.get_interactions(acme, PUBLIC, &RANGE).await,
                "one user" => env.get_interactions(acme, PUBLIC, &[RANGE[0], RANGE[1], ("user_id", "ann")]).await,
                "generate" => env.post(GENERATE_PATHS[1], &acme.token, &made).await,
                "redirect" => env.visit(link, &[]).await,
                "exchange" => env.exchange(&handoff, "nonce-of-the-test-0").await,
                "limited exchange" => env.exchange(&limited, "nonce-of-the-test-0").await,
                _ => env.send_message(&self.session, "ann", &format!("m{number}"), "hello").await,
            };
            self.faults.clear();
            responses.push((name, response, self.faults.requests()));
        }
        responses
    }
}

/// Makes every try of one operation fail, for each operation in turn, and checks the responses.
async fn assert_busy_if_an_operation_fails(fault: fn() -> Fault) {
    let fixture = Fixture::new().await;
    let mut refused = Vec::new();
    let mut failures = Failures::default();
    for (number, operation) in OPERATIONS.into_iter().enumerate() {
        let inject = |faults: &FaultInjector| {
            faults.inject(move |request, _| if request.operation == operation { fault() } else { Fault::Pass });
        };
        for (name, response, requests) in fixture.requests(number + 1, inject).await {
            let tries = requests.iter().filter(|request| request.operation == operation).count();
            failures.check(format!("{name}, {operation}"), || {
                if tries == 0 || (name, operation) == ("redirect", "UpdateItem") {
                    let expected = if name == "redirect" { 302 } else { 200 };
                    assert_eq!(response.status, expected, "{}", response.text());
                } else {
                    response.assert_problem(503, BUSY);
                    assert_eq!(response.header("retry-after"), "1");
                    // Up to eight shards are read at once, and a day's marker and header are written at once. How many
                    // of them are sent before the first failure ends the request depends on the scheduler.
                    assert!(tries <= 8 * TRIES, "{tries} tries");
                }
            });
            if response.status == 503 {
                refused.push((name, operation));
            }
        }
    }
    drop(failures);
    assert_eq!(refused, USES);
}

#[rstest]
#[case::throttles(|| Fault::Throttle)]
#[case::fails(|| Fault::Fail500)]
#[case::cannot_be_reached(|| Fault::DropBefore)]
#[tokio::test]
async fn a_table_that_does_not_answer_is_503_with_retry_after(#[case] fault: fn() -> Fault) {
    assert_busy_if_an_operation_fails(fault).await;
}

#[rstest]
#[case::a_throttled_request(|| Fault::Throttle)]
#[case::a_failed_request(|| Fault::Fail500)]
#[case::a_broken_connection(|| Fault::DropBefore)]
#[case::a_lost_response(|| Fault::DropAfter)]
#[tokio::test]
async fn one_fault_of_each_operation_is_retried(#[case] fault: fn() -> Fault) {
    let fixture = Fixture::new().await;
    let inject =
        |faults: &FaultInjector| faults.inject(move |_, number| if number == 1 { fault() } else { Fault::Pass });
    let mut failures = Failures::default();
    for (name, response, _) in fixture.requests(1, inject).await {
        let expected = if name == "redirect" { 302 } else { 200 };
        failures.check(name, || assert_eq!(response.status, expected, "{}", response.text()));
    }
    let texts = texts(&fixture.env.get_interactions(&fixture.acme, LEGACY, &RANGE).await);
    assert_eq!(texts["ann"], ["hello", "hello"]);
}

#[tokio::test]
async fn a_response_is_never_partial_if_one_of_its_reads_fails() {
    let fixture = Fixture::new().await;
    let whole = fixture.env.get_interactions(&fixture.acme, LEGACY, &RANGE).await;
    fixture.faults.reset();
    assert_eq!(fixture.env.get_interactions(&fixture.acme, LEGACY, &RANGE).await.text(), whole.text());
    let reads = fixture.faults.calls("Query");
    for first in 1..=reads {
        fixture.faults.reset();
        fixture.faults.inject(move |asked, number| match asked.operation.as_str() {
            "Query" if number >= first => Fault::Throttle,
            _ => Fault::Pass,
        });
        fixture.env.get_interactions(&fixture.acme, LEGACY, &RANGE).await.assert_problem(503, BUSY);
    }
}
