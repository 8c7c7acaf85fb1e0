//! The people of an uploaded table.

use crate::texts::EN;
use recipients::{Problems, Recipients};
use spreadsheet::Spreadsheet;

/// The largest file, in bytes: the page that shows the first rows sends it back in base64.
const MAX_FILE: usize = 3_000_000;

/// The most people of a table: their links are made within one request, and their URLs fit into one page.
const MAX_PEOPLE: usize = 10_000;

/// A table of people that links can be made for.
pub(super) struct People {
    pub(super) sheet: Spreadsheet,
    pub(super) recipients: Recipients,
}

impl People {
    /// Reads a file.
    ///
    /// # Errors
    /// Returns sentences that say what is wrong, one for each row. They quote no cells.
    pub(super) fn read(file: &[u8]) -> Result<Self, Vec<String>> {
        if file.is_empty() || file.len() > MAX_FILE {
            return Err(vec![EN.no_file.to_owned()]);
        }
        let sheet = Spreadsheet::read(file, None).map_err(|invalid| vec![format!("{}: {invalid}.", EN.file)])?;
        let recipients = Recipients::read(&sheet).map_err(|problems| match problems {
            Problems::Header(sentence) => vec![format!("{}: {sentence}.", EN.file)],
            Problems::Rows(rows) => {
                rows.into_iter().map(|(line, reason)| format!("{} {line}: {reason}.", EN.line)).collect()
            }
        })?;
        let people = Self { sheet, recipients };
        if people.count() > MAX_PEOPLE { Err(vec![EN.too_many_people.to_owned()]) } else { Ok(people) }
    }

    /// The number of people, without blank rows.
    pub(super) fn count(&self) -> usize {
        self.recipients.rows.iter().flatten().count()
    }
}
