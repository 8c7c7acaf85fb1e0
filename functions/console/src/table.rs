//! Tables, which scroll on a screen that is narrower.

use maud::{Markup, html};

/// The heading of a column.
pub(crate) enum Column {
    /// Of texts.
    Text(&'static str),
    /// Of numbers, which end at the same edge.
    Number(&'static str),
}

/// A table of columns.
pub(crate) fn table(columns: &[Column], rows: &Markup) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table {
                thead {
                    tr {
                        @for column in columns {
                            @match column {
                                Column::Text(name) => th scope="col" { (name) },
                                Column::Number(name) => th.number scope="col" { (name) },
                            }
                        }
                    }
                }
                tbody { (rows) }
            }
        }
    }
}
