//! `cargo bench-interactions`: what exporting and storing a million interactions takes, beside the least that it could.

mod bare;
mod cli;
mod memory;
mod report;
mod walk;
mod world;

use anyhow::{Result, ensure};
use chrono::NaiveDate;
use clap::Parser as _;
use cli::{Args, Command};
use datagen::Plan;
use report::{Row, median};
use sandbox::capacity::Meter;
use std::process::ExitCode;
use std::time::Instant;
use walk::{Format, Walked};
use world::World;

/// Days that are there when the export of one day is measured for the first time: a tenth of the month.
const FEW_DAYS: usize = 3;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let Args { interactions, users, rounds, events, json, check, command } = Args::parse();
    if let Some(Command::Serve { data, endpoint }) = command {
        memory::serve(data, endpoint).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default();
    let plan = Plan { users, interactions, first, days: 31, bot: false, seed: 1 };
    let days: Vec<_> = plan.days().collect();
    let meter = Meter::new();
    let world = World::new(&meter).await?;

    world.load(&plan, &days[..FEW_DAYS]).await?;
    let few = one_day(&world, &meter, days[1]).await?;
    world.load(&plan, &days[FEW_DAYS..]).await?;
    let many = one_day(&world, &meter, days[1]).await?;
    ensure!(few.0.interactions == many.0.interactions, "the day has changed");

    let mut rows = vec![
        Row::same("one day as NDJSON, requests", few.0.consumed.requests, many.0.consumed.requests),
        Row::same("one day as NDJSON, read units", few.0.consumed.read, many.0.consumed.read),
        Row::same("one day as JSON, requests", few.1.consumed.requests, many.1.consumed.requests),
        Row::same("one day as JSON, read units", few.1.consumed.read, many.1.consumed.read),
    ];
    let period = (days[0], days[days.len() - 1]);
    rows.extend(whole(&world, &meter, period, interactions).await?);
    rows.push(memory::export(&world, period).await?);
    rows.push(throughput(&world, period, rounds).await?);
    rows.push(ingestion(&world, &meter, events, rounds).await?);

    if json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        println!("{}", report::text(&rows));
    }
    let missed = check && rows.iter().any(|row| !row.holds());
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn one_day(world: &World, meter: &Meter, day: NaiveDate) -> Result<(Walked, Walked)> {
    let lines = walk::metered(world, meter, Format::Ndjson, (day, day)).await?;
    Ok((lines, walk::metered(world, meter, Format::Json, (day, day)).await?))
}

/// What the whole of it costs, in lines and by user.
#[expect(clippy::cast_precision_loss, reason = "counts")]
async fn whole(world: &World, meter: &Meter, period: (NaiveDate, NaiveDate), interactions: u64) -> Result<Vec<Row>> {
    let said = bare::metered(world, meter, period, "U#").await?.consumed;
    let headers = bare::metered(world, meter, period, "H#").await?.consumed;
    let lines = walk::metered(world, meter, Format::Ndjson, period).await?;
    let users = walk::metered(world, meter, Format::Json, period).await?;
    ensure!(lines.interactions == interactions && users.interactions == interactions, "an export is not whole");
    let units = |bytes: f64| bytes / 4096.0 / 2.0;
    let days = bare::days(period).len() as f64;
    let partitions = bare::partitions(world, period).len() as f64;
    let megabytes = said.bytes / 1_048_576.0;
    eprintln!(
        "{interactions} interactions: {megabytes:.0} MB, {:.0} MB of headers; {} pages of lines, {} by user",
        headers.bytes / 1_048_576.0,
        lines.pages,
        users.pages
    );
    let by_user = units(said.bytes + headers.bytes);
    Ok(vec![
        Row::at_most("NDJSON, read units", lines.consumed.read, units(said.bytes), 1.05),
        Row::at_most("NDJSON, requests", lines.consumed.requests, partitions + megabytes, 1.0),
        Row::at_most("JSON by user, read units", users.consumed.read, by_user, 1.25),
        Row::at_most("JSON by user, requests", users.consumed.requests, days * users.pages as f64, 2.0),
    ])
}

/// How fast lines come, beside a loop that queries the same partitions and drops what it gets.
async fn throughput(world: &World, period: (NaiveDate, NaiveDate), rounds: u16) -> Result<Row> {
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..=rounds {
        let begun = Instant::now();
        let bytes = bare::queries(world, period, "U#").await?;
        bare.push(bytes / begun.elapsed().as_secs_f64());
        let begun = Instant::now();
        walk::export(world, Format::Ndjson, period).await?;
        ours.push(bytes / begun.elapsed().as_secs_f64());
    }
    // The first round has warmed the engine's cache.
    let megabytes = |rates: &[f64]| median(rates[1..].to_vec()) / 1_048_576.0;
    Ok(Row::at_least("NDJSON, stored MB/s", megabytes(&ours), megabytes(&bare), 0.5))
}

/// How fast events are stored, beside a loop of as many puts.
async fn ingestion(world: &World, meter: &Meter, events: u64, rounds: u16) -> Result<Row> {
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let bodies = world::bodies(events, round);
        let begun = Instant::now();
        world.post(&world.plain, &bodies).await?;
        ours.push(begun.elapsed().as_secs_f64());
        // The same again to know how many puts it takes; other events, as a repeat would be refused.
        let bodies = world::bodies(events, round + 1_000);
        let _ = meter.take();
        world.post(&world.metered, &bodies).await?;
        let puts = meter.take().puts;
        let begun = Instant::now();
        bare::puts(world, round, puts, &bodies).await?;
        bare.push(begun.elapsed().as_secs_f64());
    }
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let rate = |seconds: &[f64]| events as f64 / median(seconds[1..].to_vec());
    Ok(Row::at_least("ingestion, events/s", rate(&ours), rate(&bare), 0.7))
}
