//! How functions start: the one that faces the world is small, and none does over a table that is not its own.

use crate::check::Bench;
use crate::emulator::Emulator;
use crate::place;
use anyhow::Result;
use shared::crypto::new_keys;

/// The most bytes that `bootstrap` of redirect may have: it is read at every cold start.
const MAX_REDIRECT: u64 = 9_000_000;

pub(crate) async fn run(bench: &mut Bench) -> Result<()> {
    let size = std::fs::metadata(place::built().join("redirect/bootstrap"))?.len();
    if size > MAX_REDIRECT {
        bench.fail("redirect", &format!("its bootstrap has {size} bytes, and not at most {MAX_REDIRECT}"));
    }
    with_another_data_key(bench).await
}

/// Starts a function, asks it something, and finds in its log why it is not there.
async fn with_another_data_key(bench: &mut Bench) -> Result<()> {
    const FUNCTION: &str = "account";
    let keys = new_keys();
    let other = keys.settings("").into_iter().find(|(name, _)| *name == "DATA_KEY");
    let other = other.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings: Vec<_> = bench.world.settings.iter().filter(|(name, _)| name != "DATA_KEY").cloned().collect();
    let settings: Vec<_> = settings.into_iter().chain(other).collect();
    let emulator = Emulator::start(&bench.program, FUNCTION, 0, &settings)?;
    let answered = emulator.invoke("{}").await.is_ok(); // the emulator gives nothing back for a function that is not there
    let log = emulator.log()?;
    if !answered && log.contains("was made with the data key") {
        println!("refused    {FUNCTION} with another data key than its table's");
    } else {
        bench.fail("another data key", &format!("an answer: {answered}, and the log says {log}"));
    }
    Ok(())
}
