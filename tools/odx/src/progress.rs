//! Progress bars on stderr, if it is a terminal.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// A progress bar of `steps` steps, with a template of `indicatif`.
pub(crate) fn bar(steps: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("the templates are constants");
    let bar = ProgressBar::new(steps).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
