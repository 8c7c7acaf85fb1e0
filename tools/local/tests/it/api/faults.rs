//! A table that refuses, loses answers or does half: 503 with a time to try again, never a 500 and never a part.

use crate::support::{
    Answer, Asked, Fault, FaultInjector, GENERATE, LEGACY, PUBLIC, TestEnvironment, TestTenant, paths, texts,
};
use serde_json::{Value, json};

const BUSY: &str = "The service is busy. Please try again.";
const OPERATIONS: [&str; 7] =
    ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "BatchWriteItem", "TransactWriteItems"];
const RANGE: [(&str, &str); 2] = [("from", "2026-01-01"), ("to", "9999-12-31")];
/// What the client sends at most for one request of ours to the table.
const TRIES: usize = 4;

struct EventFixtures {
    wire: FaultInjector,
    env: TestEnvironment,
    acme: TestTenant,
    link: String,
    session: String,
}

impl EventFixtures {
    async fn new() -> Self {
        let wire = FaultInjector::new();
        let env = TestEnvironment::with(&[], |client| wire.plug(client)).await;
        let acme = env.tenancy("acme").await;
        let link = env.link(&acme, "ann", json!({"a": 1})).await;
        let session = env.session(&link).await;
        assert_eq!(env.say(&session, "ann", "m0", "hello").await.status, 200);
        Self { wire, env, acme, link, session }
    }

    /// Every kind of request, each with the wire spoiled only while it runs, and how the operations were used.
    async fn requests(&self, number: usize, spoil: impl Fn(&FaultInjector)) -> Vec<(&'static str, Answer, Vec<Asked>)> {
        let (env, acme, link) = (&self.env, &self.acme, self.link.as_str());
        let handoff = env.handoff(link).await;
        let made = json!({"scenario_id": "support", "dataset": [{"user_id": "ann", "attributes": {}}]});
        let mut answers = Vec::new();
        for name in ["legacy", "public", "one user", "generate", "redirect", "exchange", "incoming"] {
            self.wire.forget();
            spoil(&self.wire);
            let answer = match name {
                "legacy" => env.ask(acme, LEGACY, &RANGE).await,
                "public" => env.ask(acme, PUBLIC, &RANGE).await,
                "one user" => env.ask(acme, PUBLIC, &[RANGE[0], RANGE[1], ("user_id", "ann")]).await,
                "generate" => env.post(GENERATE[1], &acme.token, &made).await,
                "redirect" => env.visit(link, &[]).await,
                "exchange" => env.exchange(&handoff, "nonce-of-the-test-0").await,
                _ => env.say(&self.session, "ann", &format!("m{number}"), "hello").await,
            };
            self.wire.heal();
            answers.push((name, answer, self.wire.asked()));
        }
        answers
    }
}

/// Lets every try of each operation fail in turn, and holds the answers against what they must be.
async fn everything_fails_in_turn(fault: fn() -> Fault) {
    let stage = EventFixtures::new().await;
    let mut refused = 0;
    for (number, operation) in OPERATIONS.into_iter().enumerate() {
        let spoil = |wire: &FaultInjector| {
            wire.spoil(move |asked, _| if asked.operation == operation { fault() } else { Fault::Pass });
        };
        for (name, answer, asked) in stage.requests(number + 1, spoil).await {
            let tries = asked.iter().filter(|asked| asked.operation == operation).count();
            if tries == 0 || (name, operation) == ("redirect", "UpdateItem") {
                assert!(answer.status == 200 || answer.status == 302, "{name}, {operation}: {}", answer.text());
                continue;
            }
            answer.assert_problem(503, BUSY);
            let seconds: u32 = answer.header("retry-after").parse().expect("whole seconds");
            assert!((1..=60).contains(&seconds));
            // Up to eight shards are read at once, and a day's marker and header are written at once.
            assert!(tries <= 8 * TRIES, "{name}, {operation}: {tries} tries");
            refused += 1;
        }
    }
    assert!(refused >= 20, "every use of every operation was to be refused, not only {refused}");
}

#[tokio::test]
async fn a_table_that_throttles_is_503_with_a_time_to_try_again() {
    everything_fails_in_turn(|| Fault::Throttle).await;
}

#[tokio::test]
async fn a_table_that_fails_is_503_with_a_time_to_try_again() {
    everything_fails_in_turn(|| Fault::Fail500).await;
}

#[tokio::test]
async fn a_table_that_cannot_be_reached_is_503_with_a_time_to_try_again() {
    everything_fails_in_turn(|| Fault::DropBefore).await;
}

#[tokio::test]
async fn one_refusal_or_lost_answer_is_not_noticed() {
    for fault in [|| Fault::Throttle, || Fault::Fail500, || Fault::DropBefore, || Fault::DropAfter] {
        let stage = EventFixtures::new().await;
        let spoil = |wire: &FaultInjector| wire.spoil(move |_, number| if number == 1 { fault() } else { Fault::Pass });
        for (name, answer, _) in stage.requests(1, spoil).await {
            assert!(answer.status == 200 || answer.status == 302, "{name}: {} {}", answer.status, answer.text());
        }
        let said = texts(&stage.env.ask(&stage.acme, LEGACY, &RANGE).await);
        assert_eq!(said["ann"], ["hello", "hello"]);
    }
}

