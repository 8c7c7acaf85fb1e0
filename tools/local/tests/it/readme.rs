//! The README's transcripts, run word for word: what a reader pastes prints what the README shows.

use crate::support::{Server, shell};
use regex::Regex;
use tempfile::tempdir;

const README: &str = include_str!("../../../../README.md");

/// Commands and what they print: blocks marked `console`, commands after `$ `, `…` standing for anything.
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
                (None, Some((_, output))) => output.push_str(&format!("{line}\n")),
                (None, None) => panic!("output before the first command: {line}"),
            },
            _ => {}
        }
    }
    found
}

#[test]
fn every_command_of_the_readme_prints_what_the_readme_shows() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let here = |text: &str| {
        let folder = data.path().to_str().expect("text");
        text.replace("http://127.0.0.1:8787", &server.base).replace(".local", folder)
    };
    let transcripts = transcripts();
    assert!(transcripts.len() >= 5, "the README shows how it is used");
    for (command, expected) in transcripts {
        let odx = env!("CARGO_BIN_EXE_local").replace("/local", "/odx");
        let command = here(&command).replace("cargo odx", &odx);
        let Some(printed) = shell(&command) else { return };
        let pattern = here(expected.trim_end()).split('…').map(regex::escape).collect::<Vec<_>>().join("(?s:.*?)");
        let whole = Regex::new(&format!("^{pattern}$")).expect("a pattern");
        assert!(whole.is_match(printed.replace('\r', "").trim_end()), "{command}\nprints\n{printed}\nnot\n{expected}");
    }
}
