//! A table that refuses, loses responses and gives empty pages, at random: nothing is lost, nothing comes twice.

use crate::support::exported::{JSON, NDJSON, exported_interactions, next_cursor, sorted};
use crate::support::{
    Fault, FaultInjector, PUBLIC, TableRequest, TestEnvironment, TestResponse, TestTenant, with_query,
};
use serde_json::{Value, json};
use std::sync::Mutex;

const ALL: [(&str, &str); 2] = [("from", "2022-09-20"), ("to", "2022-09-24 23:59:59")];
const CHANGES: &str = "/public/api/interactions/changes";
/// What the client sends at most for one request of ours to the table.
const TRIES: usize = 4;

/// Numbers that look random and are the same in every run (Marsaglia, xorshift64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// A response to a Query with nothing in it that says to go on: DynamoDB gives such where it stopped early. What is read
/// next begins where this one began.
fn empty_page(asked: &TableRequest) -> Fault {
    let query: Value = serde_json::from_str(&asked.body).unwrap();
    let values = &query["ExpressionAttributeValues"];
    let Some(before) = values[":first"]["S"].as_str().and_then(just_before) else { return Fault::Pass };
    let key = json!({"PK": values[":pk"], "SK": {"S": before}});
    Fault::Respond(200, json!({"Items": [], "Count": 0, "ScannedCount": 0, "LastEvaluatedKey": key}).to_string())
}

/// A sort key just before another: of a user's the one of the user before, else with a lesser last character.
fn just_before(first: &str) -> Option<String> {
    if first.len() == 34 {
        let user = u128::from_str_radix(&first[2..], 16).ok()?.checked_sub(1)?;
        return Some(format!("{}{user:032x}#~", &first[..2]));
    }
    let (end, last) = first.char_indices().last().filter(|(end, _)| *end > 34)?;
    let lesser = u32::from(last).checked_sub(1).and_then(char::from_u32);
    Some(lesser.map_or_else(|| first[..end].to_owned(), |lesser| format!("{}{lesser}~", &first[..end])))
}

/// Spoils about one request in so many.
fn spoil(faults: &FaultInjector, seed: u64, one_in: u64) {
    let chance = Mutex::new(Chance(seed));
    faults.inject(move |asked, _| {
        let mut chance = chance.lock().unwrap();
        if chance.below(one_in) > 0 {
            return Fault::Pass;
        }
        match chance.below(5) {
            0 => Fault::Throttle,
            1 => Fault::Fail500,
            2 => Fault::DropBefore,
            3 if asked.operation == "Query" => empty_page(asked),
            _ => Fault::DropAfter,
        }
    });
}

fn said(number: usize) -> Value {
    json!({"user_id": format!("user-{}", number % 17), "type": "text", "text": number.to_string(),
        "date": format!("2022-09-{}T08:{:02}:{:02}Z", 20 + number % 5, number / 60 % 60, number % 60)})
}

/// Asks until it is answered, as a client does that honours Retry-After; counts the refusals.
async fn patiently(
    env: &TestEnvironment,
    of: &TestTenant,
    path: &str,
    format: &str,
    refusals: &mut usize,
) -> TestResponse {
    let bearer = format!("Bearer {}", of.token);
    loop {
        let response = env.visit(path, &[("authorization", &bearer), ("accept", format)]).await;
        if response.status == 200 {
            return response;
        }
        response.assert_problem(503, "The service is busy. Please try again.");
        assert!(response.header("retry-after").parse::<u32>().is_ok_and(|seconds| (1..=60).contains(&seconds)));
        *refusals += 1;
        assert!(*refusals < 100, "it is never answered");
    }
}

#[tokio::test]
async fn any_schedule_of_faults_leaves_an_export_whole_or_says_503() {
    let mut refusals = 0;
    for seed in 1..=6_u64 {
        let faults = FaultInjector::new();
        let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
        let acme = env.create_tenant("acme").await;
        env.ingest(&acme, (0..200).map(said).collect()).await;
        env.advance_clock(61);
        let expected = sorted(env.export_all(&acme, PUBLIC, &ALL, NDJSON).await);
        assert_eq!(expected.len(), 200);
        // From rare to so frequent that some requests are given up.
        spoil(&faults, seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), [12, 6, 3][usize::try_from(seed % 3).unwrap()]);
        for (format, limit) in [(NDJSON, "50"), (JSON, "9")] {
            let (mut all, mut cursor) = (Vec::new(), None::<String>);
            loop {
                let more = cursor.as_deref().map(|cursor| ("cursor", cursor));
                let asked: Vec<_> = ALL.into_iter().chain([("limit", limit)]).chain(more).collect();
                let page = patiently(&env, &acme, &with_query(PUBLIC, &asked), format, &mut refusals).await;
                all.extend(exported_interactions(&page, format));
                cursor = next_cursor(&page, format);
                if cursor.is_none() {
                    break;
                }
            }
            assert!(sorted(all) == expected, "{format}, seed {seed}: something is lost or doubled");
        }
        let (mut changes, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let more = cursor.as_deref().map(|cursor| ("cursor", cursor));
            let asked: Vec<_> = [("limit", "70")].into_iter().chain(more).collect();
            let page = patiently(&env, &acme, &with_query(CHANGES, &asked), JSON, &mut refusals).await.json();
            changes.extend(page["data"].as_array().unwrap().iter().map(crate::support::exported::of_line));
            if page["meta"]["caught_up"] == true {
                break;
            }
            cursor = page["meta"]["next_cursor"].as_str().map(str::to_owned);
        }
        assert!(sorted(changes) == expected, "changes, seed {seed}: something is lost or doubled");
        faults.clear();
    }
    assert!(refusals > 0, "some faults were to be too many");
}

#[tokio::test]
async fn what_cannot_be_read_is_asked_for_a_bounded_number_of_times() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    env.ingest(&acme, (0..40).map(said).collect()).await;
    env.advance_clock(61);
    for (path, format) in
        [(with_query(PUBLIC, &ALL), NDJSON), (with_query(PUBLIC, &ALL), JSON), (CHANGES.to_owned(), JSON)]
    {
        for fault in [|| Fault::Throttle, || Fault::Fail500, || Fault::DropBefore, || Fault::DropAfter] {
            faults.reset();
            faults.inject(move |asked, _| if asked.operation == "Query" { fault() } else { Fault::Pass });
            let bearer = format!("Bearer {}", acme.token);
            let response = env.visit(&path, &[("authorization", &bearer), ("accept", format)]).await;
            response.assert_problem(503, "The service is busy. Please try again.");
            assert!(faults.calls("Query") <= 8 * TRIES, "{path}: {} tries", faults.calls("Query"));
            faults.clear();
        }
    }
}
