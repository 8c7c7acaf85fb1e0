//! Runs one function for curl, until Ctrl-C.

use crate::check::prepare;
use crate::cli::ServeArgs;
use crate::emulator::Emulator;
use crate::environment::EmulatorEnvironment;
use crate::paths;
use crate::render::render_events;
use anyhow::{Result, ensure};
use sandbox::events::EventFixtures;
use sandbox::functions;
use std::process::ExitCode;

pub(crate) async fn run(args: &ServeArgs) -> Result<ExitCode> {
    let names: Vec<_> = functions().into_iter().map(|(name, _)| name).collect();
    ensure!(names.contains(&args.function.as_str()), "the functions are {}", names.join(", "));
    let program = prepare(&args.run)?;
    let environment = EmulatorEnvironment::new().await?;
    let issuer = environment.sandbox.data.token_issuer()?;
    let fixtures = EventFixtures::create(environment.app().clone(), &issuer).await?;
    let events = render_events(&fixtures, Some(&args.function), &paths::rendered()?).await?;
    let emulator = Emulator::start(&program, &args.function, args.port, &environment.settings)?;
    println!("{} runs over a table in memory with the demo. Send it its events:\n", args.function);
    for event in events {
        println!("curl -sd @{} {}", paths::rendered()?.join(event).display(), emulator.url());
    }
    println!("\nThe handoffs in them expire after two minutes. Stop with Ctrl-C.");
    std::future::pending().await // until a signal ends the process
}
