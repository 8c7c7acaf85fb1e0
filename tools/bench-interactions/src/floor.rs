//! Floors: loops that send the same requests to the table and discard the responses.

use crate::environment::BenchEnvironment;
use crate::walk::Exported;
use anyhow::Result;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::body::Bytes;
use chrono::NaiveDate;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sandbox::capacity::Meter;
use sandbox::demo::TENANT;
use shared::model::Sharding;
use shared::store::{Client, client_config};

/// Number of concurrent puts, the same as in the product.
const PARALLEL: usize = 32;

/// The days of a period.
pub(crate) fn days((first, last): (NaiveDate, NaiveDate)) -> Vec<NaiveDate> {
    first.iter_days().take_while(|day| *day <= last).collect()
}

/// The partitions of a period, one for each shard of a day.
pub(crate) fn partitions(period: (NaiveDate, NaiveDate)) -> Vec<String> {
    let of_day =
        |day: NaiveDate| Sharding::default().shards(day).map(move |shard| format!("T#{TENANT}#D#{day}#S#{shard}"));
    days(period).into_iter().flat_map(of_day).collect()
}

/// Queries partitions one after the other, and returns the approximate size of the items in bytes.
pub(crate) async fn queries(
    environment: &BenchEnvironment,
    period: (NaiveDate, NaiveDate),
    prefix: &str,
) -> Result<f64> {
    walk(&environment.client, environment, period, prefix).await
}

/// Queries partitions, and measures the capacity.
pub(crate) async fn metered(
    environment: &BenchEnvironment,
    meter: &Meter,
    period: (NaiveDate, NaiveDate),
    prefix: &str,
) -> Result<Exported> {
    let mut config = client_config(&environment.app().config.aws).to_builder();
    meter.plug(&mut config);
    let _ = meter.take();
    walk(&Client::from_conf(config.build()), environment, period, prefix).await?;
    Ok(Exported { consumed: meter.take(), ..Exported::default() })
}

#[expect(clippy::cast_precision_loss, reason = "bytes of a page")]
async fn walk(
    client: &Client,
    environment: &BenchEnvironment,
    period: (NaiveDate, NaiveDate),
    prefix: &str,
) -> Result<f64> {
    let mut bytes = 0.0;
    for partition in partitions(period) {
        let mut after = None;
        loop {
            let request = client
                .query()
                .table_name(&environment.app().config.table)
                .key_condition_expression("PK = :pk AND begins_with(SK, :prefix)")
                .expression_attribute_values(":pk", AttributeValue::S(partition.clone()))
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
                .set_exclusive_start_key(after);
            let response = request.send().await?;
            // A number takes at most 8 bytes here: the only ones are times.
            let text = |value: &AttributeValue| value.as_s().map_or(8, String::len);
            let size = |item: &std::collections::HashMap<String, AttributeValue>| {
                item.iter().map(|(name, value)| name.len() + text(value)).sum::<usize>()
            };
            bytes += response.items().iter().map(size).sum::<usize>() as f64;
            after = response.last_evaluated_key;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(bytes)
}

/// Puts this number of items of the size of events, without a condition.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
pub(crate) async fn puts(environment: &BenchEnvironment, round: u16, puts: f64, bodies: &[Bytes]) -> Result<()> {
    let lines: Vec<_> = bodies.iter().flat_map(|body| body.split(|byte| *byte == b'\n')).collect();
    let put = |number: usize| {
        let text = String::from_utf8_lossy(lines[number % lines.len()]).into_owned();
        let request = environment
            .client
            .put_item()
            .table_name(&environment.app().config.table)
            .item("PK", AttributeValue::S(format!("BARE#{round}#{}", number % 4)))
            .item("SK", AttributeValue::S(format!("U#{number:032x}")))
            .item("text", AttributeValue::S(text));
        async move { request.send().await.map(drop) }
    };
    let puts: Vec<_> = (0..puts as usize).map(put).collect();
    stream::iter(puts).buffer_unordered(PARALLEL).try_collect::<()>().await?;
    Ok(())
}
