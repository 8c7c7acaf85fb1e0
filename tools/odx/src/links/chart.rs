//! The chart of a funnel, as SVG or PNG.

use crate::links::funnel_data::{Funnel, STEPS, share};
use anyhow::{Context as _, Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

const SIZE: (u32, u32) = (960, 640);
const FONT: &str = "sans-serif";
const COLOURS: [RGBColor; STEPS.len()] =
    [RGBColor(120, 134, 130), RGBColor(46, 134, 193), RGBColor(11, 107, 93), RGBColor(211, 84, 0)];

/// Parses the name of a chart. Its ending is its format.
///
/// # Errors
/// Returns an error for any other ending than `.svg` or `.png`.
pub(crate) fn file(text: &str) -> Result<PathBuf, String> {
    let file = PathBuf::from(text);
    if ends(&file, "svg") || ends(&file, "png") { Ok(file) } else { Err("must end in .svg or .png".to_owned()) }
}

fn ends(file: &Path, extension: &str) -> bool {
    file.extension().and_then(OsStr::to_str).is_some_and(|other| other.eq_ignore_ascii_case(extension))
}

/// Draws a funnel into a file.
///
/// # Errors
/// Returns an error if the file cannot be written.
pub(crate) fn draw(funnel: &Funnel, file: &Path) -> Result<()> {
    // An embedded font: a server or a container may have none.
    plotters::style::register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)
        .map_err(|_| anyhow!("the embedded font cannot be read"))?;
    let drawn = if ends(file, "svg") {
        paint(&SVGBackend::new(file, SIZE).into_drawing_area(), funnel)
    } else {
        paint(&BitMapBackend::new(file, SIZE).into_drawing_area(), funnel)
    };
    drawn.with_context(|| format!("`{}` cannot be drawn", file.display()))
}

fn paint<B: DrawingBackend<ErrorType: 'static>>(area: &DrawingArea<B, Shift>, funnel: &Funnel) -> Result<()> {
    area.fill(&WHITE)?;
    let title = format!("Campaign {}: from link to conversation", funnel.campaign);
    area.draw(&Text::new(title, (24, 16), (FONT, 24)))?;
    let (above, below) = area.split_vertically(300);
    bars(&above, funnel)?;
    days(&below, funnel)?;
    Ok(area.present()?)
}

/// Draws a bar for each step, as long as its share of all links.
fn bars<B: DrawingBackend<ErrorType: 'static>>(area: &DrawingArea<B, Shift>, funnel: &Funnel) -> Result<()> {
    let (left, width, height) = (140_i32, 640_u64, 44_i32);
    let middle = Pos::new(HPos::Left, VPos::Center);
    let counts = funnel.total.steps();
    let made = counts[0];
    for (((step, count), colour), top) in STEPS.iter().zip(counts).zip(COLOURS).zip((64..).step_by(58)) {
        let length = i32::try_from(count * width / made.max(1))?;
        area.draw(&Rectangle::new([(left, top), (left + length.max(1), top + height)], colour.filled()))?;
        let centre = top + height / 2;
        area.draw(&Text::new((*step).to_owned(), (24, centre), (FONT, 20).into_text_style(area).pos(middle)))?;
        let number = format!("{count}   {}", share(count, made));
        area.draw(&Text::new(number, (left + length + 12, centre), (FONT, 20).into_text_style(area).pos(middle)))?;
    }
    Ok(())
}

/// Draws a line for each step, by day.
fn days<B: DrawingBackend<ErrorType: 'static>>(area: &DrawingArea<B, Shift>, funnel: &Funnel) -> Result<()> {
    let most = funnel.by_day.iter().flat_map(|day| day.counts.steps()).max().unwrap_or_default().max(1);
    let last = funnel.by_day.len().saturating_sub(1).max(1);
    let mut chart = ChartBuilder::on(area)
        .margin(24)
        .x_label_area_size(32)
        .y_label_area_size(64)
        .build_cartesian_2d(0..last, 0..most + most / 10 + 1)?;
    let day = |index: &usize| funnel.by_day.get(*index).map(|day| day.day.clone()).unwrap_or_default();
    chart
        .configure_mesh()
        .disable_x_mesh()
        .max_light_lines(1)
        .x_labels(funnel.by_day.len().clamp(1, 8))
        .x_label_formatter(&day)
        .label_style((FONT, 16))
        .draw()?;
    for ((index, step), colour) in STEPS.iter().enumerate().zip(COLOURS) {
        let points = || funnel.by_day.iter().enumerate().map(|(at, day)| (at, day.counts.steps()[index]));
        chart
            .draw_series(LineSeries::new(points(), colour.stroke_width(2)))?
            .label(*step)
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.filled()));
        chart.draw_series(points().map(|point| Circle::new(point, 4, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.8))
        .label_font((FONT, 16))
        .draw()?;
    Ok(())
}
