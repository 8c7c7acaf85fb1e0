//! A table of recipients with the links that were created for them.

use crate::recipients::{ADDED_COLUMNS, Recipients};
use crate::user_column::USER_ID;
use csv::{QuoteStyle, WriterBuilder};
use serde::Deserialize;
use spreadsheet::Spreadsheet;
use std::io;

/// The column with the names of the QR codes.
const QR: &str = "qr";

/// A link, as the API answers.
#[derive(Debug, Deserialize)]
pub struct Link {
    /// The user of the row, made up by the API if the row has none.
    pub user_id: String,
    /// The short URL.
    pub url: String,
    /// The id of the link.
    #[serde(rename = "link_id")]
    pub id: String,
}

/// The table with the added columns `url` and `link_id`, and `qr` with the name of the image of each row, counted from 1. The
/// user ids that the API made up are in the column of the user ids, or in one of their own.
///
/// # Errors
/// Returns [`io::Error`] if the table cannot be written to memory.
pub fn linked_table(
    sheet: &Spreadsheet,
    recipients: &Recipients,
    links: &[Option<Link>],
    image: Option<&dyn Fn(usize) -> String>,
) -> io::Result<Vec<u8>> {
    let user_column = recipients.user_column;
    let mut table = WriterBuilder::new()
        .delimiter(sheet.delimiter)
        .quote_style(QuoteStyle::Necessary)
        .from_writer(if sheet.byte_order_mark { "\u{feff}".as_bytes().to_vec() } else { Vec::new() });
    let user_header = user_column.is_none().then_some(USER_ID);
    table.write_record(sheet.header.iter().chain(user_header).chain(ADDED_COLUMNS).chain(image.map(|_| QR)))?;
    for (number, (row, link)) in (1..).zip(sheet.rows.iter().zip(links)) {
        let [user, url, id] = link.as_ref().map_or([""; 3], |link| [&link.user_id, &link.url, &link.id]);
        let cells =
            row.cells.iter().enumerate().map(|(column, cell)| if Some(column) == user_column { user } else { cell });
        let image = image.map(|image| if link.is_some() { image(number) } else { String::new() });
        let added = user_column.is_none().then_some(user).into_iter().chain([url, id]).chain(image.as_deref());
        table.write_record(cells.chain(added))?;
    }
    table.into_inner().map_err(csv::IntoInnerError::into_error)
}
