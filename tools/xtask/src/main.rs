//! `cargo xtask`: the tasks of a contributor that `cargo` itself has no command for.

mod cli;

use clap::Parser as _;
use cli::Task;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let task = cli::Cli::parse().task;
    match run(&task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a task and returns the exit code of the last command.
fn run(task: &Task) -> io::Result<ExitCode> {
    match task {
        Task::Ci { stages } => execute(Command::new("bash").arg(".ci/run").args(stages)),
        Task::Openapi => {
            let mut cargo = Command::new("cargo");
            cargo.env("UPDATE_OPENAPI", "1").args(["test", "--package", "local", "--test", "it", "--", "openapi::"]);
            execute(&mut cargo)
        }
        Task::Bench { benchmark, arguments } => execute(Command::new("cargo").arg(benchmark.alias()).args(arguments)),
    }
}

/// Prints a command as a shell would take it, runs it in the root of the workspace, and waits for it.
fn execute(command: &mut Command) -> io::Result<ExitCode> {
    command.current_dir(root());
    eprintln!("$ {}", shown(command));
    let status = command.status()?;
    // A command that a signal ended has no code.
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}

fn shown(command: &Command) -> String {
    let variables =
        command.get_envs().filter_map(|(name, value)| Some(format!("{}={}", name.display(), value?.display())));
    let program = command.get_program().display().to_string();
    let arguments = command.get_args().map(|argument| argument.display().to_string());
    variables.chain([program]).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// The root of the workspace, wherever in it `cargo xtask` is called.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
