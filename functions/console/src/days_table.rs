//! The days of funnels as a table.

use crate::funnel::Day;
use crate::table::Column::{Number, Text};
use crate::table::table;
use crate::texts::EN;
use maud::{Markup, html};

/// The links by the day on which they reached each step.
pub(crate) fn days_table(days: &[Day]) -> Markup {
    let columns = [Text(EN.day), Number(EN.made), Number(EN.clicked), Number(EN.opened), Number(EN.conversed)];
    html! {
        (table(&columns, &html! {
            @for Day { day, counts } in days {
                tr {
                    th scope="row" { (day) }
                    td.number { (counts.made) }
                    td.number { (counts.clicked) }
                    td.number { (counts.opened) }
                    td.number { (counts.conversed) }
                }
            }
        }))
    }
}
