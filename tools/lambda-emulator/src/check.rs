//! Sends every event to its function under the emulator and in this process, and compares the responses.

use crate::cli::{CheckArgs, RunArgs};
use crate::comparison::Comparison;
use crate::emulator::Emulator;
use crate::environment::EmulatorEnvironment;
use crate::{build, paths, size_limits, startup};
use anyhow::{Context as _, Result, ensure};
use sandbox::events::{self, EventFile, EventFixtures};
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(args: &CheckArgs) -> Result<ExitCode> {
    let program = prepare(&args.run)?;
    let selected = |event: &EventFile| {
        args.events.is_empty() || args.events.iter().any(|prefix| event.name.starts_with(prefix.as_str()))
    };
    let events: Vec<_> = events::read(&paths::events()?)?.into_iter().filter(selected).collect();
    ensure!(!events.is_empty(), "no event has a name that begins like this");
    let environment = EmulatorEnvironment::new().await?;
    let issuer = environment.sandbox.data.token_issuer()?;
    let fixtures = EventFixtures::create(environment.app().clone(), &issuer).await?;
    let mut comparison = Comparison::new(environment, program);
    if args.events.is_empty() {
        startup::run(&mut comparison).await?;
    }
    for event in &events {
        // Rendered twice, because an event may use up its values, such as a handoff.
        let (local, emulated) = (fixtures.render(&event.text).await?, fixtures.render(&event.text).await?);
        let compared = comparison.compare(event.function(), &local, &emulated).await;
        comparison.report(&event.name, &compared.with_context(|| event.name.clone())?);
    }
    if args.events.is_empty() {
        size_limits::run(&mut comparison, &fixtures).await?;
    }
    Ok(if comparison.finish() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Finds the emulator and builds the functions.
pub(crate) fn prepare(args: &RunArgs) -> Result<PathBuf> {
    let program = Emulator::find(&args.venv)?;
    if !args.no_build {
        build::build(args.debug)?;
    }
    Ok(program)
}
