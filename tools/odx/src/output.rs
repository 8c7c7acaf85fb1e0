//! Printing: data to stdout, as text or JSON; everything said about it to stderr.

use anyhow::Result;
use comfy_table::{Table, presets};
use serde::Serialize;
use std::io::{self, Write as _};

/// How data is printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    /// As JSON, or as text for people.
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints data: itself as JSON, or the text that stands for it.
    pub(crate) fn data<T: Serialize + ?Sized>(self, data: &T, text: impl FnOnce() -> String) -> Result<()> {
        let text = if self.json { serde_json::to_string_pretty(data)? } else { text() };
        match writeln!(io::stdout(), "{}", text.trim_end()) {
            // Whoever reads has had enough, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            printed => Ok(printed?),
        }
    }

    /// Prints a list, or says what to do about an empty one.
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

    /// Says that something was made or changed; it is printed only as JSON.
    pub(crate) fn done<T: Serialize>(self, data: &T, message: &str) -> Result<()> {
        eprintln!("{message}");
        if self.json { self.data(data, String::new) } else { Ok(()) }
    }
}

/// Aligned columns.
pub(crate) fn table<const N: usize>(header: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header).add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

/// Several names in one cell or sentence.
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
