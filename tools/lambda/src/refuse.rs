//! A function whose data key is not its table's does not start, and its log says why.

use crate::check::Bench;
use crate::emulator::Emulator;
use anyhow::Result;
use shared::crypto::new_keys;

/// Starts a function with another data key, and asks it something.
pub(crate) async fn run(bench: &mut Bench) -> Result<()> {
    const FUNCTION: &str = "account";
    let keys = new_keys();
    let other = keys.settings("").into_iter().find(|(name, _)| *name == "DATA_KEY");
    let other = other.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings: Vec<_> = bench.world.settings.iter().filter(|(name, _)| name != "DATA_KEY").cloned().collect();
    let settings: Vec<_> = settings.into_iter().chain(other).collect();
    let emulator = Emulator::start(&bench.program, FUNCTION, 0, &settings)?;
    let (answer, _) = emulator.invoke("{}").await?;
    let log = emulator.log()?;
    if answer["errorType"] == "Runtime.ExitError" && log.contains("was made with the data key") {
        println!("refused    {FUNCTION} with another data key than its table's");
    } else {
        bench.fail("another data key", &format!("{answer}, and the log says {log}"));
    }
    Ok(())
}
