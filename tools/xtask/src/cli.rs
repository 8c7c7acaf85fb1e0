//! The command line of `cargo xtask`.

use clap::{Parser, Subcommand, ValueEnum};

/// Runs the tasks of a contributor: the checks of continuous integration, the OpenAPI description, benchmarks.
///
/// Each task prints the command that it runs. Tests need no task: `cargo test` runs them (CONTRIBUTING.md).
#[derive(Debug, Parser)]
#[command(
    bin_name = "cargo xtask",
    version,
    after_help = "\
Examples:
  cargo xtask ci                      every check that a change has to pass
  cargo xtask ci check                rustfmt, clippy and rustdoc only
  cargo xtask ci list                 the stages and what each of them does
  cargo xtask openapi                 after a change of a route or of a JSON body
  cargo xtask bench links --help      the options of a benchmark"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) task: Task,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Run the checks of continuous integration: all stages, or the ones that are named
    ///
    /// Runs `.ci/run`, as the workflow on GitHub does. `cargo xtask ci list` prints the stages. On Debian a stage installs
    /// the packages that it lacks.
    Ci {
        /// The stages to run, in this order; none means all
        #[arg(value_name = "STAGE")]
        stages: Vec<String>,
    },
    /// Write functions/docs/assets/openapi.json from the code
    Openapi,
    /// Run a benchmark; it reports ratios to a floor that it measures in the same run
    Bench {
        benchmark: Benchmark,
        /// Arguments for the benchmark, for example `--help`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
        arguments: Vec<String>,
    },
}

/// A benchmark and the page that explains its figures.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Benchmark {
    /// How fast the functions start, compared with an empty one (docs/cold-starts.md)
    ColdStart,
    /// What exports and ingestion cost, compared with bare queries and writes (docs/interactions.md)
    Interactions,
    /// Links: creation in bulk, first and repeated redirects (docs/link-speed.md)
    Links,
}

impl Benchmark {
    /// The alias in `.cargo/config.toml`, which decides about the profile.
    pub(crate) fn alias(self) -> &'static str {
        match self {
            Self::ColdStart => "bench-cold-start",
            Self::Interactions => "bench-interactions",
            Self::Links => "bench-links",
        }
    }
}
