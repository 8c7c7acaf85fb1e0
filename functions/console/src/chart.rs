//! Charts of funnels, drawn as SVG. The numbers are in a table beside each.

use crate::funnel::{Counts, Day};
use crate::texts::EN;
use maud::{Markup, html};

/// The width of a chart in its own units.
const WIDTH: u64 = 1000;
/// The height of the bars of a day.
const HEIGHT: u64 = 200;

/// The share of links that reached each step, as three bars.
pub(crate) fn bars(counts: &Counts) -> Markup {
    let steps = [("clicked", counts.clicked), ("opened", counts.opened), ("conversed", counts.conversed)];
    let width = |count: u64| (count * 100).checked_div(counts.made).unwrap_or(0).min(100);
    html! {
        svg.bars viewBox="0 0 100 24" role="img" aria-label=(EN.funnel) preserveAspectRatio="none" {
            @for (row, (step, count)) in steps.into_iter().enumerate() {
                rect.made x="0" y=(row * 8) width="100" height="6" {}
                rect class=(step) x="0" y=(row * 8) width=(width(count)) height="6" {}
            }
        }
    }
}

/// The links by the day on which they reached each step: three columns a day.
pub(crate) fn by_day(days: &[Day]) -> Markup {
    let highest = days.iter().map(|day| day.counts.clicked.max(day.counts.opened)).max().unwrap_or(0).max(1);
    let place = WIDTH / (days.len() as u64).clamp(1, WIDTH);
    let column = (place / 4).max(1);
    html! {
        svg.days viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(EN.by_day) preserveAspectRatio="none" {
            @for (index, Day { day, counts }) in (0..).zip(days) {
                @for (step, count, offset) in
                    [("clicked", counts.clicked, 0), ("opened", counts.opened, 1), ("conversed", counts.conversed, 2)]
                {
                    @let height = count * HEIGHT / highest;
                    rect class=(step) x=(index * place + offset * column) y=(HEIGHT - height) width=(column) height=(height) {
                        title { (day) ": " (count) }
                    }
                }
            }
        }
        ul.legend {
            li.clicked { (EN.clicked) }
            li.opened { (EN.opened) }
            li.conversed { (EN.conversed) }
        }
    }
}
