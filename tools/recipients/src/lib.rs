//! Recipients of personal links: read from a spreadsheet, put into requests, and written back with their links and QR codes.
//! The command line and the console use it.

mod batch;
mod linked_table;
mod qr;
mod recipients;
mod user_column;

pub use batch::Batch;
pub use linked_table::{Link, linked_table};
pub use qr::{QrError, QrFormat};
pub use recipients::{Problems, Recipients};
pub use user_column::{USER_ID, column_name};
