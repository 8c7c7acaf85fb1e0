//! What can be said on the command line, and who does it.

use crate::connect::Source;
use crate::output::Output;
use crate::{accounts, doctor, export, generate, import, keys, links, scenarios, tables, tenants, tokens};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Looks after an installation of the external API: its table, keys, tenants, scenarios, accounts and tokens.
///
/// Settings come from the environment (`TABLE_NAME`, `DATA_KEY`, `SIGNING_KEYS`, `TOKEN_PUBLIC_KEYS`), and the way to
/// DynamoDB from where every AWS tool has it: profile, SSO, `AWS_REGION`, `AWS_ENDPOINT_URL_DYNAMODB`. With
/// `--local DIR` both come from the data folder of a local server.
#[derive(Debug, Parser)]
#[command(
    name = "odx",
    version,
    max_term_width = 100,
    after_help = "\
A new installation, from nothing to the first token:
  odx keys new --out keys
  set -a; . keys/keys.env; set +a
  odx table create
  odx tenant create acme
  odx scenario put --tenant acme 0x420 --name Support --page https://www.example.com/chat
  odx account create --tenant acme crm --role editor
  odx token create --tenant acme --account crm --name CRM --key keys/token-key

Exit codes: 0 done, 1 failed, 2 wrong usage."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    source: Source,
    /// Print data as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make or check the DynamoDB table
    #[command(subcommand)]
    Table(tables::Command),
    /// Make the keys of an installation
    #[command(subcommand)]
    Keys(keys::Command),
    /// Tenants: workspaces with their settings
    #[command(subcommand)]
    Tenant(tenants::Command),
    /// Scenarios: where a tenant's webchat lives
    #[command(subcommand)]
    Scenario(scenarios::Command),
    /// Accounts: people and integrations that own tokens
    #[command(subcommand)]
    Account(accounts::Command),
    /// API tokens
    #[command(subcommand)]
    Token(tokens::Command),
    Import(import::Args),
    Export(export::Args),
    Generate(generate::Args),
    /// Personal webchat links, made from a file and looked after, over HTTP
    #[command(subcommand)]
    Links(links::Command),
    /// Check everything that must be right before anything works
    ///
    /// Settings, endpoint, table, data key, rights, clock, index and expiry, one line each, with what to do about it.
    #[command(
        after_help = "Example:\n  odx doctor && odx import --tenant acme export.json\n\nExit code 1 when something is wrong; a warning is not."
    )]
    Doctor,
}

impl Cli {
    /// Does what was asked.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let (source, output) = (self.source, Output::new(self.json));
        match self.command {
            Command::Table(command) => tables::run(command, &source).await?,
            Command::Keys(command) => keys::run(command, output)?,
            Command::Tenant(command) => tenants::run(command, &source, output).await?,
            Command::Scenario(command) => scenarios::run(command, &source, output).await?,
            Command::Account(command) => accounts::run(command, &source, output).await?,
            Command::Token(command) => tokens::run(command, &source, output).await?,
            Command::Import(args) => return import::run(args, &source, output).await,
            Command::Export(args) => export::run(args, &source, output).await?,
            Command::Generate(args) => generate::run(args, &source, output).await?,
            Command::Links(command) => links::run(command, &source, output).await?,
            Command::Doctor => return doctor::run(&source, output).await,
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_teaches_with_an_example() {
        fn check(command: &clap::Command) {
            if !command.has_subcommands() {
                let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.contains("odx "), "{}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
