//! One function, left running for curl.

use crate::check::prepare;
use crate::cli::ServeArgs;
use crate::emulator::Emulator;
use crate::fill::write;
use crate::place;
use crate::world::World;
use anyhow::{Result, ensure};
use sandbox::events::EventFixtures;
use sandbox::functions;
use std::process::ExitCode;

pub(crate) async fn run(args: &ServeArgs) -> Result<ExitCode> {
    let names: Vec<_> = functions().into_iter().map(|(name, _)| name).collect();
    ensure!(names.contains(&args.function.as_str()), "the functions are {}", names.join(", "));
    let program = prepare(&args.run)?;
    let (world, issuer) = World::new().await?;
    let stage = EventFixtures::set(world.app.clone(), &issuer).await?;
    let events = write(&stage, Some(&args.function)).await?;
    let emulator = Emulator::start(&program, &args.function, args.port, &world.settings)?;
    println!("{} runs over a table in memory with the demo. Its events, filled in:\n", args.function);
    for event in events {
        let path = place::filled().join(event);
        println!("curl -sd @{} {}", path.display(), emulator.url());
    }
    println!("\nHandoffs in them are good for two minutes. Ctrl-C ends it.");
    std::future::pending().await // until a signal ends it
}
