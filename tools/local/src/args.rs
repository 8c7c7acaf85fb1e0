//! The arguments of the command line.

use clap::Parser;
use std::net::IpAddr;
use std::path::PathBuf;

/// Runs the External APIs on this machine: every function over an embedded engine, with a demo to try.
#[derive(Clone, Debug, Parser)]
#[command(
    bin_name = "cargo local",
    version,
    after_help = "\
Examples:
  cargo local                         the demo on http://127.0.0.1:8787
  cargo local --data /tmp/try --port 0
                                      another folder, any free port
  cargo local --endpoint http://127.0.0.1:8000
                                      the table in Amazon's DynamoDB Local instead
  cargo local --oidc-issuer http://localhost:8080/realms/dev --oidc-client-id console
                                      sign in to the console with a provider, which gets the callback
                                      http://127.0.0.1:8787/console/sign-in/callback
  cargo local --engine-host 172.17.0.1
                                      a table that containers of `sam local` reach (events/README.md)

The data folder holds the table (table.db), its keys (keys.env, token-key), the demo token (token), the address and the
key of the engine (engine.env) and the address of the server (url). `cargo odx --local DIR …` reads them from there.
LOG=debug logs more."
)]
pub struct Args {
    /// The folder of the table, its keys and the demo token
    #[arg(long, value_name = "DIR", default_value = ".local")]
    pub data: PathBuf,
    /// The port to listen on; 0 takes any free port
    #[arg(long, default_value_t = 8787)]
    pub port: u16,
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// The address of the embedded engine, for example Docker's bridge address, so that containers reach the table
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", conflicts_with = "endpoint")]
    pub engine_host: IpAddr,
    /// Use this DynamoDB in place of the embedded engine, with the credentials and region of the AWS_… variables
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Do not wait for the disk: a killed server loses nothing, a power cut may lose the last seconds
    #[arg(long, conflicts_with = "endpoint")]
    pub unflushed: bool,
    /// Copy the conversations of the workspaces of `odx sync register`, every five minutes
    #[arg(long)]
    pub sync: bool,
    /// Let people sign in to the console with this provider, for example a Keycloak on this machine
    #[arg(long, env = "OIDC_ISSUER", value_name = "URL", requires = "oidc_client_id")]
    pub oidc_issuer: Option<String>,
    /// The console's client id at that provider; its secret, if it has one, is in `OIDC_CLIENT_SECRET`
    #[arg(long, env = "OIDC_CLIENT_ID", value_name = "ID", requires = "oidc_issuer")]
    pub oidc_client_id: Option<String>,
    /// Create keys and a table, but no demo
    #[arg(long)]
    pub empty: bool,
    /// The filter of the log, in the syntax of `tracing`
    #[arg(long, env = "LOG", value_name = "FILTER", default_value = "warn,dynoxide=error", hide_env_values = true)]
    pub log: String,
}
