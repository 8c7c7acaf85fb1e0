//! What became of a file, whichever way it went.

use importer::{Imported, Place, Problem};

/// Problems that are printed; all are counted.
pub(super) const PROBLEMS: usize = 20;

/// Counts, and the first problems: place, field, reason.
#[derive(Debug, Default)]
pub(super) struct Became {
    pub(super) created: u64,
    pub(super) duplicate: u64,
    pub(super) conflict: u64,
    pub(super) refused: u64,
    /// Taken by the API and not stored.
    pub(super) ignored: u64,
    /// Users whose attributes stayed out.
    pub(super) attributes: u64,
    pub(super) problems: Vec<(Place, String, String)>,
}

impl Became {
    /// Events that are stored, now or before.
    pub(super) fn stored(&self) -> u64 {
        self.created + self.duplicate + self.conflict
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.stored() + self.refused + self.ignored + self.attributes == 0
    }

    /// Counts something that is not stored, and notes why.
    pub(super) fn refuse(&mut self, place: Place, wrong: Vec<(String, String)>) {
        self.refused += 1;
        let room = PROBLEMS.saturating_sub(self.problems.len());
        self.problems.extend(wrong.into_iter().take(room).map(|(field, reason)| (place, field, reason)));
    }

    /// Counts an event in whose place another stands.
    pub(super) fn conflict(&mut self, place: Place) {
        self.conflict += 1;
        if self.problems.len() < PROBLEMS {
            let reason = "Another content is stored under this user, author, date and id";
            self.problems.push((place, "id".to_owned(), reason.to_owned()));
        }
    }

    /// Counts more, as it comes later in the file.
    pub(super) fn add(&mut self, more: Self) {
        self.created += more.created;
        self.duplicate += more.duplicate;
        self.conflict += more.conflict;
        self.refused += more.refused;
        self.ignored += more.ignored;
        self.attributes += more.attributes;
        let room = PROBLEMS.saturating_sub(self.problems.len());
        self.problems.extend(more.problems.into_iter().take(room));
    }
}

impl From<Imported> for Became {
    fn from(imported: Imported) -> Self {
        let Imported { created, duplicate, conflict, refused, problems, .. } = imported;
        let shown = |problem: Problem| (problem.place, problem.field.to_owned(), problem.reason.to_string());
        let problems = problems.into_iter().map(shown).collect();
        Self { created, duplicate, conflict, refused, problems, ..Self::default() }
    }
}
