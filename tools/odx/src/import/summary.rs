//! The summary of an import over all its files, as the command prints it.

use crate::import::outcome::{ImportOutcome, MAX_PROBLEMS};
use serde::Serialize;
use std::path::Path;

/// Counts over all files, and the first [`MAX_PROBLEMS`] problems.
#[derive(Default, Serialize)]
pub(super) struct Summary {
    created: u64,
    duplicate: u64,
    conflict: u64,
    refused: u64,
    /// Events that the API accepted and did not store.
    #[serde(skip_serializing_if = "is_zero")]
    ignored: u64,
    /// Users whose attributes were merged into their contexts.
    #[serde(skip_serializing_if = "is_zero")]
    attributes: u64,
    problems: Vec<ProblemRow>,
}

/// A problem as the command prints it.
#[derive(Serialize)]
struct ProblemRow {
    file: String,
    place: String,
    field: String,
    reason: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Summary {
    /// Adds the outcome of a file, and prints its problems on stderr.
    pub(super) fn add(&mut self, file: &Path, outcome: ImportOutcome) {
        self.created += outcome.created;
        self.duplicate += outcome.duplicate;
        self.conflict += outcome.conflict;
        self.refused += outcome.refused;
        self.ignored += outcome.ignored;
        let room = MAX_PROBLEMS.saturating_sub(self.problems.len());
        for (place, field, reason) in outcome.problems.into_iter().take(room) {
            let problem = ProblemRow { file: file.display().to_string(), place: place.to_string(), field, reason };
            eprintln!("{}: {}: {}: {}", problem.file, problem.place, problem.field, problem.reason);
            self.problems.push(problem);
        }
        self.attributes += outcome.attributes;
    }

    /// The counts in one line.
    pub(super) fn counts(&self) -> String {
        let Self { created, duplicate, conflict, refused, ignored, attributes, .. } = self;
        let ignored = if *ignored == 0 { String::new() } else { format!(", {ignored} ignored") };
        let users = if *attributes == 0 { String::new() } else { format!(", attributes of {attributes} users") };
        format!("{created} created, {duplicate} duplicate, {conflict} conflict, {refused} refused{ignored}{users}")
    }

    /// Whether no more problems are printed.
    pub(super) fn is_full(&self) -> bool {
        self.problems.len() == MAX_PROBLEMS
    }

    /// Whether every event is stored, with its content.
    pub(super) fn is_clean(&self) -> bool {
        self.conflict == 0 && self.refused == 0
    }
}
