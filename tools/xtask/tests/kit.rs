//! The contributor kit is consistent: tasks, stages of `.ci/run`, workflows and toolchain name the same things.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn xtask(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).current_dir("/").output().expect("xtask runs")
}

/// The rest of the first line of a file that begins with a text, without quotes.
fn setting(path: &str, begin: &str) -> String {
    let text = read(path);
    let found = text.lines().find_map(|line| line.trim_start().strip_prefix(begin));
    found.unwrap_or_else(|| panic!("{path} has no `{begin}`")).trim_matches('"').to_owned()
}

/// The names of the stages, as `.ci/run list` prints them.
fn stages() -> Vec<String> {
    let listed = Command::new("bash").args([".ci/run", "list"]).current_dir(root()).output().expect(".ci/run runs");
    let listed = String::from_utf8(listed.stdout).expect("text");
    listed.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn every_stage_of_ci_runs_in_a_workflow() {
    let matrix = setting(".github/workflows/ci.yml", "stage: [");
    let mut jobs: Vec<_> = matrix.trim_end_matches(']').split(", ").map(str::to_owned).collect();
    assert!(read(".github/workflows/ci.yml").contains("- run: .ci/run ${{ matrix.stage }}\n"));
    assert!(read(".github/workflows/advisories.yml").contains("- run: .ci/run advisories\n"));
    jobs.push("advisories".to_owned());
    assert_eq!(jobs, stages());
}

#[test]
fn a_run_without_arguments_has_every_stage_but_two() {
    let whole = setting(".ci/run", "stages=(");
    let mut listed = stages();
    assert_eq!(listed.split_off(listed.len() - 2), ["deployed", "advisories"]);
    assert_eq!(whole.trim_end_matches(')').split(' ').collect::<Vec<_>>(), listed);
}

#[test]
fn toolchain_minimum_version_and_container_are_one_version() {
    let toolchain = setting("rust-toolchain.toml", "channel = ");
    let minimum = setting("Cargo.toml", "rust-version = ");
    assert_eq!(toolchain.rsplit_once('.').expect("a full version").0, minimum);
    for workflow in [".github/workflows/ci.yml", ".github/workflows/advisories.yml"] {
        assert_eq!(setting(workflow, "container: "), format!("rust:{toolchain}-bookworm"), "{workflow}");
    }
}

#[test]
fn every_benchmark_has_an_alias_and_a_crate_of_the_same_name() {
    let help = String::from_utf8(xtask(&["bench", "--help"]).stdout).expect("text");
    let listed = help.lines().filter_map(|line| line.trim().strip_prefix("- "));
    let benchmarks: Vec<_> = listed.filter_map(|line| Some(line.split_once(':')?.0.to_owned())).collect();
    assert_eq!(benchmarks, ["cold-start", "interactions", "links"]);
    let aliases = read(".cargo/config.toml");
    for benchmark in benchmarks {
        let package = format!("bench-{benchmark}");
        assert!(aliases.contains(&format!("\n{package} = ")), "no alias {package}");
        assert!(root().join("tools").join(&package).join("Cargo.toml").is_file(), "no crate {package}");
    }
}

#[test]
fn a_task_runs_in_the_root_of_the_workspace_and_passes_the_exit_code_on() {
    let listed = xtask(&["ci", "list"]);
    assert_eq!(listed.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&listed.stderr), "$ bash .ci/run list\n");
    let unknown = xtask(&["ci", "nonsense"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no stage is named `nonsense`"));
}

#[test]
fn the_description_is_written_where_the_tests_of_the_server_look_for_the_variable() {
    let folder = root().join("tools/local/tests/it");
    let found = rust_files(&folder).into_iter().any(|text| text.contains("\"UPDATE_OPENAPI\""));
    assert!(found, "nothing in {} reads UPDATE_OPENAPI", folder.display());
}

/// The text of every file below a folder.
fn rust_files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                return rust_files(&path);
            }
            fs::read_to_string(&path).into_iter().collect()
        })
        .collect()
}
