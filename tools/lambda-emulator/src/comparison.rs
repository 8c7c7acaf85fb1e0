//! The comparison of functions under the emulator with the same functions in this process.

use crate::emulator::Emulator;
use crate::environment::EmulatorEnvironment;
use crate::response::Response;
use anyhow::{Result, ensure};
use sandbox::functions;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The emulated functions, each started at its first event, and the number of differences so far.
pub(crate) struct Comparison {
    pub(crate) environment: EmulatorEnvironment,
    /// The emulator's program.
    pub(crate) program: PathBuf,
    emulators: BTreeMap<String, Emulator>,
    compared: usize,
    different: usize,
}

/// The result of one event.
pub(crate) struct Outcome {
    /// The status in this process.
    pub(crate) status: u16,
    /// The size in bytes of the emulated function's response to Lambda.
    pub(crate) size: usize,
    difference: Option<String>,
}

impl Comparison {
    pub(crate) fn new(environment: EmulatorEnvironment, program: PathBuf) -> Self {
        Self { environment, program, emulators: BTreeMap::new(), compared: 0, different: 0 }
    }

    /// Sends one event to the function in this process, and one to the emulated function.
    pub(crate) async fn compare(&mut self, function: &str, local: &str, emulated: &str) -> Result<Outcome> {
        let expected = self.environment.send(function, local).await?.normalized()?;
        if !self.emulators.contains_key(function) {
            ensure!(functions().iter().any(|(name, _)| *name == function), "{function} is not a function");
            let emulator = Emulator::start(&self.program, function, 0, &self.environment.settings)?;
            self.emulators.insert(function.to_owned(), emulator);
        }
        let (payload, size) = self.emulators[function].invoke(emulated).await?;
        let difference = match Response::from_payload(&payload).and_then(Response::normalized) {
            Ok(response) => expected.difference(&response),
            Err(error) => Some(format!("{error:#}")),
        };
        Ok(Outcome { status: expected.status, size, difference })
    }

    /// Prints and counts the result of an event.
    pub(crate) fn report(&mut self, name: &str, outcome: &Outcome) {
        self.compared += 1;
        match &outcome.difference {
            None => println!("same       {} {:>9} bytes  {name}", outcome.status, outcome.size),
            Some(difference) => self.fail(name, difference),
        }
    }

    /// Prints and counts a failed check.
    pub(crate) fn fail(&mut self, name: &str, difference: &str) {
        self.different += 1;
        println!("DIFFERENT  {name}: {difference}");
    }

    /// Prints the totals, and returns whether every check passed.
    pub(crate) fn finish(self) -> bool {
        println!("{} compared, {} different", self.compared, self.different);
        self.different == 0
    }
}
