//! Exports from a table that fails, loses responses and returns empty pages at random: no interaction is missing or
//! duplicated.

use crate::support::exported::{JSON, NDJSON, exported_interactions, next_cursor, of_line, sorted};
use crate::support::{
    Fault, FaultInjector, PUBLIC, TableRequest, TestEnvironment, TestResponse, TestTenant, with_query,
};
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::Mutex;

const ALL: [(&str, &str); 2] = [("from", "2022-09-20"), ("to", "2022-09-24 23:59:59")];
const CHANGES: &str = "/public/api/interactions/changes";
/// The SDK's maximum of tries for one call.
const TRIES: usize = 4;

/// Pseudo-random numbers that are the same in every run (Marsaglia, xorshift64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// An empty page with a `LastEvaluatedKey` before the first key of the query. DynamoDB returns such pages when a filter
/// matches none of the items that it read.
fn empty_page(request: &TableRequest) -> Fault {
    let query: Value = serde_json::from_str(&request.body).unwrap();
    let values = &query["ExpressionAttributeValues"];
    let Some(before) = values[":first"]["S"].as_str().and_then(just_before) else { return Fault::Pass };
    let key = json!({"PK": values[":pk"], "SK": {"S": before}});
    Fault::Respond(200, json!({"Items": [], "Count": 0, "ScannedCount": 0, "LastEvaluatedKey": key}).to_string())
}

/// A sort key just before another one: that of the previous user, or one with a smaller last character.
fn just_before(first: &str) -> Option<String> {
    if first.len() == 34 {
        let user = u128::from_str_radix(&first[2..], 16).ok()?.checked_sub(1)?;
        return Some(format!("{}{user:032x}#~", &first[..2]));
    }
    let (end, last) = first.char_indices().last().filter(|(end, _)| *end > 34)?;
    let smaller = u32::from(last).checked_sub(1).and_then(char::from_u32);
    Some(smaller.map_or_else(|| first[..end].to_owned(), |smaller| format!("{}{smaller}~", &first[..end])))
}

/// Injects a fault into about one request in `one_in`.
fn inject_faults(faults: &FaultInjector, seed: u64, one_in: u64) {
    let chance = Mutex::new(Chance(seed));
    faults.inject(move |request, _| {
        let mut chance = chance.lock().unwrap();
        if chance.below(one_in) > 0 {
            return Fault::Pass;
        }
        match chance.below(5) {
            0 => Fault::Throttle,
            1 => Fault::Fail500,
            2 => Fault::DropBefore,
            3 if request.operation == "Query" => empty_page(request),
            _ => Fault::DropAfter,
        }
    });
}

fn event(number: usize) -> Value {
    json!({"user_id": format!("user-{}", number % 17), "type": "text", "text": number.to_string(),
        "date": format!("2022-09-{}T08:{:02}:{:02}Z", 20 + number % 5, number / 60 % 60, number % 60)})
}

/// Repeats a request until it is answered with 200, and counts the 503s.
async fn get_with_retries(
    env: &TestEnvironment,
    tenant: &TestTenant,
    path: &str,
    format: &str,
    refusals: &mut usize,
) -> TestResponse {
    let bearer = format!("Bearer {}", tenant.token);
    loop {
        let response = env.visit(path, &[("authorization", &bearer), ("accept", format)]).await;
        if response.status == 200 {
            return response;
        }
        response.assert_problem(503, "The service is busy. Please try again.");
        assert_eq!(response.header("retry-after"), "1");
        *refusals += 1;
        assert!(*refusals < 100, "every try is refused");
    }
}

#[rstest]
#[case::rare_faults(12, [3, 6])]
#[case::frequent_faults(6, [1, 4])]
#[case::faults_so_frequent_that_retries_are_exhausted(3, [2, 5])]
#[tokio::test]
async fn exports_and_changes_are_whole_or_503_if_the_table_fails_at_random(
    #[case] one_in: u64,
    #[case] seeds: [u64; 2],
) {
    let mut refusals = 0;
    for seed in seeds {
        let faults = FaultInjector::new();
        let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
        let acme = env.create_tenant("acme").await;
        env.ingest(&acme, (0..200).map(event).collect()).await;
        env.advance_clock(61);
        let expected = sorted(env.export_all(&acme, PUBLIC, &ALL, NDJSON).await);
        assert_eq!(expected.len(), 200);
        inject_faults(&faults, seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), one_in);
        for (format, limit) in [(NDJSON, "50"), (JSON, "9")] {
            let (mut all, mut cursor) = (Vec::new(), None::<String>);
            loop {
                let more = cursor.as_deref().map(|cursor| ("cursor", cursor));
                let query: Vec<_> = ALL.into_iter().chain([("limit", limit)]).chain(more).collect();
                let page = get_with_retries(&env, &acme, &with_query(PUBLIC, &query), format, &mut refusals).await;
                all.extend(exported_interactions(&page, format));
                cursor = next_cursor(&page, format);
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(sorted(all), expected, "{format}, seed {seed}");
        }
        let (mut changes, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let more = cursor.as_deref().map(|cursor| ("cursor", cursor));
            let query: Vec<_> = [("limit", "70")].into_iter().chain(more).collect();
            let page = get_with_retries(&env, &acme, &with_query(CHANGES, &query), JSON, &mut refusals).await.json();
            changes.extend(page["data"].as_array().unwrap().iter().map(of_line));
            if page["meta"]["caught_up"] == true {
                break;
            }
            cursor = page["meta"]["next_cursor"].as_str().map(str::to_owned);
        }
        assert_eq!(sorted(changes), expected, "changes, seed {seed}");
    }
    // One request in 81 has four faults if every third try has one.
    assert!(refusals > 0 || one_in > 3, "no retries were exhausted");
}

#[rstest]
#[case::lines(with_query(PUBLIC, &ALL), NDJSON)]
#[case::by_user(with_query(PUBLIC, &ALL), JSON)]
#[case::changes(CHANGES.to_owned(), JSON)]
#[tokio::test]
async fn a_read_that_always_fails_is_503_after_four_tries(
    #[case] path: String,
    #[case] format: &str,
    #[values(|| Fault::Throttle, || Fault::Fail500, || Fault::DropBefore, || Fault::DropAfter)] fault: fn() -> Fault,
) {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    env.ingest(&acme, (0..40).map(event).collect()).await;
    env.advance_clock(61);
    faults.reset();
    faults.inject(move |request, _| if request.operation == "Query" { fault() } else { Fault::Pass });
    let bearer = format!("Bearer {}", acme.token);
    let response = env.visit(&path, &[("authorization", &bearer), ("accept", format)]).await;
    response.assert_problem(503, "The service is busy. Please try again.");
    // Eight reads run at once. The first that gives up ends the request; the others may have had fewer tries.
    let calls = faults.calls("Query");
    assert!((TRIES..=8 * TRIES).contains(&calls), "{calls} tries");
}
