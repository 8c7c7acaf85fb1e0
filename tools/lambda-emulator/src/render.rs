//! Writes the events and the settings for `sam local invoke`, with the values of a running local server's data folder.

use crate::cli::FillArgs;
use crate::paths;
use anyhow::{Context as _, Result};
use files::{KEYS_ENV, PRIVATE, TOKEN_KEY, parse_env_file, write_atomic};
use sandbox::events::{self, EventFixtures};
use shared::app::App;
use shared::config::Config;
use shared::crypto::TokenIssuer;
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::process::ExitCode;

pub(crate) async fn run(args: &FillArgs) -> Result<ExitCode> {
    // The server has the folder open, so it cannot be opened as a `DataDir`.
    let read = |name: &str| {
        let path = args.local.join(name);
        fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}: does `cargo local` run there?", path.display()))
    };
    let mut settings = parse_env_file(&read(KEYS_ENV)?).context(KEYS_ENV)?;
    settings.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), read("endpoint")?.trim().to_owned());
    let app = App::new(Config::read(|name| settings.get(name).cloned())?);
    app.store.table_check().await.context("the table cannot be used: does `cargo local` run?")?;
    let issuer = TokenIssuer::read(&read(TOKEN_KEY)?)?;
    let fixtures = EventFixtures::create(app, &issuer).await?;
    let written = render_events(&fixtures, None).await?;
    let values = settings.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let env = events::replace(&fs::read_to_string(paths::events()?.join(events::ENV))?, &values)?;
    let folder = paths::rendered()?;
    write_secret(&folder.join(events::ENV), &env)?;
    println!("{} events and {} are in {}", written.len(), events::ENV, folder.display());
    println!("The handoffs in them expire after two minutes.");
    Ok(ExitCode::SUCCESS)
}

/// Writes the events of one function or of all, and returns their names.
pub(crate) async fn render_events(fixtures: &EventFixtures<'_>, function: Option<&str>) -> Result<Vec<String>> {
    let folder = paths::rendered()?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
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
fn write_secret(path: &std::path::Path, text: &str) -> Result<()> {
    write_atomic(path, text.as_bytes(), PRIVATE).with_context(|| format!("cannot write {}", path.display()))
}
