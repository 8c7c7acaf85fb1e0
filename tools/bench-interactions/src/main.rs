//! `cargo bench-interactions`: the cost of exporting and storing a million interactions, next to the least possible cost.

mod cli;
mod environment;
mod floor;
mod memory;
mod walk;

use anyhow::{Result, ensure};
use bench_harness::{Measurement, Report, medians};
use chrono::NaiveDate;
use clap::Parser as _;
use cli::{Args, Command};
use datagen::Plan;
use environment::BenchEnvironment;
use sandbox::capacity::Meter;
use std::process::ExitCode;
use std::time::Instant;
use walk::{Exported, Format};

/// The number of days in the table at the first export of one day: a tenth of the month.
const FEW_DAYS: usize = 3;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let Args { interactions, users, rounds, events, output, command } = Args::parse();
    if let Some(Command::Serve { data, endpoint }) = command {
        memory::serve(data, endpoint).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let first = NaiveDate::from_ymd_opt(2025, 1, 1).expect("a date of the calendar");
    let plan = Plan { users, interactions, first, days: 31, bot: false, seed: 1 };
    let days: Vec<_> = plan.days().collect();
    let meter = Meter::new();
    let environment = BenchEnvironment::new(&meter).await?;

    environment.load(&plan, &days[..FEW_DAYS]).await?;
    let few = one_day(&environment, &meter, days[1]).await?;
    environment.load(&plan, &days[FEW_DAYS..]).await?;
    let many = one_day(&environment, &meter, days[1]).await?;
    ensure!(few.0.interactions == many.0.interactions, "the day has changed");

    let mut report = Report::default();
    // The cost of one day must be the same in a small and in a large table.
    let same = |name, few: f64, many: f64| Measurement::new(name, many).with_floor(few).at_most(1.0);
    report.add(same("one day as NDJSON, requests", few.0.consumed.requests, many.0.consumed.requests));
    report.add(same("one day as NDJSON, read units", few.0.consumed.read, many.0.consumed.read));
    report.add(same("one day as JSON, requests", few.1.consumed.requests, many.1.consumed.requests));
    report.add(same("one day as JSON, read units", few.1.consumed.read, many.1.consumed.read));
    let period = (days[0], days[days.len() - 1]);
    for measurement in whole(&environment, &meter, period, interactions).await? {
        report.add(measurement);
    }
    report.add(memory::export(&environment, period).await?);
    report.add(throughput(&environment, period, rounds).await?);
    report.add(ingestion(&environment, &meter, events, rounds).await?);
    report.print(output)
}

/// Exports one day by record and by user.
async fn one_day(environment: &BenchEnvironment, meter: &Meter, day: NaiveDate) -> Result<(Exported, Exported)> {
    let records = walk::metered(environment, meter, Format::Ndjson, (day, day)).await?;
    Ok((records, walk::metered(environment, meter, Format::Json, (day, day)).await?))
}

/// The cost of exporting everything, by record and by user.
#[expect(clippy::cast_precision_loss, reason = "counts")]
async fn whole(
    environment: &BenchEnvironment,
    meter: &Meter,
    period: (NaiveDate, NaiveDate),
    interactions: u64,
) -> Result<[Measurement; 4]> {
    let stored = floor::metered(environment, meter, period, "U#").await?.consumed;
    let headers = floor::metered(environment, meter, period, "H#").await?.consumed;
    let records = walk::metered(environment, meter, Format::Ndjson, period).await?;
    let users = walk::metered(environment, meter, Format::Json, period).await?;
    ensure!(records.interactions == interactions, "the export by record has {} interactions", records.interactions);
    ensure!(users.interactions == interactions, "the export by user has {} interactions", users.interactions);
    // DynamoDB bills an eventually consistent read as half a unit for each 4,096 bytes.
    let units = |bytes: f64| bytes / 4096.0 / 2.0;
    let days = floor::days(period).len() as f64;
    let partitions = floor::partitions(period).len() as f64;
    let megabytes = stored.bytes / 1_048_576.0;
    eprintln!(
        "{interactions} interactions: {megabytes:.0} MB, {:.0} MB of headers; {} pages by record, {} by user",
        headers.bytes / 1_048_576.0,
        records.pages,
        users.pages
    );
    let by_user = units(stored.bytes + headers.bytes);
    let requests_by_user = days * users.pages as f64;
    let at_most = |name, value, floor, most| Measurement::new(name, value).with_floor(floor).at_most(most);
    Ok([
        at_most("NDJSON, read units", records.consumed.read, units(stored.bytes), 1.05),
        at_most("NDJSON, requests", records.consumed.requests, partitions + megabytes, 1.0),
        at_most("JSON by user, read units", users.consumed.read, by_user, 1.25),
        at_most("JSON by user, requests", users.consumed.requests, requests_by_user, 1.5),
    ])
}

/// The speed of an export by record, next to a loop that queries the same partitions and discards the items.
async fn throughput(
    environment: &BenchEnvironment,
    period: (NaiveDate, NaiveDate),
    rounds: u16,
) -> Result<Measurement> {
    let [ours, floor] = medians(rounds, async |_| {
        let begun = Instant::now();
        let bytes = floor::queries(environment, period, "U#").await?;
        let floor = bytes / begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        walk::export(environment, Format::Ndjson, period).await?;
        Ok([bytes / begun.elapsed().as_secs_f64(), floor].map(|rate| rate / 1_048_576.0))
    })
    .await?;
    Ok(Measurement::new("NDJSON, stored MB/s", ours).with_floor(floor).at_least(0.5))
}

/// The speed of storing events, next to a loop of the same number of puts.
async fn ingestion(environment: &BenchEnvironment, meter: &Meter, events: u64, rounds: u16) -> Result<Measurement> {
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let events_stored = events as f64;
    let [ours, floor] = medians(rounds, async |round| {
        let bodies = environment::bodies(events, round)?;
        let begun = Instant::now();
        environment.post(&environment.plain, &bodies).await?;
        let ours = begun.elapsed().as_secs_f64();
        // Stored once more to count the puts. These are other events, because the same ones would be duplicates.
        let bodies = environment::bodies(events, round + 1_000)?;
        let _ = meter.take();
        environment.post(&environment.metered, &bodies).await?;
        let puts = meter.take().puts;
        let begun = Instant::now();
        floor::puts(environment, round, puts, &bodies).await?;
        Ok([ours, begun.elapsed().as_secs_f64()].map(|seconds| events_stored / seconds))
    })
    .await?;
    Ok(Measurement::new("ingestion, events/s", ours).with_floor(floor).at_least(0.7))
}
