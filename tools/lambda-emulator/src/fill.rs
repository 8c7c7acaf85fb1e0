//! Events and settings, filled in from the data folder of a running local server, for `sam local invoke`.

use crate::cli::FillArgs;
use crate::place;
use crate::world::read_settings;
use anyhow::{Context as _, Result};
use sandbox::events::{self, EventFixtures};
use shared::app::App;
use shared::config::Config;
use shared::crypto::TokenIssuer;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::process::ExitCode;

pub(crate) async fn run(args: &FillArgs) -> Result<ExitCode> {
    let read = |name: &str| {
        let path = args.local.join(name);
        fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read: is `cargo local` running there?", path.display()))
    };
    let mut settings: BTreeMap<String, String> = read_settings(&read("keys.env")?).into_iter().collect();
    settings.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), read("endpoint")?.trim().to_owned());
    let app = App::new(Config::read(|name| settings.get(name).cloned())?);
    app.store.table_check().await.context("the table cannot be used: is `cargo local` running?")?;
    let issuer = TokenIssuer::read(&read("token-key")?)?;
    let stage = EventFixtures::set(app, &issuer).await?;
    let written = write(&stage, None).await?;
    let names = settings.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let env = events::replace(&fs::read_to_string(place::events().join(events::ENV))?, &names)?;
    let path = place::filled().join(events::ENV);
    write_secret(&path, &env)?;
    println!("{} events and {} are in {}", written.len(), events::ENV, place::filled().display());
    println!("Handoffs in them are good for two minutes.");
    Ok(ExitCode::SUCCESS)
}

/// Fills in the events of one function, or of all, and gives their names.
pub(crate) async fn write(stage: &EventFixtures<'_>, function: Option<&str>) -> Result<Vec<String>> {
    let folder = place::filled();
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let mut names = Vec::new();
    for event in events::read(&place::events())? {
        if function.is_none_or(|function| function == event.function()) {
            write_secret(&folder.join(&event.name), &stage.fill(&event.text).await?)?;
            names.push(event.name);
        }
    }
    Ok(names)
}

/// Writes a file that only its owner can read.
fn write_secret(path: &std::path::Path, text: &str) -> Result<()> {
    fs::write(path, "")?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
