//! Printing: data to stdout, as text or JSON; messages to stderr.

use anyhow::Result;
use comfy_table::{Table, presets};
use serde::Serialize;
use std::io::{self, Write as _};

/// The format of data on stdout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    /// JSON, or text for people.
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints data as JSON, or its text.
    pub(crate) fn data<T: Serialize + ?Sized>(self, data: &T, text: impl FnOnce() -> String) -> Result<()> {
        let text = if self.json { serde_json::to_string_pretty(data)? } else { text() };
        match writeln!(io::stdout(), "{}", text.trim_end()) {
            // The reader has closed the pipe, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            printed => Ok(printed?),
        }
    }

    /// Prints a list. An empty one is an empty array in JSON; the message on stderr says what to do about it.
    pub(crate) fn list<T: Serialize, const N: usize>(
        self,
        items: &[T],
        header: [&str; N],
        row: impl Fn(&T) -> [String; N],
        empty: &str,
    ) -> Result<()> {
        if items.is_empty() {
            eprintln!("{empty}");
            if !self.json {
                return Ok(());
            }
        }
        self.data(items, || table(header, items.iter().map(row)))
    }

    /// Reports on stderr that something was created or changed. Only JSON prints the data as well.
    pub(crate) fn done<T: Serialize>(self, data: &T, message: &str) -> Result<()> {
        eprintln!("{message}");
        if self.json { self.data(data, String::new) } else { Ok(()) }
    }
}

/// A table with aligned columns and no borders.
pub(crate) fn table<const N: usize>(header: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header).add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

/// Names for one cell or sentence, separated by commas.
pub(crate) fn join<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_without_borders() {
        let rows = [["a".to_owned(), "1".to_owned()], ["long".to_owned(), "2".to_owned()]];
        assert_eq!(table(["id", "n"], rows.into_iter()), "id    n\na     1\nlong  2");
    }
}
