//! Checks of how functions start: the size of `redirect`, the refusal of a table with another data key, and the schedule.

use crate::build;
use crate::comparison::Comparison;
use crate::emulator::Emulator;
use crate::paths;
use anyhow::{Context as _, Result};
use serde_json::json;
use shared::crypto::new_keys;

/// The largest size in bytes of `redirect`'s `bootstrap`, which Lambda reads at every cold start (docs/cold-starts.md).
const MAX_REDIRECT: u64 = 9_000_000;

pub(crate) async fn run(comparison: &mut Comparison) -> Result<()> {
    let size = std::fs::metadata(build::deployed("redirect")?)?.len();
    if size > MAX_REDIRECT {
        comparison.fail("redirect", &format!("its bootstrap has {size} bytes, more than {MAX_REDIRECT}"));
    }
    start_with_another_data_key(comparison).await?;
    run_by_schedule(comparison).await
}

/// Sends the event of the schedule to `sync`, which has no workspace to read.
async fn run_by_schedule(comparison: &mut Comparison) -> Result<()> {
    let event = std::fs::read_to_string(paths::events()?.join("schedule/sync.json"))?;
    let emulator = Emulator::start(&comparison.program, "sync", 0, &comparison.environment.settings)?;
    let (report, _) = emulator.invoke(&event).await?;
    if report == json!({"sources": []}) {
        println!("scheduled  sync");
    } else {
        comparison.fail("schedule/sync.json", &report.to_string());
    }
    Ok(())
}

/// Starts a function with another data key, and checks that it refuses to serve and logs why.
async fn start_with_another_data_key(comparison: &mut Comparison) -> Result<()> {
    const FUNCTION: &str = "account";
    let keys = new_keys();
    let other = keys.settings("").into_iter().find(|(name, _)| *name == "DATA_KEY");
    let (name, other) = other.context("new keys have no DATA_KEY")?;
    let mut settings = comparison.environment.settings.clone();
    settings.insert(name.to_owned(), other.to_owned());
    let emulator = Emulator::start(&comparison.program, FUNCTION, 0, &settings)?;
    let answered = emulator.invoke("{}").await.is_ok(); // the emulator returns no JSON for a function that did not start
    let log = emulator.log()?;
    if !answered && log.contains("was made with the data key") {
        println!("refused    {FUNCTION} with another data key than its table's");
    } else {
        comparison.fail("another data key", &format!("answered: {answered}; log: {log}"));
    }
    Ok(())
}
