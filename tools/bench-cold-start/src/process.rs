//! One process from its start to its end.

use crate::cases::Case;
use crate::runtime::Runtime;
use anyhow::{Context as _, Result, ensure};
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// Nothing takes as long.
const PATIENCE: Duration = Duration::from_secs(20);

/// Time on the clock and on the processor, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Took {
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
}

/// What one process took.
#[derive(Debug)]
pub(crate) struct Run {
    /// Until it asked for its first event.
    pub(crate) ready: Took,
    /// For its first event.
    pub(crate) first: Took,
    /// For each of the others: the median on the clock, the mean on the processor.
    pub(crate) warm: Took,
    /// The most memory it ever held, in kB.
    pub(crate) peak: f64,
}

/// Starts a process, sends it events, ends it.
pub(crate) async fn run(case: &Case, settings: &[(String, String)], warm: u16) -> Result<Run> {
    let mut api = Runtime::start().await?;
    let begun = Instant::now();
    let child = Command::new(&case.program)
        .args(&case.arguments)
        .env_clear()
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
        .envs([("AWS_LAMBDA_FUNCTION_NAME", "bench"), ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")])
        .envs([("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"), ("AWS_LAMBDA_LOG_FORMAT", "JSON")])
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} cannot be run: leave out --no-build", case.program.display()))?;
    let measured = tokio::time::timeout(PATIENCE, measure(case, &mut api, &child, begun, warm)).await;
    measured.context("it hangs").flatten().with_context(|| case.name.clone())
}

async fn measure(case: &Case, api: &mut Runtime, child: &Child, begun: Instant, warm: u16) -> Result<Run> {
    let id = child.id().context("it ended at once")?;
    let polled = api.polled().await?;
    let at_ready = cpu(id)?;
    let ready = Took { wall: milliseconds(polled - begun), cpu: at_ready };
    let first = Took { wall: invoke(case, api).await?, cpu: cpu(id)? - at_ready };
    let mut walls = Vec::with_capacity(warm.into());
    for _ in 0..warm {
        walls.push(invoke(case, api).await?);
    }
    let cpu = (cpu(id)? - at_ready - first.cpu) / f64::from(warm);
    Ok(Run { ready, first, warm: Took { wall: crate::report::median(walls), cpu }, peak: peak(id)? })
}

/// One event, until the next is asked for; the time is that of the answer.
async fn invoke(case: &Case, api: &mut Runtime) -> Result<f64> {
    let (begun, answered, status) = api.invoke(&case.event).await?;
    ensure!(status == case.status, "it answered {status} instead of {}", case.status);
    api.polled().await?;
    Ok(milliseconds(answered - begun))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Time that the threads of a process ran, in user and system.
fn cpu(process: u32) -> Result<f64> {
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir(format!("/proc/{process}/task")).context("it ended, or this is not Linux")? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().unwrap_or_default().parse::<f64>()?;
    }
    Ok(nanoseconds / 1e6)
}

fn peak(process: u32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no peak of memory")?;
    Ok(line.trim_end_matches("kB").trim().parse()?)
}
