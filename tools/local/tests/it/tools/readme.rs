//! Runs the commands of the README and compares their output with the README.

use crate::support::source::root;
use crate::support::{Server, report_skipped, shell};
use regex::Regex;
use std::path::Path;
use tempfile::tempdir;

const README: &str = include_str!("../../../../../README.md");

/// Commands and their output: the blocks marked `console`, commands after `$ `, where `…` matches any text.
fn transcripts() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in README.lines() {
        match (line, inside) {
            ("```console", _) => inside = true,
            ("```", _) => inside = false,
            (line, true) => match (line.strip_prefix("$ "), found.last_mut()) {
                (Some(command), _) => found.push((command.to_owned(), String::new())),
                (None, Some((command, _))) if command.ends_with('\\') => {
                    command.truncate(command.len() - 1);
                    command.push_str(line.trim_start());
                }
                (None, Some((_, output))) => output.extend([line, "\n"]),
                (None, None) => panic!("output before the first command: {line}"),
            },
            _ => {}
        }
    }
    found
}

#[test]
fn every_command_of_the_readme_prints_what_the_readme_shows() {
    let odx = Path::new(env!("CARGO_BIN_EXE_local")).with_file_name("odx");
    if !odx.exists() {
        return report_skipped("`odx` is not built (`cargo build --package odx`): the README's commands were not run");
    }
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let here = |text: &str| {
        let folder = data.path().to_str().expect("text");
        text.replace("http://127.0.0.1:8787", &server.base).replace(".local", folder)
    };
    let transcripts = transcripts();
    assert!(transcripts.len() >= 5, "the README shows how it is used");
    for (command, expected) in transcripts {
        let command = here(&command).replace("cargo odx", &format!("'{}'", odx.display()));
        let Some(printed) = shell(&format!("cd '{}' && {command}", root().display())) else { return };
        let pattern = here(expected.trim_end()).split('…').map(regex::escape).collect::<Vec<_>>().join("(?s:.*?)");
        let whole = Regex::new(&format!("^{pattern}$")).expect("a pattern");
        assert!(whole.is_match(printed.replace('\r', "").trim_end()), "{command}\nprints\n{printed}\nnot\n{expected}");
    }
}
