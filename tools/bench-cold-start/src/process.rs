//! One process, from its start to its end.

use crate::cases::Case;
use crate::runtime::Runtime;
use anyhow::{Context as _, Result, ensure};
use bench_harness::median;
use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// The timeout of a process. The slowest case takes about 2 s for 50 warm requests.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Wall-clock time and processor time, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
}

/// The measurements of one process.
#[derive(Debug)]
pub(crate) struct Run {
    /// From its start to its first poll.
    pub(crate) ready: Times,
    /// The first event.
    pub(crate) first: Times,
    /// The later events: the median of the wall-clock time and the mean of the processor time.
    pub(crate) warm: Times,
    /// The largest resident size, in kB.
    pub(crate) peak: f64,
}

/// Starts a process, sends it one event and then `warm` more, and kills it.
pub(crate) async fn run(case: &Case, settings: &BTreeMap<String, String>, warm: u16) -> Result<Run> {
    let mut api = Runtime::start().await?;
    let begun = Instant::now();
    let child = Command::new(&case.program)
        .args(&case.arguments)
        .env_clear()
        .envs(settings)
        .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
        .envs([("AWS_LAMBDA_FUNCTION_NAME", "bench"), ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")])
        .envs([("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"), ("AWS_LAMBDA_LOG_FORMAT", "JSON")])
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot run {}: build it, without --no-build", case.program.display()))?;
    let measured = tokio::time::timeout(TIMEOUT, measure(case, &mut api, &child, begun, warm)).await;
    measured.context("the process takes longer than 20 s").flatten().with_context(|| case.name.clone())
}

async fn measure(case: &Case, api: &mut Runtime, child: &Child, begun: Instant, warm: u16) -> Result<Run> {
    let id = child.id().context("the process ended at once")?;
    let polled = api.polled().await?;
    let at_ready = cpu(id)?;
    let ready = Times { wall: milliseconds(polled - begun), cpu: at_ready };
    let first = Times { wall: invoke(case, api).await?, cpu: cpu(id)? - at_ready };
    let mut walls = Vec::with_capacity(warm.into());
    for _ in 0..warm {
        walls.push(invoke(case, api).await?);
    }
    let cpu = (cpu(id)? - at_ready - first.cpu) / f64::from(warm);
    Ok(Run { ready, first, warm: Times { wall: median(walls), cpu }, peak: peak(id)? })
}

/// Sends one event and waits for the next poll. Returns the time to the response, in milliseconds.
async fn invoke(case: &Case, api: &mut Runtime) -> Result<f64> {
    let (begun, answered, status) = api.invoke(&case.event).await?;
    ensure!(status == case.status, "the status is {status}, expected {}", case.status);
    api.polled().await?;
    Ok(milliseconds(answered - begun))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The processor time of all threads of a process, user and system, in milliseconds.
fn cpu(process: u32) -> Result<f64> {
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir(format!("/proc/{process}/task")).context("the process ended, or this is not Linux")? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        let (running, _) = text.split_once(' ').context("the kernel does not report processor time")?;
        nanoseconds += running.parse::<f64>()?;
    }
    Ok(nanoseconds / 1e6)
}

/// The largest resident size of a process, in kB.
fn peak(process: u32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("the kernel does not report VmHWM")?;
    Ok(line.trim_end_matches("kB").trim().parse()?)
}
