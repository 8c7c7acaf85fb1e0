//! `wrk -t1 -c16` over the paths of a file.

use anyhow::{Context as _, Result, ensure};
use std::path::Path;
use std::process::Command;

/// Visits the paths in turn, and prints the result in one line.
const SCRIPT: &str = r#"
local requests, turn = {}, 0
init = function(args)
  for path in io.lines(args[1]) do requests[#requests + 1] = wrk.format("GET", path) end
end
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
done = function(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(99), failed))
end
"#;

/// The result of wrk.
pub(crate) struct WrkResult {
    pub(crate) requests: f64,
    /// Requests per second.
    pub(crate) rate: f64,
    /// The 99th percentile of the latencies, in milliseconds.
    pub(crate) p99: f64,
}

/// Whether wrk is installed.
pub(crate) fn is_installed() -> bool {
    Command::new("wrk").arg("--version").output().is_ok()
}

/// Visits a server for a number of seconds.
pub(crate) async fn visit(base: &str, paths: &Path, seconds: u64) -> Result<WrkResult> {
    let script = paths.with_extension("lua");
    std::fs::write(&script, SCRIPT)?;
    let mut wrk = tokio::process::Command::new("wrk");
    wrk.args(["-t1", "-c16", "-d", &format!("{seconds}s"), "-s"]).arg(&script).arg(base).arg("--").arg(paths);
    let output = wrk.output().await.context("cannot run wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let result =
        text.lines().find_map(|line| line.strip_prefix("RESULT ")).with_context(|| text.clone().into_owned())?;
    let numbers: Vec<u32> = result.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let [requests, micros, p99, failed] = numbers[..].try_into()?;
    ensure!(failed == 0, "{failed} visits failed");
    let rate = f64::from(requests) / f64::from(micros) * 1e6;
    Ok(WrkResult { requests: requests.into(), rate, p99: f64::from(p99) / 1000.0 })
}
