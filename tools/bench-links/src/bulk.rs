//! Generation of links in bulk, next to a loop that only writes the same items.

use crate::environment::{BULK, BenchEnvironment, body};
use anyhow::{Context as _, Result, ensure};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, PutRequest, WriteRequest};
use bench_harness::{Measurement, Report, medians};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http::StatusCode;
use serde_json::json;
use shared::crypto::{base64url, random};
use shared::store::Client;
use std::collections::HashMap;
use std::time::Instant;

/// Number of concurrent requests, the same as in the store.
const PARALLEL: usize = 16;
/// Items in one request: DynamoDB's limit of BatchWriteItem.
const WRITES: usize = 25;

type Item = HashMap<String, AttributeValue>;

pub(crate) async fn measure(environment: &BenchEnvironment, rounds: u16, report: &mut Report) -> Result<()> {
    let client = Client::from_conf(shared::store::client_config(&environment.app().config.aws));
    let mut items = items(environment, &client).await?;
    let (valid, invalid) = (body(BULK), invalid_body());
    let [ours, refusal, floor] = medians(rounds, async |_| {
        let begun = Instant::now();
        let (status, response) = environment.generate(&valid, None).await?;
        let ours = begun.elapsed();
        ensure!(status == StatusCode::OK, "{}", String::from_utf8_lossy(&response));
        let begun = Instant::now();
        let (status, _) = environment.generate(&invalid, None).await?;
        let refusal = begun.elapsed();
        ensure!(status == StatusCode::UNPROCESSABLE_ENTITY, "invalid rows are answered with {status}");
        for item in &mut items {
            // Random keys, spread over the table like those of links.
            item.insert("PK".to_owned(), AttributeValue::S(format!("L#{}", base64url(&random::<16>()))));
        }
        let begun = Instant::now();
        write(&client, &environment.app().config.table, &items).await?;
        Ok([ours, refusal, begun.elapsed()].map(|time| time.as_secs_f64()))
    })
    .await?;
    #[expect(clippy::cast_precision_loss, reason = "10,000")]
    let rate = |seconds: f64| BULK as f64 / seconds;
    report.add(
        Measurement::new("10,000 links in one request, links/s", rate(ours)).with_floor(rate(floor)).at_least(0.8),
    );
    let name = "refusing 10,000 invalid rows, next to generating 10,000 links, s";
    report.add(Measurement::new(name, refusal).with_floor(ours).at_most(1.0));
    Ok(())
}

/// A request of the same size in which every row is invalid.
fn invalid_body() -> String {
    let row = |number: usize| {
        json!({"user_id": format!("customer-{number}"), "attributes": {"first_name": {}, "last_name": "Gruber",
            "email": "ann.gruber@example.com", "PolicyHolders": "Ben Smith, Joe Bloggs"}})
    };
    json!({"scenario_id": "customer_support", "dataset": (0..BULK).map(row).collect::<Vec<_>>()}).to_string()
}

/// The stored items of [`BULK`] links.
async fn items(environment: &BenchEnvironment, client: &Client) -> Result<Vec<Item>> {
    let key = |code| {
        let pk = AttributeValue::S(format!("L#{}", environment.hash(code).as_str()));
        HashMap::from([("PK".to_owned(), pk), ("SK".to_owned(), AttributeValue::S("LINK".to_owned()))])
    };
    let keys: Vec<_> = environment.links(BULK).await?.iter().map(key).collect();
    let mut items = Vec::with_capacity(BULK);
    for keys in keys.chunks(100) {
        let keys = KeysAndAttributes::builder().set_keys(Some(keys.to_vec())).build()?;
        let response = client.batch_get_item().request_items(&environment.app().config.table, keys).send().await?;
        items.extend(response.responses.unwrap_or_default().into_values().flatten());
    }
    ensure!(items.len() == BULK, "{} of {BULK} links are in the table", items.len());
    Ok(items)
}

async fn write(client: &Client, table: &str, items: &[Item]) -> Result<()> {
    let batch = async |items: &[Item]| {
        let put = |item: &Item| {
            let put = PutRequest::builder().set_item(Some(item.clone())).build()?;
            anyhow::Ok(WriteRequest::builder().put_request(put).build())
        };
        let writes: Vec<_> = items.iter().map(put).collect::<Result<_>>()?;
        client.batch_write_item().request_items(table, writes).send().await.context("the floor cannot write")
    };
    stream::iter(items.chunks(WRITES).map(batch)).buffer_unordered(PARALLEL).try_collect::<Vec<_>>().await.map(drop)
}
