//! The commands of the command line, and the module that runs each.

use crate::context::Source;
use crate::output::Output;
use crate::{
    accounts, console, doctor, export, generate, import, keys, links, scenarios, sync, tables, tenants, tokens, users,
};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Manages an installation of the External API: its table, keys, tenants, scenarios, accounts and tokens. Imports and
/// exports interactions, and creates links.
///
/// Settings come from the environment (`TABLE_NAME`, `DATA_KEY`, `SIGNING_KEYS`, `TOKEN_PUBLIC_KEYS`). The connection to
/// DynamoDB is configured as in every AWS tool: profile, SSO, `AWS_REGION`, `AWS_ENDPOINT_URL_DYNAMODB`. With
/// `--local DIR` both come from the data folder of a local server.
///
/// `import`, `export`, `links` and `user` work over HTTP with a token: `ODX_URL` and `ODX_TOKEN`, or `--local DIR`.
#[derive(Debug, Parser)]
#[command(
    name = "odx",
    version,
    max_term_width = 100,
    after_help = "\
A new installation, up to its first token:
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
    /// Create or check the DynamoDB table
    #[command(subcommand)]
    Table(tables::Command),
    /// Create the keys of an installation
    #[command(subcommand)]
    Keys(keys::Command),
    /// Create, list and change tenants: workspaces with their settings
    #[command(subcommand)]
    Tenant(tenants::Command),
    /// Create, change and list scenarios, each with its webchat page
    #[command(subcommand)]
    Scenario(scenarios::Command),
    /// Create, list and change accounts: people and integrations that own tokens
    #[command(subcommand)]
    Account(accounts::Command),
    /// Create, list, revoke and rotate API tokens
    #[command(subcommand)]
    Token(tokens::Command),
    Import(import::Args),
    Export(export::Args),
    Generate(generate::Args),
    /// Create personal webchat links from a file, list, revoke and count them
    #[command(subcommand)]
    Links(links::Command),
    /// Export or erase what is kept about a user
    #[command(subcommand)]
    User(users::Command),
    /// Copy conversations from OpenDialog workspaces
    #[command(subcommand)]
    Sync(sync::Command),
    Console(console::Args),
    /// Check the installation: settings, endpoint, table, keys and rights
    ///
    /// Prints one line each for settings, endpoint, table, data key, rights, clock, index and expiry, and what to do
    /// about each problem.
    #[command(
        after_help = "Example:\n  odx doctor && odx import --tenant acme export.json\n\nExit code 1 if a check fails; a warning is no failure."
    )]
    Doctor,
}

impl Cli {
    /// Runs the command.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let (source, output) = (self.source, Output::new(self.json));
        match self.command {
            Command::Table(command) => tables::run(command, &source, output).await?,
            Command::Keys(command) => keys::run(command, output)?,
            Command::Tenant(command) => tenants::run(command, &source, output).await?,
            Command::Scenario(command) => Box::pin(scenarios::run(command, &source, output)).await?,
            Command::Account(command) => accounts::run(command, &source, output).await?,
            Command::Token(command) => tokens::run(command, &source, output).await?,
            Command::Import(args) => return import::run(args, &source, output).await,
            Command::Export(args) => export::run(args, &source, output).await?,
            Command::Generate(args) => generate::run(args, &source, output).await?,
            Command::Links(command) => links::run(command, &source, output).await?,
            Command::User(command) => users::run(command, &source, output).await?,
            Command::Console(args) => console::run(args, &source, output).await?,
            Command::Sync(command) => return sync::run(command, &source, output).await,
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
    fn the_help_of_every_command_has_an_example() {
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
