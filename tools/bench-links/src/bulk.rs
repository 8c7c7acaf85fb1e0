//! Links in bulk, beside a bare loop that only writes the same items.

use crate::report::{Report, median};
use crate::site::{BULK, Site, body};
use anyhow::{Context as _, Result, ensure};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, PutRequest, WriteRequest};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http::StatusCode;
use serde_json::json;
use shared::crypto::{base64url, random};
use shared::store::Client;
use std::collections::HashMap;
use std::time::Instant;

/// As our store does it.
const PARALLEL: usize = 16;
const WRITES: usize = 25;

type Item = HashMap<String, AttributeValue>;

pub(crate) async fn measure(site: &Site, rounds: usize, report: &mut Report) -> Result<()> {
    let client = Client::from_conf(shared::store::client_config(&site.app.config.aws));
    let mut items = items(site, &client).await?;
    let (good, bad) = (body(BULK), bad());
    let (mut ours, mut floor, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds {
        let begun = Instant::now();
        let (status, answer) = site.generate(&good, None).await?;
        let made = begun.elapsed();
        ensure!(status == StatusCode::OK, "{}", String::from_utf8_lossy(&answer));
        let begun = Instant::now();
        let (status, _) = site.generate(&bad, None).await?;
        let refused = begun.elapsed();
        ensure!(status == StatusCode::UNPROCESSABLE_ENTITY, "bad rows are answered with {status}");
        for item in &mut items {
            // As far apart as those of links.
            item.insert("PK".to_owned(), AttributeValue::S(format!("L#{}", base64url(&random::<16>()))));
        }
        let begun = Instant::now();
        write(&client, &site.app.config.table, &items).await?;
        let written = begun.elapsed();
        // The first is not measured: connections are opened, memory is fetched.
        if round > 0 {
            ours.push(made.as_secs_f64());
            refusals.push(refused.as_secs_f64());
            floor.push(written.as_secs_f64());
        }
    }
    let (ours, floor, refused) = (median(ours), median(floor), median(refusals));
    #[expect(clippy::cast_precision_loss, reason = "10,000")]
    let rate = |seconds: f64| BULK as f64 / seconds;
    report.at_least("10,000 links in one request", "links a second", rate(ours), rate(floor), 0.8);
    report.at_most("10,000 bad rows refused, 10,000 good ones made", "s", refused, ours, 1.0);
    Ok(())
}

/// Rows that are all wrong, in the same size.
fn bad() -> String {
    let row = |number: usize| {
        json!({"user_id": format!("customer-{number}"), "attributes": {"first_name": {}, "last_name": "Gruber",
            "email": "ann.gruber@example.com", "PolicyHolders": "Ben Smith, Joe Bloggs"}})
    };
    json!({"scenario_id": "customer_support", "dataset": (0..BULK).map(row).collect::<Vec<_>>()}).to_string()
}

/// The items of as many links, as they are stored.
async fn items(site: &Site, client: &Client) -> Result<Vec<Item>> {
    let key = |code| {
        let pk = AttributeValue::S(format!("L#{}", site.hash(code).as_str()));
        HashMap::from([("PK".to_owned(), pk), ("SK".to_owned(), AttributeValue::S("LINK".to_owned()))])
    };
    let keys: Vec<_> = site.links(BULK).await?.iter().map(key).collect();
    let mut items = Vec::with_capacity(BULK);
    for keys in keys.chunks(100) {
        let keys = KeysAndAttributes::builder().set_keys(Some(keys.to_vec())).build()?;
        let answer = client.batch_get_item().request_items(&site.app.config.table, keys).send().await?;
        items.extend(answer.responses.unwrap_or_default().into_values().flatten());
    }
    ensure!(items.len() == BULK, "{} of {BULK} links are stored", items.len());
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
