//! `cargo bench-cold-start`: how fast the functions are ready and answer, beside a bare function of the same profile.

mod build;
mod cases;
mod certificates;
mod cli;
mod process;
mod report;
mod runtime;
mod table;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use report::Row;
use sandbox::data_dir::DataDir;
use sandbox::demo;
use sandbox::engine::Engine;
use sandbox::events::EventFixtures;
use shared::app::App;
use std::process::ExitCode;
use tempfile::TempDir;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = cli::Args::parse();
    if !args.no_build {
        build::build()?;
    }
    let (engine, folder) = (Engine::in_memory()?, TempDir::new()?);
    let data = DataDir::open(folder.path())?;
    let (app, issuer) = (App::new(data.config(&engine.endpoint(), true)?), data.token_issuer()?);
    app.store.table_create().await?;
    demo::create(&app, &issuer, "http://127.0.0.1:8787/web-chat".parse()?).await?;
    let stage = EventFixtures::create(app.clone(), &issuer).await?;
    let table = table::Table::start(engine.endpoint(), folder.path()).await?;
    let cases = cases::cases(&app, &stage, &table.endpoint, &args.cases).await?;
    let settings = settings(&std::fs::read_to_string(data.file("keys.env"))?, &table)?;

    // Once unmeasured: the table learns its answers, the files are in memory.
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
    let goals = report::goals(&rows);
    if args.json {
        println!("{}", serde_json::json!({"rounds": args.rounds, "warm": args.warm, "rows": rows, "goals": goals}));
    } else {
        print!("{}", report::text(&rows, &goals));
    }
    let missed = args.check && goals.iter().any(|goal| !goal.held);
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What every process is given as its environment.
fn settings(keys: &str, table: &table::Table) -> Result<Vec<(String, String)>> {
    let keys = keys.lines().filter_map(|line| line.split_once('='));
    let aws = [
        ("AWS_ENDPOINT_URL_DYNAMODB", table.endpoint.as_str()),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("SSL_CERT_FILE", table.roots.to_str().context("the temporary folder's path is not Unicode")?),
        ("METRICS_NAMESPACE", "Bench"),
    ];
    Ok(keys.chain(aws).map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}
