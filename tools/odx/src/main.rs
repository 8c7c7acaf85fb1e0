//! `odx`, the command line: operators create tables, tenants, scenarios, accounts and tokens; integrators import and
//! export interactions and create links.

mod accounts;
mod api;
mod cli;
mod console;
mod context;
mod doctor;
mod export;
mod generate;
mod import;
mod issue;
mod keys;
mod links;
mod output;
mod output_file;
mod progress;
mod scenarios;
mod sync;
mod tables;
mod tenants;
mod tokens;
mod users;

use clap::Parser as _;
use shared::store::StoreError;
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Box::pin(cli::Cli::parse().run()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            if error.chain().any(|cause| cause.is::<StoreError>()) {
                eprintln!("`odx doctor` finds what is wrong with the table or the connection");
            }
            ExitCode::FAILURE
        }
    }
}
