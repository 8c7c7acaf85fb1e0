//! A function under the emulator of Lambda's runtime interface.
//!
//! The emulator refuses what Lambda refuses, among others a response over 6,291,556 bytes.

use crate::paths;
use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Lambda's limit of a response, in bytes.
pub(crate) const MAX_RESPONSE: usize = 6_291_556;
/// The timeout of every function in `template.yaml`, in seconds.
const TIMEOUT: u64 = 29;

/// A running emulator with its function. Dropping it stops both.
pub(crate) struct Emulator {
    process: Child,
    address: SocketAddr,
    log: PathBuf,
    client: reqwest::Client,
}

impl Emulator {
    /// The emulator's program in a Python environment that has `aws-sam-cli`.
    pub(crate) fn find(venv: &Path) -> Result<PathBuf> {
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        let venv = if venv.is_absolute() { venv.to_owned() } else { paths::root()?.join(venv) };
        // An environment that does not exist, or a folder that cannot be read, has no emulator.
        let versions = std::fs::read_dir(venv.join("lib")).into_iter().flatten().flatten();
        let program = |python: std::fs::DirEntry| {
            let rapid = python.path().join("site-packages/samcli/local/rapid");
            rapid.join(format!("aws-lambda-rie-{architecture}"))
        };
        versions.map(program).find(|program| program.is_file()).with_context(|| {
            let venv = venv.display();
            format!(
                "aws-sam-cli is not in {venv}: `python3 -m venv {venv} && {venv}/bin/pip install aws-sam-cli`, \
                 or choose another environment with --venv"
            )
        })
    }

    /// Starts a function with these environment variables only. Port 0 takes any free port.
    pub(crate) fn start(
        program: &Path,
        function: &str,
        port: u16,
        settings: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let folder = paths::functions()?.join(function);
        ensure!(folder.join("bootstrap").is_file(), "{function} is not built: run without --no-build");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, if port == 0 { free_port()? } else { port }));
        let runtime = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let log = folder.join("log");
        let written = File::create(&log)?;
        let process = Command::new(program)
            .args(["--runtime-interface-emulator-address", &address.to_string()])
            .args(["--runtime-api-address", &runtime.to_string(), "./bootstrap"])
            .current_dir(&folder)
            .env_clear()
            .envs([("AWS_LAMBDA_FUNCTION_NAME", function), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")])
            .env("AWS_LAMBDA_FUNCTION_TIMEOUT", TIMEOUT.to_string())
            .envs(settings)
            .stdin(Stdio::null())
            .stdout(written.try_clone()?)
            .stderr(written)
            .process_group(0) // so that Ctrl-C ends this process only, which then stops the emulator
            .spawn()
            .context("cannot run the emulator")?;
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(TIMEOUT + 5)).build()?;
        let mut emulator = Self { process, address, log, client };
        emulator.wait_until_ready()?;
        Ok(emulator)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            let ended = self.process.try_wait()?;
            if ended.is_some() || begun.elapsed() > Duration::from_secs(10) {
                bail!("the emulator does not listen on {}; its log is {}", self.address, self.log.display());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The URL that receives events.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/2015-03-31/functions/function/invocations", self.address)
    }

    /// The log of the function and the emulator.
    pub(crate) fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(&self.log)?)
    }

    /// Sends an event, and returns the function's response to Lambda with its size in bytes.
    pub(crate) async fn invoke(&self, event: &str) -> Result<(Value, usize)> {
        let response = self.client.post(self.url()).body(event.to_owned()).send().await?;
        let text = response.text().await?;
        let json = serde_json::from_str(&text).with_context(|| {
            let shown: String = text.chars().take(300).collect();
            format!("the response is not JSON: {shown}; the log is {}", self.log.display())
        })?;
        Ok((json, text.len()))
    }
}

impl Drop for Emulator {
    /// Stops the emulator, which stops its function. After 3 s the emulator is killed.
    fn drop(&mut self) {
        let stopped = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let begun = Instant::now();
        while stopped.as_ref().is_ok_and(|status| status.success()) && begun.elapsed() < Duration::from_secs(3) {
            if let Ok(Some(_)) = self.process.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
