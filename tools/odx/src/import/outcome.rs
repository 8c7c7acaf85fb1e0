//! The outcome of an import: counts, and the first problems.

use importer::{Problem, SourceLocation};

/// Maximum number of problems that are printed. All are counted.
pub(super) const MAX_PROBLEMS: usize = 20;

/// The outcome of a file or a part of it, over HTTP or directly into the table.
#[derive(Debug, Default)]
pub(super) struct ImportOutcome {
    /// Events that are new in the table.
    pub(super) created: u64,
    /// Events that were already stored.
    pub(super) duplicate: u64,
    /// Events whose user, author, date and id are stored with other content.
    pub(super) conflict: u64,
    /// Invalid events and lines.
    pub(super) refused: u64,
    /// Events that the API accepted and did not store.
    pub(super) ignored: u64,
    /// Users whose attributes were merged into their contexts.
    pub(super) attributes: u64,
    /// The first [`MAX_PROBLEMS`] problems: location, field, reason.
    pub(super) problems: Vec<(SourceLocation, String, String)>,
}

impl ImportOutcome {
    /// The number of events that are in the table, from this import or before it.
    pub(super) fn stored(&self) -> u64 {
        self.created + self.duplicate + self.conflict
    }

    /// Whether nothing was counted.
    pub(super) fn is_empty(&self) -> bool {
        self.stored() + self.refused + self.ignored + self.attributes == 0
    }

    /// Counts an event or a line that is invalid, with its errors by field.
    pub(super) fn refuse(&mut self, location: SourceLocation, errors: Vec<(String, String)>) {
        self.refused += 1;
        self.extend(errors.into_iter().map(|(field, reason)| (location, field, reason)));
    }

    /// Counts an event that is stored with other content.
    pub(super) fn conflict(&mut self, location: SourceLocation) {
        self.conflict += 1;
        let reason = "Another content is stored under this user, author, date and id";
        self.extend([(location, "id".to_owned(), reason.to_owned())]);
    }

    /// Adds the outcome of a later part of the file.
    pub(super) fn add(&mut self, more: Self) {
        self.created += more.created;
        self.duplicate += more.duplicate;
        self.conflict += more.conflict;
        self.refused += more.refused;
        self.ignored += more.ignored;
        self.attributes += more.attributes;
        self.extend(more.problems);
    }

    fn extend(&mut self, problems: impl IntoIterator<Item = (SourceLocation, String, String)>) {
        let room = MAX_PROBLEMS.saturating_sub(self.problems.len());
        self.problems.extend(problems.into_iter().take(room));
    }
}

impl From<importer::ImportOutcome> for ImportOutcome {
    fn from(imported: importer::ImportOutcome) -> Self {
        let importer::ImportOutcome { created, duplicate, conflict, refused, attributes, problems, .. } = imported;
        let problem = |Problem { location, field, reason }: Problem| (location, field.to_owned(), reason.to_string());
        let problems = problems.into_iter().map(problem).collect();
        Self { created, duplicate, conflict, refused, attributes, problems, ..Self::default() }
    }
}
