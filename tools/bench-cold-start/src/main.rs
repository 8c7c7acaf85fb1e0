//! `cargo bench-cold-start`: how fast the functions start and answer, next to a baseline function of the same profile.

mod build;
mod cases;
mod certificates;
mod cli;
mod process;
mod report;
mod runtime;
mod table;

use anyhow::{Context as _, Result};
use bench_harness::Report;
use clap::Parser as _;
use report::Row;
use sandbox::environment::Environment;
use sandbox::events::EventFixtures;
use std::collections::BTreeMap;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = cli::Args::parse();
    if !args.no_build {
        build::build()?;
    }
    let environment = Environment::in_memory().await?;
    environment.create_demo().await?;
    let issuer = environment.data.token_issuer()?;
    let fixtures = EventFixtures::create(environment.app.clone(), &issuer).await?;
    let table = table::Table::start(environment.endpoint(), environment.data.path()).await?;
    let settings = settings(&environment, &table)?;
    let cases = cases::cases(&environment.app, &fixtures, &settings, &args.cases).await?;

    // One round that is not measured: the table learns its responses, and the kernel caches the programs.
    for case in &cases {
        process::run(case, &settings, 3).await?;
    }
    let mut runs: Vec<_> = cases.iter().map(|_| Vec::new()).collect();
    for _ in 0..args.rounds {
        for (case, runs) in cases.iter().zip(&mut runs) {
            runs.push(process::run(case, &settings, args.warm).await?);
        }
    }
    let mut rows = Vec::new();
    for (case, runs) in cases.iter().zip(&runs) {
        rows.push(Row::new(case, runs, std::fs::metadata(&case.program)?.len()));
    }
    let goals: Report = report::goals(&rows).into_iter().collect();
    if args.output.json {
        let goals = goals.measurements();
        println!("{}", serde_json::json!({"rounds": args.rounds, "warm": args.warm, "rows": rows, "goals": goals}));
    } else {
        println!("{}\n\n{}", report::table(&rows), goals.summary());
    }
    Ok(goals.exit_code(args.output))
}

/// The environment variables of every process.
fn settings(environment: &Environment, table: &table::Table) -> Result<BTreeMap<String, String>> {
    let mut settings = environment.function_settings()?;
    let roots = table.roots.to_str().context("the path of the temporary folder is not Unicode")?;
    let endpoint = ("AWS_ENDPOINT_URL_DYNAMODB", table.endpoint.as_str());
    let more = [endpoint, ("SSL_CERT_FILE", roots), ("METRICS_NAMESPACE", "Bench")];
    settings.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
    Ok(settings)
}
