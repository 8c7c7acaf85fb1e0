//! Writes the events and the settings for `sam local invoke`, with the values of a running local server's data folder.

use crate::cli::FillArgs;
use crate::paths;
use anyhow::{Context as _, Result};
use files::{ENGINE_ENV, KEYS_ENV, PRIVATE, TOKEN_KEY, parse_env_file, write_atomic};
use sandbox::events::{self, EventFixtures};
use shared::app::App;
use shared::config::Config;
use shared::crypto::TokenIssuer;
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::process::ExitCode;
use url::{Host, Url};

/// The setting with the URL of the table.
const ENDPOINT: &str = "AWS_ENDPOINT_URL_DYNAMODB";

pub(crate) async fn run(args: &FillArgs) -> Result<ExitCode> {
    // The server has the folder open, so it cannot be opened as a `DataDir`.
    let read = |name: &str| {
        let path = args.local.join(name);
        fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}: does `cargo local` run there?", path.display()))
    };
    let mut settings = parse_env_file(&read(KEYS_ENV)?).context(KEYS_ENV)?;
    settings.extend(parse_env_file(&read(ENGINE_ENV)?).context(ENGINE_ENV)?);
    let endpoint = settings.get(ENDPOINT).cloned().context("the engine has no address")?;
    let app = App::new(Config::read(|name| settings.get(name).cloned())?);
    app.store.table_check().await.context("the table cannot be used: does `cargo local` run?")?;
    let issuer = TokenIssuer::read(&read(TOKEN_KEY)?)?;
    let fixtures = EventFixtures::create(app, &issuer).await?;
    let written = render_events(&fixtures, None, &args.out).await?;
    let (in_container, reachable) = endpoint_in_container(&endpoint, args.engine_host.as_ref())?;
    settings.insert(ENDPOINT.to_owned(), in_container);
    let values = settings.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let env = events::replace(&fs::read_to_string(paths::events()?.join(events::ENV))?, &values)?;
    write_secret(&args.out.join(events::ENV), &env)?;
    println!("{} events and {} are in {}", written.len(), events::ENV, args.out.display());
    println!("The handoffs in them expire after two minutes.");
    if !reachable {
        eprintln!(
            "Warning: containers do not reach {endpoint}. Start `cargo local` with --engine-host 172.17.0.1, the address \
             of Docker's bridge on most Linux machines, or, with Docker Desktop, run this command with --engine-host \
             host.docker.internal."
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The engine's URL in a container, and whether a container can reach it: a loopback address is the container's own.
fn endpoint_in_container(endpoint: &str, host: Option<&Host>) -> Result<(String, bool)> {
    let mut url = Url::parse(endpoint).with_context(|| format!("{endpoint} is not a URL"))?;
    if let Some(host) = host {
        url.set_host(Some(&host.to_string()))?;
    }
    let reachable = match url.host() {
        Some(Host::Ipv4(address)) => !address.is_loopback(),
        Some(Host::Ipv6(address)) => !address.is_loopback(),
        Some(Host::Domain(name)) => name != "localhost",
        None => false,
    };
    Ok((url.as_str().trim_end_matches('/').to_owned(), reachable))
}

/// Writes the events of one function or of all to a folder, and returns their names.
pub(crate) async fn render_events(
    fixtures: &EventFixtures<'_>,
    function: Option<&str>,
    folder: &Path,
) -> Result<Vec<String>> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut names = Vec::new();
    for event in events::read(&paths::events()?)? {
        if function.is_none_or(|function| function == event.function()) {
            write_secret(&folder.join(&event.name), &fixtures.render(&event.text).await?)?;
            names.push(event.name);
        }
    }
    Ok(names)
}

/// Writes a file that only its owner can read, completely or not at all.
fn write_secret(path: &Path, text: &str) -> Result<()> {
    write_atomic(path, text.as_bytes(), PRIVATE).with_context(|| format!("cannot write {}", path.display()))
}