#[tokio::test]
async fn an_answer_is_never_short_because_a_part_of_it_could_not_be_read() {
    let stage = EventFixtures::new().await;
    let whole = stage.env.ask(&stage.acme, LEGACY, &RANGE).await;
    stage.wire.forget();
    assert_eq!(stage.env.ask(&stage.acme, LEGACY, &RANGE).await.text(), whole.text());
    let reads = stage.wire.calls("Query");
    for first in 1..=reads {
        stage.wire.forget();
        stage.wire.spoil(move |asked, number| match asked.operation.as_str() {
            "Query" if number >= first => Fault::Throttle,
            _ => Fault::Pass,
        });
        stage.env.ask(&stage.acme, LEGACY, &RANGE).await.assert_problem(503, BUSY);
    }
}

#[tokio::test]
async fn links_that_a_batch_left_unprocessed_are_written_in_the_end() {
    let EventFixtures { wire, env, acme, .. } = EventFixtures::new().await;
    let rows: Value =
        (0..60).map(|number| json!({"user_id": format!("user-{number}"), "attributes": {"n": number}})).collect();
    wire.forget();
    // The first tries of all three batches are cut short, and the second of one.
    wire.spoil(|asked, number| match asked.operation.as_str() {
        "BatchWriteItem" if number <= 4 => Fault::Only(1 + number),
        _ => Fault::Pass,
    });
    let links = paths(&env.generate(&acme, rows).await);
    wire.heal();
    assert!((6..=7).contains(&wire.calls("BatchWriteItem")), "{}", wire.calls("BatchWriteItem"));
    for (link, number) in links.iter().zip(0..) {
        let handoff = env.handoff(link).await;
        let told = env.exchange(&handoff, "nonce-of-the-test-0").await.json();
        assert_eq!((&told["user_id"], &told["attributes"]["n"]), (&json!(format!("user-{number}")), &json!(number)));
    }
}

#[tokio::test]
async fn a_batch_that_is_never_done_is_503_and_nothing_is_reported_as_made() {
    let EventFixtures { wire, env, acme, .. } = EventFixtures::new().await;
    wire.forget();
    wire.spoil(|asked, _| match asked.operation.as_str() {
        "BatchWriteItem" => {
            let wanted: Value = serde_json::from_str(&asked.body).unwrap();
            Fault::Answer(200, json!({"UnprocessedItems": wanted["RequestItems"]}).to_string())
        }
        _ => Fault::Pass,
    });
    let answer = env.generate(&acme, vec![json!({"attributes": {}}); 30].into()).await;
    answer.assert_problem(503, BUSY);
    assert!(!answer.text().contains("url") && wire.calls("BatchWriteItem") <= 16, "{}", wire.calls("BatchWriteItem"));
}

#[tokio::test]
async fn keys_that_a_read_left_unprocessed_are_read_again_a_few_times() {
    let EventFixtures { wire, env, acme, link, .. } = EventFixtures::new().await;
    for (left_out, status, of_link, calls) in
        [(2, 200_u16, 302_u16, 3), (4, 200, 302, 5), (5, 503, 503, 5), (usize::MAX, 503, 503, 5)]
    {
        wire.forget();
        wire.spoil(move |asked, number| match asked.operation.as_str() {
            "BatchGetItem" if number <= left_out => {
                let wanted: Value = serde_json::from_str(&asked.body).unwrap();
                Fault::Answer(200, json!({"Responses": {}, "UnprocessedKeys": wanted["RequestItems"]}).to_string())
            }
            _ => Fault::Pass,
        });
        assert_eq!(env.get("/api/token", &acme.token).await.status, status);
        assert_eq!(wire.calls("BatchGetItem"), calls, "token, {left_out} left out");
        wire.forget();
        assert_eq!(env.visit(&link, &[]).await.status, of_link);
        assert_eq!(wire.calls("BatchGetItem"), calls, "link, {left_out} left out");
    }
}

#[tokio::test]
async fn an_exchange_that_meets_another_is_tried_again_and_not_for_ever() {
    let EventFixtures { wire, env, acme, .. } = EventFixtures::new().await;
    for (conflicts, status) in [(3, 200_u16), (usize::MAX, 503)] {
        let link = env.link(&acme, "bob", json!({"a": 1})).await;
        let handoff = env.handoff(&link).await;
        wire.forget();
        wire.spoil(move |asked, number| match asked.operation.as_str() {
            "TransactWriteItems" if number <= conflicts => {
                let reasons = json!([{"Code": "None"}, {"Code": "None"}, {"Code": "TransactionConflict",
                    "Message": "on purpose"}]);
                let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
                Fault::Answer(
                    400,
                    json!({"__type": kind, "CancellationReasons": reasons,
                    "message": "on purpose"})
                    .to_string(),
                )
            }
            _ => Fault::Pass,
        });
        let answer = env.exchange(&handoff, "nonce-of-the-test-0").await;
        wire.heal();
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(wire.calls("TransactWriteItems") <= 16);
        assert_eq!(env.state(&link).await.uses, u64::from(status == 200));
        assert_eq!(env.exchange(&handoff, "nonce-of-the-test-0").await.status, 200, "nothing was burnt");
    }
}
