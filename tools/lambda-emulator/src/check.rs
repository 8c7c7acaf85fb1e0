//! Every event, to its function under the emulator and to the same routes in-process: the answers must be the same.

use crate::answer::Answer;
use crate::cli::{CheckArgs, RunArgs};
use crate::emulator::Emulator;
use crate::world::World;
use crate::{build, large, place, starts};
use anyhow::{Context as _, Result, ensure};
use sandbox::events::{self, EventFile, EventFixtures};
use sandbox::functions;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// What is compared: functions under the emulator, each started when it is first asked.
pub(crate) struct Bench {
    pub(crate) world: World,
    pub(crate) program: PathBuf,
    running: BTreeMap<String, Emulator>,
    compared: usize,
    different: usize,
}

/// What became of an event.
pub(crate) struct Compared {
    /// What was answered in-process.
    pub(crate) status: u16,
    /// The bytes of what the function gave back to Lambda.
    pub(crate) size: usize,
    difference: Option<String>,
}

pub(crate) async fn run(args: &CheckArgs) -> Result<ExitCode> {
    let program = prepare(&args.run)?;
    let chosen = |event: &EventFile| {
        args.events.is_empty() || args.events.iter().any(|begin| event.name.starts_with(begin.as_str()))
    };
    let events: Vec<_> = events::read(&place::events())?.into_iter().filter(chosen).collect();
    ensure!(!events.is_empty(), "no event has a name that begins so");
    let (world, issuer) = World::new().await?;
    let stage = EventFixtures::set(world.app.clone(), &issuer).await?;
    let mut bench = Bench { world, program, running: BTreeMap::new(), compared: 0, different: 0 };
    if args.events.is_empty() {
        starts::run(&mut bench).await?;
    }
    for event in &events {
        // What an event uses up is made for each of both.
        let (here, there) = (stage.fill(&event.text).await?, stage.fill(&event.text).await?);
        let compared = bench.compare(event.function(), &here, &there).await.with_context(|| event.name.clone())?;
        bench.report(&event.name, compared);
    }
    if args.events.is_empty() {
        large::run(&mut bench, &stage).await?;
    }
    let Bench { compared, different, .. } = bench;
    println!("{compared} compared, {different} different");
    Ok(if different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds the functions and finds the emulator.
pub(crate) fn prepare(args: &RunArgs) -> Result<PathBuf> {
    let program = Emulator::find(&args.venv)?;
    if !args.no_build {
        build::build()?;
    }
    Ok(program)
}

impl Bench {
    /// Sends one event here and one there.
    pub(crate) async fn compare(&mut self, function: &str, here: &str, there: &str) -> Result<Compared> {
        let ours = self.world.answer(function, here).await?.settled()?;
        if !self.running.contains_key(function) {
            ensure!(functions().iter().any(|(name, _)| *name == function), "{function} is no function");
            let emulator = Emulator::start(&self.program, function, 0, &self.world.settings)?;
            self.running.insert(function.to_owned(), emulator);
        }
        let (payload, size) = self.running[function].invoke(there).await?;
        let difference = match Answer::of_payload(&payload).and_then(Answer::settled) {
            Ok(theirs) => ours.difference(&theirs),
            Err(error) => Some(format!("{error:#}")),
        };
        Ok(Compared { status: ours.status, size, difference })
    }

    /// Prints what became of an event, and counts it.
    pub(crate) fn report(&mut self, name: &str, compared: Compared) {
        let Compared { status, size, difference } = compared;
        self.compared += 1;
        match difference {
            None => println!("same       {status} {size:>9} bytes  {name}"),
            Some(difference) => self.fail(name, &difference),
        }
    }

    /// Prints and counts something that is not as it must be.
    pub(crate) fn fail(&mut self, name: &str, difference: &str) {
        self.different += 1;
        println!("DIFFERENT  {name}: {difference}");
    }
}
